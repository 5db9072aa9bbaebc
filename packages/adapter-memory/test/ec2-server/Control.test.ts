import { CreateNetworkInterfaceCommand, DeleteNetworkInterfaceCommand, DescribeInstancesCommand } from "@aws-sdk/client-ec2"
import { connect, type ControlError } from "@branchline/adapter-memory/ec2-control"
import { EniId, VlanId } from "@branchline/core/model/Ids"
import { Effect } from "effect"
import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import { furnished, outcome, present, run, serving } from "./Serving.js"

const refusal = <A>(effect: Effect.Effect<A, ControlError>) => run(Effect.flip(effect))

describe("the client", () => {
  it("is the rest of the world: each of its methods does what it does in the same process", async () => {
    const { control, ec2, instanceId, subnetId } = await furnished()
    const other = await run(control.addSubnet({ cidr: "10.1.0.0/24", zone: "eu-west-1b", subnetId: "subnet-0other" }))
    expect(other).toMatchObject({ subnetId: "subnet-0other", freeAddresses: 251 })
    await run(control.setFreeAddresses(other.subnetId, 0))
    expect((await refusal(control.launchInstance({ type: "m5.large", subnetId: other.subnetId }))).code).toBe("InsufficientFreeAddressesInSubnet")
    await run(control.setFreeAddresses(other.subnetId, Infinity))
    const second = await run(control.launchInstance({ type: "m5.large", subnetId: other.subnetId }))
    const group = await run(control.addSecurityGroup())
    await run(control.removeSecurityGroup(group))
    expect((await refusal(control.createForeignInterface({ subnetId, groups: [group] }))).code).toBe("InvalidGroup.NotFound")

    const trunk = await run(control.createForeignInterface({ subnetId, type: "trunk", tags: { owner: "us" }, attachTo: { instanceId, deviceIndex: 2 } }))
    const branch = await run(control.createForeignInterface({ subnetId, under: { trunkId: trunk.eniId, vlanId: VlanId.make(7) } }))
    const snapshot = await run(control.snapshot)
    expect(snapshot).toEqual({ ...(await run(ec2.control.snapshot)), tokens: {} })
    expect(snapshot.associations).toMatchObject([{ trunkId: trunk.eniId, branchId: branch.eniId, vlanId: 7 }])
    expect(snapshot.interfaces.find(({ eniId }) => eniId === trunk.eniId)?.tags).toEqual({ owner: "us" })
    expect(snapshot.instances.find((one) => one.instanceId === instanceId)?.attachments).toMatchObject([{ deviceIndex: 0 }, { deviceIndex: 2, type: "trunk" }])

    await run(control.deleteInterfaceByHand(trunk.eniId))
    expect((await run(control.snapshot)).associations).toEqual([])
    await run(control.terminateInstance(second.instanceId))
    await run(control.forgetInstance(second.instanceId))
    expect((await run(control.snapshot)).instances.map((one) => one.instanceId)).toEqual([instanceId])
  })

  it("tells what EC2 saw, and of it what is never right", async () => {
    const { control, ec2Client, instanceId, subnetId } = await furnished()
    const trunk = await run(control.createForeignInterface({ subnetId, type: "trunk", attachTo: { instanceId, deviceIndex: 2 } }))
    const under = (vlan: number) => control.createForeignInterface({ subnetId, under: { trunkId: trunk.eniId, vlanId: VlanId.make(vlan) } })
    const { eniId } = await run(under(1))
    expect((await refusal(under(1))).code).toBe("InvalidParameterValue")
    await ec2Client().send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId }))
    expect((await run(control.observations)).map(({ kind }) => kind)).toEqual(["vlan-taken", "associated-branch-deleted"])
    expect((await run(control.violations)).map(({ kind }) => kind)).toEqual(["vlan-taken"])
  })

  it("changes settings while it runs, and only those that are named", async () => {
    const { control, ec2Client, url } = await furnished()
    const before = await (await fetch(`${url}/_branchline/settings`)).json() as object
    expect(before).toMatchObject({ throttle: "off", vlanCooldown: 0 })
    await run(control.change({ throttle: { actions: { DescribeInstances: { capacity: 1, refill: 0 } } }, vlanCooldown: 3_000 }))
    expect(await (await fetch(`${url}/_branchline/settings`)).json()).toEqual({
      ...before,
      vlanCooldown: 3_000,
      throttle: { mutating: { capacity: 50, refill: 5 }, describing: { capacity: 100, refill: 20 }, actions: { DescribeInstances: { capacity: 1, refill: 0 } } }
    })
    const client = ec2Client()
    const look = () => outcome(client.send(new DescribeInstancesCommand()))
    expect([await look(), await look()]).toEqual(["done", "RequestLimitExceeded 503"])
    expect((await run(control.snapshot)).tokens).toEqual({ DescribeInstances: 0 })
    await run(control.change({ throttle: "off", latency: { min: 100, max: 100 } }))
    const began = await present()
    expect(await look()).toBe("done")
    expect((await present()) - began).toBeGreaterThan(95)
  })

  it("keeps the last calls, and counts all", async () => {
    const { control, ec2Client } = await furnished({ keepCalls: 8 })
    const client = ec2Client()
    for (let call = 0; call < 30; call++) await client.send(new DescribeInstancesCommand())
    expect(await run(control.calls)).toHaveLength(8)
    expect(await run(control.counts)).toEqual({ DescribeInstances: { calls: 30, refused: {} } })
    await run(control.forgetCalls)
    expect([await run(control.calls), await run(control.counts)]).toEqual([[], {}])
  })

  it("may keep no calls at all", async () => {
    const { control, ec2Client } = await furnished({ keepCalls: 0 })
    await ec2Client().send(new DescribeInstancesCommand())
    expect([await run(control.calls), await run(control.counts)]).toEqual([[], { DescribeInstances: { calls: 1, refused: {} } }])
  })

  it("says that nobody answers, or that somebody else does", async () => {
    const { close, url } = await serving()
    await close()
    expect((await refusal(connect(url).counts)).message).toMatch(/^nobody answers at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
    const other = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1")
    await once(other, "listening")
    const there = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    expect((await refusal(connect(there).counts)).message).toBe(`${there} is no EC2 in memory: it answers counts with <html>`)
    other.close()
    other.closeAllConnections()
  })

  it("gives up on a fault that does not strike, and says how often it did", async () => {
    const { control } = await serving()
    const fault = await run(control.addFault({ action: "*", when: "before", answer: "lost" }))
    expect((await refusal(fault.fired({ count: 2, within: 20 }))).message).toBe("the fault of * struck 0 of 2 calls within 20 ms")
    await run(fault.remove)
    expect((await refusal(fault.state)).message).toBe(`faults/${fault.id}: there is no fault ${fault.id}`)
  })

  it("clears all faults", async () => {
    const { control, ec2Client } = await serving()
    for (const action of ["*", "DescribeInstances"]) await run(control.addFault({ action, when: "before", answer: "lost" }))
    await run(control.clearFaults)
    expect(await outcome(ec2Client().send(new DescribeInstancesCommand()))).toBe("done")
  })
})

