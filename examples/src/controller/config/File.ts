import { Result } from "effect"
import { nearest } from "@branchline/core/limits/Nearest"
import type { Finding } from "../../story/BadInput.js"
import { fieldName, findingAt, type Path, type Source } from "../../story/manifests/Source.js"
import type { Kind } from "./Kind.js"
import { type Name, names, settingOf } from "./Settings.js"

/** What a file says of a setting, as a flag would spell it. */
export interface Written {
  readonly text: string
  readonly line: number
}

/** By its place in the file. */
const byPlace: ReadonlyMap<string, Name> = new Map(names.flatMap((name) => {
  const { file } = settingOf(name)
  return file === undefined ? [] : [[file, name]]
}))

const sections: ReadonlySet<string> = new Set([...byPlace.keys()].flatMap((place) => place.includes(".") ? [place.slice(0, place.indexOf("."))] : []))

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)

/** The value as the text that its kind reads; undefined where it is of another type. */
const textOf = (name: Name, value: unknown): string | undefined => {
  const { yaml } = settingOf(name).kind
  if (yaml !== "list") return typeof value === yaml ? String(value) : undefined
  if (typeof value === "string") return value
  return Array.isArray(value) && value.every((part) => typeof part === "string") ? value.join(",") : undefined
}

const unknown = (source: Source, path: Path): Finding => {
  const place = fieldName(path)
  const above = path.length > 1 ? `${String(path[0])}.` : ""
  const there = path.length > 1 ? [...byPlace.keys()].filter((known) => known.startsWith(above)) : [...sections, ...byPlace.keys()].filter((known) => !known.includes("."))
  const close = nearest(place, byPlace.keys()) ?? nearest(String(path.at(-1)), there)
  // A key that stands in another section than it should.
  const elsewhere = [...byPlace.keys()].find((known) => known.endsWith(`.${String(path.at(-1))}`))
  const meant = close ?? elsewhere
  return findingAt(source, path, "there is no such setting", meant === undefined ? `there is ${there.join(", ")}` : `did you mean ${meant}?`)
}

const wrong = (source: Source, path: Path, value: unknown, expected: string, yaml?: Kind<unknown>["yaml"]): Finding => {
  const isQuotable = yaml === "string" && (typeof value === "number" || typeof value === "boolean")
  return findingAt(source, path, `it is ${JSON.stringify(value)}`, `it has to be ${expected}${isQuotable ? " (what looks like a number or a switch is a text in quotes)" : ""}`)
}

const read = (source: Source, path: Path, value: unknown, said: Map<Name, Written>): ReadonlyArray<Finding> => {
  const place = fieldName(path)
  // `key:` without a value says nothing.
  if (value === null) return byPlace.has(place) || sections.has(place) ? [] : [unknown(source, path)]
  if (sections.has(place) && path.length === 1) {
    return isMapping(value)
      ? Object.entries(value).flatMap(([key, inner]) => read(source, [...path, key], inner, said))
      : [wrong(source, path, value, "a mapping of settings")]
  }
  const name = byPlace.get(place)
  if (name === undefined) return [unknown(source, path)]
  const { kind } = settingOf(name)
  const text = textOf(name, value)
  if (text === undefined || kind.read(text) === undefined) return [wrong(source, path, value, kind.expected, kind.yaml)]
  said.set(name, { text, line: source.lineOf(path) })
  return []
}

/** What the documents of a settings file say, or everything that is wrong with it. */
export const fileSettings = (file: string, documents: ReadonlyArray<Source>): Result.Result<ReadonlyMap<Name, Written>, ReadonlyArray<Finding>> => {
  const said = new Map<Name, Written>()
  const [first, second] = documents
  if (second !== undefined) return Result.fail([findingAt(second, [], "the file has more than one document", "write all settings in one")])
  if (first === undefined) return Result.succeed(said)
  const findings = Object.entries(first.value).flatMap(([key, value]) => read({ ...first, file }, [key], value, said))
  return findings.length === 0 ? Result.succeed(said) : Result.fail(findings)
}
