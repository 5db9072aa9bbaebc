import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { like, literally } from "../../src/wire/iam/Wildcard.js"

/** Few letters, so that texts fit patterns often. */
const letters = Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "b", ":", "*", "?", "."])), { maxLength: 12 })

/** The same by a regular expression. */
const byRegExp = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`)

describe("a pattern", () => {
  it.each([
    ["*", "", true],
    ["*", "anything at all", true],
    ["?", "", false],
    ["eni-?", "eni-1", true],
    ["eni-?", "eni-12", false],
    ["arn:aws:ec2:*:network-interface/*", "arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-1", true],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "aXbYbZ", false],
    ["a.c", "abc", false],
    ["", "", true],
    ["", "a", false]
  ])("%s and %s: %s", (pattern, text, fits) => expect(like(pattern, text)).toBe(fits))

  it.prop("fits what a regular expression of it fits", { pattern: letters, text: letters }, ({ pattern, text }) => {
    expect(like(pattern.join(""), text.join(""))).toBe(byRegExp(pattern.join("")).test(text.join("")))
  }, { arbitrary: { runs: 5_000, seed: 1 } })

  it.prop("of a text, literally, fits that text and no other", { one: letters, other: letters }, ({ one, other }) => {
    const pattern = literally(one.join(""))
    expect(like(pattern, one.join(""))).toBe(true)
    expect(like(pattern, other.join(""))).toBe(one.join("") === other.join(""))
  }, { arbitrary: { runs: 1_000, seed: 1 } })

  it("that is cruel takes no time", () => {
    expect(like(`${"a*".repeat(50)}b`, "a".repeat(5_000))).toBe(false)
  })
})
