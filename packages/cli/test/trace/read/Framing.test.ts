import { it as prop } from "@effect/vitest"
import { Arbitrary } from "effect"
import { describe, expect, it } from "vitest"
import { documents } from "../../../src/trace/read/Documents.js"
import { framingOf, type Framer, type Sink } from "../../../src/trace/read/Framing.js"
import { lines } from "../../../src/trace/read/Lines.js"
import { int, one, text as someText } from "../support/Arbitraries.js"

interface Cut {
  readonly pieces: ReadonlyArray<readonly [line: number, text: string]>
  readonly lost: ReadonlyArray<readonly [line: number, why: string]>
}

const cut = (framer: Framer, text: string, sizes: ReadonlyArray<number>): Cut => {
  const pieces: Array<readonly [number, string]> = []
  const lost: Array<readonly [number, string]> = []
  const sink: Sink = { piece: (bytes, from, to, line) => pieces.push([line, bytes.toString("utf8", from, to)]), lost: (line, why) => lost.push([line, why]) }
  const bytes = Buffer.from(text)
  const lent = Buffer.alloc(64)
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!
    const length = bytes.copy(lent, 0, from, from + size)
    framer.push(lent.subarray(0, length), sink)
    from += length
  }
  framer.end(sink)
  return { pieces, lost }
}

const whole = [64]

const Values = Arbitrary.array(
  Arbitrary.all({ a: someText, "b\"\\": Arbitrary.array(someText, { maxLength: 3 }), nested: Arbitrary.all({ items: someText }) }),
  { minLength: 1, maxLength: 6 }
)
const Sizes = Arbitrary.array(int(1, 64), { minLength: 1, maxLength: 5 })
const Indent = one(0, 1, 2)

describe("lines", () => {
  it("are told with their numbers, empty ones left out, the last one without its end", () => {
    expect(cut(lines(), "one\n\nthree\nfour", whole).pieces).toEqual([[1, "one"], [3, "three"], [4, "four"]])
  })

  prop.prop("are the same wherever chunks end", { texts: Arbitrary.array(someText, { maxLength: 8 }), sizes: Sizes }, ({ sizes, texts }) => {
    const text = texts.join("\n")
    const expected = text.split("\n").flatMap((line, index) => (line === "" ? [] : [[index + 1, Buffer.from(line).toString()]]))
    expect(cut(lines(), text, sizes).pieces).toEqual(expected)
  })
})

describe("documents", () => {
  prop.prop("give the elements of a list, wherever chunks end and however it is indented", { values: Values, sizes: Sizes, indent: Indent, member: one("items", "events", "logEvents", "results", undefined) }, ({ indent, member, sizes, values }) => {
    const text = JSON.stringify(member === undefined ? values : { kind: "EventList", metadata: { items: "x" }, [member]: values, after: { x: [1, "]"] } }, null, indent)
    const { lost, pieces } = cut(documents(), text, sizes)
    expect(lost).toEqual([])
    expect(pieces.map(([, piece]) => JSON.parse(piece))).toEqual(JSON.parse(JSON.stringify(values)))
    for (const [line, piece] of pieces) expect(text.split("\n").slice(line - 1).join("\n")).toContain(piece)
  })

  prop.prop("one after the other are pieces themselves where they hold no list", { values: Values, sizes: Sizes, indent: Indent }, ({ indent, sizes, values }) => {
    const { lost, pieces } = cut(documents(), values.map((value) => JSON.stringify(value, null, indent)).join("\n"), sizes)
    expect(lost).toEqual([])
    expect(pieces.map(([, piece]) => JSON.parse(piece))).toEqual(JSON.parse(JSON.stringify(values)))
  })

  it("that break off are told with the line on which what is lost began", () => {
    expect(cut(documents(), "[{\"a\":1},\n{\"a\":", whole)).toEqual({ pieces: [[1, "{\"a\":1}"]], lost: [[2, "not closed"]] })
  })

  it("go on after text that is not closed on its line", () => {
    expect(cut(documents(), "[{\"a\":\"cut\n[{\"a\":2}]", whole)).toEqual({ pieces: [[2, "{\"a\":2}"]], lost: [[1, "not closed"]] })
  })

  it("tell what is no JSON once a line", () => {
    expect(cut(documents(), "[]\nhello there\n[1,{\"a\":1}]", whole)).toEqual({ pieces: [[3, "{\"a\":1}"]], lost: [[2, "no JSON"]] })
  })
})

describe("a file", () => {
  const framing = (text: string) => framingOf(Buffer.from(text))

  it("with a record on each line is read by lines", () => {
    expect(framing("{\"kind\":\"Event\",\"user\":{\"groups\":[\"a\"]}}\n{\"kind\":\"Event\"}\n")).toBe("lines")
    expect(framing("{\"kind\":\"Event\"}")).toBe("lines")
    expect(framing("2026-01-15T12:00:00.000Z {\"kind\":\"Event\"}\n")).toBe("lines")
  })

  it("whose first line is cut off is read by lines, too", () => {
    expect(framing("{\"kind\":\"Event\",\"verb\":\"cre\n{\"kind\":\"Event\"}\n")).toBe("lines")
    expect(framing("eate\",\"verb\":\"x\"}\n{\"kind\":\"Event\"}\n")).toBe("lines")
  })

  it("that is a list, or indented, is read as a document", () => {
    expect(framing("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":[{\"kind\":\"Event\"}")).toBe("document")
    expect(framing("[{\"@message\":\"…\"}]")).toBe("document")
    expect(framing("{\n  \"verb\": \"patch\"\n}\n")).toBe("document")
  })
})
