/**
 * The parameters of a call in the Query protocol: `Filter.1.Value.2=x`. Source: Amazon EC2 API Reference, "Query requests".
 */
export interface Form {
  /** A parameter's text; undefined where it is absent. */
  readonly text: (name: string) => string | undefined
  /** `Name.1`, `Name.2`, … in the order of their numbers. */
  readonly list: (name: string) => ReadonlyArray<string>
  /** What stands below `Name.1`, `Name.2`, … */
  readonly structures: (name: string) => ReadonlyArray<Form>
  /** All parameters, without the call's own `Action` and `Version`. */
  readonly entries: Readonly<Record<string, string>>
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b)

const formOf = (parameters: ReadonlyMap<string, string>): Form => {
  const below = (name: string): ReadonlyArray<string> => {
    const numbers = new Set<string>()
    for (const key of parameters.keys()) {
      if (!key.startsWith(`${name}.`)) continue
      const [number = ""] = key.slice(name.length + 1).split(".")
      if (/^\d+$/.test(number)) numbers.add(number)
    }
    return [...numbers].sort(byNumber)
  }
  return {
    text: (name) => parameters.get(name),
    list: (name) => below(name).flatMap((number) => parameters.get(`${name}.${number}`) ?? []),
    structures: (name) =>
      below(name).map((number) => {
        const prefix = `${name}.${number}.`
        return formOf(new Map([...parameters].flatMap(([key, value]) => key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [])))
      }),
    entries: Object.fromEntries([...parameters].filter(([key]) => key !== "Action" && key !== "Version"))
  }
}

/** Reads a body or a query of the type `application/x-www-form-urlencoded`. */
export const readForm = (text: string): Form => formOf(new Map(new URLSearchParams(text)))

/** What no XML document can hold, and so no answer could repeat. Source: XML 1.0, production [2] Char. */
const foreign = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** Whether answers can repeat what a call says. */
export const isSpeakable = (form: Form): boolean =>
  ![form.text("Action") ?? "", form.text("Version") ?? "", ...Object.entries(form.entries).flat()].some((text) => foreign.test(text))

/** What is said where they cannot. */
export const unspeakable = "A parameter holds a character that XML does not know."
