import { Effect, Result } from "effect"
import { published } from "../allocation/Capacity.js"
import { branchesOf, empty } from "../allocation/Trunk.js"
import { trunkLimitsOf } from "../limits/Limits.js"
import { namedInstance } from "../model/CNINode.js"
import type { InstanceId, SecurityGroupId } from "../model/Ids.js"
import { cniNodeClusterTag, computeTypeLabel, instanceIdTag, podEni, securityGroupsForPodsFeature } from "../model/Names.js"
import { instanceOf, type Node } from "../model/Node.js"
import { asksForTrunk, eniConfigName, osOf } from "../model/NodeTraits.js"
import { nodes as nodeResource } from "../model/Resource.js"
import type { Previous } from "../patch/CNINodePatch.js"
import { nodeCapacity } from "../patch/NodePatch.js"
import type { Instance } from "../ports/Ec2.js"
import { Ec2Error } from "../ports/Ec2Error.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import * as CniNodes from "./CniNodes.js"
import type { Member } from "./Fleet.js"
import { recover } from "./Ledger.js"
import { notice } from "./Notices.js"
import { allocationSettings, type Parts } from "./Parts.js"
import * as Texts from "./Texts.js"
import { ensureTrunk, mayLag, trunkAttachment } from "./TrunkSetup.js"
import { done, failed, type Verdict } from "./WorkQueue.js"
import { steadyNow } from "./Steady.js"

const ownTags = (cniNode: Previous | undefined): Readonly<Record<string, string>> => {
  const { [cniNodeClusterTag]: _cluster, [instanceIdTag]: _instance, ...own } = cniNode?.spec?.tags ?? {}
  return own
}

const missingInstance = (instanceId: InstanceId): Ec2Error =>
  new Ec2Error({
    action: "DescribeInstances",
    code: "InvalidInstanceID.NotFound",
    reason: { _tag: "NotFound", thing: "instance", id: instanceId },
    message: Texts.instanceGone(instanceId),
    mend: "see that Region and account are those of the node"
  })

/**
 * Between a CNINode that goes and the one that is made in its place, what the same instance had asked for still holds. Another instance's
 * asking does not: the new CNINode won't have it, and an agent that found a trunk made on its account would never ask.
 */
const inherited = (last: Previous | undefined, instanceId: InstanceId): Previous | undefined =>
  last?.spec?.tags?.[instanceIdTag] === instanceId ? last : undefined

/**
 * The CNINode that was there before. Where it went while no controller looked, a trunk on the instance tells that it had asked for one; an
 * agent that finds a trunk does not ask again.
 */
const previousOf = (parts: Parts, name: string, instanceId: InstanceId): Effect.Effect<Previous | undefined, Ec2Error> => {
  const last = parts.nodeMemory.lastCniNode(name)
  if (last !== undefined || parts.cniNodes.get({ name }) !== undefined) return Effect.succeed(last)
  return Effect.map(parts.ledger.heldTrunk(instanceId), (had) => {
    if (!had) return undefined
    const asked: Previous = { spec: { features: [{ name: securityGroupsForPodsFeature, value: "" }], tags: { [instanceIdTag]: instanceId } } }
    // Kept: the next try may come after the instance's interfaces were taken, and nobody could tell any more.
    parts.nodeMemory.keep(name, asked)
    return asked
  })
}

interface Place {
  readonly subnetId: string
  readonly groups: ReadonlyArray<SecurityGroupId>
}

/** Subnet and default groups of a node's trunk and branches; undefined where its ENIConfig is not to be had, which is told. */
const placeOf = Effect.fnUntraced(function*(
  parts: Parts,
  node: Node,
  cniNode: Previous | undefined,
  instance: Instance
) {
  const name = eniConfigName(node, cniNode)
  if (name === undefined) return { subnetId: instance.subnetId, groups: instance.groups } satisfies Place
  if (name === "") {
    yield* parts.nodeMemory.tellOnce(node.metadata.name, Texts.noEniConfigName())
    return undefined
  }
  const spec = parts.eniConfigs.get({ name })?.spec
  if (!spec?.subnet) {
    yield* parts.nodeMemory.tellOnce(node.metadata.name, Texts.eniConfigMissing(name))
    return undefined
  }
  const groups = spec.securityGroups ?? []
  return { subnetId: spec.subnet, groups: groups.length > 0 ? groups : instance.groups } satisfies Place
})