describe("a request of the control API that makes no sense", () => {
  it.each([
    ["a path that there is not", "GET", "moon", undefined, 404, /^there is no moon: GET \/_branchline\/ tells what there is$/],
    ["a method that there is not", "POST", "control/addMoon", "[]", 404, /^there is no control\/addMoon: /],
    ["another HTTP method", "DELETE", "snapshot", undefined, 405, /^snapshot takes GET, not DELETE$/],
    ["what is no JSON", "POST", "control/addSubnet", "{", 400, /^the body is no JSON: /],
    ["no arguments", "POST", "control/addSubnet", "", 400, /^control\/addSubnet takes its arguments as a JSON array: /],
    ["an object for the arguments", "POST", "control/addSubnet", '{"cidr":"10.0.0.0/16"}', 400, /array/],
    ["an argument that is missing", "POST", "control/launchInstance", '[{"type":"m5.large"}]', 400, /subnetId/],
    ["an argument that there is not", "POST", "control/addSubnet", '[{"cidr":"10.0.0.0/16","zones":"a"}]', 400, /zones/],
    ["an id of another kind", "POST", "control/terminateInstance", '["eni-0123456789abcdef0"]', 400, /an instance id such as i-/],
    ["a VLAN id beyond 802.1Q", "POST", "control/createForeignInterface", '[{"subnetId":"subnet-0","under":{"trunkId":"eni-0123456789abcdef0","vlanId":4095}}]', 400, /vlanId/],
    ["what EC2 would refuse", "POST", "control/addSubnet", '[{"cidr":"10.0.0.0/99"}]', 422, /10\.0\.0\.0\/99/],
    ["a setting that there is not", "POST", "settings", '{"latencies_":1}', 400, /latencies_/],
    ["a negative time", "POST", "settings", '{"latency":-1}', 400, /0 or more/],
    ["a fault for an action that there is not", "POST", "faults", '{"action":"AssociateTrunkInterfaces","when":"before","answer":"lost"}', 400, /^a fault: there is no action "AssociateTrunkInterfaces", did you mean AssociateTrunkInterface\?$/],
    ["a fault without an answer", "POST", "faults", '{"action":"*","when":"before"}', 400, /a fault needs an answer, a delay, or both/],
    ["a fault with another time", "POST", "faults", '{"action":"*","when":"meanwhile","answer":"lost"}', 400, /when/],
    ["a fault with a key that there is not", "POST", "faults", '{"action":"*","when":"before","answer":"lost","time":1}', 400, /time/],
    ["a probability beyond one", "POST", "faults", '{"action":"*","when":"before","answer":"lost","probability":2}', 400, /0 to 1/],
    ["a fault that nobody made", "POST", "faults/7/release", "", 404, /^there is no fault 7$/],
    ["a policy that is none", "PUT", "policy", '{"Statement":[{"Effect":"Allow"}]}', 400, /^no policy document: Statement 1 needs either Action or NotAction/],
    ["a role that is none", "PUT", "roles", '[{"arn":"cluster"}]', 400, /a role's ARN such as/]
  ])("with %s is told so", async (_, method, path, body, status, message) => {
    const { url } = await serving()
    const response = await fetch(`${url}/_branchline/${path}`, { method, ...(body === undefined ? {} : { body }) })
    const answer = await response.json() as { readonly message: string }
    expect([response.status, answer.message]).toEqual([status, expect.stringMatching(message)])
  })

  it("with a time or a verb of a fault that is none is told so", async () => {
    const { control, url } = await serving()
    const { id } = await run(control.addFault({ action: "*", when: "before", answer: "hold" }))
    const problem = async (method: string, path: string) => (await (await fetch(`${url}/_branchline/faults/${id}/${path}`, { method })).json() as { readonly message: string }).message
    expect(await problem("GET", "wait?timeout=long")).toBe("?timeout=long: a whole number has to be there")
    expect(await problem("POST", "release?as=maybe")).toBe("?as=maybe: go lets the held calls go on, cut cuts their connections")
  })
})

describe("the manual", () => {
  it("names paths and methods that there are, all of the latter", async () => {
    const { control, url } = await serving()
    const text = await (await fetch(`${url}/_branchline/`)).text()
    const statusOf = async (path: string, init?: RequestInit) => (await fetch(`${url}/_branchline/${path}`, init)).status
    for (const [, method = "", path = ""] of text.matchAll(/^([A-Z]+) +\/_branchline\/([a-z]+)(?![a-z/])/gm)) {
      expect([path, await statusOf(path, method === "GET" ? {} : { method, body: "{}" })]).toEqual([path, expect.toBeOneOf([200, 400])])
    }
    const methods = text.match(/\b(?:add|remove|launch|terminate|forget|delete|create|set)[A-Z]\w+(?= \[)/g) ?? []
    const others = ["snapshot", "calls", "forgetCalls", "counts", "observations", "violations", "change", "addFault", "clearFaults", "setPolicy", "liftPolicy", "setRoles"]
    const commands = Object.keys(control).filter((name) => !others.includes(name))
    expect(methods.toSorted()).toEqual(commands.toSorted())
    for (const method of methods) expect([method, await statusOf(`control/${method}`, { method: "POST", body: "[1, 2, 3]" })]).toEqual([method, 400])
  })

  it("has examples that work", async () => {
    const { control, ec2Client, url } = await furnished()
    const fault = await (await fetch(`${url}/_branchline/faults`, {
      method: "POST",
      body: '{"action": "AssociateTrunkInterface", "when": "before", "answer": {"code": "RequestLimitExceeded"}, "match": {"VlanId": "1"}, "skip": 0, "times": 1, "probability": 0.5, "delay": 100}'
    })).json()
    expect(fault).toEqual({ id: "1" })
    await run(control.change({ latency: 50, latencies: { DescribeNetworkInterfaces: { min: 100, max: 1_500 } }, throttle: "documented", describeLag: 2_000, attachDelay: 1_000, anyGroup: true, groupsPerInterface: 5 }))
    expect(await outcome(ec2Client().send(new CreateNetworkInterfaceCommand({ SubnetId: (await run(control.snapshot)).subnets[0]?.subnetId, Groups: ["sg-0123456789abcdef0"] })))).toBe("done")
    expect(EniId.make((await run(control.snapshot)).interfaces.at(-1)?.eniId ?? "")).toMatch(/^eni-/)
  })
})
