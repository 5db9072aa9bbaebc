import { AttachNetworkInterfaceCommand, DescribeInstancesCommand, DescribeNetworkInterfacesCommand, DescribeTagsCommand, type Filter } from "@aws-sdk/client-ec2"
import type { EniId } from "@branchline/core/model/Ids"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { furnished, refusal } from "./Wire.js"

/** The primary interface, a secondary one at index 1, a trunk at index 2 with a branch, and a loose one in another subnet. */
const account = async () => {
  const made = await furnished()
  const { control } = made.ec2
  const { client, groupId, instanceId, subnetId } = made
  const far = await Effect.runPromise(control.addSubnet({ cidr: "10.0.16.0/24", zone: "us-west-2b" }))
  const foreign = (options: object) => Effect.runPromise(control.createForeignInterface({ subnetId, ...options }))
  const secondary = await foreign({ description: "aws-K8S-i-1", attachTo: { instanceId, deviceIndex: 1 } })
  const trunk = await foreign({ type: "trunk", description: "aws-k8s-trunk-eni", groups: [groupId], tags: { owner: "us", star: "a*c" }, attachTo: { instanceId, deviceIndex: 2 } })
  const branch = await foreign({ description: "aws-k8s-branch-eni", tags: { owner: "us", "vlan id": "7" }, under: { trunkId: trunk.eniId, vlanId: 7 } })
  const loose = await Effect.runPromise(control.createForeignInterface({ subnetId: far.subnetId, tags: { owner: "them", star: "abc" } }))
  const { interfaces } = await Effect.runPromise(control.snapshot)
  const primary = interfaces[0]
  if (primary === undefined) throw new Error("no primary interface")
  const names = new Map<EniId, string>([[primary.eniId, "primary"], [secondary.eniId, "secondary"], [trunk.eniId, "trunk"], [branch.eniId, "branch"], [loose.eniId, "loose"]])
  const found = async (...filters: ReadonlyArray<readonly [name: string, ...values: ReadonlyArray<string>]>) => {
    const Filters = filters.map(([Name, ...Values]): Filter => ({ Name, Values }))
    const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }))
    return NetworkInterfaces.map(({ NetworkInterfaceId }) => names.get(NetworkInterfaceId as EniId)).join(" ")
  }
  return { ...made, far, primary, trunk, branch, loose, found }
}

let its: Awaited<ReturnType<typeof account>>
beforeAll(async () => {
  its = await account()
})

