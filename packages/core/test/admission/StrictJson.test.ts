import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { parse } from "../../src/admission/StrictJson.js"

const failure = (text: string): string | undefined => {
  const result = parse(text)
  return Result.isFailure(result) ? result.failure : undefined
}

describe("JSON that means the same to everybody", () => {
  it("is what JSON.parse says it is, whatever looks like a member, a string's end or a bracket in a string", () => {
    for (const text of [
      `{"a:b":{"c\\":d":[1,{"e":":{"}]},"":null,"f\\\\":true}`, `[{"a":1},{"a":1}]`, `{"__proto__":{"a":1},"constructor":2,"1":3}`, `":"`, `1`, ` [ ] `
    ]) expect(parse(text)).toEqual(Result.succeed(JSON.parse(text)))
  })

  it("has no key twice in one object, wherever the object is and however the key is spelt", () => {
    for (const text of [
      `{"a":1,"a":1}`, `{"a":{"b":[{"c":1,"d":2,"c":{}}]}}`, `{"a":{"b":1},"a":{"c":1,"d":2}}`, `{"\\u0061":1,"a":2}`, `{"__proto__":1,"__proto__":2}`
    ]) expect(failure(text), text).toBe("the body is ambiguous: an object in it has a key twice")
  })

  it("is at most 10,000 levels deep", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
    expect(failure(nested(10_000))).toBeUndefined()
    expect(failure(nested(10_001))).toContain("nested deeper than 10000 levels")
    expect(failure(`{"a":`.repeat(200_000))).toContain("nested deeper")
  })

  it("is JSON", () => {
    for (const text of ["", "{", `{"a":1,}`, "\uFEFF{}", "NaN", `{"a":1}{}`]) expect(failure(text), text).toContain("no JSON")
  })
})
