import { Effect } from "effect"
import { type BranchKey, isHearsay } from "../allocation/Branch.js"
import { branchesOf, slotOfInterface } from "../allocation/Trunk.js"
import type { EniId, InstanceId } from "../model/Ids.js"
import { cniOwnerTagValue, clusterTag, clusterTagValue, instanceIdTag, ownerTag } from "../model/Names.js"
import type { NetworkInterface } from "../ports/Ec2.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import { instanceOf } from "../model/Node.js"
import type { Member } from "./Fleet.js"
import { claimantOf, discovered, isBranch, namedByPods, ourTags } from "./Ledger.js"
import { notice } from "./Notices.js"
import type { Parts } from "./Parts.js"
import * as Texts from "./Texts.js"
import { mayLag, trunkAttachment } from "./TrunkSetup.js"
import { failed, type Verdict } from "./WorkQueue.js"
import { steadyNow } from "./Steady.js"

/** Interfaces that the last look found without an owner. */
export type Suspects = Set<EniId>

/** Instances that one describe asks for. */
const batch = 100

const isHeld = (parts: Parts, eniId: EniId): boolean => {
  for (const member of parts.fleet.members()) {
    if (member.trunk.trunkId === eniId || slotOfInterface(member.trunk, eniId) !== -1) return true
  }
  return false
}

/** All that the controller made for the cluster: one pass over the tags. */
const ours = ({ ec2, settings }: Parts): Effect.Effect<ReadonlyArray<NetworkInterface>, Ec2Error> =>
  ec2.describeInterfaces({ tags: ourTags(settings.clusterName) })

/** What the CNI plugin left hanging on nothing, in the nodes' VPCs. */
const leftByCni = ({ ec2, fleet, settings }: Parts): Effect.Effect<ReadonlyArray<NetworkInterface>, Ec2Error> =>
  Effect.map(
    Effect.forEach(vpcsOf(fleet), (vpcId) =>
      ec2.describeInterfaces({
        vpcId,
        status: "available",
        tags: { [clusterTag(settings.clusterName)]: [clusterTagValue], [ownerTag]: [cniOwnerTagValue] }
      })),
    (found) => found.flat()
  )

const vpcsOf = (fleet: Parts["fleet"]): ReadonlySet<string> => new Set([...fleet.members()].map(({ subnet }) => subnet.vpcId))

/** Interfaces of ours that hang on nothing, and that no trunk knows and no living pod names. */
const unowned = (parts: Parts, all: ReadonlyArray<NetworkInterface>): ReadonlyArray<NetworkInterface> => {
  const vpcs = vpcsOf(parts.fleet)
  const promised = namedByPods(parts)
  return all.filter(({ eniId, status, vpcId }) => status === "available" && vpcs.has(vpcId) && !isHeld(parts, eniId) && !promised.has(eniId))
}

/** Instances that we have interfaces for, and that have no node: whether they live is asked for one by one. */
const sweepInstances = Effect.fnUntraced(function*(parts: Parts, all: ReadonlyArray<NetworkInterface>) {
  const withNode = new Set([...parts.nodes.values()].map(instanceOf))
  const left = new Set(all.flatMap(({ tags }) => {
    const instanceId = tags[instanceIdTag] as InstanceId | undefined
    return instanceId === undefined || withNode.has(instanceId) || parts.fleet.get(instanceId) !== undefined ? [] : [instanceId]
  }))
  parts.ledger.leave(left)
  parts.ledger.survey()
  for (const instanceId of left) yield* parts.ask(`instance/${instanceId}`, { priority: "upkeep" })
})

/**
 * Branches of ours that hang on a trunk which does not know them, and that no living pod's annotation names: a controller made them that ran
 * beside this one, or before it and slower than EC2's describes.
 */
const strays = (parts: Parts, all: ReadonlyArray<NetworkInterface>): ReadonlyArray<NetworkInterface> => {
  const known = namedByPods(parts)
  for (const { trunk } of parts.fleet.members()) {
    for (const branch of branchesOf(trunk)) if (branch.interface !== undefined) known.add(branch.interface.eniId)
  }
  return all.filter((one) => one.status === "in-use" && isBranch(one) && !known.has(one.eniId))
}

/** Tells a trunk of one of its interfaces that it did not know of, or not enough. */
const discover = (parts: Parts, member: Member, one: NetworkInterface) =>
  Effect.flatMap(steadyNow, (now) => applyAndDispatch(parts, member, discovered(one, claimantOf(parts.pods, member.nodeName, one), now)))

/** Its pod is served anew, as one whose node has just changed hands. */
const leaveElsewhere = Effect.fnUntraced(function*(parts: Parts, member: Member, key: BranchKey) {
  yield* applyAndDispatch(parts, member, { _tag: "BranchElsewhere", key, now: yield* steadyNow })
  yield* parts.ask(`branch/${key}`, { priority: "allocation", hasten: true })
})

