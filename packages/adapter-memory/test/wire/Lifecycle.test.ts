import {
  AssociateTrunkInterfaceCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateNetworkInterfacePermissionCommand,
  DeleteNetworkInterfaceCommand,
  DeleteNetworkInterfacePermissionCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfaceAttributeCommand,
  DescribeNetworkInterfacePermissionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTrunkInterfaceAssociationsCommand,
  DetachNetworkInterfaceCommand,
  DisassociateTrunkInterfaceCommand,
  ModifyNetworkInterfaceAttributeCommand
} from "@aws-sdk/client-ec2"
import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { furnished, refusal } from "./Wire.js"

const account = "111122223333"

/** A trunk on the instance with a branch under it, made call by call. */
const trunkAndBranch = async () => {
  const made = await furnished()
  const { client, groupId, instanceId, subnetId } = made
  const create = async (type: "trunk" | undefined, description: string) => {
    const { NetworkInterface } = await client.send(new CreateNetworkInterfaceCommand({
      SubnetId: subnetId,
      Groups: [groupId],
      Description: description,
      TagSpecifications: [{ ResourceType: "network-interface", Tags: [{ Key: "eks:eni:owner", Value: "eks-vpc-resource-controller" }] }],
      ...(type === undefined ? {} : { InterfaceType: type })
    }))
    const id = NetworkInterface?.NetworkInterfaceId ?? ""
    await client.send(new CreateNetworkInterfacePermissionCommand({ NetworkInterfaceId: id, AwsAccountId: account, Permission: "INSTANCE-ATTACH" }))
    return id
  }
  const trunk = await create("trunk", "aws-k8s-trunk-eni")
  const branch = await create(undefined, "aws-k8s-branch-eni")
  const { AttachmentId = "" } = await client.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId: trunk, InstanceId: instanceId, DeviceIndex: 2 }))
  await client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: trunk, Attachment: { AttachmentId, DeleteOnTermination: true } }))
  const { InterfaceAssociation } = await client.send(new AssociateTrunkInterfaceCommand({ TrunkInterfaceId: trunk, BranchInterfaceId: branch, VlanId: 7 }))
  return { ...made, trunk, branch, attachmentId: AttachmentId, association: InterfaceAssociation }
}

