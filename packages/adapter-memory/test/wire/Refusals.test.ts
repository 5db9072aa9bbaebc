import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { furnished, wire } from "./Wire.js"

type Made = Awaited<ReturnType<typeof furnished>>

const codeOf = (body: string): string => /<Code>(.*)<\/Code>/.exec(body)?.[1] ?? "done"

/** A form with the ids of a furnished account in it. */
const ask = async (form: string, made?: Made) => {
  const its = made ?? (await furnished())
  const filled = form.replaceAll("{subnet}", its.subnetId).replaceAll("{group}", its.groupId).replaceAll("{instance}", its.instanceId).replaceAll("{vpc}", its.vpcId)
  const { body, status } = await its.ask(filled)
  return `${codeOf(body)} ${status}`
}

const no = { eni: "eni-0123456789abcdef0", instance: "i-0123456789abcdef0", subnet: "subnet-0123456789abcdef0" } as const

describe("a call that makes no sense", () => {
  it.each([
    ["no action", "", "MissingAction 400"],
    ["an action that there is not", "Action=LaunchRocket&Version=2016-11-15", "InvalidAction 400"],
    ["another version of the API", "Action=DescribeRegions&Version=2010-08-31", "NoSuchVersion 400"],
    ["a parameter that there is not", "Action=DescribeRegions&Colour=red", "UnknownParameter 400"],
    ["a parameter of EC2's that this one has not", "Action=CreateNetworkInterface&SubnetId={subnet}&Ipv4PrefixCount=1", "UnknownParameter 400"],
    ["a character that no XML can repeat", "Action=DescribeRegions&RegionName.1=%01", "InvalidCharacter 400"],
    ["no subnet", "Action=CreateNetworkInterface", "MissingParameter 400"],
    ["an empty id", "Action=DeleteNetworkInterface&NetworkInterfaceId=", "MissingParameter 400"],
    ["a malformed interface", "Action=DeleteNetworkInterface&NetworkInterfaceId=eni-xyz", "InvalidNetworkInterfaceId.Malformed 400"],
    ["a malformed subnet", "Action=CreateNetworkInterface&SubnetId=vpc-12345678", "InvalidSubnetID.Malformed 400"],
    ["a malformed group", "Action=CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1=default", "InvalidGroupId.Malformed 400"],
    ["a malformed instance", `Action=AttachNetworkInterface&NetworkInterfaceId=${no.eni}&InstanceId=m5&DeviceIndex=1`, "InvalidInstanceID.Malformed 400"],
    ["a malformed attachment", "Action=DetachNetworkInterface&AttachmentId=attach-1", "InvalidNetworkInterfaceAttachmentId.Malformed 400"],
    ["a malformed association", "Action=DisassociateTrunkInterface&AssociationId=assoc-1", "InvalidAssociationID.Malformed 400"],
    ["a malformed VPC", "Action=DescribeVpcs&VpcId.1=x", "InvalidVpcID.Malformed 400"],
    ["a number that is none", `Action=AttachNetworkInterface&NetworkInterfaceId=${no.eni}&InstanceId=${no.instance}&DeviceIndex=one`, "InvalidParameterValue 400"],
    ["a boolean that is none", "Action=DeleteNetworkInterfacePermission&NetworkInterfacePermissionId=eni-perm-0123456789abcdef0&Force=maybe", "InvalidParameterValue 400"],
    ["an interface type that is not made", "Action=CreateNetworkInterface&SubnetId={subnet}&InterfaceType=efa", "InvalidParameterValue 400"],
    ["a permission that there is not", `Action=CreateNetworkInterfacePermission&NetworkInterfaceId=${no.eni}&AwsAccountId=111122223333&Permission=ALL`, "InvalidParameterValue 400"],
    ["a permission for nobody", `Action=CreateNetworkInterfacePermission&NetworkInterfaceId=${no.eni}&Permission=INSTANCE-ATTACH`, "MissingParameter 400"],
    ["an account that is none", `Action=CreateNetworkInterfacePermission&NetworkInterfaceId=${no.eni}&AwsAccountId=me&Permission=INSTANCE-ATTACH`, "InvalidParameterValue 400"],
    ["an association without a VLAN id", `Action=AssociateTrunkInterface&TrunkInterfaceId=${no.eni}&BranchInterfaceId=${no.eni}`, "MissingParameter 400"],
    ["a VLAN id that 802.1Q has not", `Action=AssociateTrunkInterface&TrunkInterfaceId=${no.eni}&BranchInterfaceId=${no.eni}&VlanId=4095`, "InvalidParameterValue 400"],
    ["an attribute that there is not", `Action=DescribeNetworkInterfaceAttribute&NetworkInterfaceId=${no.eni}&Attribute=colour`, "InvalidParameterValue 400"],
    ["a client token of 65 characters", `Action=CreateNetworkInterface&SubnetId={subnet}&ClientToken=${"x".repeat(65)}`, "InvalidClientToken 400"],
    ["more IPv6 addresses than one", "Action=CreateNetworkInterface&SubnetId={subnet}&Ipv6AddressCount=2", "InvalidParameterValue 400"],
    ["an IPv6 address in a subnet without", "Action=CreateNetworkInterface&SubnetId={subnet}&Ipv6AddressCount=1", "InvalidParameterValue 400"],
    ["an address of another subnet", "Action=CreateNetworkInterface&SubnetId={subnet}&PrivateIpAddress=10.1.0.9", "InvalidParameterValue 400"],
    ["an address that the subnet keeps", "Action=CreateNetworkInterface&SubnetId={subnet}&PrivateIpAddress=10.0.0.3", "InvalidParameterValue 400"],
    ["an address that is taken", "Action=CreateNetworkInterface&SubnetId={subnet}&PrivateIpAddress=10.0.0.4", "InvalidIPAddress.InUse 400"]
  ])("%s", async (_, form, expected) => {
    expect(await ask(form)).toBe(expected)
  })
})

