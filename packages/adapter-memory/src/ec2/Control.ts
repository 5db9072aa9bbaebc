import type { EniId, InstanceId, SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import type { Instance, NetworkInterface, Subnet, Tags } from "@branchline/core/ports/Ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Clock, Effect, Result } from "effect"
import { associate } from "./Associations.js"
import { addGroup } from "./Groups.js"
import { attach, deleteOnTermination, detach, launch, type NewInstance, terminate } from "./Instances.js"
import { createInterface, deleteInterface } from "./Interfaces.js"
import { makeNewSubnet, type NewSubnet } from "./Subnets.js"
import { notFound, type Refusal, toError, vpcNotFound } from "./Refusal.js"
import { type Association, instanceView, subnetView, type World } from "./World.js"

/** An interface that somebody else makes. */
export interface ForeignInterface {
  readonly subnetId: string
  /** The VPC's default group where absent. */
  readonly groups?: ReadonlyArray<SecurityGroupId> | undefined
  readonly description?: string | undefined
  readonly tags?: Tags | undefined
  /** A plain interface by default. */
  readonly type?: "trunk" | "interface" | undefined
  /** Makes it a branch at once, as another controller does. */
  readonly under?: { readonly trunkId: EniId; readonly vlanId: VlanId } | undefined
  /** Attaches it at once, as the VPC CNI plugin does with its secondary interfaces; a trunk ends with its instance. */
  readonly attachTo?: { readonly instanceId: InstanceId; readonly deviceIndex: number } | undefined
}

/** Everything that there is, this very moment. */
export interface Snapshot {
  readonly subnets: ReadonlyArray<Subnet>
  readonly instances: ReadonlyArray<Instance>
  readonly interfaces: ReadonlyArray<NetworkInterface>
  readonly associations: ReadonlyArray<Association>
}

/**
 * What the rest of the world does to the account: no call of the controller's, so it takes no time, costs no token and is not in the call
 * log. It fails as EC2 would: with the code for what is missing.
 */
export interface Control {
  /** Adds a subnet; its VPC comes with it. Fails with `InvalidSubnet.Range` or `InvalidSubnet.Conflict`. */
  readonly addSubnet: (subnet: NewSubnet) => Effect.Effect<Subnet, Ec2Error>
  /** Adds a security group to a VPC (by default the first). */
  readonly addSecurityGroup: (group?: {
    readonly groupId?: SecurityGroupId | undefined
    readonly vpcId?: string | undefined
  }) => Effect.Effect<SecurityGroupId, Ec2Error>
  /** Makes a group unknown to later calls; interfaces that have it keep it. */
  readonly removeSecurityGroup: (groupId: SecurityGroupId) => Effect.Effect<void>
  /** Starts an instance with its primary interface, `running` at once. */
  readonly launchInstance: (instance: NewInstance) => Effect.Effect<Instance, Ec2Error>
  /** Ends an instance at once, with the interfaces that DeleteOnTermination names. It stays describable as `terminated` (EC2: about an hour). */
  readonly terminateInstance: (instanceId: InstanceId) => Effect.Effect<void, Ec2Error>
  /** Makes a terminated instance unknown. */
  readonly forgetInstance: (instanceId: InstanceId) => Effect.Effect<void>
  /** Somebody detaches the interface where it is attached, and deletes it. */
  readonly deleteInterfaceByHand: (eniId: EniId) => Effect.Effect<void, Ec2Error>
  readonly createForeignInterface: (foreign: ForeignInterface) => Effect.Effect<NetworkInterface, Ec2Error>
  /** Others take or give back addresses until so many are free; `Infinity` gives back all. */
  readonly setFreeAddresses: (subnetId: string, free: number) => Effect.Effect<void, Ec2Error>
  readonly snapshot: Effect.Effect<Snapshot>
}

export const makeControl = (world: World): Control => {
  /** Runs a change at the present moment. */
  const now = <A>(action: string, change: (now: number) => Result.Result<A, Refusal>): Effect.Effect<A, Ec2Error> =>
    Effect.flatMap(Clock.currentTimeMillis, (time) => Effect.fromResult(Result.mapError(change(time), toError(action, undefined))))

  return {
    addSubnet: (subnet) =>
      now("CreateSubnet", () =>
        Result.map(makeNewSubnet(world, subnet), (record) => {
          world.subnets.set(record.subnetId, record)
          return subnetView(record)
        })),

    addSecurityGroup: (group = {}) =>
      now("CreateSecurityGroup", () => {
        const vpcId = group.vpcId ?? world.vpcs.keys().next().value
        if (vpcId === undefined || !world.vpcs.has(vpcId)) return Result.fail(vpcNotFound(vpcId ?? ""))
        const groupId = group.groupId ?? world.ids.group()
        addGroup(world, groupId, { vpcId })
        return Result.succeed(groupId)
      }),

    removeSecurityGroup: (groupId) => Effect.sync(() => void world.groups.delete(groupId)),

    launchInstance: (instance) =>
      now("RunInstances", (time) =>
        Result.flatMap(launch(world, instance, time), (instanceId) => {
          const started = world.instances.current.get(instanceId)
          return started === undefined ? Result.fail(notFound("instance", instanceId)) : Result.succeed(instanceView(world, started, time))
        })),

    terminateInstance: (instanceId) => now("TerminateInstances", (time) => terminate(world, instanceId, time)),

    forgetInstance: (instanceId) =>
      Effect.map(Clock.currentTimeMillis, (time) => {
        if (world.instances.current.get(instanceId)?.state === "terminated") world.instances.delete(instanceId, time)
      }),

    deleteInterfaceByHand: (eniId) =>
      now("DeleteNetworkInterface", (time) => {
        detach(world, eniId, time)
        return deleteInterface(world, eniId, time)
      }),

    createForeignInterface: ({ attachTo, description = "", groups = [], subnetId, tags = {}, type = "interface", under }) =>
      now("CreateNetworkInterface", (time) =>
        Result.flatMap(createInterface(world, type, { subnetId, groups, description, tags }, time), (created) => {
          const { eniId } = created
          const put = (): Result.Result<unknown, Refusal> => {
            if (under !== undefined) return associate(world, { branchId: eniId, ...under }, time)
            if (attachTo === undefined) return Result.void
            const attached = attach(world, { eniId, ...attachTo }, time)
            return type === "trunk" ? Result.flatMap(attached, (attachmentId) => deleteOnTermination(world, eniId, attachmentId, time)) : attached
          }
          if (attachTo ?? under) world.permissions.set(eniId, { account: world.settings.account, kind: "INSTANCE-ATTACH" })
          const done = put()
          if (Result.isFailure(done)) deleteInterface(world, eniId, time)
          return Result.map(done, () => world.interfaces.current.get(eniId) ?? created)
        })),

    setFreeAddresses: (subnetId, free) =>
      now("DescribeSubnets", () => {
        const subnet = world.subnets.get(subnetId)
        if (subnet === undefined) return Result.fail(notFound("subnet", subnetId))
        subnet.addresses?.leaveFree(free)
        return Result.void
      }),

    snapshot: Effect.map(Clock.currentTimeMillis, (time) => ({
      subnets: [...world.subnets.values()].map(subnetView),
      instances: [...world.instances.current.values()].map((instance) => instanceView(world, instance, time)),
      interfaces: [...world.interfaces.current.values()],
      associations: [...world.associations.values()]
    }))
  }
}
