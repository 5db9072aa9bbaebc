import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { describe, expect, it } from "@effect/vitest"
import { Clock, DateTime, Deferred, Effect } from "effect"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { nobody, within, withCredentials } from "../support/Credentials.js"
import { answer, serve } from "../support/RawServer.js"

withCredentials()

const region = "eu-west-1"
const role = "arn:aws:iam::123456789012:role/controller"

const wire = (options: Ec2Server.Ec2ServerOptions = {}) => Ec2Server.make({ region, throttle: "off", account: "123456789012", ...options })

const files = (contents: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "branchline-credentials-"))
      for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text)
      return folder
    }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

/** Who STS says that it is, and whether EC2 lets that one look. */
const whoIs = Effect.fnUntraced(function*(settings?: AwsEc2.AwsSettings) {
  const { identity, port } = yield* AwsEc2.make(settings)
  expect(yield* port.describeInterfaces({})).toEqual([])
  return identity?.arn
})

describe("credentials are found as the SDK's users know it", () => {
  it.live("keys in the environment", () =>
    Effect.gen(function*() {
      const { url } = yield* wire()
      yield* within({ AWS_REGION: region, AWS_ENDPOINT_URL: url })
      expect(yield* whoIs()).toBe("arn:aws:iam::123456789012:user/AKIATEST")
    }))

  // The SDK reads a profile's endpoint for AWS_PROFILE alone.
  it.live("a profile, named by a setting or by AWS_PROFILE, with its Region", () =>
    Effect.gen(function*() {
      const { url } = yield* wire()
      const folder = yield* files({
        credentials: "[blue]\naws_access_key_id = AKIABLUE\naws_secret_access_key = secret\n",
        config: `[profile blue]\nregion = ${region}\nendpoint_url = ${url}\n`
      })
      const found = { ...nobody, AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") }
      yield* within(found)
      expect(yield* whoIs({ profile: "blue", endpoint: url, stsEndpoint: url })).toBe("arn:aws:iam::123456789012:user/AKIABLUE")
      yield* within({ ...found, AWS_PROFILE: "blue" })
      expect(yield* whoIs()).toBe("arn:aws:iam::123456789012:user/AKIABLUE")
    }))

  it.live.each<readonly [how: string, by: "variable" | "setting"]>([
    ["AWS_ENDPOINT_URL", "variable"],
    ["the setting for STS", "setting"]
  ])("a service account's role (IRSA): its token's file, and STS at %s", ([, by]) =>
    Effect.gen(function*() {
      const { url } = yield* wire({ roles: [{ arn: role }] })
      const folder = yield* files({ token: "head.body.signature" })
      const irsa = { ...nobody, AWS_REGION: region, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: "pod", AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token") }
      yield* within({ ...irsa, AWS_ENDPOINT_URL: by === "variable" ? url : undefined })
      expect(yield* whoIs(by === "variable" ? {} : { endpoint: url, stsEndpoint: url })).toBe("arn:aws:sts::123456789012:assumed-role/controller/pod")
    }))

  it.live("EKS Pod Identity: its agent's address and token", () =>
    Effect.gen(function*() {
      const { url } = yield* wire()
      const now = yield* Clock.currentTimeMillis
      // So short that the SDK renews them at every call.
      const Expiration = DateTime.formatIso(DateTime.makeUnsafe(now + 120_000))
      const body = JSON.stringify({ AccessKeyId: "AKIAPOD", SecretAccessKey: "secret", Token: "token", Expiration })
      const renewed = yield* Deferred.make<void>()
      let isKnown = false
      const agent = yield* serve((socket, received) => {
        if (!received.endsWith("\r\n\r\n")) return
        if (isKnown) Deferred.doneUnsafe(renewed, Effect.void)
        socket.end(answer(/^authorization: the-pods-token\r$/im.test(received) ? 200 : 401, body))
      })
      const folder = yield* files({ token: "the-pods-token" })
      yield* within({
        ...nobody,
        AWS_REGION: region,
        AWS_ENDPOINT_URL: url,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, "token")
      })
      const { identity, port } = yield* AwsEc2.make()
      expect(identity?.arn).toBe("arn:aws:iam::123456789012:user/AKIAPOD")
      isKnown = true
      expect(yield* port.describeInterfaces({})).toEqual([])
      // Behind the call's back: the SDK goes on with what it has while that is still good.
      yield* Deferred.await(renewed)
    }))
})

describe("a cluster role", () => {
  const clusterRole = { arn: "arn:aws:iam::123456789012:role/cluster", externalId: "seed" }
  const refusal = (given: AwsEc2.AwsSettings["clusterRole"]) =>
    Effect.gen(function*() {
      const { url } = yield* wire({ roles: [clusterRole] })
      const { port } = yield* AwsEc2.make({ region, endpoint: url, stsEndpoint: url, clusterRole: given })
      return yield* Effect.result(port.describeInterfaces({}))
    })

  it.live("is assumed with its external id", () =>
    Effect.gen(function*() {
      expect(yield* refusal(clusterRole)).toMatchObject({ _tag: "Success" })
    }))

  it.live.each<readonly [what: string, role: AwsEc2.AwsSettings["clusterRole"]]>([
    ["another external id", { ...clusterRole, externalId: "sown" }],
    ["no external id", { arn: clusterRole.arn }],
    ["another role", { ...clusterRole, arn: "arn:aws:iam::123456789012:role/other" }]
  ])("with %s: unauthenticated, and what to look at", ([, given]) =>
    Effect.gen(function*() {
      expect(yield* refusal(given)).toMatchObject({
        _tag: "Failure",
        failure: { code: "AccessDenied", reason: { _tag: "Unauthenticated" }, mend: "check the role's trust policy and the external id" }
      })
    }))

  it.live("does everything but permissions and associations, which are the controller's own (contract §6)", () =>
    Effect.gen(function*() {
      const own = ["ec2:CreateNetworkInterfacePermission", "ec2:AssociateTrunkInterface", "ec2:DisassociateTrunkInterface"]
      const everything = { Effect: "Allow" as const, Action: "*", Resource: "*" }
      const { ec2: { control }, url } = yield* wire({
        attachDelay: 0,
        roles: [clusterRole],
        policies: {
          AKIATEST: { Statement: [{ Effect: "Allow", Action: [...own, "sts:AssumeRole"], Resource: "*" }] },
          [clusterRole.arn]: { Statement: [everything, { Effect: "Deny", Action: own, Resource: "*" }] }
        }
      })
      const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/24" })
      const groups = [yield* control.addSecurityGroup()]
      const { instanceId } = yield* control.launchInstance({ type: "m5.large", subnetId })
      const { identity, port } = yield* AwsEc2.make({ region, endpoint: url, stsEndpoint: url, clusterRole })
      expect(identity?.account).toBe("123456789012")
      const trunk = yield* port.createTrunk({ subnetId, groups, description: "", tags: { a: "b" }, clientToken: "trunk" })
      yield* port.permitAttachment(trunk.eniId)
      const attachmentId = yield* port.attachTrunk({ trunkId: trunk.eniId, instanceId, deviceIndex: 2 })
      yield* port.deleteOnTermination(trunk.eniId, attachmentId)
      const branch = yield* port.createBranch({ subnetId, groups, description: "", tags: {}, clientToken: "branch" })
      yield* port.permitAttachment(branch.eniId)
      const associationId = yield* port.associateBranch({ trunkId: trunk.eniId, branchId: branch.eniId, vlanId: 1 as never, clientToken: "associate" })
      yield* port.tagInterface(branch.eniId, { c: "d" })
      yield* port.setGroups(branch.eniId, groups)
      yield* port.disassociateBranch({ associationId, clientToken: "disassociate" })
      yield* port.deleteInterface(branch.eniId)
      expect(yield* port.describeInstances([instanceId])).toHaveLength(1)
      expect(yield* port.describeSubnets([subnetId])).toHaveLength(1)
      expect(yield* port.describeInterfaces({})).toHaveLength(2)
    }))
})

describe("what is not there", () => {
  const obstacle = (settings?: AwsEc2.AwsSettings) => Effect.flip(Effect.scoped(AwsEc2.make(settings)))

  it.live("credentials: by make and, where nobody is asked for the account, by each call", () =>
    Effect.gen(function*() {
      const { url } = yield* wire()
      yield* within({ ...nobody, AWS_REGION: region, AWS_ENDPOINT_URL: url })
      const error = yield* obstacle()
      expect(error).toMatchObject({ reason: "no credentials", isRetryable: false })
      expect(error.message).toMatch(/^AWS has no credentials: .*; give the controller credentials: /)
      const { port } = yield* AwsEc2.make({ account: "123456789012" })
      expect(yield* Effect.flip(port.describeInterfaces({}))).toMatchObject({ code: "NoCredentials", reason: { _tag: "Unauthenticated" } })
    }))

  it.live("a Region, or one that can be one", () =>
    Effect.gen(function*() {
      expect(yield* obstacle()).toMatchObject({ reason: "no region", message: expect.stringContaining("name it with") })
      expect(yield* obstacle({ region: "eu west 1" })).toMatchObject({ reason: "no region", message: expect.stringContaining("\"eu west 1\"") })
    }))

  it.live("the token's file", () =>
    Effect.gen(function*() {
      const { url } = yield* wire()
      yield* within({ ...nobody, AWS_REGION: region, AWS_ENDPOINT_URL: url, AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere/token" })
      expect((yield* obstacle()).message).toMatch(/\/nowhere\/token.*; name a file that can be read: AWS_WEB_IDENTITY_TOKEN_FILE/)
    }))

  it.live("an STS: retryable, and who is meant", () =>
    Effect.gen(function*() {
      const error = yield* obstacle({ region, stsEndpoint: "http://127.0.0.1:1" })
      expect(error).toMatchObject({ reason: "unreachable", isRetryable: true, message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 cannot be reached: ECONNREFUSED/) })
    }))
})