/** A stray is the pod's that waits for it; one that nobody claims cools its full time and is then removed, as what a restart finds. */
const sweepStrays = Effect.fnUntraced(function*(parts: Parts, all: ReadonlyArray<NetworkInterface>, suspects: Suspects) {
  const seen = strays(parts, all)
  for (const one of seen) {
    const member = parts.fleet.get(one.tags[instanceIdTag] as InstanceId)
    if (!suspects.has(one.eniId) || member?.recovered !== true) continue
    yield* discover(parts, member, one)
    const key = member.trunk.branches[slotOfInterface(member.trunk, one.eniId)]?.key
    if (key !== undefined) yield* parts.ask(`branch/${key}`, { priority: "release" })
  }
  return seen
})

/**
 * What was known by a pod's annotation alone, because EC2 did not show it then: it may have lost its trunk while nobody looked, or be another instance's, from
 * before the node's name changed hands.
 */
const learnHidden = Effect.fnUntraced(function*(parts: Parts, all: ReadonlyArray<NetworkInterface>) {
  const shown = new Map(all.map((one) => [one.eniId, one]))
  for (const member of parts.fleet.members()) {
    for (const branch of branchesOf(member.trunk)) {
      const one = branch.interface === undefined || !isHearsay(branch) ? undefined : shown.get(branch.interface.eniId)
      const instanceId = one?.tags[instanceIdTag]
      if (one === undefined || instanceId === undefined) continue
      if (instanceId === member.instanceId) yield* discover(parts, member, one)
      else yield* leaveElsewhere(parts, member, branch.key)
    }
  }
})

const remove = (parts: Parts, eniId: EniId): Effect.Effect<void, Ec2Error> =>
  parts.ec2.deleteInterface(eniId).pipe(
    Effect.catchReason("Ec2Error", "NotFound", () => Effect.void),
    Effect.andThen(Effect.logInfo("deleted an interface that nobody owned")),
    Effect.annotateLogs({ eni: eniId })
  )

/** Deletes what two looks in a row found without an owner: the first may have seen an interface between its create and its association. */
const sweepInterfaces = Effect.fnUntraced(function*(parts: Parts, suspects: Suspects) {
  const all = yield* ours(parts)
  yield* sweepInstances(parts, all)
  yield* learnHidden(parts, all)
  const seen = [...unowned(parts, all), ...(yield* leftByCni(parts))]
  const astray = yield* sweepStrays(parts, all, suspects)
  const confirmed = seen.filter(({ eniId }) => suspects.has(eniId))
  suspects.clear()
  for (const { eniId } of [...seen, ...astray]) suspects.add(eniId)
  const due = confirmed.filter(({ eniId }) => !isHeld(parts, eniId))
  const cni = due.filter(({ tags }) => tags[ownerTag] === cniOwnerTagValue).length
  let trouble: Ec2Error | undefined
  for (const { eniId } of due) {
    if (isHeld(parts, eniId)) continue
    const removed = yield* Effect.result(remove(parts, eniId))
    if (removed._tag === "Success") suspects.delete(eniId)
    else trouble = removed.failure
    // One that cannot be deleted does not keep the others; an EC2 that is in trouble does.
    if (trouble?.isRetryable === true) break
  }
  yield* notice({ _tag: "Swept", own: due.length - cni, cni, left: due.filter(({ eniId }) => suspects.has(eniId) && !isHeld(parts, eniId)).length })
  if (trouble !== undefined) return yield* trouble
})

/** Finds trunks that were deleted by hand: their nodes get new ones, and the pods that hang on them are told. */
const sweepTrunks = Effect.fnUntraced(function*(parts: Parts) {
  const members = [...parts.fleet.members()].filter(({ nodeName, trunk }) => nodeName !== undefined && trunk.trunkId !== undefined)
  for (let start = 0; start < members.length; start += batch) {
    const some = members.slice(start, start + batch)
    const instances = yield* parts.ec2.describeInstances(some.map(({ instanceId }) => instanceId))
    const now = yield* steadyNow
    for (const member of some) {
      const instance = instances.find(({ instanceId }) => instanceId === member.instanceId)
      if (instance === undefined || instance.state !== "running" || trunkAttachment(instance) !== undefined || mayLag(member, now)) continue
      yield* applyAndDispatch(parts, member, { _tag: "TrunkChanged", trunkId: undefined, now })
      yield* parts.ask(`node/${member.nodeName!}`, { priority: "allocation", hasten: true })
    }
  }
})

/** One round of upkeep; the next is due after the interval, whatever became of this one. */
export const sweep = Effect.fnUntraced(function*(parts: Parts, suspects: Suspects): Effect.fn.Return<Verdict> {
  return yield* sweepTrunks(parts).pipe(
    Effect.andThen(sweepInterfaces(parts, suspects)),
    Effect.andThen(steadyNow),
    Effect.map((now): Verdict => ({ _tag: "LookAgain", at: now + parts.settings.sweepInterval, priority: "upkeep" })),
    Effect.catchTag("Ec2Error", (error) => Effect.as(Effect.logWarning("the sweep failed", Texts.ofEc2(error)), failed))
  )
})
