import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, JsonPointer, Result, Schema } from "effect"
import { equals, isArray, isObject } from "../../src/patch/Json.js"
import { apply, fromJson, type Operation } from "../../src/patch/JsonPatch.js"
import { frozen, json, Key } from "./arbitraries.js"

const applied = (document: Schema.Json, patch: ReadonlyArray<Operation>): Schema.Json =>
  Result.getOrThrowWith(apply(frozen(document), patch), (failure) => new Error(JSON.stringify(failure)))

const refused = (document: Schema.Json, patch: ReadonlyArray<Operation>) => {
  const outcome = apply(frozen(document), patch)
  assert.isTrue(Result.isFailure(outcome), "the patch should have been refused")
  return Result.isFailure(outcome) ? outcome.failure : undefined
}

describe("RFC 6902, appendix A", () => {
  const examples: ReadonlyArray<readonly [name: string, document: Schema.Json, patch: ReadonlyArray<Operation>, result: Schema.Json]> = [
    ["A.1 adding an object member", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
    ["A.2 adding an array element", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
    ["A.3 removing an object member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    ["A.4 removing an array element", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
    ["A.5 replacing a value", { baz: "qux", foo: "bar" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo", foo: "bar" }],
    [
      "A.6 moving a value",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } }
    ],
    [
      "A.7 moving an array element",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] }
    ],
    [
      "A.8 testing a value: success",
      { baz: "qux", foo: ["a", 2, "c"] },
      [{ op: "test", path: "/baz", value: "qux" }, { op: "test", path: "/foo/1", value: 2 }],
      { baz: "qux", foo: ["a", 2, "c"] }
    ],
    [
      "A.10 adding a nested member object",
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } }
    ],
    ["A.14 ~ escape ordering", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
    ["A.16 adding an array value", { foo: ["bar"] }, [{ op: "add", path: "/foo/-", value: ["abc", "def"] }], { foo: ["bar", ["abc", "def"]] }]
  ]
  it.each(examples)("%s", (_name, document, patch, result) => {
    assert.deepStrictEqual(applied(document, patch), result)
  })

  it("A.9 testing a value: error", () => {
    assert.deepStrictEqual(refused({ baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }]), {
      index: 0,
      path: "/baz",
      reason: "the value is another one than the test expects"
    })
  })

  it("A.11 ignoring unrecognized elements", () => {
    const patch = Result.getOrThrow(fromJson([{ op: "add", path: "/baz", value: "qux", xyz: 123 }]))
    assert.deepStrictEqual(applied({ foo: "bar" }, patch), { foo: "bar", baz: "qux" })
  })

  it("A.12 adding to a non-existent target", () => {
    assert.deepStrictEqual(refused({ foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }]), {
      index: 0,
      path: "/baz/bat",
      reason: "there is no member \"baz\""
    })
  })

  // What A.13 forbids, two members "op", JSON.parse has already decided: the last one counts.
  it("A.13 invalid JSON Patch document", () => {
    assert.isTrue(Result.isFailure(fromJson(JSON.parse('[{"op":"add","path":"/baz","value":"qux","op":"delete"}]'))))
  })

  it("A.15 comparing strings and numbers", () => {
    assert.strictEqual(refused({ "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }])?.index, 0)
  })
})

describe("a failure anywhere changes nothing, and says where", () => {
  const refusals: ReadonlyArray<readonly [name: string, document: Schema.Json, operation: Operation]> = [
    ["replace of a missing member", {}, { op: "replace", path: "/a", value: 1 }],
    ["remove of a missing member", {}, { op: "remove", path: "/a" }],
    ["remove of the whole document", {}, { op: "remove", path: "" }],
    ["test of a missing member, even for null", {}, { op: "test", path: "/a", value: null }],
    ["copy from nowhere", {}, { op: "copy", from: "/a", path: "/b" }],
    ["move from nowhere", {}, { op: "move", from: "/a", path: "/a" }],
    ["move into itself", { a: { b: 1 } }, { op: "move", from: "/a", path: "/a/c" }],
    ["move into itself, though the next element takes its place", { a: [{}, {}] }, { op: "move", from: "/a/0", path: "/a/0/b" }],
    ["move of the document into itself", { a: 1 }, { op: "move", from: "", path: "/a" }],
    ["an index past the end", { a: [1] }, { op: "add", path: "/a/2", value: 1 }],
    ["an index at the end, except for add", { a: [1] }, { op: "replace", path: "/a/1", value: 1 }],
    ["an index with a leading zero", { a: [1, 2] }, { op: "replace", path: "/a/01", value: 1 }],
    ["an index with a sign", { a: [1, 2] }, { op: "replace", path: "/a/+1", value: 1 }],
    ["a fractional index", { a: [1, 2] }, { op: "replace", path: "/a/1e0", value: 1 }],
    ["an empty index", { a: [1, 2] }, { op: "remove", path: "/a/" }],
    ["- where an element must be", { a: [1] }, { op: "remove", path: "/a/-" }],
    ["a member of a scalar", { a: "text" }, { op: "add", path: "/a/length", value: 1 }],
    ["a member of null", { a: null }, { op: "add", path: "/a/b", value: 1 }],
    ["length of an array", { a: [1] }, { op: "test", path: "/a/length", value: 1 }],
    ["what a prototype lends", {}, { op: "test", path: "/constructor/name", value: "Object" }],
    ["__proto__ that is not there", {}, { op: "add", path: "/__proto__/polluted", value: true }],
    ["a pointer without a slash", { a: 1 }, { op: "test", path: "a", value: 1 }],
    ["a pointer with a bad escape", { "~2": 1 }, { op: "test", path: "/~2", value: 1 }],
    ["a from with a bad escape", { "~": 1 }, { op: "copy", from: "/~", path: "/b" }]
  ]
  it.each(refusals)("%s", (_name, document, operation) => {
    const failure = refused(document, [{ op: "test", path: "", value: document }, operation])
    assert.strictEqual(failure?.index, 1)
    assert.strictEqual(failure?.path, operation.path)
    assert.isNotEmpty(failure?.reason)
  })
})

describe("more than the appendix shows", () => {
  it("the empty pointer is the whole document", () => {
    assert.deepStrictEqual(applied({ a: 1 }, [{ op: "replace", path: "", value: [1] }, { op: "add", path: "/-", value: 2 }]), [1, 2])
  })
  it("copy duplicates: a change of the copy is none of the original", () => {
    assert.deepStrictEqual(
      applied({ a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }, { op: "replace", path: "/c/b", value: 2 }]),
      { a: { b: 1 }, c: { b: 2 } }
    )
  })
  it("a move onto itself changes nothing", () => {
    assert.deepStrictEqual(applied({ a: 1, ab: 2 }, [{ op: "move", from: "/a", path: "/a" }]), { a: 1, ab: 2 })
  })
  it("a move to a name that only begins alike is no move into itself", () => {
    assert.deepStrictEqual(applied({ a: 1 }, [{ op: "move", from: "/a", path: "/ab" }]), { ab: 1 })
  })
  it("test compares deeply, members in any order", () => {
    assert.deepStrictEqual(applied({ a: [{ x: 1, y: [null] }] }, [{ op: "test", path: "/a", value: [{ y: [null], x: 1 }] }]), {
      a: [{ x: 1, y: [null] }]
    })
    for (const other of [[{ x: 1 }], [{ x: 1, y: [] }], [{ x: 1, y: [null], z: 1 }], { 0: { x: 1, y: [null] } }]) {
      assert.strictEqual(refused({ a: [{ x: 1, y: [null] }] }, [{ op: "test", path: "/a", value: other }])?.path, "/a")
    }
  })
  it("__proto__ is a member like any other, and no prototype changes", () => {
    const document = applied({}, [
      { op: "add", path: "/__proto__", value: {} },
      { op: "add", path: "/__proto__/polluted", value: true }
    ])
    assert.strictEqual(JSON.stringify(document), '{"__proto__":{"polluted":true}}')
    assert.strictEqual(Object.getPrototypeOf(document), Object.prototype)
    assert.isFalse("polluted" in {})
  })
  it("a test for __proto__ is not met by the prototype", () => {
    const value: Schema.Json = JSON.parse('{"__proto__":{}}')
    assert.strictEqual(refused({ x: {} }, [{ op: "test", path: "", value }])?.index, 0)
    assert.strictEqual(refused(value, [{ op: "test", path: "", value: { x: {} } }])?.index, 0)
  })
  it("a document nested 100,000 deep is compared, not feared", () => {
    const deep = (inner: string): Schema.Json => JSON.parse("[".repeat(100_000) + inner + "]".repeat(100_000))
    assert.isTrue(Result.isSuccess(apply(deep("1"), [{ op: "test", path: "", value: deep("1") }])))
    assert.isTrue(Result.isFailure(apply(deep("1"), [{ op: "test", path: "", value: deep("2") }])))
  })
})