describe("a trunk and a branch over the wire", () => {
  it("CreateNetworkInterface answers the whole interface", async () => {
    const { client, groupId, subnetId, vpcId } = await furnished()
    const { ClientToken, NetworkInterface } = await client.send(new CreateNetworkInterfaceCommand({
      SubnetId: subnetId,
      InterfaceType: "trunk",
      Groups: [groupId],
      Description: "<trunk> & \"more\"",
      ClientToken: "token-1",
      TagSpecifications: [{ ResourceType: "network-interface", Tags: [{ Key: "kubernetes.io/cluster/seed", Value: "owned" }, { Key: "empty", Value: "" }] }]
    }))
    expect(ClientToken).toBe("token-1")
    expect(NetworkInterface).toEqual({
      NetworkInterfaceId: expect.stringMatching(/^eni-0[0-9a-f]{16}$/),
      InterfaceType: "trunk",
      Status: "available",
      SubnetId: subnetId,
      VpcId: vpcId,
      AvailabilityZone: "us-west-2a",
      Description: "<trunk> & \"more\"",
      OwnerId: account,
      RequesterManaged: false,
      SourceDestCheck: true,
      MacAddress: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/),
      PrivateIpAddress: "10.0.0.5",
      PrivateDnsName: "ip-10-0-0-5.us-west-2.compute.internal",
      PrivateIpAddresses: [{ PrivateIpAddress: "10.0.0.5", PrivateDnsName: "ip-10-0-0-5.us-west-2.compute.internal", Primary: true }],
      Ipv6Addresses: [],
      Groups: [{ GroupId: groupId, GroupName: groupId }],
      TagSet: [{ Key: "kubernetes.io/cluster/seed", Value: "owned" }, { Key: "empty", Value: "" }]
    })
  })

  it("a trunk on its instance is attached, in use, and ends with it", async () => {
    const { attachmentId, client, instanceId, trunk } = await trunkAndBranch()
    const { NetworkInterfaces: [found] = [] } = await client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [trunk] }))
    expect(found).toMatchObject({ InterfaceType: "trunk", Status: "in-use" })
    expect(found?.Attachment).toEqual({
      AttachmentId: attachmentId,
      InstanceId: instanceId,
      InstanceOwnerId: account,
      DeviceIndex: 2,
      NetworkCardIndex: 0,
      Status: "attached",
      AttachTime: expect.anything(),
      DeleteOnTermination: true
    })
    const { Reservations: [{ Instances: [instance] = [] } = {}] = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }))
    expect(instance).toMatchObject({ InstanceId: instanceId, InstanceType: "m5.large", State: { Code: 16, Name: "running" }, LaunchTime: expect.anything() })
    expect(instance?.NetworkInterfaces?.map(({ Attachment, InterfaceType, NetworkInterfaceId }) => [NetworkInterfaceId === trunk, InterfaceType, Attachment?.DeviceIndex, Attachment?.NetworkCardIndex]))
      .toEqual([[false, "interface", 0, 0], [true, "trunk", 2, 0]])
  })

  it("an associated branch is one, under its VLAN id", async () => {
    const { association, branch, client, trunk } = await trunkAndBranch()
    expect(association).toEqual({
      AssociationId: expect.stringMatching(/^trunk-assoc-0[0-9a-f]{16}$/),
      BranchInterfaceId: branch,
      TrunkInterfaceId: trunk,
      InterfaceProtocol: "VLAN",
      VlanId: 7
    })
    const { NetworkInterfaces: [found] = [] } = await client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [branch] }))
    expect(found).toMatchObject({ InterfaceType: "branch", Status: "in-use" })
    expect(found?.Attachment).toBeUndefined()
    const byTrunk = (id: string) =>
      client.send(new DescribeTrunkInterfaceAssociationsCommand({ Filters: [{ Name: "trunk-interface-association.trunk-interface-id", Values: [id] }] }))
    expect((await byTrunk(trunk)).InterfaceAssociations).toEqual([association])
    expect((await byTrunk(branch)).InterfaceAssociations).toEqual([])
    expect((await client.send(new DescribeTrunkInterfaceAssociationsCommand({ AssociationIds: [association?.AssociationId ?? ""] }))).InterfaceAssociations).toEqual([association])
  })

  it("release: disassociate, delete; what is gone is gone", async () => {
    const { association, branch, client } = await trunkAndBranch()
    const gone = { AssociationId: association?.AssociationId ?? "" }
    expect(await client.send(new DisassociateTrunkInterfaceCommand({ ...gone, ClientToken: "a" }))).toMatchObject({ Return: true, ClientToken: "a" })
    const { NetworkInterfaces: [found] = [] } = await client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [branch] }))
    expect(found).toMatchObject({ InterfaceType: "interface", Status: "available" })
    expect(await client.send(new DisassociateTrunkInterfaceCommand({ ...gone, ClientToken: "a" }))).toMatchObject({ Return: true })
    expect(await refusal(client.send(new DisassociateTrunkInterfaceCommand({ ...gone, ClientToken: "b" })))).toMatchObject({ code: "InvalidAssociationID.NotFound", status: 400 })
    await client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: branch }))
    expect(await refusal(client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: branch })))).toEqual({
      code: "InvalidNetworkInterfaceID.NotFound",
      status: 400,
      message: `The networkInterface ID '${branch}' does not exist`
    })
  })

  it("a detached trunk can be deleted, and takes its associations along", async () => {
    const { attachmentId, branch, client, ec2, trunk } = await trunkAndBranch()
    expect((await refusal(client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: trunk })))).code).toBe("InvalidNetworkInterface.InUse")
    await client.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId }))
    await client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: trunk }))
    expect((await client.send(new DescribeTrunkInterfaceAssociationsCommand({}))).InterfaceAssociations).toEqual([])
    const { interfaces } = await Effect.runPromise(ec2.control.snapshot)
    expect(interfaces.find(({ eniId }) => eniId === branch)).toMatchObject({ type: "interface", status: "available" })
    expect((await Effect.runPromise(ec2.observations)).map(({ kind, subject }) => [kind, subject])).toEqual([["trunk-with-branches-deleted", trunk]])
  })

  it("the primary interface of an instance cannot be detached", async () => {
    const { client, instanceId } = await furnished()
    const { Reservations: [{ Instances: [instance] = [] } = {}] = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }))
    const AttachmentId = instance?.NetworkInterfaces?.[0]?.Attachment?.AttachmentId
    expect((await refusal(client.send(new DetachNetworkInterfaceCommand({ AttachmentId })))).code).toBe("OperationNotPermitted")
  })

  it("an interface is attached at the card and index asked for, as the type has them", async () => {
    const { client, ec2, subnetId } = await furnished()
    const { instanceId } = await Effect.runPromise(ec2.control.launchInstance({ type: "p4d.24xlarge", subnetId }))
    const attach = async (DeviceIndex: number, NetworkCardIndex: number) => {
      const { eniId } = await Effect.runPromise(ec2.control.createForeignInterface({ subnetId }))
      await client.send(new CreateNetworkInterfacePermissionCommand({ NetworkInterfaceId: eniId, AwsAccountId: account, Permission: "INSTANCE-ATTACH" }))
      return client.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId: eniId, InstanceId: instanceId, DeviceIndex, NetworkCardIndex }))
    }
    expect(await attach(1, 3)).toMatchObject({ NetworkCardIndex: 3, AttachmentId: expect.stringMatching(/^eni-attach-/) })
    expect(await attach(1, 2)).toMatchObject({ NetworkCardIndex: 2 })
    expect((await refusal(attach(1, 3))).message).toMatch(/device index '1'/)
    expect((await refusal(attach(1, 4))).code).toBe("InvalidParameterValue")
  })
})

