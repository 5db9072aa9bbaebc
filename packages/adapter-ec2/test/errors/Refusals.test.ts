import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { withCredentials } from "../support/Credentials.js"

withCredentials()

const region = "eu-west-1"
const clusterRole = { arn: "arn:aws:iam::123456789012:role/cluster" }

/** All but making tags, by a policy that allows, and all but deleting, by one that denies. */
const policy = {
  Statement: [
    { Effect: "Allow" as const, Action: ["ec2:Describe*", "ec2:*NetworkInterface*", "sts:DecodeAuthorizationMessage"], Resource: "*" },
    { Effect: "Deny" as const, Action: ["ec2:DeleteNetworkInterface"], Resource: "*" }
  ]
}

const opened = (by: "own" | "role") =>
  Effect.gen(function*() {
    const { ec2: { control }, faults, url } = yield* Ec2Server.make({ region, throttle: "off", roles: [clusterRole], policies: { [by === "own" ? "AKIATEST" : clusterRole.arn]: policy } })
    const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/24" })
    const groups = [yield* control.addSecurityGroup()]
    const { port } = yield* AwsEc2.make({ region, endpoint: url, stsEndpoint: url, ...(by === "own" ? {} : { clusterRole }) })
    const asked = { subnetId, groups, description: "", clientToken: "token" }
    return { port, asked, faults }
  })

describe.each(["own", "role"] as const)("what is refused (%s)", (by) => {
  const who = by === "own" ? "user/AKIATEST" : "assumed-role/cluster/branchline"

  it.live("names the action that is missing, not the call, and by decoding who on which resource", () =>
    Effect.gen(function*() {
      const { asked, port } = yield* opened(by)
      const error = yield* Effect.flip(port.createBranch({ ...asked, tags: { a: "b" } }))
      expect(error).toMatchObject({ action: "CreateNetworkInterface", reason: { _tag: "Unauthorized" }, isRetryable: false, mend: "allow ec2:CreateTags in the role's policy (deploy/iam)" })
      expect(error.message).toMatch(new RegExp(`\\(arn:aws:[^ ]*${who} is not allowed ec2:CreateTags on arn:aws:ec2:eu-west-1:\\d+:network-interface/\\*\\)$`))
      expect(error.message).not.toContain("Encoded")
    }))

  it.live("says where a policy denies it", () =>
    Effect.gen(function*() {
      const { asked, port } = yield* opened(by)
      const { eniId } = yield* port.createBranch({ ...asked, tags: {} })
      const error = yield* Effect.flip(port.deleteInterface(eniId))
      expect(error.mend).toMatch(/^lift the explicit deny of ec2:DeleteNetworkInterface: /)
      expect(error.message).toContain("is denied ec2:DeleteNetworkInterface")
    }))

  it.live("is told as well where decoding is refused, or STS is lost", () =>
    Effect.gen(function*() {
      for (const answer of [{ code: "AccessDenied" }, "lost"] as const) {
        const { asked, faults, port } = yield* opened(by)
        faults.add({ action: "DecodeAuthorizationMessage", when: "before", answer })
        const error = yield* Effect.flip(port.createBranch({ ...asked, tags: { a: "b" } }))
        expect(error).toMatchObject({ code: "UnauthorizedOperation", mend: "allow ec2:CreateTags in the role's policy (deploy/iam)" })
        expect(error.message).not.toContain("Encoded")
      }
    }))
})
