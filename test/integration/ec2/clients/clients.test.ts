import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Effect, Exit, Scope } from "effect"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { goProgram } from "../../support/Go.js"
import { run } from "../../support/Program.js"
import { python } from "../../support/Python.js"
import { root } from "../../support/ControlPlane.js"

const here = join(root, "test", "integration", "ec2", "clients")
const account = "111122223333"
const plenty = { capacity: 1_000_000, refill: 1_000_000 }
const forPaging = 2_500

/** What each step of a client's has to see; both clients take the same steps. */
const expected = (client: string): ReadonlyArray<readonly [step: string, saw: unknown]> => [
  ["create trunk", `trunk available [{'Key': 'owner', 'Value': '${client}'}]`],
  ["wait until available", "available"],
  ["attach without permission", "UnauthorizedOperation 403"],
  ["permit", "granted"],
  ["device index taken", "InvalidParameterValue 400"],
  ["device index too high", "AttachmentLimitExceeded 400"],
  ["no such instance", "InvalidInstanceID.NotFound 400"],
  ["attach", "attached at 2, ends with its instance: True"],
  ["attached trunk deleted", "InvalidNetworkInterface.InUse 400"],
  ["create again by its token", "the same"],
  ["token with other parameters", "IdempotentParameterMismatch 400"],
  ["associate without permission", "UnauthorizedOperation 403"],
  ["associate", "VLAN 1"],
  ["associate again by its token", "the same"],
  ["branch", "branch in-use"],
  ["already associated", "Resource.AlreadyAssociated 400"],
  ["VLAN id taken", "InvalidParameterValue 400"],
  ["GRE key", "UnsupportedOperation 400"],
  ["associations", [1]],
  ["instance", [["interface", 0], ["trunk", 2]]],
  ["wait until running", "running"],
  ["tags", [["<&>", "\"é\""], ["vlan", "2"]]],
  ["filter by tag", [true]],
  ["groups", true],
  ["dry run", "DryRunOperation 412"],
  ["no such interface", "InvalidNetworkInterfaceID.NotFound 400"],
  ["malformed id", "InvalidNetworkInterfaceId.Malformed 400"],
  ["no such association", "InvalidAssociationID.NotFound 400"],
  ["no such group", "InvalidGroup.NotFound 400"],
  ["no such subnet", "InvalidSubnetID.NotFound 400"],
  ["too many groups", "SecurityGroupsPerInterfaceLimitExceeded 400"],
  ["subnet full", "InsufficientFreeAddressesInSubnet 400"],
  ["no CIDR blocks", "InsufficientCidrBlocks 400"],
  ["unknown filter", "InvalidParameterValue 400"],
  ["pages of ids", "InvalidParameterCombination 400"],
  ["throttled", "RequestLimitExceeded 503"],
  ["pages", [[1_000, 1_000, 500], forPaging]],
  ["disassociate", "interface available"],
  ["disassociate again", "InvalidAssociationID.NotFound 400"],
  ["deleted", "InvalidNetworkInterfaceID.NotFound 400"],
  ["create again by its token, deleted since", "the same"],
  ["trunk deleted", "InvalidNetworkInterfaceID.NotFound 400"],
  ["Region full", "NetworkInterfaceLimitExceeded"]
]

const scopes: Array<Scope.Closeable> = []
afterEach(() => Promise.all(scopes.splice(0).map((scope) => Effect.runPromise(Scope.close(scope, Exit.void)))))

/** An EC2 with an instance, two subnets of which one is full, six groups, 2,500 interfaces and room for ten more. */
const furnished = Effect.gen(function*() {
  const server = yield* Ec2Server.make({
    account,
    attachDelay: 0,
    interfacesPerRegion: forPaging + 11,
    throttle: { mutating: plenty, describing: plenty, actions: { DescribeRegions: { capacity: 1, refill: 0.001 } } }
  })
  const { control } = server.ec2
  const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/19" })
  const { subnetId: fullSubnetId } = yield* control.addSubnet({ cidr: "10.0.32.0/24" })
  yield* control.setFreeAddresses(fullSubnetId, 0)
  const groupIds: ReadonlyArray<SecurityGroupId> = yield* Effect.all(Array.from({ length: 6 }, () => control.addSecurityGroup()))
  const { instanceId } = yield* control.launchInstance({ type: "m5.large", subnetId, groups: groupIds.slice(0, 1) })
  yield* Effect.forEach(Array.from({ length: forPaging }), () => control.createForeignInterface({ subnetId, tags: { made: "for paging" } }))
  // A /28 block is asked for only by prefix delegation, which this EC2 has not.
  server.faults.add({ action: "CreateNetworkInterface", when: "before", match: { Description: "no CIDR blocks" }, answer: { code: "InsufficientCidrBlocks" } })
  return { server, scene: { account, subnetId, fullSubnetId, groupId: groupIds[0], groupIds, instanceId } }
})

const drive = async (command: string, args: ReadonlyArray<string>) => {
  const scope = Scope.makeUnsafe()
  scopes.push(scope)
  const { scene, server } = await Effect.runPromise(Effect.provideService(furnished, Scope.Scope, scope))
  const { code, stderr, stdout } = await run(command, args, {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: server.region,
      AWS_DEFAULT_REGION: server.region,
      AWS_ENDPOINT_URL: server.url,
      EC2_SCENE: JSON.stringify(scene)
    }
  })
  if (code !== 0) throw new Error(`the client ended with ${code}:\n${stdout}${stderr}`)
  const saw = stdout.trim().split("\n").map((line): readonly [string, unknown] => {
    const { saw, step } = JSON.parse(line)
    return [step, saw]
  })
  const { associations, interfaces } = await Effect.runPromise(server.ec2.control.snapshot)
  const observations = await Effect.runPromise(server.ec2.observations)
  return { saw, associations, interfaces, observed: observations.map(({ kind }) => kind) }
}

const programs: ReadonlyArray<readonly [name: string, program: () => Promise<readonly [command: string, args: ReadonlyArray<string>]>]> = [
  ["boto3", async () => [await python(), [join(here, "client.py")]]],
  ["go", async () => [await goProgram(join(here, "go")), []]]
]

describe.each(programs)("%s, a client that nobody here wrote", (name, program) => {
  it("goes through a trunk's and a branch's life, and meets every refusal", { timeout: 600_000 }, async () => {
    const [command, args] = await program()
    const { associations, interfaces, observed, saw } = await drive(command, args)
    expect(saw).toEqual(expected(name))
    expect(associations).toEqual([])
    // The primary interface, and what was there before.
    expect(interfaces).toHaveLength(forPaging + 1)
    expect(observed).toEqual(["vlan-taken"])
  })
})