describe("fromJson", () => {
  const broken: ReadonlyArray<readonly [name: string, patch: unknown, reason: string]> = [
    ["no array", { op: "remove", path: "/a" }, "a JSON Patch is an array of operations"],
    ["no object", [null], "operation 0: it is no object"],
    ["an unknown op", [{ op: "remove", path: "/a" }, { op: "delete" }], "operation 1: op is none of add, remove, replace, move, copy, test"],
    ["no path", [{ op: "remove" }], "operation 0: path is no string"],
    ["no from", [{ op: "move", path: "/a" }], "operation 0: from is no string"],
    ["no value", [{ op: "test", path: "/a" }], "operation 0: value is missing"]
  ]
  it.each(broken)("refuses %s", (_name, patch, reason) => {
    assert.deepStrictEqual(fromJson(patch), Result.fail(reason))
  })
  it("takes null for a value that is there", () => {
    assert.isTrue(Result.isSuccess(fromJson([{ op: "add", path: "/a", value: null }])))
  })
})

/** Every pointer into a document, the root's included. */
const pointersOf = (document: Schema.Json): ReadonlyArray<string> => {
  const children = isArray(document)
    ? document.map((child, index) => [String(index), child] as const)
    : isObject(document) ? Object.entries(document) : []
  return ["", ...children.flatMap(([key, child]) => pointersOf(child).map((rest) => `/${JsonPointer.escapeToken(key)}${rest}`))]
}

