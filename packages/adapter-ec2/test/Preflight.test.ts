import { connect } from "@branchline/adapter-memory/ec2-control"
import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as AwsEc2 from "../src/AwsEc2.js"
import { check, type Intent } from "../src/Preflight.js"
import { withCredentials } from "./support/Credentials.js"
import { answer, answering, errorDocument, serve } from "./support/RawServer.js"

withCredentials()

const region = "eu-west-1"

const allowing = (...actions: ReadonlyArray<string>) => ({ "*": { Statement: [{ Effect: "Allow" as const, Action: actions, Resource: "*" }] } })
const denying = (...actions: ReadonlyArray<string>) => ({
  "*": { Statement: [{ Effect: "Allow" as const, Action: "*", Resource: "*" }, { Effect: "Deny" as const, Action: actions, Resource: "*" }] }
})

const ofSts: ReadonlySet<string> = new Set(["GetCallerIdentity", "DecodeAuthorizationMessage"])

const checked = (policies: Ec2Server.Ec2ServerOptions["policies"], intent?: Intent) =>
  Effect.gen(function*() {
    const { ec2, url } = yield* Ec2Server.make({ region, throttle: "off", policies })
    const before = yield* ec2.control.snapshot
    const report = yield* Effect.result(Effect.flatMap(AwsEc2.make({ region, endpoint: url, stsEndpoint: url }), (aws) => check(aws, intent)))
    expect(yield* ec2.control.snapshot).toEqual(before)
    const meant = (yield* connect(url).calls).filter(({ action, parameters }) => !ofSts.has(action) && !("DryRun" in parameters && parameters["DryRun"] === "true"))
    expect(meant).toEqual([])
    return report
  })

const describes = ["DescribeInstances", "DescribeNetworkInterfaces", "DescribeSubnets"]

describe("preflight, which changes nothing", () => {
  it.live("tells who, where and when, what is permitted, and what shows only when it is done", () =>
    Effect.gen(function*() {
      expect(yield* checked(undefined, "change")).toMatchObject({
        _tag: "Success",
        success: {
          identity: { arn: expect.stringContaining("user/AKIATEST") },
          region,
          permitted: [...describes, "AssociateTrunkInterface", "DisassociateTrunkInterface"],
          untold: ["CreateNetworkInterface", "CreateNetworkInterfacePermission", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute", "DeleteNetworkInterface", "CreateTags"],
          clockOff: expect.closeTo(0, -4)
        }
      })
    }))

  it.live("asks for no more than what is going to be done", () =>
    Effect.gen(function*() {
      expect(yield* checked(allowing("ec2:Describe*"), "look")).toMatchObject({ _tag: "Success", success: { permitted: describes, untold: [] } })
      expect(yield* checked(allowing("ec2:Describe*"), "change")).toMatchObject({
        _tag: "Failure",
        failure: { reason: "unauthorized", message: expect.stringMatching(/does not allow ec2:AssociateTrunkInterface, ec2:DisassociateTrunkInterface: .*; allow them in the role's policy \(deploy\/iam\)$/) }
      })
    }))

  it.live.each<readonly [what: string, policies: Ec2Server.Ec2ServerOptions["policies"], message: RegExp]>([
    ["one action", allowing("ec2:DescribeInstances", "ec2:DescribeSubnets"), /does not allow ec2:DescribeNetworkInterfaces: .*AKIATEST.*; allow it in the role's policy \(deploy\/iam\)$/],
    ["all actions", allowing("sts:*"), /does not allow ec2:DescribeInstances, ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets: .*; allow them in the role's policy \(deploy\/iam\)$/],
    ["an action that is denied", denying("ec2:DescribeSubnets"), /does not allow ec2:DescribeSubnets: .*; lift the explicit deny of it: /]
  ])("without %s: all of it in one message, with the mend", ([, policies, message]) =>
    Effect.gen(function*() {
      expect(yield* checked(policies)).toMatchObject({ _tag: "Failure", failure: { reason: "unauthorized", message: expect.stringMatching(message), isRetryable: false } })
    }))

  it.live.each<readonly [what: string, status: number, body: string, reason: string]>([
    ["does not know who asks", 401, errorDocument("AuthFailure", "no such key"), "refused"],
    ["is overloaded", 503, errorDocument("RequestLimitExceeded"), "unreachable"],
    ["is none", 404, "<html>not here</html>", "unreachable"],
    ["knows no such action", 400, errorDocument("InvalidAction"), "refused"]
  ])("an EC2 that %s is in the way", ([, status, body, reason]) =>
    Effect.gen(function*() {
      const { url } = yield* serve(answering(() => answer(status, body)))
      const aws = yield* AwsEc2.make({ region, endpoint: url, account: "111122223333" })
      expect(yield* Effect.flip(check(aws))).toMatchObject({ reason, message: expect.stringContaining(url) })
    }))
})
