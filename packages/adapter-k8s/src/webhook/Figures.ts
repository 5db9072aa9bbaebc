/** What a webhook server has done since it started, and what it is at. */
export interface WebhookFigures {
  /** Answers by path (`other` for unknown ones) and status. */
  readonly answers: ReadonlyArray<{ readonly path: string; readonly status: number; readonly count: number }>
  /** Requests that are being received or decided. */
  readonly inFlight: number
  /** Bytes of bodies that are held for them. */
  readonly heldBytes: number
  readonly connections: number
  /** TLS handshakes that failed: clients that do not trust the certificate, port scanners. */
  readonly failedHandshakes: number
  /** The last moment at which the certificate in force is valid, milliseconds since 1970. */
  readonly certificateNotAfter: number
}

/** One answer, for metrics. */
export interface Answered {
  /** `other` for unknown paths. */
  readonly path: string
  readonly status: number
  /** From the request's head to the answer, milliseconds. */
  readonly duration: number
}

export interface Counter {
  readonly note: (path: string, status: number) => void
  readonly answers: () => WebhookFigures["answers"]
}

/** Counts answers by path and status. */
export const counter = (): Counter => {
  const paths = new Map<string, Map<number, number>>()
  return {
    note: (path, status) => {
      let statuses = paths.get(path)
      if (statuses === undefined) paths.set(path, statuses = new Map())
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    },
    answers: () => [...paths].flatMap(([path, statuses]) => [...statuses].map(([status, count]) => ({ path, status, count })))
  }
}