const index = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })))
const pick = <A>(from: ReadonlyArray<A>, at: number, otherwise: A): A => from[at % from.length] ?? otherwise

/** Operations that mostly hit something of the document, and sometimes do not. */
const operationFor = (document: Schema.Json) =>
  Arbitrary.all({
    op: Arbitrary.schema(Schema.Literals(["add", "replace", "test", "remove", "move", "copy"])),
    at: index,
    from: index,
    below: Arbitrary.schema(Schema.NullOr(Key)),
    value: json(2)
  }).pipe(Arbitrary.map(({ at, below, from, op, value }): Operation => {
    const pointers = pointersOf(document)
    const path = pick(pointers, at, "") + (below === null ? "" : `/${JsonPointer.escapeToken(below)}`)
    switch (op) {
      case "add":
      case "replace":
      case "test":
        return { op, path, value }
      case "remove":
        return { op, path }
      case "move":
      case "copy":
        return { op, path, from: pick(pointers, from, "") }
    }
  }))

const documentAndPatch = json(3).pipe(Arbitrary.flatMap((document) =>
  Arbitrary.all({ document: Arbitrary.Constant(document), patch: Arbitrary.array(operationFor(document), { maxLength: 4 }) })
))

const options = { arbitrary: { runs: 500, seed: 1 } }

describe("for every document", () => {
  it.prop("a patch is its operations one after the other, up to the first that fails", { given: documentAndPatch }, ({ given }) => {
    let stepwise: Schema.Json = frozen(given.document)
    for (const [at, operation] of given.patch.entries()) {
      const outcome = apply(stepwise, [operation])
      if (Result.isFailure(outcome)) {
        assert.deepStrictEqual(apply(given.document, given.patch), Result.fail({ ...outcome.failure, index: at }))
        return
      }
      stepwise = frozen(outcome.success)
    }
    assert.deepStrictEqual(apply(given.document, given.patch), Result.succeed(stepwise))
  }, options)

  it.prop("what is removed and added again is as before", { document: json(3), at: index }, ({ at, document }) => {
    const path = pick(pointersOf(document).filter((one) => one !== ""), at, "")
    if (path === "") return
    const without = applied(document, [{ op: "remove", path }])
    assert.isFalse(equals(without, document))
    const value = applied(document, [{ op: "copy", from: path, path: "" }])
    assert.isTrue(equals(applied(without, [{ op: "add", path, value }]), document))
  }, options)

  it.prop("what is replaced is there, and nothing else changed", { document: json(3), at: index, value: json(2) }, ({ at, document, value }) => {
    const path = pick(pointersOf(document), at, "")
    const after = applied(document, [{ op: "replace", path, value }, { op: "test", path, value }])
    const before = applied(document, [{ op: "copy", from: path, path: "" }])
    assert.isTrue(equals(applied(after, [{ op: "replace", path, value: before }]), document))
  }, options)

  it.prop("equality is that of the canonical text", { left: json(3), right: json(3) }, ({ left, right }) => {
    const canonical = (value: Schema.Json): string =>
      isArray(value)
        ? `[${value.map(canonical).join()}]`
        : isObject(value)
        ? `{${Object.keys(value).toSorted().map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join()}}`
        : JSON.stringify(value)
    assert.strictEqual(equals(left, right), canonical(left) === canonical(right))
    assert.isTrue(equals(left, JSON.parse(JSON.stringify(left))))
  }, options)

  it.prop("junk is no patch, or a patch that applies or is refused: nothing throws", {
    document: json(2),
    junk: json(4)
  }, ({ document, junk }) => {
    const patch = fromJson(junk)
    assert.isTrue(Result.isFailure(patch) ? patch.failure !== "" : Result.isResult(apply(document, patch.success)))
  }, options)
})