describe("permissions of an interface", () => {
  it("are granted, described, and taken back; of an attached one by force only", async () => {
    const { branch, client, trunk } = await trunkAndBranch()
    const describe = async (...ids: ReadonlyArray<string>) =>
      (await client.send(new DescribeNetworkInterfacePermissionsCommand({
        Filters: [{ Name: "network-interface-permission.network-interface-id", Values: [...ids] }]
      }))).NetworkInterfacePermissions
    const [permission] = await describe(trunk) ?? []
    expect(permission).toEqual({
      NetworkInterfacePermissionId: expect.stringMatching(/^eni-perm-/),
      NetworkInterfaceId: trunk,
      AwsAccountId: account,
      Permission: "INSTANCE-ATTACH",
      PermissionState: { State: "granted" }
    })
    const remove = { NetworkInterfacePermissionId: permission?.NetworkInterfacePermissionId }
    expect((await refusal(client.send(new DeleteNetworkInterfacePermissionCommand(remove)))).code).toBe("OperationNotPermitted")
    expect(await client.send(new DeleteNetworkInterfacePermissionCommand({ ...remove, Force: true }))).toMatchObject({ Return: true })
    expect(await describe(trunk, branch)).toHaveLength(1)
    expect((await refusal(client.send(new DeleteNetworkInterfacePermissionCommand({ ...remove, Force: true })))).code).toBe("InvalidPermissionID.NotFound")
  })

  it("a permission of another account lets nobody here attach; a second account has to wait", async () => {
    const { client, instanceId, subnetId } = await furnished()
    const { NetworkInterface } = await client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, InterfaceType: "trunk" }))
    const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId
    const permit = (AwsAccountId: string) => client.send(new CreateNetworkInterfacePermissionCommand({ NetworkInterfaceId, AwsAccountId, Permission: "INSTANCE-ATTACH" }))
    const attach = () => client.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId: instanceId, DeviceIndex: 1 }))
    const { InterfacePermission } = await permit("444455556666")
    expect(await refusal(attach())).toMatchObject({ code: "UnauthorizedOperation", status: 403 })
    expect((await refusal(permit(account))).code).toBe("OperationNotPermitted")
    await client.send(new DeleteNetworkInterfacePermissionCommand({ NetworkInterfacePermissionId: InterfacePermission?.NetworkInterfacePermissionId }))
    await permit(account)
    await permit(account)
    await attach()
  })
})

