import { Effect } from "effect"
import type { Asked } from "@branchline/adapter-memory/wire/Action"
import type { Authorize } from "@branchline/adapter-memory/wire/Dispatch"
import { describe, expect, it } from "vitest"
import { furnished } from "./Wire.js"

/** A call of each action that would do something, in an account with a trunk, a branch under it, and a loose interface. */
const calls = async (authorize?: Authorize) => {
  const made = await furnished()
  const { groupId, instanceId, subnetId, vpcId } = made
  const { control } = made.ec2
  const trunk = await Effect.runPromise(control.createForeignInterface({ subnetId, type: "trunk", tags: { owner: "us" }, attachTo: { instanceId, deviceIndex: 2 } }))
  const branch = await Effect.runPromise(control.createForeignInterface({ subnetId, under: { trunkId: trunk.eniId, vlanId: 1 as never } }))
  const loose = await Effect.runPromise(control.createForeignInterface({ subnetId, tags: { owner: "us" } }))
  const { associations, instances } = await Effect.runPromise(control.snapshot)
  const attachmentId = instances[0]?.attachments[1]?.attachmentId
  const eni = `NetworkInterfaceId=${loose.eniId}`
  const forms: Readonly<Record<string, string>> = {
    CreateNetworkInterface: `SubnetId=${subnetId}&SecurityGroupId.1=${groupId}&TagSpecification.1.ResourceType=network-interface&TagSpecification.1.Tag.1.Key=owner&TagSpecification.1.Tag.1.Value=us`,
    DeleteNetworkInterface: eni,
    DescribeNetworkInterfaces: "",
    ModifyNetworkInterfaceAttribute: `${eni}&Description.Value=other`,
    DescribeNetworkInterfaceAttribute: `${eni}&Attribute=description`,
    AttachNetworkInterface: `${eni}&InstanceId=${instanceId}&DeviceIndex=1`,
    DetachNetworkInterface: `AttachmentId=${attachmentId}`,
    CreateNetworkInterfacePermission: `${eni}&AwsAccountId=111122223333&Permission=INSTANCE-ATTACH`,
    DeleteNetworkInterfacePermission: `NetworkInterfacePermissionId=${branch.eniId.replace("eni-", "eni-perm-")}&Force=true`,
    DescribeNetworkInterfacePermissions: "",
    AssociateTrunkInterface: `TrunkInterfaceId=${trunk.eniId}&BranchInterfaceId=${loose.eniId}&VlanId=2`,
    DisassociateTrunkInterface: `AssociationId=${associations[0]?.associationId}`,
    DescribeTrunkInterfaceAssociations: "",
    CreateTags: `ResourceId.1=${loose.eniId}&Tag.1.Key=colour&Tag.1.Value=red`,
    DeleteTags: `ResourceId.1=${loose.eniId}`,
    DescribeTags: "",
    RunInstances: `InstanceType=m5.large&MinCount=1&MaxCount=1&SubnetId=${subnetId}`,
    TerminateInstances: `InstanceId.1=${instanceId}`,
    DescribeInstances: "",
    DescribeInstanceTypes: "",
    DescribeSubnets: "",
    CreateSubnet: `VpcId=${vpcId}&CidrBlock=10.0.64.0/24`,
    DescribeVpcs: "",
    CreateVpc: "CidrBlock=10.1.0.0/16",
    DescribeSecurityGroups: "",
    CreateSecurityGroup: `GroupName=a&GroupDescription=b&VpcId=${vpcId}`,
    DeleteSecurityGroup: `GroupId=${groupId}`,
    DescribeAvailabilityZones: "",
    DescribeRegions: ""
  }
  const send = async (action: string, dry = false) => {
    const { body, status } = await made.ask(`Action=${action}&Version=2016-11-15&${forms[action]}${dry ? "&DryRun=true" : ""}`, authorize)
    return `${/<Code>(.*)<\/Code>/.exec(body)?.[1] ?? "done"} ${status}`
  }
  return { ...made, forms, send, trunk, branch, loose }
}

const told = async (asked: ReadonlyArray<Asked>) => asked.map(({ action, arn }) => action === undefined ? arn : `${action} ${arn}`)

