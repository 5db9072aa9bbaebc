import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { authorizeBy } from "../../src/wire/iam/Authorizer.js"
import { decodeFailure, encodeFailure } from "../../src/wire/iam/FailureMessage.js"
import type { Policy } from "../../src/wire/iam/Policy.js"
import type { Principal } from "../../src/wire/Principals.js"

const account = "111122223333"
const user: Principal = { arn: `arn:aws:iam::${account}:user/AKIAEXAMPLE`, userId: "AIDAEXAMPLE", policyOf: "AKIAEXAMPLE" }
const role: Principal = { arn: `arn:aws:sts::${account}:assumed-role/cluster/x`, userId: "AROAEXAMPLE:x", policyOf: `arn:aws:iam::${account}:role/cluster` }
const arn = `arn:aws:ec2:eu-west-1:${account}:network-interface/*`
const call = { action: "ec2:CreateNetworkInterface", resources: [{ arn, context: { "ec2:Region": ["eu-west-1"] } }, { action: "ec2:CreateTags", arn, context: {} }] }

const allowing = (...actions: ReadonlyArray<string>): Policy => ({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: actions, Resource: "*" } })
const asked = (policies: Readonly<Record<string, Policy>>, who = user) => authorizeBy(new Map(Object.entries(policies)), who)(call)
const encodedIn = (message = ""): string => /Encoded authorization failure message: (\S+)$/.exec(message)?.[1] ?? ""

describe("a principal", () => {
  it("may do everything where nobody put a policy", () => expect(asked({})).toBeUndefined())

  it("is held to the policy of its key or role, else to everybody's", () => {
    const policies = { "*": allowing("ec2:Nothing"), AKIAEXAMPLE: allowing("ec2:*"), [role.policyOf]: allowing("ec2:Create*") }
    expect(asked(policies)).toBeUndefined()
    expect(asked(policies, role)).toBeUndefined()
    expect(asked(policies, { ...user, policyOf: "AKIAOTHER" })?.code).toBe("UnauthorizedOperation")
    expect(asked({ AKIAOTHER: allowing("ec2:Nothing") })).toBeUndefined()
  })

  it("may only do what every part of a call needs", () => {
    expect(asked({ "*": allowing("ec2:CreateNetworkInterface") })?.message).toContain("is not authorized to perform: ec2:CreateTags on resource:")
    expect(asked({ "*": allowing("ec2:CreateTags") })?.message).toContain("is not authorized to perform: ec2:CreateNetworkInterface on resource:")
  })

  it("is asked about with its own condition keys", () => {
    const only = (key: string, value: string): Policy => ({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*", Condition: { StringEquals: { [key]: value } } } })
    expect(asked({ "*": only("aws:username", "AKIAEXAMPLE") })).toBeUndefined()
    expect(asked({ "*": only("aws:username", "AKIAEXAMPLE") }, role)).toBeDefined()
    expect(asked({ "*": only("aws:PrincipalArn", role.policyOf) }, role)).toBeUndefined()
    expect(asked({ "*": only("aws:PrincipalType", "AssumedRole") }, role)).toBeUndefined()
    expect(asked({ "*": only("aws:PrincipalAccount", account) }, role)).toBeUndefined()
    expect(asked({ "*": only("aws:userid", "AROAEXAMPLE:x") }, role)).toBeUndefined()
  })
})

describe("a refusal", () => {
  it("says in EC2's words who may not do what, and why", () => {
    expect(asked({ "*": allowing("s3:*") })?.message).toMatch(new RegExp(
      `^You are not authorized to perform this operation\\. User: ${user.arn} is not authorized to perform: ec2:CreateNetworkInterface on resource: ${arn.replace("*", "\\*")} ` +
        "because no identity-based policy allows the ec2:CreateNetworkInterface action\\. Encoded authorization failure message: \\S+$"
    ))
    const denying: Policy = { Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }, { Sid: "Never", Effect: "Deny", Action: "ec2:CreateTags", Resource: "*" }] }
    expect(asked({ "*": denying })?.message).toContain("ec2:CreateTags on resource: " + arn + " with an explicit deny in an identity-based policy.")
  })

  it("has the details in its encoded message, as AWS has them", () => {
    const refusal = asked({ "*": { Statement: { Sid: "Never", Effect: "Deny", Action: "*", Resource: "*" } } })
    const decoded = JSON.parse(decodeFailure(encodedIn(refusal?.message)) ?? "") as { readonly context: { readonly conditions: { readonly items: ReadonlyArray<unknown> } } }
    expect(decoded).toMatchObject({
      allowed: false,
      explicitDeny: true,
      matchedStatements: { items: [{ statementId: "Never", effect: "DENY" }] },
      failures: { items: [] },
      context: { principal: { id: "AIDAEXAMPLE", arn: user.arn }, action: "ec2:CreateNetworkInterface", resource: arn }
    })
    expect(decoded.context.conditions.items).toContainEqual({ key: "ec2:Region", values: { items: [{ value: "eu-west-1" }] } })
  })

  const anyContext = Arbitrary.schema(Schema.Record(Schema.String, Schema.Array(Schema.String)))
  it.prop("can be decoded whatever it is about", { action: Arbitrary.schema(Schema.String), context: anyContext }, ({ action, context }) => {
    const decoded: unknown = JSON.parse(decodeFailure(encodeFailure(user, { action, arn, context }, { _tag: "not allowed" })) ?? "")
    expect(decoded).toMatchObject({ explicitDeny: false, context: { action, conditions: { items: Object.entries(context).map(([key]) => ({ key })) } } })
  })

  it.prop("is not what any text decodes to", { text: Arbitrary.schema(Schema.String) }, ({ text }) => expect(decodeFailure(text)).toBeUndefined())
})
