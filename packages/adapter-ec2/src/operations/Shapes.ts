import type {
  Instance as SdkInstance,
  InstanceNetworkInterface as SdkAttached,
  NetworkInterface as SdkInterface,
  Subnet as SdkSubnet,
  Tag
} from "@aws-sdk/client-ec2"
import type { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { Attachment, Instance, NetworkInterface, Subnet, Tags } from "@branchline/core/ports/Ec2"

/** EC2's tags as a record, and back. */
export const tagsOf = (tags: ReadonlyArray<Tag> = []): Tags => Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]))
export const tagList = (tags: Tags): Array<Tag> => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

const groupsOf = (groups: ReadonlyArray<{ readonly GroupId?: string | undefined }> = []): ReadonlyArray<SecurityGroupId> =>
  groups.flatMap(({ GroupId }) => GroupId === undefined ? [] : [GroupId as SecurityGroupId])

/** Other types (`efa`, `lambda`, …) are plain interfaces for us. */
const typeOf = (type: string | undefined): NetworkInterface["type"] => type === "trunk" || type === "branch" ? type : "interface"

/** What the port calls `in-use`: whoever is told `available` may delete the interface. Source: Amazon EC2 API Reference, NetworkInterface, `status`. */
export const inUseStatuses: ReadonlyArray<string> = ["in-use", "associated", "attaching", "detaching"]

/** CreateNetworkInterface answers `pending` for one that hangs on nothing yet. Source: Amazon EC2 API Reference, CreateNetworkInterface, examples. */
const isAvailable = (status: string | undefined): boolean => status === "available" || status === "pending"

/** An interface as EC2 describes it. */
export const interfaceOf = (one: SdkInterface): NetworkInterface => ({
  eniId: (one.NetworkInterfaceId ?? "") as EniId,
  type: typeOf(one.InterfaceType),
  status: isAvailable(one.Status) ? "available" : "in-use",
  macAddress: one.MacAddress ?? "",
  privateIp: one.PrivateIpAddress ?? "",
  ipv6Address: one.Ipv6Addresses?.[0]?.Ipv6Address ?? "",
  subnetId: one.SubnetId ?? "",
  vpcId: one.VpcId ?? "",
  groups: groupsOf(one.Groups),
  description: one.Description ?? "",
  tags: tagsOf(one.TagSet)
})

const attachmentStatus = (status: string | undefined): Attachment["status"] =>
  status === "attached" || status === "detaching" ? status : status === "detached" ? "detaching" : "attaching"

const attachmentOf = ({ Attachment, InterfaceType, NetworkInterfaceId }: SdkAttached): Attachment => ({
  eniId: (NetworkInterfaceId ?? "") as EniId,
  attachmentId: Attachment?.AttachmentId ?? "",
  type: typeOf(InterfaceType),
  deviceIndex: Attachment?.DeviceIndex ?? 0,
  networkCard: Attachment?.NetworkCardIndex ?? 0,
  status: attachmentStatus(Attachment?.Status),
  deleteOnTermination: Attachment?.DeleteOnTermination ?? false
})

const states: ReadonlySet<string> = new Set(["pending", "running", "stopping", "stopped", "shutting-down", "terminated"] satisfies Array<Instance["state"]>)
const isState = (text: string | undefined): text is Instance["state"] => text !== undefined && states.has(text)

/** An instance as EC2 describes it; its groups are those of the primary interface, for the instance's own change with every attachment. */
export const instanceOf = (one: SdkInstance): Instance => {
  const faces = one.NetworkInterfaces ?? []
  const primary = faces.find(({ Attachment }) => Attachment?.DeviceIndex === 0 && (Attachment.NetworkCardIndex ?? 0) === 0)
  const state = one.State?.Name
  return {
    instanceId: (one.InstanceId ?? "") as InstanceId,
    instanceType: one.InstanceType ?? "",
    state: isState(state) ? state : "pending",
    subnetId: one.SubnetId ?? "",
    vpcId: one.VpcId ?? "",
    groups: groupsOf(primary?.Groups ?? one.SecurityGroups),
    attachments: faces.map(attachmentOf)
  }
}

/** A subnet as EC2 describes it. */
export const subnetOf = (one: SdkSubnet): Subnet => ({
  subnetId: one.SubnetId ?? "",
  vpcId: one.VpcId ?? "",
  cidr: one.CidrBlock ?? "",
  ipv6Cidr: one.Ipv6CidrBlockAssociationSet?.find(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === "associated")?.Ipv6CidrBlock ?? "",
  freeAddresses: one.AvailableIpAddressCount ?? 0
})