describe("a dry run", () => {
  it("of each action would have succeeded, and changes nothing", async () => {
    const { dispatch, ec2, forms, send, world } = await calls()
    const before = [JSON.stringify(await Effect.runPromise(ec2.control.snapshot)), world.groups.size, world.vpcs.size, world.permissions.size]
    for (const { name } of dispatch.actions) expect([name, await send(name, true)]).toEqual([name, "DryRunOperation 412"])
    expect([JSON.stringify(await Effect.runPromise(ec2.control.snapshot)), world.groups.size, world.vpcs.size, world.permissions.size]).toEqual(before)
    expect(Object.keys(forms)).toHaveLength(dispatch.actions.length)
  })

  it("of a call that makes no sense says that", async () => {
    const { ask } = await furnished()
    expect((await ask("Action=DeleteNetworkInterface&DryRun=true")).body).toContain("MissingParameter")
  })
})

describe("a call that is not allowed", () => {
  const nobody: Authorize = () => ({ code: "UnauthorizedOperation", reason: { _tag: "Unauthorized" }, message: "You are not authorized to perform this operation." })

  it("has no effect, whichever action; a dry run says so too", async () => {
    const { dispatch, ec2, send } = await calls(nobody)
    const before = JSON.stringify(await Effect.runPromise(ec2.control.snapshot))
    for (const { name } of dispatch.actions) {
      expect([name, await send(name), await send(name, true)]).toEqual([name, "UnauthorizedOperation 403", "UnauthorizedOperation 403"])
    }
    expect(JSON.stringify(await Effect.runPromise(ec2.control.snapshot))).toBe(before)
  })

  it("is refused for its form first", async () => {
    const { ask } = await furnished()
    expect((await ask("Action=DeleteNetworkInterface", nobody)).body).toContain("MissingParameter")
  })

  it("is asked about with the things that it touches and their condition keys", async () => {
    const asked: Array<ReadonlyArray<Asked>> = []
    const { groupId, instanceId, loose, send, subnetId, trunk, vpcId } = await calls(({ resources }) => {
      asked.push(resources)
      return undefined
    })
    const arn = (type: string, id: string) => `arn:aws:ec2:us-west-2:111122223333:${type}/${id}`
    const about = async (action: string) => {
      asked.length = 0
      await send(action, true)
      return asked[0] ?? []
    }
    const create = await about("CreateNetworkInterface")
    expect(await told(create)).toEqual([
      arn("network-interface", "*"),
      `ec2:CreateTags ${arn("network-interface", "*")}`,
      arn("subnet", subnetId),
      arn("security-group", groupId)
    ])
    expect(create[1]?.context).toEqual({
      "ec2:Region": ["us-west-2"],
      "aws:RequestedRegion": ["us-west-2"],
      "ec2:Subnet": [arn("subnet", subnetId)],
      "ec2:Vpc": [arn("vpc", vpcId)],
      "aws:RequestTag/owner": ["us"],
      "aws:TagKeys": ["owner"],
      "ec2:CreateAction": ["CreateNetworkInterface"]
    })
    const [permit] = await about("CreateNetworkInterfacePermission")
    expect(permit?.context).toMatchObject({
      "ec2:ResourceTag/owner": ["us"],
      "aws:ResourceTag/owner": ["us"],
      "ec2:Permission": ["INSTANCE-ATTACH"],
      "ec2:AuthorizedUser": ["arn:aws:iam::111122223333:root"]
    })
    expect(await told(await about("AttachNetworkInterface"))).toEqual([arn("network-interface", loose.eniId), arn("instance", instanceId)])
    expect(await told(await about("DetachNetworkInterface"))).toEqual([arn("network-interface", trunk.eniId), arn("instance", instanceId)])
    // IAM knows no resources for associations, and so no tags of theirs.
    expect(await about("AssociateTrunkInterface")).toEqual([{ arn: "*", context: { "ec2:Region": ["us-west-2"], "aws:RequestedRegion": ["us-west-2"] } }])
    expect((await about("CreateTags"))[0]?.context).toMatchObject({ "ec2:ResourceTag/owner": ["us"], "aws:RequestTag/colour": ["red"] })
  })
})
