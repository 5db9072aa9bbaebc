import { Result, Schema } from "effect"
import { type Document as Parsed, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from "yaml"
import type { Path, Position } from "./Place.js"
import { type Extent, type Silence, silencesOf } from "./Silences.js"

/** A text that may hold manifests. */
export interface Text {
  /** As the user knows it: relative to where they stand; `-` for the standard input. */
  readonly name: string
  readonly text: string
  /** Whether nobody named it, but a folder that it is in: then there may be something else in it than manifests. */
  readonly found?: boolean
}

/** An object, and where its fields stand in the text that it comes from. */
export interface Document {
  readonly value: Schema.JsonObject
  /** Of a field, or of the last step towards it that is there. */
  readonly positionOf: (path: Path) => Position
}

/** What keeps a document from being read. */
export interface Unreadable {
  readonly position: Position
  readonly message: string
  readonly mend: string
}

/** What a text holds. */
export interface Read {
  readonly documents: ReadonlyArray<Document>
  readonly unreadable: ReadonlyArray<Unreadable>
  readonly silences: ReadonlyArray<Silence>
}

const startOf = (node: unknown): number | undefined => (node as Partial<Node> | null | undefined)?.range?.[0]

/** The offset of the field at `path`, or of the last step towards it that is there. */
export const offsetOf = (document: Parsed.Parsed, path: Path): number => {
  let node: unknown = document.contents
  let offset = startOf(node) ?? document.range[0]
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) return offset
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      const item = node.items[Number(step)]
      offset = startOf(item) ?? offset
      node = item
    } else return offset
  }
  return offset
}

/** The offset of a key that is a mapping or a list, which JSON has not: `{{ .Values.name }}` is one. */
const oddKeyOf = (document: Parsed.Parsed): number | undefined => {
  let found: number | undefined
  visit(document, {
    Pair: (_, { key }) => {
      if (!isCollection(key)) return undefined
      found = startOf(key) ?? document.range[0]
      return visit.BREAK
    }
  })
  return found
}

const isObject = Schema.is(Schema.JsonObject)

/** A document as JSON; a handful of letters must not grow to gigabytes by aliases. */
const valueOf = (document: Parsed.Parsed): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => document.toJS({ maxAliasCount: 1_000 }),
    catch: (cause) => cause instanceof Error ? cause.message : String(cause)
  })

/** The members of a list as `kubectl get -o yaml` or the API writes it, and of lists in it; any other document is its own. */
const membersOf = (document: Document): ReadonlyArray<Document> => {
  const { apiVersion, items, kind } = document.value
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [document]
  // The API leaves the kind of a typed list's members out.
  const typed = kind === "List" || apiVersion === undefined ? {} : { apiVersion, kind: kind.slice(0, -"List".length) }
  return items.flatMap((item: unknown, index) =>
    isObject(item)
      ? membersOf({ value: { ...typed, ...item }, positionOf: (path) => document.positionOf(["items", index, ...path]) })
      : [])
}

const templateMark = /\{\{|\}\}/

const syntaxMend = (line: string): string =>
  templateMark.test(line)
    ? "this looks like a template: lint what it makes, `helm template … | branchline lint -`"
    : "mend the syntax; the text's other documents have been looked at"

/** What helm writes over each document. Source: Helm, `helm template`, "# Source: ". */
const helmSource = /^# Source: (\S+)\s*$/

/** The template that a comment over a line names. */
const templateOver = (lines: ReadonlyArray<string>, first: number): string | undefined => {
  for (let line = first - 1; line >= 1; line--) {
    const text = lines[line - 1] ?? ""
    const found = helmSource.exec(text)?.[1]
    if (found !== undefined) return found
    if (!/^\s*(#|$)/.test(text)) return undefined
  }
  return undefined
}

const nothing: Read = { documents: [], unreadable: [], silences: [] }

const hasKind = ({ kind }: Schema.JsonObject): boolean => typeof kind === "string" && kind !== ""

const parse = ({ found = false, name, text }: Text): Read => {
  const counter = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false, merge: true })
  const lines = text.split(/\r\n|\r|\n/)
  const positionAt = (offset: number): Position => {
    const { col, line } = counter.linePos(Math.min(offset, text.length))
    return { file: name, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const documents: Array<Document> = []
  const unreadable: Array<Unreadable> = []
  const extents: Array<Extent> = []
  for (const document of parsed) {
    const range = document.contents?.range
    const template = range ? templateOver(lines, positionAt(range[0]).line) : undefined
    const positionOf = (path: Path): Position => ({ ...positionAt(offsetOf(document, path)), ...(template === undefined ? {} : { template }) })
    if (range) extents.push({ first: positionAt(range[0]).line, last: positionAt(Math.max(range[0], range[1] - 1)).line })
    const [error] = document.errors
    if (error !== undefined) {
      const position = positionAt(error.pos[0])
      unreadable.push({ position, message: `this is no YAML: ${error.message}`, mend: syntaxMend(lines[position.line - 1] ?? "") })
      continue
    }
    const oddKey = oddKeyOf(document)
    if (oddKey !== undefined) {
      const position = positionAt(oddKey)
      unreadable.push({ position, message: "a key is no text here", mend: syntaxMend(lines[position.line - 1] ?? "") })
      continue
    }
    const value = valueOf(document)
    if (Result.isFailure(value)) {
      unreadable.push({ position: positionOf([]), message: `this cannot be read: ${value.failure}`, mend: "write the document without so many aliases" })
      continue
    }
    if (value.success === null) continue
    if (isObject(value.success) && hasKind(value.success)) documents.push(...membersOf({ value: value.success, positionOf }))
    else if (!found) {
      unreadable.push({
        position: positionOf([]),
        message: isObject(value.success) ? "the document has no kind" : "the document is no mapping",
        mend: "a manifest starts with apiVersion and kind"
      })
    }
  }
  return { documents, unreadable, silences: silencesOf(text, extents, positionAt) }
}

/**
 * Everything that a text holds, as YAML of several documents (JSON is YAML), empty ones left out. Total: what cannot be read is told, and keeps the others from nothing.
 *
 * @example read({ name: "db.yaml", text: "kind: Pod\n" }).documents[0]?.positionOf(["kind"]) // { file: "db.yaml", line: 1, column: 1 }
 */
export const read = (given: Text): Read =>
  Result.getOrElse(
    Result.try({
      try: () => parse(given),
      // Nested deeper than the stack of the parser.
      catch: (cause) => cause instanceof Error ? cause.message : String(cause)
    }),
    (why) => ({
      ...nothing,
      unreadable: [{ position: { file: given.name, line: 1, column: 1 }, message: `this cannot be read: ${why}`, mend: "name a text of manifests" }]
    })
  )
