import type { Effect } from "effect"

/** What is answered to a GET. */
export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** One path, with parts that differ. */
export interface Route {
  /** As the list of paths prints it: `/introspect/nodes/<name>`. */
  readonly path: string
  /** Is given the parts that are `<…>` in the path, decoded. */
  readonly page: (parts: ReadonlyArray<string>) => Effect.Effect<Page | undefined>
}

export const text = (status: number, body: string): Page => ({
  status,
  contentType: "text/plain; charset=utf-8",
  body: body.endsWith("\n") ? body : `${body}\n`
})

export const json = (value: unknown): Page => ({
  status: 200,
  contentType: "application/json; charset=utf-8",
  body: `${JSON.stringify(value, null, 2)}\n`
})

const decoded = (part: string): string | undefined => {
  if (!part.includes("%")) return part
  return /^(?:[^%]|%[0-9a-f]{2})*$/i.test(part) ? decodeBytes(part) : undefined
}

/** Kubernetes' names are ASCII: bytes beyond it, which may be no UTF-8, name nothing. */
const decodeBytes = (part: string): string | undefined => {
  const name = part.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return /^[\x20-\x7e]*$/.test(name) ? name : undefined
}

/** What a route's `<…>` are in a path; undefined where the path is not the route's. */
export const match = (route: Pick<Route, "path">, path: string): ReadonlyArray<string> | undefined => {
  const wanted = route.path.split("/")
  const given = path.split("/")
  if (wanted.length !== given.length) return undefined
  const parts: Array<string> = []
  for (const [index, want] of wanted.entries()) {
    const is = given[index]!
    if (!want.startsWith("<")) {
      if (want !== is) return undefined
      continue
    }
    const part = decoded(is)
    if (part === undefined || part === "") return undefined
    parts.push(part)
  }
  return parts
}