describe("attributes of an interface", () => {
  it("groups, description, check of source and destination: changed one at a time, and described", async () => {
    const { branch, client, ec2, groupId, vpcId } = await trunkAndBranch()
    const other = await Effect.runPromise(ec2.control.addSecurityGroup({ vpcId }))
    const modify = (change: object) => client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: branch, ...change }))
    const attribute = (Attribute: "description" | "groupSet" | "sourceDestCheck" | "attachment" | "associatePublicIpAddress") =>
      client.send(new DescribeNetworkInterfaceAttributeCommand({ NetworkInterfaceId: branch, Attribute }))
    await modify({ Groups: [groupId, other] })
    await modify({ Description: { Value: "another" } })
    await modify({ SourceDestCheck: { Value: false } })
    expect((await attribute("groupSet")).Groups?.map(({ GroupId }) => GroupId)).toEqual([groupId, other])
    expect(await attribute("description")).toMatchObject({ NetworkInterfaceId: branch, Description: { Value: "another" } })
    expect((await attribute("sourceDestCheck")).SourceDestCheck).toEqual({ Value: false })
    expect((await attribute("attachment")).Attachment).toBeUndefined()
    expect((await attribute("associatePublicIpAddress")).AssociatePublicIpAddress).toBe(false)
    await modify({ SourceDestCheck: { Value: true } })
    expect((await attribute("sourceDestCheck")).SourceDestCheck).toEqual({ Value: true })
    expect((await refusal(modify({ Groups: [groupId], Description: { Value: "x" } }))).code).toBe("InvalidParameterCombination")
    expect((await refusal(modify({}))).code).toBe("InvalidParameterCombination")
  })

  it("DeleteOnTermination goes off again", async () => {
    const { attachmentId, client, ec2, instanceId, trunk } = await trunkAndBranch()
    await client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: trunk, Attachment: { AttachmentId: attachmentId, DeleteOnTermination: false } }))
    await Effect.runPromise(ec2.control.terminateInstance(instanceId))
    const { interfaces } = await Effect.runPromise(ec2.control.snapshot)
    expect(interfaces.find(({ eniId }) => eniId === trunk)).toMatchObject({ status: "available" })
  })
})

describe("what somebody else made", () => {
  it("a trunk with its branches, by another controller: described like our own", async () => {
    const { client, ec2, instanceId, subnetId } = await furnished()
    const { control } = ec2
    const trunk = await Effect.runPromise(control.createForeignInterface({ subnetId, type: "trunk", attachTo: { instanceId: instanceId as InstanceId, deviceIndex: 2 } }))
    const branch = await Effect.runPromise(control.createForeignInterface({ subnetId, under: { trunkId: trunk.eniId, vlanId: 4 as never } }))
    const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [trunk.eniId, branch.eniId] }))
    expect(NetworkInterfaces.map(({ Attachment, InterfaceType, Status }) => [InterfaceType, Status, Attachment?.DeleteOnTermination])).toEqual([
      ["trunk", "in-use", true],
      ["branch", "in-use", undefined]
    ])
    const failed = Effect.runPromise(Effect.flip(control.createForeignInterface({ subnetId, under: { trunkId: branch.eniId as EniId, vlanId: 5 as never } })))
    expect((await failed).code).toBe("InvalidParameterValue")
    expect((await Effect.runPromise(control.snapshot)).interfaces).toHaveLength(3)
  })
})
