/** Steps from an object's top to one of its fields. */
export type Path = ReadonlyArray<string | number>

/** Where something stands in a text; lines and columns from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The chart's template from which helm made it: `shop/templates/policy.yaml`. */
  readonly template?: string
}

/** A field of an object, and where it is written. */
export interface Place {
  /** `Deployment shop/web`; empty for a text that is no object. */
  readonly object: string
  /** `spec.containers[0].resources.limits[nvidia.com/gpu]`; empty for the object as a whole. */
  readonly field: string
  /** Undefined for an object that was read from a cluster. */
  readonly position: Position | undefined
}

/** A path as people write it. */
export const fieldName = (path: Path): string =>
  path.map((step, index) => {
    const text = String(step)
    if (typeof step === "number" || /[^A-Za-z0-9_-]/.test(text)) return `[${text}]`
    return index === 0 ? text : `.${text}`
  }).join("")

/** The path that {@link fieldName} wrote. */
export const pathOf = (field: string): Path =>
  [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, plain]) => {
    const step = inBrackets ?? plain ?? ""
    return inBrackets !== undefined && /^\d+$/.test(step) ? Number(step) : step
  })

/** `Deployment shop/web`, `Node ip-10-0-0-1`. */
export const objectName = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name === "" ? "(unnamed)" : name}`

/** `shop.yaml:12:7`, or the object where there is no text. */
export const placeText = ({ field, object, position }: Place): string =>
  position === undefined ? (field === "" ? object : `${object}: ${field}`) : `${position.file}:${position.line}:${position.column}`
