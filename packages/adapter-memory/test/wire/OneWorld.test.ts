import { CreateNetworkInterfaceCommand, DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2"
import type { EniId } from "@branchline/core/model/Ids"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { readForm } from "@branchline/adapter-memory/wire/Form"
import * as JumpClock from "../ec2/JumpClock.js"
import { furnished, refusal } from "./Wire.js"

describe("the port and the wire", () => {
  it("are two doors of one account: what one makes, the other describes, and both logs are one", async () => {
    const { client, ec2, groupId, subnetId } = await furnished()
    const { NetworkInterface } = await client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, Groups: [groupId], ClientToken: "t" }))
    const eniId = NetworkInterface?.NetworkInterfaceId as EniId
    expect(await Effect.runPromise(ec2.port.describeInterfaces({ eniIds: [eniId] }))).toMatchObject([{ eniId, groups: [groupId] }])
    // A token belongs to the account, whichever door it came through.
    const replay = ec2.port.createBranch({ subnetId, groups: [groupId], description: "", tags: {}, clientToken: "t" })
    expect((await Effect.runPromise(replay)).eniId).toBe(eniId)
    await Effect.runPromise(ec2.port.deleteInterface(eniId))
    expect((await refusal(client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] })))).code).toBe("InvalidNetworkInterfaceID.NotFound")
    expect((await Effect.runPromise(ec2.calls)).map(({ action, outcome }) => `${action} ${outcome._tag}`)).toEqual([
      "CreateNetworkInterface done",
      "DescribeNetworkInterfaces done",
      "CreateNetworkInterface done",
      "DeleteNetworkInterface done",
      "DescribeNetworkInterfaces refused"
    ])
  })

  it("share a token bucket", async () => {
    const { client, ec2, subnetId } = await furnished({ throttle: { mutating: { capacity: 2, refill: 0.001 } } })
    const wanted = { subnetId, groups: [], description: "", tags: {} }
    await Effect.runPromise(ec2.port.createBranch({ ...wanted, clientToken: "a" }))
    await client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId }))
    expect(await refusal(client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId })))).toMatchObject({ code: "RequestLimitExceeded", status: 503 })
    expect((await Effect.runPromise(Effect.flip(ec2.port.createBranch({ ...wanted, clientToken: "b" })))).code).toBe("RequestLimitExceeded")
  })

  it("an answer's request id is the log's, in the header and in the document", async () => {
    const { answers, client, log } = await furnished()
    await client.send(new DescribeNetworkInterfacesCommand({}))
    const id = log.calls()[0]?.requestId
    expect(answers[0]?.headers["x-amzn-requestid"]).toBe(id)
    expect(answers[0]?.body).toContain(`<requestId>${id}</requestId>`)
  })
})

describe("latency", () => {
  it("is that of the action where it has one", async () => {
    const { dispatch } = await furnished({ latency: 100, latencies: { DescribeRegions: 40, DescribeVpcs: { min: 5, max: 10 } } })
    const took = (action: string) =>
      Effect.gen(function*() {
        const from = yield* Clock.currentTimeMillis
        yield* dispatch.handle(readForm(`Action=${action}`))
        return (yield* Clock.currentTimeMillis) - from
      })
    const [one, other, ranged] = await Effect.runPromise(Effect.provide(Effect.all([took("DescribeRegions"), took("DescribeSubnets"), took("DescribeVpcs")]), JumpClock.layer))
    expect([one, other]).toEqual([40, 100])
    expect(ranged).toBeGreaterThanOrEqual(5)
    expect(ranged).toBeLessThanOrEqual(10)
  })
})

describe("describes that lag", () => {
  it("miss what was just made, also where the lag came later", async () => {
    const { client, ec2, subnetId, world } = await furnished()
    const seen = async (eniId: string) =>
      (await client.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "network-interface-id", Values: [eniId] }] }))).NetworkInterfaces?.length
    const make = async () => (await Effect.runPromise(ec2.control.createForeignInterface({ subnetId }))).eniId
    expect(await seen(await make())).toBe(1)
    Object.assign(world.settings, { describeLag: { min: 60_000, max: 60_000 } })
    const fresh = await make()
    expect(await seen(fresh)).toBe(0)
    expect((await refusal(client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [fresh] })))).code).toBe("InvalidNetworkInterfaceID.NotFound")
    Object.assign(world.settings, { describeLag: { min: 0, max: 0 } })
    expect(await seen(fresh)).toBe(1)
  })
})