describe("DescribeNetworkInterfaces by filters", () => {
  it.each([
    ["status", ["available"], "loose"],
    ["status", ["in-use"], "primary secondary trunk branch"],
    ["interface-type", ["trunk", "branch"], "trunk branch"],
    ["availability-zone", ["us-west-2b"], "loose"],
    ["description", ["aws-k8s-*"], "trunk branch"],
    ["description", ["aws-K8S-i-?"], "secondary"],
    ["description", ["aws-K8S-i-1?"], "secondary"],
    ["description", ["aws-K8S-i-"], ""],
    ["description", ["AWS-k8s-*"], ""],
    ["tag:owner", ["us"], "trunk branch"],
    ["tag:owner", ["us", "them"], "trunk branch loose"],
    ["tag:owner", ["*"], "trunk branch loose"],
    ["tag:vlan id", ["7"], "branch"],
    ["tag:star", ["a*c"], "trunk loose"],
    ["tag:star", ["a\\*c"], "trunk"],
    ["tag:nothing", ["*"], ""],
    ["tag-key", ["vlan*"], "branch"],
    ["attachment.device-index", ["1", "2"], "secondary trunk"],
    ["attachment.status", ["attached"], "primary secondary trunk"],
    ["attachment.delete-on-termination", ["true"], "primary trunk"],
    ["requester-managed", ["false"], "primary secondary trunk branch loose"],
    ["requester-managed", ["true"], ""],
    ["owner-id", ["111122223333"], "primary secondary trunk branch loose"],
    ["source-dest-check", ["true"], "primary secondary trunk branch loose"],
    ["private-ip-address", ["10.0.0.4"], "primary"],
    ["addresses.private-ip-address", ["10.0.16.*"], "loose"],
    ["private-dns-name", ["ip-10-0-0-4.us-west-2.compute.internal"], "primary"]
  ])("%s = %j: %s", async (name, values, expected) => {
    expect(await its.found([name, ...values])).toBe(expected)
  })

  it("by the ids of what belongs together", async () => {
    const { branch, far, found, groupId, instanceId, subnetId, trunk, vpcId } = its
    expect(await found(["network-interface-id", branch.eniId])).toBe("branch")
    expect(await found(["vpc-id", vpcId])).toBe("primary secondary trunk branch loose")
    expect(await found(["subnet-id", far.subnetId])).toBe("loose")
    expect(await found(["group-id", groupId])).toBe("trunk")
    expect(await found(["mac-address", trunk.macAddress])).toBe("trunk")
    expect(await found(["attachment.instance-id", instanceId])).toBe("primary secondary trunk")
    expect(await found(["subnet-id", subnetId], ["status", "available"])).toBe("")
    const { NetworkInterfaces: [first] = [] } = await its.client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [trunk.eniId] }))
    expect(await found(["attachment.attachment-id", first?.Attachment?.AttachmentId ?? ""])).toBe("trunk")
  })

  it("filters are ANDed, ids with them, and an id that a filter holds back is no error", async () => {
    const { branch, client, found, trunk } = its
    expect(await found(["tag:owner", "us"], ["interface-type", "branch"])).toBe("branch")
    const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({
      NetworkInterfaceIds: [branch.eniId, trunk.eniId, branch.eniId],
      Filters: [{ Name: "interface-type", Values: ["branch"] }]
    }))
    expect(NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).toEqual([branch.eniId])
  })

  it("a filter that there is not, too many values, too many filters, a value too long", async () => {
    const ask = (Filters: Array<Filter>) => refusal(its.client.send(new DescribeNetworkInterfacesCommand({ Filters })))
    const values = (count: number) => Array.from({ length: count }, (_, index) => `eni-${index}`)
    expect(await ask([{ Name: "colour", Values: ["red"] }])).toMatchObject({ code: "InvalidParameterValue", message: "The filter 'colour' is invalid" })
    expect((await ask([{ Name: "network-interface-id", Values: values(201) }])).code).toBe("FilterLimitExceeded")
    expect((await ask(Array.from({ length: 51 }, () => ({ Name: "status", Values: ["available"] })))).code).toBe("FilterLimitExceeded")
    expect((await ask([{ Name: "description", Values: ["x".repeat(256)] }])).code).toBe("InvalidParameterValue")
    expect(await its.found(["network-interface-id", ...values(199), its.branch.eniId])).toBe("branch")
  })
})

describe("other describes by filters", () => {
  it("DescribeInstances by type, state, VPC, address, group, tag and reservation", async () => {
    const { client, instanceId, primary, vpcId } = its
    const ask = async (Name: string, ...Values: ReadonlyArray<string>) => {
      const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name, Values: [...Values] }] }))
      return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId))
    }
    await its.ask(`Action=CreateTags&ResourceId.1=${instanceId}&Tag.1.Key=Name&Tag.1.Value=node-1`)
    const hits: ReadonlyArray<readonly [string, string]> = [
      ["instance-id", instanceId],
      ["instance-type", "m5.*"],
      ["instance-state-name", "running"],
      ["instance-state-code", "16"],
      ["vpc-id", vpcId],
      ["private-ip-address", primary.privateIp],
      ["private-dns-name", "ip-10-0-0-4.us-west-2.compute.internal"],
      ["instance.group-id", primary.groups[0] ?? ""],
      ["network-interface.network-interface-id", primary.eniId],
      ["tag:Name", "node-?"],
      ["tag-key", "Name"]
    ]
    for (const [name, value] of hits) expect([name, await ask(name, value)]).toEqual([name, [instanceId]])
    for (const [name] of hits) expect([name, await ask(name, "nothing")]).toEqual([name, []])
  })

  it("DescribeTags by resource, type, key and value", async () => {
    const { branch, client } = its
    const ask = async (Name: string, Value: string) =>
      (await client.send(new DescribeTagsCommand({ Filters: [{ Name, Values: [Value] }] }))).Tags?.map(({ Key, Value: value }) => `${Key}=${value}`).join(" ")
    expect(await ask("resource-id", branch.eniId)).toBe("owner=us vlan id=7")
    expect(await ask("resource-type", "vpc")).toBe("")
    expect(await ask("key", "star")).toBe("star=a*c star=abc")
    expect(await ask("value", "them")).toBe("owner=them")
    expect(await ask("tag:owner", "them")).toBe("owner=them")
  })

  it("an interface that is attached now is not the one that was asked for before", async () => {
    const { client, loose } = its
    expect((await refusal(client.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId: loose.eniId, InstanceId: its.instanceId, DeviceIndex: 3 })))).code).toBe("UnauthorizedOperation")
  })
})
