/** One pod, as far as records tell. Times are milliseconds since the epoch. */
export interface Life {
  readonly namespace: string
  readonly name: string
  uid: string | undefined
  /** The earliest time at which anything was heard of it. */
  first: number
  created: number | undefined
  /** How long its creation took the server, webhooks and all. */
  createTook: number | undefined
  createdBy: string
  asks: "yes" | "no" | "unknown"
  failedOpen: boolean
  bound: number | undefined
  node: string | undefined
  /** When the controller first wrote the annotation. */
  annotated: number | undefined
  /** What the annotation is now, and since when; undefined where nobody knows. */
  annotation: string | undefined
  annotationSince: number
  /** When its end was asked for, and when it came. */
  deleting: number | undefined
  gone: number | undefined
  /** What the controller said of its last failure. */
  failure: string | undefined
  failures: number
  place: string
}

export const newLife = (namespace: string, name: string, uid: string | undefined, first: number, place: string): Life => ({
  namespace,
  name,
  uid,
  first,
  created: undefined,
  createTook: undefined,
  createdBy: "",
  asks: "unknown",
  failedOpen: false,
  bound: undefined,
  node: undefined,
  annotated: undefined,
  annotation: undefined,
  annotationSince: -Infinity,
  deleting: undefined,
  gone: undefined,
  failure: undefined,
  failures: 0,
  place
})

/** Whether nothing is waited for any more: it may be forgotten once it is told. */
export const isTold = ({ annotated, asks, created, deleting, failedOpen, gone }: Life): boolean =>
  gone !== undefined || deleting !== undefined || annotated !== undefined || created === undefined || asks === "no" && !failedOpen
