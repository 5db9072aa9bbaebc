import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { members, prune, type Wanted } from "../../src/admission/Pruning.js"
import { parse, parsePart } from "../../src/admission/StrictJson.js"
import { equals, isArray, isObject, own } from "../../src/patch/Json.js"

const wanted: Wanted = members({
  a: "all",
  ["__proto__"]: "all",
  b: members({ a: "all", b: members({ c: "all" }) }),
  list: { items: members({ a: "all", list: { items: "all" } }) }
})

/** The same with some members of which only the type is read. */
const typed: Wanted = members({ a: "text", c: "text", b: members({ a: "all", b: members({ c: "text" }) }), list: { items: members({ a: "text", b: members({}) }) } })

/** Where a pruned value says something else of what is wanted than the whole one does; undefined where it does not. */
const difference = (whole: unknown, pruned: unknown, part: Wanted, path = "$"): string | undefined => {
  const same = () => equals(whole, pruned) ? undefined : path
  if (part === "all") return same()
  if (part === "text") return whole === null || whole === undefined || typeof whole === "string" ? undefined : path
  if ("items" in part) {
    if (!isArray(whole)) return same()
    if (!isArray(pruned) || pruned.length !== whole.length) return path
    return whole.map((item, index) => difference(item, pruned[index], part.items, `${path}[${index}]`)).find((found) => found !== undefined)
  }
  if (!isObject(whole)) return same()
  if (!isObject(pruned)) return path
  const parts = new Map([...part.members.values()].map(({ name, wanted }) => [name, wanted]))
  const unwanted = Object.keys(pruned).filter((name) => (parts.get(name) ?? "text") === "text")
  if (unwanted.some((name) => pruned[name] !== null || !Object.hasOwn(whole, name))) return `${path}: ${unwanted.join()}`
  for (const [name, inner] of parts) {
    if (inner !== "text" && Object.hasOwn(whole, name) !== Object.hasOwn(pruned, name)) return `${path}.${name}`
    const found = difference(own(whole, name), own(pruned, name), inner, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is wrong with how a text was pruned that perhaps is none, or may be left to `parse`; undefined where nothing is. */
const complaint = (text: string, part = wanted): string | undefined => {
  const pruned = prune(text, part)
  if (pruned === undefined) return undefined
  const whole = parse(text)
  if (Result.isFailure(whole)) return `${whole.failure}, and it was pruned: ${text}`
  const place = difference(whole.success, JSON.parse(pruned), part)
  return place === undefined ? undefined : `${place} differs: ${text}`
}

/** Draws below a bound, from a seed. Source: Mulberry32. */
const drawsOf = (seed: number) => {
  let state = seed
  return (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    return ((more ^ (more >>> 14)) >>> 0) % bound
  }
}

const scalars = [
  "null", "true", "false", "0", "-0", "-7", "120", "\"\"", "\"a\"", `"\\"{:[\\\\"`, `"\\u00e9\\ud834\\udd1e\\udc00"`, `"\\/\\b\\f\\n\\r\\t"`, `"${"long ".repeat(20)}"`, "\"\u007f\""
]
const keys = [`"a"`, `"b"`, `"c"`, `"list"`, `"k\\"\\\\"`, `"__proto__"`, `"constructor"`, `""`, `"f:metadata"`, `"A very long name of a member"`]
/** What pruning leaves to `parse`, or both refuse. */
const oddities = [
  "1.5", "1e3", "-", "01", "+1", ".5", "1.", "NaN", "nul", "True", "\"é\"", "\"\u0001\"", "\"\u001f\"", `"\\x"`, `"\\u12g4"`, `"\\u123`, "\"", " 1", "1 ", "\n", "[1,]", "{\"a\":1,}", "{,}", "[,]", "{a:1}",
  "{\"a\"}", "{\"a\":}", "{\"a\":1,\"a\":1}", "{\"\\u0061\":1}", "{\"\\u0061\":1,\"a\":2}", "{\"\\/\":1,\"/\":2}", "{\"a\":1 }", "[1 2]", "[}", "{]", "\ud800", "\u2028", ""
]

const textOf = (draw: (bound: number) => number, odd: number, depth = 0): string => {
  if (odd > 0 && draw(odd) === 0) return oddities[draw(oddities.length)]!
  const kind = draw(depth > 4 ? 1 : 3)
  if (kind === 0) return scalars[draw(scalars.length)]!
  if (kind === 1) return `[${Array.from({ length: draw(4) }, () => textOf(draw, odd, depth + 1)).join(",")}]`
  const some = keys.filter(() => draw(3) === 0)
  const from = draw(keys.length)
  return `{${[...some.slice(from), ...some.slice(0, from)].map((key) => `${key}:${textOf(draw, odd, depth + 1)}`).join(",")}}`
}

const mutated = (draw: (bound: number) => number, text: string): string => {
  const at = draw(text.length + 1)
  const chars = `"\\{}[]:,0-1atu \n\u0000é`
  const to = at + draw(3)
  return text.slice(0, at) + (draw(3) === 0 ? "" : chars[draw(chars.length)]!) + text.slice(to)
}

describe("a text without what is not read", () => {
  it("says of what is wanted what the whole says, for every text that is written as API servers write", () => {
    const draw = drawsOf(1)
    for (let round = 0; round < 20_000; round++) {
      const text = textOf(draw, 0)
      const pruned = prune(text, wanted)
      expect(pruned === undefined ? `not pruned: ${text}` : complaint(text)).toBeUndefined()
      expect(pruned?.length, text).toBeLessThanOrEqual(text.length + 8)
    }
  })

  it("is only there where JSON.parse takes the text and no key stands twice", () => {
    const draw = drawsOf(2)
    let refused = 0
    for (let round = 0; round < 60_000; round++) {
      const text = round % 2 === 0 ? textOf(draw, 12) : mutated(draw, textOf(draw, 0))
      expect(complaint(text) ?? complaint(text, typed)).toBeUndefined()
      if (Result.isFailure(parse(text))) refused++
    }
    expect(refused).toBeGreaterThan(10_000)
  })

  it.prop("is right about any text at all", { text: Arbitrary.schema(Schema.String) }, ({ text }) => {
    for (const around of [text, JSON.stringify(text), JSON.stringify({ [text]: text, a: text }), `{"a":"${text}"}`]) expect(complaint(around)).toBeUndefined()
  })

  it("keeps members in their order, and one for each run of those that are not wanted", () => {
    expect(prune(`{"x":1,"y":{"a":2},"a":[{"z":3}],"z":"","b":{"c":4,"b":{"c":5}}}`, wanted)).toBe(`{"x":null,"a":[{"z":3}],"z":null,"b":{"c":null,"b":{"c":5}}}`)
  })

  it("keeps a value whole that is of another kind than what is wanted", () => {
    const text = `{"b":[{"x":1}],"list":{"x":1}}`
    expect(prune(text, wanted)).toBe(text)
  })

  it("keeps the type of a text, not what it says", () => {
    expect(prune(`{"a":"x","c":"y","b":{"a":"z","b":{"c":null}}}`, typed)).toBe(`{"a":null,"b":{"a":"z","b":{"c":null}}}`)
    for (const text of [`{"a":1}`, `{"c":{}}`, `{"b":{"b":{"c":[]}}}`, `{"list":[{"a":true}]}`]) expect(prune(text, typed), text).toBeUndefined()
  })

  it("may end with a line feed, as Go's encoder ends it", () => {
    expect(prune(`{"a":1}\n`, wanted)).toBe(`{"a":1}`)
  })

  it("is not made of a text of which the buffer holds as many bytes as it has characters, and yet not all", () => {
    expect(prune(`"${"x".repeat(262_140)}é"é`, wanted)).toBeUndefined()
  })

  it("tells members from those whose names have the same hash, and leaves it to `parse` where an object has both", () => {
    expect(prune(`{"ahl8fNFcFe":1,"b":{"a":2}}`, wanted)).toBe(`{"ahl8fNFcFe":null,"b":{"a":2}}`)
    expect(prune(`{"ahl8fNFcFe":1,"a":2}`, wanted)).toBeUndefined()
  })

  it("is not made of what is very deep, wide or long, which is still read", () => {
    const nested = `${"[".repeat(65)}${"]".repeat(65)}`
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`k${index}`, index])))
    const long = JSON.stringify("x".repeat(300_000))
    for (const text of [nested, wide, long]) {
      expect(prune(text, wanted)).toBeUndefined()
      expect(parsePart(text, wanted)).toEqual(Result.succeed(JSON.parse(text)))
    }
  })
})
