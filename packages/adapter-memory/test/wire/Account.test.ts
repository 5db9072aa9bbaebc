import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { furnished, refusal, wire } from "./Wire.js"

const named = (ResourceType: "vpc" | "subnet" | "security-group" | "instance" | "network-interface", Value: string) =>
  [{ ResourceType, Tags: [{ Key: "Name", Value }] }]

describe("an account made from nothing over the wire", () => {
  it("VPC, subnet, security group, instances: made, described, tagged, ended", async () => {
    const { client } = await wire()
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16", TagSpecifications: named("vpc", "v") }))
    const VpcId = Vpc?.VpcId ?? ""
    expect(Vpc).toMatchObject({ CidrBlock: "10.7.0.0/16", State: "available", IsDefault: false, Tags: [{ Key: "Name", Value: "v" }] })
    const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.7.1.0/24", AvailabilityZone: "us-west-2c", TagSpecifications: named("subnet", "s") }))
    const SubnetId = Subnet?.SubnetId ?? ""
    expect(Subnet).toMatchObject({ VpcId, CidrBlock: "10.7.1.0/24", AvailableIpAddressCount: 251, AvailabilityZone: "us-west-2c", State: "available", Tags: [{ Key: "Name", Value: "s" }] })
    const { GroupId } = await client.send(new CreateSecurityGroupCommand({ VpcId, GroupName: "pods", Description: "of pods", TagSpecifications: named("security-group", "g") }))
    const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }))
    expect(SecurityGroups.map(({ Description, GroupName, Tags }) => [GroupName, Description, Tags?.length])).toEqual([["default", "default VPC security group", 0], ["pods", "of pods", 1]])

    const { Instances = [], ReservationId } = await client.send(new RunInstancesCommand({
      InstanceType: "m5.large", MinCount: 1, MaxCount: 2, SubnetId, SecurityGroupIds: [GroupId ?? ""], ImageId: "ami-12345678", TagSpecifications: named("instance", "node")
    }))
    expect(Instances.map(({ State }) => State?.Name)).toEqual(["pending", "pending"])
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: "tag:Name", Values: ["node"] }] }))
    expect(Reservations?.map((one) => [one.ReservationId, one.Instances?.map(({ SecurityGroups: its, State }) => [State?.Name, its?.[0]?.GroupName])]))
      .toEqual([[ReservationId, [["running", "pods"], ["running", "pods"]]]])
    expect((await client.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }))).Subnets?.[0]?.AvailableIpAddressCount).toBe(249)

    expect((await refusal(client.send(new DeleteSecurityGroupCommand({ GroupId })))).code).toBe("DependencyViolation")
    const InstanceIds = Instances.map(({ InstanceId }) => InstanceId ?? "")
    const { TerminatingInstances } = await client.send(new TerminateInstancesCommand({ InstanceIds }))
    expect(TerminatingInstances?.map(({ CurrentState, PreviousState }) => [PreviousState?.Name, CurrentState?.Name])).toEqual([["running", "shutting-down"], ["running", "shutting-down"]])
    const { Reservations: [ended] = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds }))
    expect(ended?.Instances?.map(({ NetworkInterfaces, State }) => [State?.Name, NetworkInterfaces])).toEqual([["terminated", []], ["terminated", []]])
    expect(await client.send(new DeleteSecurityGroupCommand({ GroupId }))).toMatchObject({ Return: true, GroupId })
    expect((await refusal(client.send(new DeleteSecurityGroupCommand({ GroupId: SecurityGroups[0]?.GroupId })))).code).toBe("CannotDelete")
  })

  it("what does not fit: CIDRs, names, counts", async () => {
    const { client, subnetId, vpcId } = await furnished()
    const group = (GroupName: string) => client.send(new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName, Description: "d" }))
    expect((await refusal(client.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/8" })))).code).toBe("InvalidVpc.Range")
    expect((await refusal(client.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.1.0.0/24" })))).code).toBe("InvalidSubnet.Range")
    expect((await refusal(client.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.0.4.0/24" })))).code).toBe("InvalidSubnet.Conflict")
    await group("a")
    expect((await refusal(group("a"))).code).toBe("InvalidGroup.Duplicate")
    expect((await refusal(group("default"))).code).toBe("InvalidGroup.Reserved")
    expect((await refusal(client.send(new RunInstancesCommand({ InstanceType: "m5.large", SubnetId: subnetId, MinCount: 2, MaxCount: 1 })))).code).toBe("InvalidParameterValue")
  })

  it("RunInstances starts as many as there is room for, or none; again by its token, the same ones", async () => {
    const { client, ec2, subnetId } = await furnished()
    const count = async () => (await Effect.runPromise(ec2.control.snapshot)).instances.length
    const launch = (MinCount: number, MaxCount: number, ClientToken?: string) =>
      client.send(new RunInstancesCommand({ InstanceType: "m5.large", SubnetId: subnetId, MinCount, MaxCount, ClientToken }))
    await Effect.runPromise(ec2.control.setFreeAddresses(subnetId, 3))
    expect((await refusal(launch(4, 4))).code).toBe("InsufficientFreeAddressesInSubnet")
    expect(await count()).toBe(1)
    const first = await launch(1, 5, "t")
    expect(first.Instances).toHaveLength(3)
    expect((await launch(1, 5, "t")).Instances?.map(({ InstanceId }) => InstanceId)).toEqual(first.Instances?.map(({ InstanceId }) => InstanceId))
    expect((await refusal(launch(1, 4, "t"))).code).toBe("IdempotentParameterMismatch")
    expect(await count()).toBe(4)
  })

  it("an instance takes subnet and groups from its one network interface, too", async () => {
    const { client, groupId, subnetId } = await furnished()
    const launch = (...devices: ReadonlyArray<number>) =>
      client.send(new RunInstancesCommand({
        InstanceType: "m5.large", MinCount: 1, MaxCount: 1, NetworkInterfaces: devices.map((DeviceIndex) => ({ DeviceIndex, SubnetId: subnetId, Groups: [groupId] }))
      }))
    expect((await launch(0)).Instances?.[0]).toMatchObject({ SubnetId: subnetId, SecurityGroups: [{ GroupId: groupId }] })
    expect((await refusal(launch(0, 1))).code).toBe("UnsupportedOperation")
  })

  it("instance types as the limits table has them", async () => {
    const { client } = await wire()
    const { InstanceTypes: [type] = [] } = await client.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["p4d.24xlarge"] }))
    expect(type).toMatchObject({ InstanceType: "p4d.24xlarge", Hypervisor: "nitro", BareMetal: false })
    expect(type?.NetworkInfo).toMatchObject({ MaximumNetworkInterfaces: 60, MaximumNetworkCards: 4, DefaultNetworkCardIndex: 0, Ipv4AddressesPerInterface: 50 })
    expect(type?.NetworkInfo?.NetworkCards?.[3]).toEqual({ NetworkCardIndex: 3, MaximumNetworkInterfaces: 15 })
    const { InstanceTypes, NextToken } = await client.send(new DescribeInstanceTypesCommand({ Filters: [{ Name: "bare-metal", Values: ["true"] }] }))
    expect(InstanceTypes?.every(({ InstanceType }) => InstanceType?.includes("metal"))).toBe(true)
    expect(NextToken).toBeDefined()
  })

  it("zones of the subnets, and the one Region", async () => {
    const { client } = await furnished()
    expect((await client.send(new DescribeAvailabilityZonesCommand({}))).AvailabilityZones).toMatchObject([{ ZoneName: "us-west-2a", State: "available", RegionName: "us-west-2" }])
    expect((await client.send(new DescribeRegionsCommand({}))).Regions).toEqual([{ RegionName: "us-west-2", Endpoint: "ec2.us-west-2.amazonaws.com", OptInStatus: "opt-in-not-required" }])
    expect((await refusal(client.send(new DescribeRegionsCommand({ RegionNames: ["mars-1"] })))).code).toBe("InvalidParameterValue")
  })
})

describe("tags", () => {
  it("of several things at once, all or none", async () => {
    const { client, groupId, instanceId, subnetId, vpcId } = await furnished()
    const tags = async () => (await client.send(new DescribeTagsCommand({}))).Tags?.map(({ Key, ResourceType, Value }) => `${ResourceType} ${Key}=${Value}`)
    const Tags = [{ Key: "a", Value: "1" }, { Key: "b", Value: "" }]
    const missing = await refusal(client.send(new CreateTagsCommand({ Resources: [instanceId, "subnet-0123456789abcdef0"], Tags })))
    expect([missing.code, await tags()]).toEqual(["InvalidSubnetID.NotFound", []])
    await client.send(new CreateTagsCommand({ Resources: [groupId, instanceId, subnetId, vpcId], Tags }))
    expect(await tags()).toEqual(["security-group", "instance", "subnet", "vpc"].flatMap((type) => [`${type} a=1`, `${type} b=`]))
    await client.send(new DeleteTagsCommand({ Resources: [groupId], Tags: [{ Key: "a", Value: "2" }, { Key: "b", Value: "" }] }))
    await client.send(new DeleteTagsCommand({ Resources: [instanceId], Tags: [{ Key: "b" }] }))
    await client.send(new DeleteTagsCommand({ Resources: [subnetId, vpcId] }))
    expect(await tags()).toEqual(["security-group a=1", "instance a=1"])
    const { Vpcs: [vpc] = [] } = await client.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }))
    expect(vpc?.Tags).toEqual([])
  })

  it("that EC2 does not take", async () => {
    const { client, instanceId, subnetId } = await furnished()
    const tag = (...Tags: Array<{ Key: string; Value: string }>) => refusal(client.send(new CreateTagsCommand({ Resources: [instanceId], Tags })))
    expect((await tag({ Key: "aws:mine", Value: "x" })).code).toBe("InvalidTagKey.Malformed")
    expect((await tag({ Key: "", Value: "x" })).code).toBe("InvalidTagKey.Malformed")
    expect((await tag({ Key: "k".repeat(129), Value: "x" })).code).toBe("InvalidParameterValue")
    expect((await tag({ Key: "k", Value: "v".repeat(257) })).code).toBe("InvalidParameterValue")
    expect((await tag(...Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: "" })))).code).toBe("TagLimitExceeded")
    expect((await refusal(client.send(new CreateTagsCommand({ Resources: ["ami-12345678"], Tags: [{ Key: "a", Value: "" }] })))).code).toBe("InvalidID")
    expect((await refusal(client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, TagSpecifications: named("instance", "x") })))).code).toBe("InvalidParameterValue")
  })
})

describe("addresses", () => {
  it("one that was chosen; an IPv6 one, or none where the subnet would give one", async () => {
    const { client, ec2, vpcId } = await furnished()
    const dual = await Effect.runPromise(ec2.control.addSubnet({ vpcId, cidr: "10.0.32.0/24", ipv6Cidr: "2001:db8::/64" }))
    const create = async (input: object) => (await client.send(new CreateNetworkInterfaceCommand({ SubnetId: dual.subnetId, ...input }))).NetworkInterface
    expect(await create({ PrivateIpAddress: "10.0.32.77" })).toMatchObject({ PrivateIpAddress: "10.0.32.77", Ipv6Addresses: [{ Ipv6Address: "2001:db8::4" }] })
    expect(await create({ Ipv6AddressCount: 0 })).toMatchObject({ Ipv6Addresses: [] })
    expect((await refusal(create({ PrivateIpAddress: "10.0.32.77" }))).code).toBe("InvalidIPAddress.InUse")
  })
})
