import { Result, Schema } from "effect"
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml"
import { type Finding } from "../BadInput.js"
import { findingAt, type Path, type Source } from "./Source.js"

type Parsed = Document.Parsed

const startOf = (node: unknown): number | undefined => {
  const range = (node as Partial<Node> | null | undefined)?.range
  return range?.[0]
}

/** The offset of the field at `path`, or of the last step towards it that is there. */
const offsetOf = (document: Parsed, path: Path): number => {
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
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else return offset
  }
  return offset
}

const decodeObject = Schema.decodeUnknownResult(Schema.JsonObject)

/** A document as JSON; a handful of letters must not grow to gigabytes by aliases. */
const valueOf = (document: Parsed): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => document.toJS({ maxAliasCount: 1_000 }),
    catch: (cause) => cause instanceof Error ? cause.message : String(cause)
  })

/** The members of a `List`, as `kubectl get -o yaml` writes it; any other document is its own. */
const membersOf = (source: Source): ReadonlyArray<Source> => {
  const { items, kind } = source.value
  if (kind !== "List" || !Array.isArray(items)) return [source]
  return items.flatMap((item: unknown, index) => {
    const member = decodeObject(item)
    if (Result.isFailure(member)) return []
    return [{ ...source, value: member.success, lineOf: (path: Path) => source.lineOf(["items", index, ...path]) }]
  })
}

/**
 * All documents of a file, empty ones left out, or everything that keeps it from being read. Source of the rules: YAML 1.2; JSON is YAML.
 */
export const parse = (file: string, text: string): Result.Result<ReadonlyArray<Source>, ReadonlyArray<Finding>> => {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const findings: Array<Finding> = []
  const sources: Array<Source> = []
  for (const document of documents) {
    const [error] = document.errors
    if (error !== undefined) {
      const { col, line } = lines.linePos(error.pos[0])
      findings.push({ file, line, message: `this is no YAML: ${error.message} (column ${col})`, mend: "mend the syntax" })
      continue
    }
    const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line
    const value = valueOf(document)
    if (Result.isSuccess(value) && value.success === null) continue
    const object = Result.flatMap(value, (read) => Result.mapError(decodeObject(read), () => "the document is no mapping"))
    if (Result.isSuccess(object)) sources.push({ file, value: object.success, lineOf })
    else findings.push(findingAt({ file, value: {}, lineOf }, [], object.failure, "a manifest starts with apiVersion and kind"))
  }
  return findings.length === 0 ? Result.succeed(sources.flatMap(membersOf)) : Result.fail(findings)
}
