import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { readPolicy } from "../../src/wire/iam/Policy.js"

const problem = (document: unknown): string => Result.match(readPolicy(document), { onFailure: (text) => text, onSuccess: () => "a policy" })

const statement = { Effect: "Allow", Action: "ec2:Describe*", Resource: "*" }

describe("a policy document", () => {
  it("is one statement or many", () => {
    expect(problem({ Version: "2012-10-17", Statement: statement })).toBe("a policy")
    expect(problem({ Version: "2008-10-17", Id: "x", Statement: [{ ...statement, Sid: "Look" }, { Effect: "Deny", NotAction: ["*"], NotResource: ["arn:aws:ec2:*:*:vpc/*"] }] })).toBe("a policy")
  })

  it.each([
    ["no object", "text", /Expected/],
    ["another version", { Version: "2013-01-01", Statement: statement }, /2013-01-01|Version/],
    ["a Principal", { Statement: { ...statement, Principal: "*" } }, /Principal/],
    ["neither Action nor NotAction", { Statement: [{ Effect: "Allow", Resource: "*" }] }, /^Statement 1 needs either Action or NotAction$/],
    ["both of them", { Statement: [{ ...statement, Sid: "Both", NotAction: "*" }] }, /^Statement Both needs either Action or NotAction$/],
    ["no Resource", { Statement: [statement, { Effect: "Allow", Action: "*" }] }, /^Statement 2 needs either Resource or NotResource$/],
    ["an action without its service", { Statement: { ...statement, Action: ["CreateTags"] } }, /^Statement 1: "CreateTags" is no action such as ec2:CreateTags/],
    ["a resource that is no ARN", { Statement: { ...statement, Resource: ["*", "eni-1"] } }, /^Statement 1: "eni-1" is no ARN, nor \*$/],
    ["an operator that there is not", { Statement: { ...statement, Condition: { StringEqual: { a: "b" } } } }, /^Statement 1: there is no operator "StringEqual" here; there are StringEquals, /]
  ])("with %s is refused, and says where", (_, document, message) => expect(problem(document)).toMatch(message))

  it("tells all that is wrong at once", () => {
    expect(problem({ Statement: [{ Effect: "Allow" }] })).toBe("Statement 1 needs either Action or NotAction; Statement 1 needs either Resource or NotResource")
  })
})
