import { Context, type Effect } from "effect"
import type { AssociationId, EniId, InstanceId, SecurityGroupId, VlanId } from "../model/Ids.js"
import type { Ec2Error } from "./Ec2Error.js"

/** Tags of an EC2 object. */
export type Tags = Readonly<Record<string, string>>

/** A network interface as EC2 describes it. */
export interface NetworkInterface {
  readonly eniId: EniId
  readonly type: "interface" | "trunk" | "branch"
  /** `in-use` once attached (a trunk) or associated (a branch). */
  readonly status: "available" | "in-use"
  readonly macAddress: string
  /** Empty where the subnet has no IPv4. */
  readonly privateIp: string
  /** The address that the subnet assigned by itself, else empty. */
  readonly ipv6Address: string
  readonly subnetId: string
  readonly vpcId: string
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly description: string
  readonly tags: Tags
}

/** An interface's place on an instance. */
export interface Attachment {
  readonly eniId: EniId
  readonly attachmentId: string
  readonly type: "interface" | "trunk" | "branch"
  readonly deviceIndex: number
  readonly networkCard: number
  readonly status: "attaching" | "attached" | "detaching"
  readonly deleteOnTermination: boolean
}

/** An instance as far as trunks need it. */
export interface Instance {
  readonly instanceId: InstanceId
  readonly instanceType: string
  readonly state: "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated"
  readonly subnetId: string
  readonly vpcId: string
  /** Groups of the primary interface (device index 0 of card 0). */
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly attachments: ReadonlyArray<Attachment>
}

/** A subnet. */
export interface Subnet {
  readonly subnetId: string
  readonly vpcId: string
  readonly cidr: string
  /** Empty where it has none. */
  readonly ipv6Cidr: string
  readonly freeAddresses: number
}

/** Which interfaces to describe; conditions are ANDed, the values of one condition ORed. A tag's value may end in `*`. */
export interface InterfaceFilter {
  readonly eniIds?: ReadonlyArray<EniId> | undefined
  readonly tags?: Readonly<Record<string, ReadonlyArray<string>>> | undefined
  readonly status?: "available" | "in-use" | undefined
  readonly vpcId?: string | undefined
}

/** What a new interface is to be. */
export interface NewInterface {
  readonly subnetId: string
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly description: string
  readonly tags: Tags
  /** 1 to 64 ASCII characters. */
  readonly clientToken: string
}

/**
 * EC2, as narrow as Branchline needs it (contract §6).
 *
 * Every method may fail with `Throttled`, `Unauthorized`, `Unavailable` and `UnknownOutcome`; what it adds is said at the method. No method
 * retries: rate and patience belong to the caller. Describes are eventually consistent: they may miss what was just done, for seconds, and
 * a later one may miss what an earlier one saw. An empty list of ids asks for nothing and gets nothing. One method is one EC2 call, a describe one call
 * a page (1,000 interfaces).
 */
export class Ec2 extends Context.Service<Ec2, {
  /** The instances that exist among those asked for; one that does not is left out. Safe to call again. */
  describeInstances(instanceIds: ReadonlyArray<InstanceId>): Effect.Effect<ReadonlyArray<Instance>, Ec2Error>

  /** The subnets asked for. Adds `NotFound` (subnet). Safe to call again. */
  describeSubnets(subnetIds: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Subnet>, Ec2Error>

  /** All interfaces that the filter lets through; an id in `eniIds` that does not exist is left out. Safe to call again. */
  describeInterfaces(filter: InterfaceFilter): Effect.Effect<ReadonlyArray<NetworkInterface>, Ec2Error>

  /** Makes an interface of type trunk. Adds `SubnetFull`, `NotFound` (subnet, security group), `TooManyGroups`, `LimitReached`, `TokenSpent`, `Rejected`. Again with the same token and parameters: the same interface, even when it has been deleted since. */
  createTrunk(trunk: NewInterface): Effect.Effect<NetworkInterface, Ec2Error>

  /** Makes an interface that can become a branch. Errors and repetition as {@link createTrunk}. */
  createBranch(branch: NewInterface): Effect.Effect<NetworkInterface, Ec2Error>

  /** Lets the controller's own account attach the interface (INSTANCE-ATTACH). Adds `NotFound` (interface). Again: nothing changes. */
  permitAttachment(eniId: EniId): Effect.Effect<void, Ec2Error>

  /** Attaches a trunk at a device index of network card 0 and answers the attachment id; the status is `attaching` at first. Adds `NotFound` (interface, instance), `Taken` (device index), `LimitReached`, `InUse`, `Rejected` (a type without trunks, an instance that does not run). Not safe to call again without a look: a second call finds `InUse`. */
  attachTrunk(trunk: {
    readonly trunkId: EniId
    readonly instanceId: InstanceId
    readonly deviceIndex: number
  }): Effect.Effect<string, Ec2Error>

  /** Lets EC2 delete the interface together with its instance. Adds `NotFound` (interface). Again: nothing changes. */
  deleteOnTermination(eniId: EniId, attachmentId: string): Effect.Effect<void, Ec2Error>

  /** Associates a branch with a trunk under a VLAN id. Adds `NotFound` (trunk, branch), `Taken` (vlan), `AlreadyAssociated`, `LimitReached`, `TokenSpent`, `Rejected` (wrong type of interface, another zone). Again with the same token and parameters: the same association, even when it has ended since. */
  associateBranch(association: {
    readonly trunkId: EniId
    readonly branchId: EniId
    readonly vlanId: VlanId
    readonly clientToken: string
  }): Effect.Effect<AssociationId, Ec2Error>

  /** Ends an association; the branch is `available` again. Adds `NotFound` (association), `TokenSpent`. Again with the same token and parameters: nothing happens; with another token: `NotFound`. */
  disassociateBranch(association: {
    readonly associationId: AssociationId
    readonly clientToken: string
  }): Effect.Effect<void, Ec2Error>

  /** Deletes an interface; an association of it ends too (contract §6). Adds `NotFound` (interface), `InUse` (attached to an instance). Again: `NotFound`. */
  deleteInterface(eniId: EniId): Effect.Effect<void, Ec2Error>

  /** Replaces an interface's groups. Adds `NotFound` (interface, security group), `TooManyGroups`, `Rejected`. Again: nothing changes. */
  setGroups(eniId: EniId, groups: ReadonlyArray<SecurityGroupId>): Effect.Effect<void, Ec2Error>

  /** Adds tags, replacing values of the same key. Adds `NotFound` (interface), `Rejected` (more than 50). Again: nothing changes. */
  tagInterface(eniId: EniId, tags: Tags): Effect.Effect<void, Ec2Error>
}>()("@branchline/core/ports/Ec2") {}
