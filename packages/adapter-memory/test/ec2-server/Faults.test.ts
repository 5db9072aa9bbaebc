import {
  AssociateTrunkInterfaceCommand, CreateNetworkInterfaceCommand, CreateNetworkInterfacePermissionCommand, CreateTagsCommand, DescribeInstancesCommand
} from "@aws-sdk/client-ec2"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import { formatCall } from "@branchline/adapter-memory/ec2/CallLog"
import { knownCodes } from "@branchline/adapter-memory/ec2-control"
import { describe, expect, it } from "vitest"
import { furnished, outcome, run } from "./Serving.js"

const interfacesOf = async ({ control }: Awaited<ReturnType<typeof furnished>>) => (await run(control.snapshot)).interfaces.length - 1

describe("an answer that is lost", () => {
  it("before the effect: nothing is there; after it: the interface is there, and its token finds it", async () => {
    const world = await furnished()
    const { control, ec2Client, subnetId } = world
    const create = (token: string) => ec2Client().send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, ClientToken: token }))
    await run(control.addFault({ action: "CreateNetworkInterface", when: "before", answer: "lost", times: 1 }))
    await run(control.addFault({ action: "CreateNetworkInterface", when: "after", answer: "lost", times: 1 }))
    expect(await outcome(create("a"))).toBe("ECONNRESET")
    expect(await interfacesOf(world)).toBe(0)
    expect(await outcome(create("b"))).toBe("ECONNRESET")
    expect(await interfacesOf(world)).toBe(1)
    await create("b")
    expect(await interfacesOf(world)).toBe(1)
  })

  it("is found by the SDK's own second attempt", async () => {
    const world = await furnished()
    await run(world.control.addFault({ action: "CreateNetworkInterface", when: "after", answer: "lost", times: 1 }))
    const { NetworkInterface: made } = await world.ec2Client({ attempts: 3 }).send(new CreateNetworkInterfaceCommand({ SubnetId: world.subnetId }))
    expect((await run(world.control.snapshot)).interfaces.at(-1)?.eniId).toBe(made?.NetworkInterfaceId)
    expect(await interfacesOf(world)).toBe(1)
  })
})

describe("an answer that is held", () => {
  it("comes when it is released; the effect is there from the start where it is held after it", async () => {
    const world = await furnished()
    for (const [when, there] of [["before", 0], ["after", 2]] as const) {
      const hold = await run(world.control.addFault({ action: "CreateNetworkInterface", when, answer: "hold", times: 1 }))
      const waiting = outcome(world.ec2Client().send(new CreateNetworkInterfaceCommand({ SubnetId: world.subnetId })))
      expect(await run(hold.fired())).toMatchObject({ fired: 1, held: 1 })
      expect(await interfacesOf(world)).toBe(there)
      await run(hold.release("go"))
      expect(await waiting).toBe("done")
      expect(await run(hold.state)).toMatchObject({ fired: 1, held: 0 })
    }
    expect(await interfacesOf(world)).toBe(2)
  })

  it("can end with the connection", async () => {
    const world = await furnished()
    const hold = await run(world.control.addFault({ action: "CreateNetworkInterface", when: "before", answer: "hold" }))
    const waiting = outcome(world.ec2Client().send(new CreateNetworkInterfaceCommand({ SubnetId: world.subnetId })))
    await run(hold.fired())
    await run(hold.release("cut"))
    expect(await waiting).toBe("ECONNRESET")
    expect(await interfacesOf(world)).toBe(0)
  })
})

