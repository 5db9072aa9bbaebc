import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { evaluate, type Question } from "../../src/wire/iam/Evaluate.js"
import type { Policy, Statement } from "../../src/wire/iam/Policy.js"

const version = "2012-10-17"
const policy = (...statements: ReadonlyArray<Statement>): Policy => ({ Version: version, Statement: statements })
const interfaceArn = "arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-1"
const ask = (action = "ec2:CreateTags", arn = interfaceArn, context: Question["context"] = {}): Question => ({ action, arn, context })
const outcome = (policies: ReadonlyArray<Policy>, question = ask()) => evaluate(policies, question)._tag

const allow = (more: Partial<Statement> = {}): Statement => ({ Effect: "Allow", Action: "*", Resource: "*", ...more })
const deny = (more: Partial<Statement> = {}): Statement => ({ Effect: "Deny", Action: "*", Resource: "*", ...more })

// Source of the rules: IAM User Guide, "Policy evaluation logic".
describe("a question", () => {
  it("is answered no where nothing is said of it", () => {
    expect(outcome([])).toBe("not allowed")
    expect(outcome([policy(allow({ Action: "ec2:DeleteTags" }))])).toBe("not allowed")
  })

  it("is answered yes by one statement of any policy", () => {
    expect(outcome([policy(), policy(allow({ Action: "ec2:Create*" }))])).toBe("allowed")
    expect(outcome([{ Statement: allow() }])).toBe("allowed")
  })

  it("is answered no by one that denies, wherever it stands", () => {
    expect(outcome([policy(allow()), policy(deny({ Action: "ec2:CreateTags" }))])).toBe("denied")
    expect(outcome([policy(deny(), allow())])).toBe("denied")
  })

  it("tells by which statement it was answered", () => {
    expect(evaluate([policy(allow(), deny({ Sid: "Never" }))], ask())).toEqual({ _tag: "denied", by: deny({ Sid: "Never" }) })
  })
})

describe("a statement is about", () => {
  it("its actions, in any case, with wildcards; or all but some", () => {
    expect(outcome([policy(allow({ Action: ["s3:*", "EC2:createtag?"] }))])).toBe("allowed")
    expect(outcome([policy(allow({ Action: "*" }))])).toBe("allowed")
    const allBut = [policy({ Effect: "Allow", NotAction: ["ec2:CreateTags", "iam:*"], Resource: "*" })]
    expect(outcome(allBut)).toBe("not allowed")
    expect(outcome(allBut, ask("ec2:DeleteTags"))).toBe("allowed")
  })

  it("its resources, in their case, with wildcards; or all but some", () => {
    expect(outcome([policy(allow({ Resource: "arn:aws:ec2:*:111122223333:network-interface/*" }))])).toBe("allowed")
    expect(outcome([policy(allow({ Resource: "arn:aws:ec2:*:111122223333:Network-Interface/*" }))])).toBe("not allowed")
    const allBut = [policy({ Effect: "Allow", Action: "*", NotResource: "arn:aws:ec2:*:*:network-interface/*" })]
    expect(outcome(allBut)).toBe("not allowed")
    expect(outcome(allBut, ask("ec2:CreateTags", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1"))).toBe("allowed")
  })

  it("what has no resource only by *", () => {
    const associate = ask("ec2:AssociateTrunkInterface", "*")
    expect(outcome([policy(allow({ Resource: "arn:aws:ec2:*:*:*/*" }))], associate)).toBe("not allowed")
    expect(outcome([policy(allow({ Resource: ["arn:aws:ec2:*:*:*/*", "*"] }))], associate)).toBe("allowed")
  })

  it("resources with the request's own values in them; variables are text in the older version", () => {
    const statement = allow({ Resource: "arn:aws:ec2:*:*:network-interface/${aws:username}" })
    const question = ask("ec2:CreateTags", interfaceArn, { "aws:username": ["eni-1"] })
    expect(outcome([policy(statement)], question)).toBe("allowed")
    expect(outcome([policy(statement)])).toBe("not allowed")
    expect(outcome([{ Statement: [statement] }], question)).toBe("not allowed")
  })

  it("requests for which every line of its condition holds", () => {
    const own = policy(allow({
      Condition: {
        StringEquals: { "aws:ResourceTag/owner": ["us", "them"], "ec2:CreateAction": "CreateNetworkInterface" },
        Bool: { "aws:SecureTransport": true },
        NumericLessThan: { "ec2:VlanId": 100 }
      }
    }))
    const right = { "aws:ResourceTag/owner": ["us"], "ec2:CreateAction": ["CreateNetworkInterface"], "aws:SecureTransport": ["true"], "ec2:VlanId": ["7"] }
    expect(outcome([own], ask(undefined, undefined, right))).toBe("allowed")
    for (const key of Object.keys(right)) expect([key, outcome([own], ask(undefined, undefined, { ...right, [key]: ["other"] }))]).toEqual([key, "not allowed"])
  })
})

const names = ["ec2:CreateTags", "ec2:DeleteTags", "ec2:Create*", "*"]
const arns = [interfaceArn, "arn:aws:ec2:*:*:network-interface/*", "*"]
const Statements = Schema.Array(Schema.Struct({
  Effect: Schema.Literals(["Allow", "Deny"]),
  Action: Schema.Literals(names),
  Resource: Schema.Literals(arns),
  owner: Schema.Literals(["anybody", "us", "them"])
}))
const anyStatements = Arbitrary.map(Arbitrary.schema(Statements), (all): ReadonlyArray<Statement> =>
  all.map(({ owner, ...rest }) => owner === "anybody" ? rest : { ...rest, Condition: { StringEquals: { owner } } }))
const anyQuestion = Arbitrary.schema(Schema.Struct({
  action: Schema.Literals(["ec2:CreateTags", "ec2:DeleteTags", "ec2:CreateSubnet"]),
  arn: Schema.Literals([interfaceArn, "*"]),
  context: Schema.Struct({ owner: Schema.Tuple([Schema.Literals(["us", "them"])]) })
}))
const many = { arbitrary: { runs: 1_000, seed: 1 } }

describe("any policies", () => {
  it.prop("do not depend on the order of their statements, nor on how they are split", { statements: anyStatements, question: anyQuestion }, ({ question, statements }) => {
    const whole = outcome([policy(...statements)], question)
    expect(outcome([policy(...statements.toReversed())], question)).toBe(whole)
    expect(outcome(statements.map((one) => policy(one)), question)).toBe(whole)
  }, many)

  it.prop("never allow more by a Deny, nor less by an Allow", { statements: anyStatements, extra: anyStatements, question: anyQuestion }, ({ extra, question, statements }) => {
    const before = outcome([policy(...statements)], question)
    const denies = extra.map((one): Statement => ({ ...one, Effect: "Deny" }))
    const allows = extra.map((one): Statement => ({ ...one, Effect: "Allow" }))
    if (before !== "allowed") expect(outcome([policy(...statements, ...denies)], question)).not.toBe("allowed")
    expect(outcome([policy(...statements, ...allows)], question)).toBe(before === "not allowed" && outcome([policy(...allows)], question) === "allowed" ? "allowed" : before)
  }, many)

  it.prop("answer no to everything once all is denied", { statements: anyStatements, question: anyQuestion }, ({ question, statements }) => {
    expect(outcome([policy(...statements, deny())], question)).toBe("denied")
  }, many)
})