const join = Effect.fnUntraced(function*(
  parts: Parts,
  node: Node,
  cniNode: Previous | undefined,
  instance: Instance
) {
  const { name } = node.metadata
  const limits = trunkLimitsOf(parts.limits, instance.instanceType)
  if (Result.isFailure(limits)) {
    yield* parts.nodeMemory.tellOnce(name, Texts.unsupported(limits.failure.message))
    return undefined
  }
  const place = yield* placeOf(parts, node, cniNode, instance)
  if (place === undefined) return undefined
  const subnet = yield* parts.subnets.get(place.subnetId)
  const known = parts.fleet.get(instance.instanceId)
  if (known !== undefined) {
    Object.assign(known, { nodeName: name, subnet, groups: place.groups, tags: ownTags(cniNode) })
    parts.fleet.add(known)
    return { member: known, limits: limits.success }
  }
  const member: Member = {
    instanceId: instance.instanceId,
    instanceType: instance.instanceType,
    nodeName: name,
    subnet,
    groups: place.groups,
    tags: ownTags(cniNode),
    recovered: false,
    trunk: empty(instance.instanceId, limits.success.branches, allocationSettings(parts))
  }
  parts.fleet.add(member)
  return { member, limits: limits.success }
})

const publish = Effect.fnUntraced(function*(
  parts: Parts,
  node: Node,
  member: Member
): Effect.fn.Return<void, KubernetesError> {
  const patch = nodeCapacity(node, podEni, published(member.trunk))
  if (patch === undefined) return
  yield* parts.kubernetes.patch(nodeResource, { name: node.metadata.name }, { _tag: "merge", patch }, { subresource: "status" })
})

const wakeBranches = Effect.fnUntraced(function*(parts: Parts, member: Member, nodeName: string) {
  for (const { key } of branchesOf(member.trunk)) yield* parts.ask(`branch/${key}`, { priority: "release" })
  for (const { metadata } of parts.pods.onNode(nodeName)) {
    yield* parts.ask(`branch/${metadata.uid}`, { priority: "allocation", hasten: true })
  }
})

const manage = Effect.fnUntraced(function*(
  parts: Parts,
  node: Node,
  cniNode: Previous | undefined,
  instanceId: InstanceId
): Effect.fn.Return<Verdict, Ec2Error | KubernetesError> {
  const { name } = node.metadata
  const asked = asksForTrunk(node, cniNode)
  const known = parts.fleet.get(instanceId)
  // A node that never asked, and of which EC2 remembers nothing, is none of ours.
  if (!asked && known === undefined && !(yield* parts.ledger.holds(instanceId))) return done
  const ready = known?.recovered === true && known.trunk.trunkId !== undefined && known.nodeName === name &&
    known.trunk.admitting === asked
  if (ready && !placeMayChange(parts, node, cniNode, known)) {
    known.tags = ownTags(cniNode)
    yield* publish(parts, node, known)
    return done
  }
  const began = yield* steadyNow
  const instance = yield* parts.ledger.instance(instanceId)
  if (instance === undefined) return yield* missingInstance(instanceId)
  const joined = yield* join(parts, node, cniNode, instance)
  if (joined === undefined) return done
  const { limits, member } = joined
  yield* parts.nodeMemory.tellOnce(name, Texts.versionNotice(parts.version))
  const had = member.trunk.trunkId
  // A trunk that was lost takes its capacity with it, before and not after a new one is made.
  if (had === undefined && member.recovered) yield* publish(parts, node, member)
  const trunkId = asked
    ? yield* ensureTrunk(parts, { instance, limits, subnetId: member.subnet.subnetId, groups: member.groups, tags: member.tags })
    : trunkAttachment(instance)?.eniId ?? (mayLag(member, began) ? had : undefined)
  const now = yield* steadyNow
  if (trunkId !== undefined && had !== trunkId) member.trunkSince = now
  yield* applyAndDispatch(parts, member, { _tag: "TrunkChanged", trunkId, now })
  if (!member.recovered) {
    yield* recover(parts, member, (of, event) => applyAndDispatch(parts, of, event))
  }
  yield* applyAndDispatch(parts, member, { _tag: "AdmittingChanged", admitting: asked, now })
  // One that EC2 denies and goes on showing for a while is lost and found again: that is no news, unless its people heard of trouble.
  const isNews = member.toldTrunk !== trunkId || (had === undefined && parts.nodeMemory.obstacle(name) !== undefined)
  if (trunkId !== undefined && isNews) {
    member.toldTrunk = trunkId
    yield* notice({ _tag: "TrunkReady", node: name, instanceId, took: (yield* steadyNow) - began })
    yield* parts.recorder.node(name, Texts.trunkInitiated())
  }
  // What stood in the way is over: should it come back, that is news again.
  parts.nodeMemory.isOver(name, ["TrunkENICreationFailed", "TrunkENILookupFailed", "NodeTrunkFailedInit", "EniConfigNotFound", "EniConfigNameNotFound"])
  parts.nodeMemory.noteObstacle(name, undefined)
  // The branches first: should the capacity fail to be published, the next look finds the node ready and wakes nobody.
  yield* wakeBranches(parts, member, name)
  yield* publish(parts, parts.nodes.get({ name }) ?? node, member)
  return done
})

