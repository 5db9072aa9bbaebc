import type { InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { Instance } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { oncePerToken } from "../../ec2/ClientTokens.js"
import { launch, type NewInstance, terminate } from "../../ec2/Instances.js"
import { tagList } from "../../ec2/Interfaces.js"
import { notFound, type Refusal, rejected } from "../../ec2/Refusal.js"
import type { World } from "../../ec2/World.js"
import { type Action, action } from "../Action.js"
import { existing, made } from "../Asking.js"
import type { Form } from "../Form.js"
import { ids, required, requiredId, requiredIds, whole } from "../Parameters.js"
import { tagsFor } from "../Tagging.js"
import { reservationFields, stateFields } from "../views/Instance.js"

/** What describes the primary interface: the call itself, or its interface at device index 0. */
const primaryAsked = (given: Form): Result.Result<Form, Refusal> => {
  const [first, ...more] = given.structures("NetworkInterface")
  if (first === undefined) return Result.succeed(given)
  return more.length === 0 && (first.text("DeviceIndex") ?? "0") === "0"
    ? Result.succeed(first)
    : Result.fail(rejected("This EC2 launches instances with one network interface, at device index 0.", "UnsupportedOperation"))
}

/** Source: Amazon EC2 API Reference, RunInstances: both are required. */
const countAsked = (given: Form): Result.Result<{ readonly least: number; readonly most: number }, Refusal> =>
  Result.flatMap(
    Result.all({
      least: Result.flatMap(required(given, "MinCount"), () => whole(given, "MinCount")),
      most: Result.flatMap(required(given, "MaxCount"), () => whole(given, "MaxCount"))
    }),
    ({ least = 0, most = 0 }) =>
      least >= 1 && most >= least && most <= 1_000
        ? Result.succeed({ least, most })
        : Result.fail(rejected(`Value (${least}, ${most}) for parameters MinCount and MaxCount is invalid. Expecting 1 to 1000, MinCount at most MaxCount.`))
  )

/** As many as there is room for, up to the most; none where it is less than the least. */
const launchSome = (
  world: World,
  wanted: NewInstance,
  { least, most }: { readonly least: number; readonly most: number },
  now: number
): Result.Result<ReadonlyArray<InstanceId>, Refusal> => {
  const launched: Array<InstanceId> = []
  while (launched.length < most) {
    const reservationId = launched[0]?.replace(/^i-/, "r-")
    const next = launch(world, { ...wanted, reservationId }, now)
    if (Result.isSuccess(next)) launched.push(next.success)
    else if (launched.length >= least) break
    else {
      for (const instanceId of launched) {
        terminate(world, instanceId, now)
        world.instances.delete(instanceId, now)
      }
      return Result.fail(next.failure)
    }
  }
  return Result.succeed(launched)
}

const run = action("RunInstances", {
  takes: ["InstanceType", "MinCount", "MaxCount", "SubnetId", "SecurityGroupId", "NetworkInterface", "TagSpecification", "ClientToken"],
  // What runs on an instance, and on what disk, is nobody's concern here.
  ignores: ["ImageId", "KeyName", "UserData", "IamInstanceProfile", "BlockDeviceMapping", "Monitoring", "MetadataOptions", "EbsOptimized", "CreditSpecification", "Placement", "DisableApiTermination"],
  resources: (given, calling) => [
    ...made(calling, "RunInstances", "instance", given),
    existing(calling, "subnet", given.text("SubnetId") ?? given.text("NetworkInterface.1.SubnetId") ?? "")
  ],
  read: (given) =>
    Result.flatMap(primaryAsked(given), (primary) =>
      Result.all({
        type: required(given, "InstanceType"),
        subnetId: requiredId<string>(primary, "SubnetId", "subnet"),
        groups: ids<SecurityGroupId>(primary, "SecurityGroupId", "sg"),
        count: countAsked(given),
        tags: tagsFor(given, "instance"),
        clientToken: Result.succeed(given.text("ClientToken"))
      })),
  effect: ({ clientToken, count, tags, ...wanted }, calling, now) => {
    const { world } = calling
    const run = (): Result.Result<ReadonlyArray<InstanceId>, Refusal> =>
      Result.map(launchSome(world, wanted, count, now), (instanceIds) => {
        for (const instanceId of instanceIds) calling.tags.set(instanceId, tags)
        return instanceIds
      })
    const parameters = {
      InstanceType: wanted.type,
      SubnetId: wanted.subnetId,
      SecurityGroupId: wanted.groups,
      MinCount: count.least,
      MaxCount: count.most,
      Tag: tagList(tags)
    }
    const launched = clientToken === undefined ? run() : oncePerToken(world.tokens.launches, clientToken, parameters, run)
    return Result.map(launched, (instanceIds) => ({ instances: instanceIds.flatMap((instanceId) => world.instances.current.get(instanceId) ?? []), now }))
  },
  summary: ({ instances }) => instances.map(({ instanceId }) => instanceId).join(" "),
  // Running from now on, and answered as EC2 does: what has just begun.
  answer: ({ instances, now }, calling) =>
    reservationFields(instances[0]?.reservationId ?? "", instances.map((instance) => ({ ...instance, state: "pending" as const })), { calling, now, time: now })
})

const end = action("TerminateInstances", {
  takes: ["InstanceId"],
  ignores: ["Force", "SkipOsShutdown"],
  resources: (given, calling) => given.list("InstanceId").map((instanceId) => existing(calling, "instance", instanceId)),
  read: (given) => requiredIds<InstanceId>(given, "InstanceId", "i"),
  effect: (instanceIds, { world }, now) => {
    const states = new Map<InstanceId, Instance["state"]>()
    for (const instanceId of instanceIds) {
      const instance = world.instances.current.get(instanceId)
      if (instance === undefined) return Result.fail(notFound("instance", instanceId))
      states.set(instanceId, instance.state)
    }
    return Result.map(Result.all([...states.keys()].map((instanceId) => terminate(world, instanceId, now))), () => [...states])
  },
  summary: (ended) => `${ended.length} instances`,
  answer: (ended) => ({
    instancesSet: ended.map(([instanceId, before]) => ({
      instanceId,
      currentState: stateFields(before === "terminated" ? "terminated" : "shutting-down"),
      previousState: stateFields(before)
    }))
  })
})

export const instanceActions: ReadonlyArray<Action> = [run, end]
