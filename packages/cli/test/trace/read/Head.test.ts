import { it as prop } from "@effect/vitest"
import { Arbitrary } from "effect"
import { describe, expect, it } from "vitest"
import { headOf, memberBehind, mentions, reads, unclear } from "../../../src/trace/read/Head.js"
import { int, one, text as someText } from "../support/Arbitraries.js"

const head = (text: string) => {
  const bytes = Buffer.from(text)
  return headOf(bytes, 0, bytes.length)
}

const Word = one("", "pods", "nodes", "web-1", "status", "get", "watch", "create", "é", "a\"b", "{}")
const Record = Arbitrary.all({
  kind: Arbitrary.Constant("Event"),
  auditID: one("a", "b-1"),
  requestURI: someText,
  verb: one("create", "patch", "get", "list", "watch", "delete"),
  user: Arbitrary.all({ username: someText, verb: Word, extra: Arbitrary.all({ objectRef: Arbitrary.array(Word, { maxLength: 2 }) }) }),
  objectRef: Arbitrary.all({ resource: Word, namespace: Word, name: Word, subresource: Word }),
  responseStatus: Arbitrary.all({ code: int(100, 599) }),
  requestObject: Arbitrary.all({ verb: Word, metadata: Arbitrary.all({ annotations: Arbitrary.array(someText, { maxLength: 2 }) }) })
})

/** The same members in another order. */
const turned = (value: object, by: number): object => {
  const entries = Object.entries(value)
  const start = by % entries.length
  return Object.fromEntries([...entries.slice(start), ...entries.slice(0, start)])
}

describe("a record's head", () => {
  prop.prop("is what a parser finds, in any order of the members and however it is indented", { record: Record, by: int(0, 7), indent: one(0, 2) }, ({ by, indent, record }) => {
    const found = head(JSON.stringify(turned(record, by), null, indent))
    const { objectRef, verb } = record
    // An escape leaves the decision to the parser.
    if (found === unclear) return expect(JSON.stringify(objectRef)).toContain("\\")
    if (["get", "list", "watch"].includes(verb)) return expect(found).toBe(reads)
    expect(found).toMatchObject({ verb, ...objectRef })
  }, { arbitrary: { runs: 500 } })

  prop.prop("tells where the request lies behind it", { record: Record }, ({ record }) => {
    const bytes = Buffer.from(JSON.stringify(record))
    const found = headOf(bytes, 0, bytes.length)
    if (found === reads || found === unclear) return
    const { from, to } = memberBehind(bytes, found, bytes.length, "requestObject")!
    expect(JSON.parse(bytes.toString("utf8", from, to))).toEqual(JSON.parse(JSON.stringify(record.requestObject)))
    expect(memberBehind(bytes, found, bytes.length, "verb")).toBeUndefined()
  })

  it("does not take a label for a verb", () => {
    expect(head("{\"requestObject\":{\"metadata\":{\"labels\":{\"verb\":\"get\"}}},\"verb\":\"create\",\"objectRef\":{\"resource\":\"pods\"}}")).toMatchObject({ verb: "create" })
  })

  it("is unclear where a record is broken before it, in a wrapper, or something else", () => {
    for (const text of ["{\"verb\":\"cre", "{\"@message\":\"{}\"}", "{}", "[]", "{\"verb\" \"get\"}", "{\"verb\":1,\"objectRef\":{}}"]) expect(head(text), text).toBe(unclear)
  })

  it("of a request for no resource is of no use", () => {
    expect(head("{\"verb\":\"post\",\"requestURI\":\"/healthz\"}")).toBe(reads)
  })

  it("is not looked for beyond the line", () => {
    const bytes = Buffer.from("xx pod-eni yy pod-eni")
    expect(mentions(bytes, 11, 14, "pod-eni")).toBe(false)
    expect(mentions(bytes, 3, 10, "pod-eni")).toBe(true)
  })
})