describe("an error that a fault answers", () => {
  it("is each of a controller's codes, as the SDK understands them", async () => {
    const { control, ec2Client } = await furnished()
    const client = ec2Client()
    const statuses: Record<string, string> = {}
    for (const code of Object.keys(knownCodes)) {
      await run(control.addFault({ action: "DescribeInstances", when: "before", answer: { code }, times: 1 }))
      const [name = "", status = ""] = (await outcome(client.send(new DescribeInstancesCommand()))).split(" ")
      expect(name).toBe(code)
      statuses[code] = status
    }
    expect(statuses).toMatchObject({ RequestLimitExceeded: "503", InternalError: "500", UnauthorizedOperation: "403", InvalidParameterValue: "400" })
  })

  it("is STS's own document for STS", async () => {
    const { control, stsClient, url } = await furnished()
    await run(control.addFault({ action: "GetCallerIdentity", when: "before", answer: { code: "ServiceUnavailable", status: 503 } }))
    const document = await (await fetch(url, { method: "POST", body: "Action=GetCallerIdentity&Version=2011-06-15" })).text()
    expect(document).toContain('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code>')
    await run(control.addFault({ action: "AssumeRole", when: "before", answer: { code: "RegionDisabledException", status: 403 }, times: 1 }))
    const assume = () => outcome(stsClient().send(new AssumeRoleCommand({ RoleArn: "arn:aws:iam::111122223333:role/x", RoleSessionName: "me" })))
    expect(await assume()).toBe("RegionDisabledException 403")
    expect(await assume()).toBe("done")
  })

  it("is retried by the SDK until the fault is over", async () => {
    const { control, ec2Client } = await furnished()
    const fault = await run(control.addFault({ action: "DescribeInstances", when: "before", answer: { code: "RequestLimitExceeded" }, times: 2 }))
    expect(await outcome(ec2Client({ attempts: 3 }).send(new DescribeInstancesCommand()))).toBe("done")
    expect(await run(fault.state)).toMatchObject({ fired: 2 })
  })

  it("can be for one VLAN id alone", async () => {
    const { control, ec2Client, instanceId, subnetId } = await furnished()
    const { eniId: trunk } = await run(control.createForeignInterface({ subnetId, type: "trunk", attachTo: { instanceId, deviceIndex: 2 } }))
    await run(control.addFault({ action: "AssociateTrunkInterface", when: "before", answer: { code: "InvalidParameterValue" }, match: { VlanId: "7" } }))
    const client = ec2Client()
    const associate = async (vlan: number) => {
      const { NetworkInterface: made } = await client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId }))
      await client.send(new CreateNetworkInterfacePermissionCommand({ NetworkInterfaceId: made?.NetworkInterfaceId, AwsAccountId: "111122223333", Permission: "INSTANCE-ATTACH" }))
      return outcome(client.send(new AssociateTrunkInterfaceCommand({ TrunkInterfaceId: trunk, BranchInterfaceId: made?.NetworkInterfaceId, VlanId: vlan })))
    }
    expect([await associate(6), await associate(7), await associate(8)]).toEqual(["done", "InvalidParameterValue 400", "done"])
  })
})

describe("the log", () => {
  it("has the struck calls, with what was done to them, and so have the counts", async () => {
    const { control, ec2Client } = await furnished()
    const client = ec2Client()
    for (const when of ["before", "after"] as const) {
      await run(control.addFault({ action: "DescribeInstances", when, answer: "lost", times: 1 }))
      await run(control.addFault({ action: "DescribeInstances", when, answer: { code: "InternalError" }, times: 1 }))
    }
    const heard: Array<string> = []
    for (let call = 0; call < 5; call++) heard.push(await outcome(client.send(new DescribeInstancesCommand())))
    expect(heard).toEqual(["ECONNRESET", "InternalError 500", "ECONNRESET", "InternalError 500", "done"])
    const calls = await run(control.calls)
    expect(calls.map((call) => formatCall(call, call.at).trim())).toEqual([
      "0.000s DescribeInstances → refused: lost (lost before the effect)",
      "0.000s DescribeInstances → refused: InternalError (InternalError before the effect)",
      "0.000s DescribeInstances → 1 found (lost after the effect)",
      "0.000s DescribeInstances → 1 found (InternalError after the effect)",
      "0.000s DescribeInstances → 1 found"
    ])
    expect(await run(control.counts)).toEqual({
      DescribeInstances: {
        calls: 5,
        refused: { lost: 1, InternalError: 1 },
        struck: { "lost before the effect": 1, "InternalError before the effect": 1, "lost after the effect": 1, "InternalError after the effect": 1 }
      }
    })
  })

  it("has the answers' request ids, also of errors that come after the effect", async () => {
    const { control, ec2Client, subnetId } = await furnished()
    await run(control.addFault({ action: "*", when: "after", answer: { code: "InternalError" }, times: 1 }))
    const error: unknown = await ec2Client().send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId })).catch((one: unknown) => one)
    const [call] = await run(control.calls)
    expect(error).toMatchObject({ $metadata: { requestId: call?.requestId } })
    await ec2Client().send(new CreateTagsCommand({ Resources: [subnetId], Tags: [{ Key: "a", Value: "b" }] }))
    expect((await run(control.calls)).at(-1)).not.toHaveProperty("struck")
  })
})