const placeMayChange = (parts: Parts, node: Node, cniNode: Previous | undefined, member: Member): boolean => {
  const name = eniConfigName(node, cniNode)
  if (name === undefined) return false
  const spec = parts.eniConfigs.get({ name })?.spec
  const groups = spec?.securityGroups ?? []
  return spec?.subnet !== member.subnet.subnetId || (groups.length > 0 && groups.join() !== member.groups.join())
}

/** A call for a node's trunk failed: its people are told, and those of the pods that wait there. */
const trunkFailed = Effect.fnUntraced(function*(parts: Parts, name: string, error: Ec2Error) {
  const why = Texts.ofEc2(error)
  yield* notice({ _tag: "TrunkFailed", node: name, action: error.action, code: error.code })
  yield* parts.nodeMemory.tellOnce(name, error.action.startsWith("Describe") ? Texts.trunkLookupFailed(why) : Texts.trunkCreationFailed(error))
  yield* parts.nodeMemory.tellOnce(name, Texts.trunkFailed())
  yield* Effect.logWarning("the trunk is not ready", why).pipe(Effect.annotateLogs({ node: name }))
  parts.nodeMemory.noteObstacle(name, why)
  if (parts.fleet.ofNode(name)?.recovered !== true) {
    for (const { metadata } of parts.pods.onNode(name)) yield* parts.ask(`branch/${metadata.uid}`, { priority: "allocation" })
  }
  // Whoever waited in EC2's line goes back there, and not into a backoff.
  return error.heldBack === true ? { _tag: "LookAgain", at: yield* steadyNow, priority: "upkeep" } as const : failed
})

/**
 * Brings one node to where it should be: a CNINode; where it asked, a trunk and the capacity on its status; where it no longer asks,
 * capacity 0 and no new branches. A node whose name is another instance's now leaves the old instance to its own end.
 */
export const reconcileNode = Effect.fnUntraced(function*(
  parts: Parts,
  name: string
): Effect.fn.Return<Verdict> {
  const node = parts.nodes.get({ name })
  const before = parts.fleet.ofNode(name)
  const instanceId = instanceOf(node)
  if (before !== undefined && before.instanceId !== instanceId && (node === undefined || instanceId !== undefined)) {
    parts.fleet.detach(before)
    yield* parts.ask(`instance/${before.instanceId}`, { priority: "release" })
  }
  if (node === undefined) {
    const left = namedInstance(parts.cniNodes.get({ name }))
    if (left !== undefined && before === undefined) yield* parts.ask(`instance/${left}`, { priority: "upkeep" })
    return done
  }
  const labels = node.metadata.labels ?? {}
  const os = osOf(node)
  if (instanceId === undefined || os === undefined || labels[computeTypeLabel] === "auto") return done
  const previous = yield* Effect.result(previousOf(parts, name, instanceId))
  if (previous._tag === "Failure") return yield* trunkFailed(parts, name, previous.failure)
  const made = yield* Effect.result(CniNodes.ensure(parts, node, os, instanceId, previous.success))
  if (made._tag === "Failure" && made.failure.reason._tag !== "Conflict") {
    yield* Effect.logWarning("the CNINode could not be made right", made.failure.message).pipe(Effect.annotateLogs({ node: name }))
  }
  if (os !== "linux") return made._tag === "Failure" ? failed : done
  const present = (made._tag === "Success" ? made.success : undefined) ?? parts.cniNodes.get({ name })
  // One that still names another instance is about to go, and what it asked for it asked for that one.
  const stays = present !== undefined && !present.metadata.deletionTimestamp &&
    (!CniNodes.isOurs(present) || present.spec?.tags?.[instanceIdTag] === instanceId)
  const cniNode = stays ? present : inherited(present ?? parts.nodeMemory.lastCniNode(name), instanceId)
  const verdict = yield* manage(parts, node, cniNode, instanceId).pipe(
    Effect.catchTags({
      Ec2Error: (error) => trunkFailed(parts, name, error),
      KubernetesError: (error) =>
        notice({ _tag: "CapacityUnpublished", node: name }).pipe(
          Effect.andThen(Effect.logWarning("the node's capacity could not be published", error.message)),
          Effect.annotateLogs({ node: name }),
          Effect.as(failed)
        )
    })
  )
  return made._tag === "Failure" && verdict._tag === "Done" ? failed : verdict
})
