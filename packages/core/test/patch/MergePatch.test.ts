import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import { isObject } from "../../src/patch/Json.js"
import { apply } from "../../src/patch/MergePatch.js"
import { frozen, json, jsonObject } from "./arbitraries.js"

describe("RFC 7396, appendix A", () => {
  const table: ReadonlyArray<readonly [original: Schema.Json, patch: Schema.Json, result: Schema.Json]> = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
  ]
  for (const [original, patch, result] of table) {
    it(`${JSON.stringify(original)} with ${JSON.stringify(patch)} is ${JSON.stringify(result)}`, () => {
      assert.deepStrictEqual(apply(frozen(original), frozen(patch)), result)
    })
  }
})

/** The algorithm of RFC 7396 §2, word for word, on entries instead of objects. */
const naive = (target: Schema.Json | undefined, patch: Schema.Json): Schema.Json => {
  if (!isObject(patch)) return patch
  const members = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name)
    else members.set(name, naive(members.get(name), value))
  }
  return Object.fromEntries(members)
}

const options = { arbitrary: { runs: 500, seed: 1 } }

describe("for every document and patch", () => {
  it.prop("the result is the RFC's, and neither was touched", { target: json(4), patch: json(4) }, ({ patch, target }) => {
    assert.deepStrictEqual(apply(frozen(target), frozen(patch)), naive(target, patch))
  }, options)

  it.prop("a second time changes nothing", { target: jsonObject(3), patch: jsonObject(3) }, ({ patch, target }) => {
    const once = apply(target, patch)
    assert.deepStrictEqual(apply(once, patch), once)
  }, options)
})

describe("hostile patches", () => {
  it("__proto__ is a member like any other, and no prototype changes", () => {
    const patch: Schema.Json = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    const result = apply({}, patch)
    assert.strictEqual(JSON.stringify(result), JSON.stringify(patch))
    assert.strictEqual(Object.getPrototypeOf(result), Object.prototype)
    assert.isFalse("polluted" in {})
  })
  it("a patch nested 100,000 deep applies", () => {
    const deep: Schema.Json = JSON.parse('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000))
    let result: unknown = apply({ b: 1 }, deep)
    for (let depth = 0; depth < 100_000; depth++) result = isObject(result) ? result["a"] : "cut short"
    assert.strictEqual(result, 1)
  })
})
