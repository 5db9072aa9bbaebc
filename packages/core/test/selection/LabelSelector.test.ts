import { assert, describe, expect, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { LabelSelector } from "../../src/model/LabelSelector.js"
import { compile, type Labels, matches, mismatches } from "../../src/selection/LabelSelector.js"
import * as Generators from "./Generators.js"
import * as Naive from "./Naive.js"

const selected = (selector: LabelSelector | null | undefined, labels: Labels): boolean => {
  const compiled = compile(selector, "spec.podSelector")
  assert(Result.isSuccess(compiled), "the selector is broken")
  return matches(compiled.success, labels)
}

const problemsOf = (selector: LabelSelector) => {
  const compiled = compile(selector, "spec.podSelector")
  return Result.isFailure(compiled) ? compiled.failure.map(({ code, path }) => [code, path]) : []
}

const expression = (key: string, operator: string, ...values: ReadonlyArray<string>): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 ? { values } : {}) }]
})

describe("a label selector", () => {
  it.each<readonly [why: string, selector: LabelSelector | null | undefined, labels: Labels, expected: boolean]>([
    ["null matches nothing", null, { role: "db" }, false],
    ["null matches not even no labels", null, {}, false],
    ["undefined matches nothing", undefined, { role: "db" }, false],
    ["{} matches labels", {}, { role: "db" }, true],
    ["{} matches no labels", {}, {}, true],
    ["null fields are empty ones", { matchLabels: null, matchExpressions: null }, { role: "db" }, true],
    ["empty fields are no condition", { matchLabels: {}, matchExpressions: [] }, {}, true],

    ["matchLabels: same value", { matchLabels: { role: "db" } }, { role: "db" }, true],
    ["matchLabels: other value", { matchLabels: { role: "db" } }, { role: "web" }, false],
    ["matchLabels: absent", { matchLabels: { role: "db" } }, {}, false],
    ["matchLabels: an empty value is not an absent one", { matchLabels: { role: "" } }, {}, false],
    ["matchLabels: empty value", { matchLabels: { role: "" } }, { role: "" }, true],
    ["matchLabels: all must hold", { matchLabels: { role: "db", tier: "web" } }, { role: "db" }, false],
    ["matchLabels: more labels do no harm", { matchLabels: { role: "db" } }, { role: "db", tier: "web" }, true],

    ["In: one of them", expression("role", "In", "web", "db"), { role: "db" }, true],
    ["In: none of them", expression("role", "In", "web", "db"), { role: "x" }, false],
    ["In: absent", expression("role", "In", "web"), {}, false],
    ["In: the empty value", expression("role", "In", ""), { role: "" }, true],
    ["In: the empty value is not absence", expression("role", "In", ""), {}, false],
    ["In: the case counts", expression("role", "In", "DB"), { role: "db" }, false],

    ["NotIn: one of them", expression("role", "NotIn", "web", "db"), { role: "db" }, false],
    ["NotIn: none of them", expression("role", "NotIn", "web", "db"), { role: "x" }, true],
    ["NotIn: absent", expression("role", "NotIn", "web"), {}, true],
    ["NotIn: the empty value, absent", expression("role", "NotIn", ""), {}, true],

    ["Exists: there", expression("role", "Exists"), { role: "db" }, true],
    ["Exists: there with an empty value", expression("role", "Exists"), { role: "" }, true],
    ["Exists: absent", expression("role", "Exists"), { tier: "web" }, false],
    ["DoesNotExist: there", expression("role", "DoesNotExist"), { role: "" }, false],
    ["DoesNotExist: absent", expression("role", "DoesNotExist"), { tier: "web" }, true],

    ["a key that every object inherits does not exist", expression("constructor", "Exists"), {}, false],
    ["a key that every object inherits, as a label", expression("constructor", "Exists"), { constructor: "x" }, true],
    [
      "both parts must hold: labels do not",
      { matchLabels: { role: "db" }, ...expression("tier", "Exists") },
      { role: "web", tier: "x" },
      false
    ],
    ["both parts must hold: expressions do not", { matchLabels: { role: "db" }, ...expression("tier", "Exists") }, { role: "db" }, false],
    ["both parts must hold: both do", { matchLabels: { role: "db" }, ...expression("tier", "Exists") }, { role: "db", tier: "" }, true],
    [
      "two conditions on one key",
      { matchExpressions: [{ key: "role", operator: "Exists" }, { key: "role", operator: "NotIn", values: ["db"] }] },
      { role: "db" },
      false
    ]
  ])("%s", (_, selector, labels, expected) => {
    expect(selected(selector, labels)).toBe(expected)
  })

  it.each<readonly [why: string, selector: LabelSelector, problems: ReadonlyArray<readonly [code: string, path: string]>]>([
    ["In without values", expression("role", "In"), [["ValuesMissing", "spec.podSelector.matchExpressions[0].values"]]],
    ["NotIn without values", expression("role", "NotIn"), [["ValuesMissing", "spec.podSelector.matchExpressions[0].values"]]],
    [
      "values that are null",
      { matchExpressions: [{ key: "role", operator: "In", values: null }] },
      [["ValuesMissing", "spec.podSelector.matchExpressions[0].values"]]
    ],
    ["Exists with values", expression("role", "Exists", "db"), [["ValuesNotAllowed", "spec.podSelector.matchExpressions[0].values"]]],
    [
      "DoesNotExist with values",
      expression("role", "DoesNotExist", "db"),
      [["ValuesNotAllowed", "spec.podSelector.matchExpressions[0].values"]]
    ],
    ["an operator in lower case", expression("role", "in", "db"), [["UnknownOperator", "spec.podSelector.matchExpressions[0].operator"]]],
    [
      "an operator of node affinity",
      expression("role", "Gt", "1"),
      [["UnknownOperator", "spec.podSelector.matchExpressions[0].operator"]]
    ],
    ["an empty operator", expression("role", ""), [["UnknownOperator", "spec.podSelector.matchExpressions[0].operator"]]],
    ["a broken key", expression("a b", "Exists"), [["InvalidKey", "spec.podSelector.matchExpressions[0].key"]]],
    [
      "a broken value",
      expression("role", "In", "db", "a b"),
      [["InvalidValue", "spec.podSelector.matchExpressions[0].values[1]"]]
    ],
    ["a broken key in matchLabels", { matchLabels: { "a b": "x" } }, [["InvalidKey", "spec.podSelector.matchLabels[a b]"]]],
    ["a broken value in matchLabels", { matchLabels: { role: "a b" } }, [["InvalidValue", "spec.podSelector.matchLabels[role]"]]],
    [
      "everything at once, in the document's order",
      {
        matchLabels: { "/x": "-" },
        matchExpressions: [{ key: "role", operator: "Exists" }, { key: "", operator: "Like", values: ["-"] }]
      },
      [
        ["InvalidKey", "spec.podSelector.matchLabels[/x]"],
        ["InvalidValue", "spec.podSelector.matchLabels[/x]"],
        ["InvalidKey", "spec.podSelector.matchExpressions[1].key"],
        ["UnknownOperator", "spec.podSelector.matchExpressions[1].operator"],
        ["InvalidValue", "spec.podSelector.matchExpressions[1].values[0]"]
      ]
    ]
  ])("is refused: %s", (_, selector, problems) => {
    expect(problemsOf(selector)).toEqual(problems)
  })

  it("says what is wrong in words, and what to do", () => {
    const compiled = compile(
      { matchExpressions: [{ key: "role", operator: "in", values: ["db"] }, { key: "role", operator: "Exists", values: ["db"] }] },
      "spec.podSelector"
    )
    expect(compiled).toEqual(Result.fail([
      {
        code: "UnknownOperator",
        path: "spec.podSelector.matchExpressions[0].operator",
        message: "\"in\" is no operator",
        mend: "write In, NotIn, Exists or DoesNotExist, in just these letters"
      },
      {
        code: "ValuesNotAllowed",
        path: "spec.podSelector.matchExpressions[1].values",
        message: "operator Exists takes no values",
        mend: "remove them, or use In"
      }
    ]))
  })

  it("tells every requirement that does not hold, and what the label is instead", () => {
    const compiled = compile({
      matchLabels: { role: "db", tier: "web" },
      matchExpressions: [{ key: "team", operator: "In", values: ["a", "b"] }, { key: "role", operator: "NotIn", values: ["web"] }]
    }, "spec.podSelector")
    assert(Result.isSuccess(compiled))
    expect(mismatches(compiled.success, { role: "web", tier: "web" })).toEqual([
      { path: "spec.podSelector.matchLabels[role]", key: "role", operator: "In", values: ["db"], actual: "web" },
      { path: "spec.podSelector.matchExpressions[0]", key: "team", operator: "In", values: ["a", "b"], actual: undefined },
      { path: "spec.podSelector.matchExpressions[1]", key: "role", operator: "NotIn", values: ["web"], actual: "web" }
    ])
  })

  it("keeps a key that objects treat apart, so that it does not select everything", () => {
    const document: unknown = JSON.parse("{\"matchLabels\":{\"__proto__\":\"x\"}}")
    const selector = Result.getOrThrow(Schema.decodeUnknownResult(LabelSelector)(document))
    expect(problemsOf(selector)).toEqual([["InvalidKey", "spec.podSelector.matchLabels[__proto__]"]])
  })

  it.prop("matches what an independent evaluator matches", { selector: Generators.validSelector, labels: Generators.labels }, (
    { labels, selector }
  ) => {
    expect(selected(selector, labels)).toBe(Naive.selects(selector, labels))
  }, { arbitrary: { runs: 3_000 } })

  it.prop("compiles exactly when it is valid", { selector: Generators.mixedSelector }, ({ selector }) => {
    expect(problemsOf(selector).length === 0).toBe(Naive.isValid(selector))
  }, { arbitrary: { runs: 3_000 } })

  it.prop("matches exactly when no requirement fails", { selector: Generators.validSelector, labels: Generators.labels }, (
    { labels, selector }
  ) => {
    const compiled = compile(selector, "spec.podSelector")
    assert(Result.isSuccess(compiled))
    expect(matches(compiled.success, labels)).toBe(mismatches(compiled.success, labels).length === 0)
  }, { arbitrary: { runs: 1_000 } })

  it.prop("is judged whatever it holds", { selector: LabelSelector, labels: Generators.labels }, ({ labels, selector }) => {
    const compiled = compile(selector, "spec.podSelector")
    expect(Result.isSuccess(compiled)).toBe(Naive.isValid(selector))
    if (Result.isSuccess(compiled)) expect(matches(compiled.success, labels)).toBe(Naive.selects(selector, labels))
  }, { arbitrary: { runs: 1_000 } })
})