describe("a call about what there is not", () => {
  it.each([
    [`Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=${no.eni}`, "InvalidNetworkInterfaceID.NotFound"],
    [`Action=DeleteNetworkInterface&NetworkInterfaceId=${no.eni}`, "InvalidNetworkInterfaceID.NotFound"],
    [`Action=CreateNetworkInterface&SubnetId=${no.subnet}`, "InvalidSubnetID.NotFound"],
    ["Action=CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1=sg-0123456789abcdef0", "InvalidGroup.NotFound"],
    [`Action=AttachNetworkInterface&NetworkInterfaceId=${no.eni}&InstanceId={instance}&DeviceIndex=1`, "InvalidNetworkInterfaceID.NotFound"],
    ["Action=DetachNetworkInterface&AttachmentId=eni-attach-0123456789abcdef0", "InvalidAttachmentID.NotFound"],
    [`Action=ModifyNetworkInterfaceAttribute&NetworkInterfaceId=${no.eni}&Description.Value=x`, "InvalidNetworkInterfaceID.NotFound"],
    [`Action=DescribeNetworkInterfaceAttribute&NetworkInterfaceId=${no.eni}&Attribute=description`, "InvalidNetworkInterfaceID.NotFound"],
    [`Action=CreateNetworkInterfacePermission&NetworkInterfaceId=${no.eni}&AwsAccountId=111122223333&Permission=INSTANCE-ATTACH`, "InvalidNetworkInterfaceID.NotFound"],
    ["Action=DescribeNetworkInterfacePermissions&NetworkInterfacePermissionId.1=eni-perm-0123456789abcdef0", "InvalidPermissionID.NotFound"],
    [`Action=AssociateTrunkInterface&TrunkInterfaceId=${no.eni}&BranchInterfaceId=${no.eni}&VlanId=1`, "InvalidNetworkInterfaceID.NotFound"],
    ["Action=DisassociateTrunkInterface&AssociationId=trunk-assoc-0123456789abcdef0", "InvalidAssociationID.NotFound"],
    ["Action=DescribeTrunkInterfaceAssociations&AssociationId.1=trunk-assoc-0123456789abcdef0", "InvalidAssociationID.NotFound"],
    [`Action=DescribeInstances&InstanceId.1=${no.instance}`, "InvalidInstanceID.NotFound"],
    [`Action=TerminateInstances&InstanceId.1=${no.instance}`, "InvalidInstanceID.NotFound"],
    [`Action=CreateTags&ResourceId.1=${no.eni}&Tag.1.Key=a&Tag.1.Value=b`, "InvalidNetworkInterfaceID.NotFound"],
    [`Action=DescribeSubnets&SubnetId.1=${no.subnet}`, "InvalidSubnetID.NotFound"],
    ["Action=DescribeVpcs&VpcId.1=vpc-0123456789abcdef0", "InvalidVpcID.NotFound"],
    ["Action=CreateSubnet&VpcId=vpc-0123456789abcdef0&CidrBlock=10.0.0.0/24", "InvalidVpcID.NotFound"],
    ["Action=CreateSecurityGroup&GroupName=a&GroupDescription=b&VpcId=vpc-0123456789abcdef0", "InvalidVpcID.NotFound"],
    ["Action=DescribeSecurityGroups&GroupId.1=sg-0123456789abcdef0", "InvalidGroup.NotFound"],
    ["Action=DeleteSecurityGroup&GroupId=sg-0123456789abcdef0", "InvalidGroup.NotFound"],
    ["Action=DescribeInstanceTypes&InstanceType.1=m0.tiny", "InvalidInstanceType"]
  ])("%s: %s", async (form, expected) => {
    expect(await ask(form)).toBe(`${expected} 400`)
  })
})

