import { describe, expect, it } from "vitest"
import { holds, isOperator, operatorNames } from "../../src/wire/iam/Conditions.js"
import type { Context } from "../../src/wire/iam/Context.js"

const line = (operator: string, key: string, wanted: string | ReadonlyArray<string>, context: Context) =>
  holds({ operator, key, wanted: [wanted].flat(), hasVariables: true }, context)

/** A key that has one value. */
const one = (operator: string, held: string, wanted: string | ReadonlyArray<string>) => line(operator, "k", wanted, { k: [held] })

describe("an operator", () => {
  it.each([
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringEquals", "a", "*", false],
    ["StringNotEquals", "a", "b", true],
    ["StringNotEquals", "a", "a", false],
    ["StringEqualsIgnoreCase", "Prod", "pROD", true],
    ["StringNotEqualsIgnoreCase", "Prod", "pROD", false],
    ["StringLike", "eni-0123", "eni-*", true],
    ["StringLike", "eni-0123", "ENI-*", false],
    ["StringNotLike", "eni-0123", "i-*", true],
    ["ArnEquals", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", true],
    ["ArnLike", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1", "arn:aws:ec2:*:111122223333:subnet/*", true],
    ["ArnNotLike", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1", "arn:aws:ec2:*:*:vpc/*", true],
    ["ArnNotEquals", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", false],
    ["Bool", "true", "TRUE", true],
    ["Bool", "false", "true", false],
    ["NumericEquals", "10", "10.0", true],
    ["NumericNotEquals", "10", "11", true],
    ["NumericLessThan", "9", "10", true],
    ["NumericLessThanEquals", "10", "10", true],
    ["NumericGreaterThan", "9", "10", false],
    ["NumericGreaterThanEquals", "10", "10", true],
    ["NumericLessThan", "", "10", false],
    ["NumericEquals", "ten", "ten", false]
  ])("%s: %s, wanted %s: %s", (operator, held, wanted, expected) => expect(one(operator, held, wanted)).toBe(expected))

  it("of ARNs takes each part on its own: a star does not reach over a colon", () => {
    expect(one("ArnLike", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1", "arn:aws:*:subnet/subnet-1")).toBe(false)
    expect(one("ArnLike", "arn:aws:sts::111122223333:assumed-role/a:b", "arn:aws:sts::*:assumed-role/*")).toBe(true)
  })

  it("is content with one of several values; a negated one with none of them", () => {
    expect(one("StringEquals", "b", ["a", "b"])).toBe(true)
    expect(one("StringNotEquals", "b", ["a", "b"])).toBe(false)
    expect(one("StringNotEquals", "c", ["a", "b"])).toBe(true)
  })

  it("takes keys in any case", () => {
    expect(line("StringEquals", "AWS:requesttag/Owner", "us", { "aws:RequestTag/owner": ["us"] })).toBe(true)
  })

  it("that there is not never holds", () => {
    expect(one("StringResembles", "a", "a")).toBe(false)
    expect(one("toString", "a", "a")).toBe(false)
  })

  it("is known with sets and IfExists, Null without", () => {
    for (const name of operatorNames) expect([name, isOperator(name), isOperator(`ForAllValues:${name}`)]).toEqual([name, true, true])
    expect(isOperator("StringEqualsIfExists")).toBe(true)
    expect(isOperator("ForAnyValue:StringLikeIfExists")).toBe(true)
    for (const name of ["NullIfExists", "DateLessThan", "ForSomeValues:StringEquals", ""]) expect([name, isOperator(name)]).toEqual([name, false])
  })
})

describe("a key that the request does not have", () => {
  it.each([
    ["StringEquals", false],
    ["StringNotEquals", true],
    ["StringEqualsIfExists", true],
    ["StringNotEqualsIfExists", true],
    ["ArnLike", false],
    ["ArnNotLike", true],
    ["NumericLessThan", false],
    ["Bool", false],
    ["BoolIfExists", true],
    ["ForAllValues:StringEquals", true],
    ["ForAnyValue:StringEquals", false],
    ["ForAnyValue:StringNotEquals", false],
    ["ForAnyValue:StringEqualsIfExists", true]
  ])("%s: %s", (operator, expected) => {
    expect(line(operator, "k", "a", {})).toBe(expected)
    expect(line(operator, "k", "a", { k: [] })).toBe(expected)
  })

  it("is what Null asks for", () => {
    expect(line("Null", "k", "true", {})).toBe(true)
    expect(line("Null", "k", "false", {})).toBe(false)
    expect(line("Null", "k", "true", { k: ["a"] })).toBe(false)
    expect(line("Null", "k", "false", { k: ["a"] })).toBe(true)
  })
})

// The requests and outcomes of IAM User Guide, "Multivalued context key examples".
describe("aws:TagKeys, as IAM's documentation has it", () => {
  const keys = (operator: string, wanted: string | ReadonlyArray<string>, ...held: ReadonlyArray<string>) =>
    line(operator, "aws:TagKeys", wanted, held.length === 0 ? {} : { "aws:TagKeys": held })

  it("ForAllValues:StringNotLike key1*: holds where no key begins so, and where there is none", () => {
    const asked = (...held: ReadonlyArray<string>) => keys("ForAllValues:StringNotLike", "key1*", ...held)
    expect([asked("key1:legal"), asked("key1:hr", "key1:personnel"), asked("key2:audit"), asked()]).toEqual([false, false, true, true])
  })

  it("ForAllValues:StringLike: holds where every key begins so", () => {
    const asked = (...held: ReadonlyArray<string>) => keys("ForAllValues:StringLike", ["key1*", "key2*"], ...held)
    expect([asked("key1:legal"), asked("key1:hr", "key2:audit"), asked("key1:hr", "key3:other"), asked()]).toEqual([true, true, false, true])
  })

  it("ForAnyValue:StringLike: holds where one key begins so", () => {
    const asked = (...held: ReadonlyArray<string>) => keys("ForAnyValue:StringLike", "key1*", ...held)
    expect([asked("key1:legal"), asked("key2:hr", "key1:audit"), asked("key2:hr"), asked()]).toEqual([true, true, false, false])
  })

  it("ForAnyValue:StringNotLike: holds where one key does not", () => {
    const asked = (...held: ReadonlyArray<string>) => keys("ForAnyValue:StringNotLike", "key1*", ...held)
    expect([asked("key1:legal"), asked("key2:hr", "key1:audit"), asked("key2:hr")]).toEqual([false, true, true])
  })
})

describe("variables", () => {
  const context: Context = { "aws:username": ["anna"], "aws:PrincipalTag/team": ["*"], owner: ["anna"] }

  it("stand for the request's values", () => {
    expect(line("StringEquals", "owner", "${aws:username}", context)).toBe(true)
    expect(line("StringLike", "owner", "${aws:USERNAME}*", context)).toBe(true)
  })

  it("bring no wildcards of their own", () => {
    expect(line("StringLike", "owner", "${aws:PrincipalTag/team}", context)).toBe(false)
    expect(line("StringLike", "star", "${aws:PrincipalTag/team}", { ...context, star: ["*"] })).toBe(true)
    expect(line("StringEquals", "star", "${*}", { star: ["*"] })).toBe(true)
    expect(line("StringLike", "star", "${*}${?}${$}", { star: ["*?$"] })).toBe(true)
  })

  it("without a value are like nothing, unless a text is given for that", () => {
    expect(line("StringEquals", "owner", "${aws:userid}", context)).toBe(false)
    expect(line("StringNotEquals", "owner", "${aws:userid}", context)).toBe(true)
    expect(line("StringEquals", "owner", "${aws:userid, 'anna'}", context)).toBe(true)
  })

  it("are plain text in a policy of the older version", () => {
    expect(holds({ operator: "StringEquals", key: "owner", wanted: ["${aws:username}"], hasVariables: false }, { ...context, owner: ["${aws:username}"] })).toBe(true)
  })
})
