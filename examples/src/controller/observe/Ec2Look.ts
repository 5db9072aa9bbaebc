import { ourTags } from "@branchline/core/controller/Ledger"
import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import { cniOwnerTagValue, clusterTag, clusterTagValue, instanceIdTag, ownerTag } from "@branchline/core/model/Names"
import type { Instance, NetworkInterface } from "@branchline/core/ports/Ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import type { Ec2Looks } from "./ReadOnly.js"
import type { Ec2Sight } from "./Sight.js"

/** Instances that one describe asks for, and describes under way at once. */
const batch = 100
const atOnce = 4

const chunks = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))

const byInstance = (interfaces: ReadonlyArray<NetworkInterface>): ReadonlyMap<string, ReadonlyArray<NetworkInterface>> => {
  const found = new Map<string, Array<NetworkInterface>>()
  for (const one of interfaces) {
    const instanceId = one.tags[instanceIdTag]
    if (instanceId === undefined) continue
    const known = found.get(instanceId)
    if (known === undefined) found.set(instanceId, [one])
    else known.push(one)
  }
  return found
}

/** What a look is to find. */
export interface Wanted {
  readonly clusterName: string
  /** Of nodes, and of CNINodes that wait to be let go. */
  readonly instances: Iterable<InstanceId>
  /** Named by annotations. */
  readonly interfaces: ReadonlySet<EniId>
}

/**
 * One look at all that EC2 has of the cluster: a pass over the tags, what the annotations name besides, and the instances in hundreds. Fails with the first
 * error of a describe, and has then found nothing.
 */
export const lookAtEc2 = Effect.fnUntraced(function*(ec2: Ec2Looks, { clusterName, instances: wanted, interfaces: named }: Wanted, now: number): Effect.fn.Return<Ec2Sight, Ec2Error> {
  const ours = yield* ec2.describeInterfaces({ tags: ourTags(clusterName) })
  const left = yield* ec2.describeInterfaces({ status: "available", tags: { [clusterTag(clusterName)]: [clusterTagValue], [ownerTag]: [cniOwnerTagValue] } })
  const shown = new Set(ours.map(({ eniId }) => eniId))
  const missing = [...named].filter((eniId) => !shown.has(eniId))
  const besides = missing.length === 0 ? [] : yield* ec2.describeInterfaces({ eniIds: missing })
  const ofInstance = byInstance([...ours, ...besides])
  const asked = new Set<InstanceId>([...wanted, ...(ofInstance.keys() as Iterable<InstanceId>)])
  const found: ReadonlyArray<ReadonlyArray<Instance>> = yield* Effect.forEach(chunks([...asked], batch), (some) => ec2.describeInstances(some), { concurrency: atOnce })
  const interfaces = [...ours, ...left, ...besides]
  return {
    at: now,
    asked,
    instances: new Map(found.flat().map((one) => [one.instanceId, one])),
    interfaces,
    byId: new Map(interfaces.map((one) => [one.eniId, one])),
    ofInstance
  }
})
