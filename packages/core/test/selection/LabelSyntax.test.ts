import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { keyProblems, valueProblems } from "../../src/selection/LabelSyntax.js"
import * as Naive from "./Naive.js"

describe("a label key", () => {
  it.each([
    "a",
    "1",
    "role",
    "Role_1.x-y",
    "example.com/role",
    "app.kubernetes.io/name",
    "0.1.2.domain/99",
    "constructor",
    "k".repeat(63),
    `${"p".repeat(253)}/k`
  ])("may be %j", (key) => {
    expect(keyProblems(key)).toEqual([])
  })

  it.each([
    ["", "the label key is empty"],
    ["role/", "label key \"role/\" has nothing after its \"/\""],
    ["/role", "label key \"/role\" has nothing before its \"/\""],
    ["a/b/c", "label key \"a/b/c\" has more than one \"/\""],
    ["a b", "label key \"a b\" is not well formed"],
    ["-a", "label key \"-a\" is not well formed"],
    ["a.", "label key \"a.\" is not well formed"],
    ["a\n", "label key \"a\\n\" is not well formed"],
    ["é", "label key \"é\" is not well formed"],
    ["example.com/a b", "the name in label key \"example.com/a b\" is not well formed"],
    ["Example.com/a", "the prefix of label key \"Example.com/a\" is no DNS name"],
    ["a..b/c", "the prefix of label key \"a..b/c\" is no DNS name"],
    ["a.-b/c", "the prefix of label key \"a.-b/c\" is no DNS name"],
    ["b-/c", "the prefix of label key \"b-/c\" is no DNS name"],
    ["a.b-/c", "the prefix of label key \"a.b-/c\" is no DNS name"],
    ["a_b/c", "the prefix of label key \"a_b/c\" is no DNS name"],
    ["k".repeat(64), `label key "${"k".repeat(64)}" has 64 characters`],
    [`${"p".repeat(254)}/k`, `the prefix of label key "${"p".repeat(79)}…" has 254 characters`]
  ])("may not be %j", (key, message) => {
    expect(keyProblems(key).map((problem) => problem.message)).toEqual([message])
  })

  it("is told everything that is wrong with it, and what to do", () => {
    expect(keyProblems(`A/${"-".repeat(64)}`)).toMatchObject([
      { mend: "use lower-case letters, digits, \"-\" and \".\", with a letter or digit at both ends of every part between dots" },
      { mend: "shorten it to 63 characters or fewer" },
      { mend: "use letters, digits, \"-\", \"_\" and \".\", with a letter or digit at both ends" }
    ])
  })

  it.prop("is right where a second opinion says so", { key: Schema.String.check(Schema.isPattern(/^[aZ0._/ -]{0,8}$/)) }, ({ key }) => {
    expect(keyProblems(key).length === 0).toBe(Naive.isKey(key))
  }, { arbitrary: { runs: 2_000 } })
})

describe("a label value", () => {
  it.each(["", "a", "1.2.3", "X_y-z", "v".repeat(63)])("may be %j", (value) => {
    expect(valueProblems(value)).toEqual([])
  })

  it.each([
    ["a b", "label value \"a b\" is not well formed"],
    ["-a", "label value \"-a\" is not well formed"],
    ["a_", "label value \"a_\" is not well formed"],
    ["a/b", "label value \"a/b\" is not well formed"],
    ["a\n", "label value \"a\\n\" is not well formed"],
    ["v".repeat(64), `label value "${"v".repeat(64)}" has 64 characters`]
  ])("may not be %j", (value, message) => {
    expect(valueProblems(value).map((problem) => problem.message)).toEqual([message])
  })

  it.prop("is right where a second opinion says so", { value: Schema.String.check(Schema.isPattern(/^[aZ0._/ -]{0,8}$/)) }, ({ value }) => {
    expect(valueProblems(value).length === 0).toBe(Naive.isValue(value))
  }, { arbitrary: { runs: 2_000 } })
})