describe("a call beyond a limit", () => {
  it("a full subnet, too many groups, a full Region", async () => {
    const made = await furnished({ interfacesPerRegion: 3 })
    const { control } = made.ec2
    const groups = await Effect.runPromise(Effect.all(Array.from({ length: 6 }, () => control.addSecurityGroup())))
    const create = "Action=CreateNetworkInterface&SubnetId={subnet}"
    expect(await ask(`${create}${groups.map((group, index) => `&SecurityGroupId.${index + 1}=${group}`).join("")}`, made)).toBe("SecurityGroupsPerInterfaceLimitExceeded 400")
    await Effect.runPromise(control.setFreeAddresses(made.subnetId, 0))
    expect(await ask(create, made)).toBe("InsufficientFreeAddressesInSubnet 400")
    await Effect.runPromise(control.setFreeAddresses(made.subnetId, Infinity))
    expect([await ask(create, made), await ask(create, made), await ask(create, made)]).toEqual(["done 200", "done 200", "NetworkInterfaceLimitExceeded 400"])
  })

  it("a rate: 503, by action", async () => {
    const made = await furnished({ throttle: { actions: { DescribeRegions: { capacity: 1, refill: 0.001 } } } })
    expect([await ask("Action=DescribeRegions", made), await ask("Action=DescribeRegions", made), await ask("Action=DescribeVpcs", made)])
      .toEqual(["done 200", "RequestLimitExceeded 503", "done 200"])
  })
})

describe("an error document", () => {
  it("has EC2's form, and the request id of the header and of the call log", async () => {
    const { ask: send, log } = await wire()
    const { body, headers, status } = await send(`Action=DeleteNetworkInterface&Version=2016-11-15&NetworkInterfaceId=${no.eni}`)
    const [call] = log.calls()
    expect(status).toBe(400)
    expect(headers).toEqual({ "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": call?.requestId })
    expect(body).toBe(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
        `<Response><Errors><Error><Code>InvalidNetworkInterfaceID.NotFound</Code><Message>The networkInterface ID '${no.eni}' does not exist</Message></Error></Errors>` +
        `<RequestID>${call?.requestId}</RequestID></Response>`
    )
    expect(call).toMatchObject({ action: "DeleteNetworkInterface", parameters: { NetworkInterfaceId: no.eni }, outcome: { _tag: "refused", code: "InvalidNetworkInterfaceID.NotFound" } })
  })

  it("says of an unknown parameter which ones there are", async () => {
    const { ask: send } = await wire()
    expect((await send("Action=DetachNetworkInterface&Attachment=x")).body)
      .toContain("The parameter Attachment is not recognized. DetachNetworkInterface takes: AttachmentId, DryRun.")
  })
})
