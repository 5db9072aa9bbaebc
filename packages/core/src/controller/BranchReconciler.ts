import { Effect } from "effect"
import type { Branch, BranchKey } from "../allocation/Branch.js"
import { nextVlanFree, occupancy } from "../allocation/Capacity.js"
import type { Command } from "../allocation/Command.js"
import { announcement } from "../allocation/step/Drive.js"
import { patience } from "../allocation/step/Failure.js"
import * as Trunk from "../allocation/Trunk.js"
import type { TrunkEvent } from "../allocation/TrunkEvent.js"
import { podEni } from "../model/Names.js"
import type { PodUid } from "../model/Ids.js"
import type { Pod } from "../model/Pod.js"
import { pods as podResource } from "../model/Resource.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import { execute, type Executable } from "./Execute.js"
import type { Member } from "./Fleet.js"
import { isForeign } from "./Foreign.js"
import { groupsOf } from "./Groups.js"
import { annotationOf, identityOf } from "./Ledger.js"
import { Hold, longestHold } from "./pacing/Hold.js"
import type { Outcome } from "./Outcome.js"
import type { Parts } from "./Parts.js"
import { isTerminal, wantsBranch } from "../model/PodTraits.js"
import { promised } from "./Promised.js"
import * as Texts from "./Texts.js"
import { done, failed, type Priority, type Verdict } from "./WorkQueue.js"
import { steadyNow } from "./Steady.js"

const isRelease = (command: Command): command is Extract<Command, { readonly _tag: "DisassociateBranch" | "DeleteBranch" }> =>
  command._tag === "DisassociateBranch" || command._tag === "DeleteBranch"

/** Releases give way to new pods. */
const priorityOf = (command: Command): Priority => isRelease(command) ? "release" : "allocation"

/** News to their pods, and the commands of other keys to their workers; answers what is this key's own. */
export const dispatch = Effect.fnUntraced(function*(
  parts: Parts,
  member: Member,
  key: BranchKey | undefined,
  commands: ReadonlyArray<Command>
) {
  const own: Array<Executable> = []
  for (const command of commands) {
    if (command._tag === "TellPod") {
      // Its end was seen: what fails of a call that was on its way then is no news, and what was said of it is forgotten.
      if (parts.pods.get(command.pod.uid) === undefined) continue
      // A branch that has to be made anew is no news as long as it is to have the same groups.
      if (command.news._tag === "Requested" && !parts.told.newGroups(command.key, command.news.groups)) continue
      const now = yield* steadyNow
      yield* parts.recorder.pod(command.pod, Texts.ofPod(command.news, occupancy(member.trunk), now))
    } else if (command.key === key) own.push(command)
    else yield* parts.ask(`branch/${command.key}`, { priority: priorityOf(command), hasten: true })
  }
  return own
})

/** Lets an event happen that is no branch's own: a trunk that comes or goes, settings, what a restart remembers. */
export const applyAndDispatch = (parts: Parts, member: Member, event: TrunkEvent): Effect.Effect<void> =>
  Effect.flatMap(apply(parts, member, event), (commands) => Effect.asVoid(dispatch(parts, member, undefined, commands)))

/** The step, and a look for every branch that goes on under another name. */
const apply = Effect.fnUntraced(function*(parts: Parts, member: Member, event: TrunkEvent) {
  const { commands, renamed } = parts.fleet.apply(member, event)
  for (const key of renamed) yield* parts.ask(`branch/${key}`, { priority: "release" })
  return commands
})

/** What a spent token made is looked for so often, milliseconds. */
const betweenLooks = 2_000

/** When a branch or a place in line needs a look although nothing happens. */
const nextLook = (member: Member, key: BranchKey, now: number): Verdict => {
  const branch = Trunk.branchOf(member.trunk, key)
  if (branch?.state._tag === "Cooling" || branch?.state._tag === "Idle") {
    return { _tag: "LookAgain", at: branch.state.until, priority: "release" }
  }
  if (branch?.state._tag === "Creating" && !branch.state.settled) {
    const { foundAt, spentAt } = branch.state
    if (foundAt !== undefined) return { _tag: "LookAgain", at: foundAt + patience, priority: "allocation" }
    if (spentAt !== undefined) return { _tag: "LookAgain", at: now + betweenLooks, priority: "allocation" }
  }
  const line = member.trunk.waiting.find(({ pod }) => pod.uid === key)
  const at = line?.why === "no VLAN id" ? nextVlanFree(member.trunk, now) : undefined
  return at === undefined ? done : { _tag: "LookAgain", at, priority: "allocation" }
}

/** What could not be read, in words where nobody's patience mends it: a missing permission, not a busy server. */
const unread = (error: KubernetesError): Effect.Effect<Verdict> =>
  error.isRetryable ? Effect.succeed(failed) : Effect.as(Effect.logWarning("a branch cannot be worked on", error.message), failed)

/** A release gives way, and much that fails is well a moment later: so long nobody is told, milliseconds. */
const releasePatience = 15_000

/** Of a release that fails for a while the pod's people hear nothing, for there is no pod any more: the node's do, until all is given back. */
const tellRelease = Effect.fnUntraced(function*(parts: Parts, { nodeName, trunk }: Member, before: Branch | undefined, { event, needsMending }: Outcome) {
  if (nodeName === undefined || before === undefined) return
  if (event._tag === "CommandFailed") {
    if (needsMending === true || event.now - before.since >= releasePatience) yield* parts.nodeMemory.tellOnce(nodeName, Texts.releaseFailed(event.message))
    return
  }
  const isStuck = ({ failure, state }: Branch) => failure !== undefined && (state._tag === "Disassociating" || state._tag === "Deleting")
  if (!Trunk.branchesOf(trunk).some(isStuck)) parts.nodeMemory.isOver(nodeName, ["BranchENIReleaseFailed"])
})

/** A pod that waits because EC2 throttles hears of it so soon, milliseconds. */
const untilTold = 1_000

const troubleOf = (command: Command, atOnce: boolean | undefined, notBefore: number | undefined): Effect.Effect<Verdict> =>
  atOnce === true
    ? Effect.map(steadyNow, (at): Verdict => ({ _tag: "LookAgain", at, priority: priorityOf(command) }))
    : Effect.succeed({ _tag: "Failed", notBefore })

/** Lets an event happen to a branch and does what follows from it, step by step, until nothing is due or something fails. */
const drive = Effect.fnUntraced(function*(
  parts: Parts,
  member: Member,
  key: BranchKey,
  first: TrunkEvent | ReadonlyArray<Command>
): Effect.fn.Return<Verdict> {
  let commands = "length" in first ? first : yield* apply(parts, member, first)
  let trouble: Verdict | undefined
  for (;;) {
    const own = yield* dispatch(parts, member, key, commands)
    const command = own[0]
    if (command === undefined) return trouble ?? nextLook(member, key, yield* steadyNow)
    if (isRelease(command)) {
      const held = yield* Effect.result(promised(parts, command.pod, command.eniId))
      if (held._tag === "Failure") return yield* unread(held.failure)
      if (held.success !== undefined) {
        commands = yield* apply(parts, member, held.success)
        continue
      }
    }
    const before = Trunk.branchOf(member.trunk, key)
    const isTold = before?.failure !== undefined
    const outcome = yield* Effect.provideService(execute(parts, member, command), Hold, isTold ? longestHold : untilTold)
    const { atOnce, event, notBefore } = outcome
    trouble = event._tag === "CommandFailed" ? yield* troubleOf(command, atOnce, notBefore) : undefined
    if (event._tag === "CommandFailed" && event.kind === "trunk gone" && member.nodeName !== undefined) {
      yield* parts.ask(`node/${member.nodeName}`, { priority: "allocation", hasten: true })
    }
    commands = yield* apply(parts, member, event)
    if (isRelease(command)) yield* tellRelease(parts, member, before, outcome)
  }
})

/** Whether a pod, read just now, still needs a branch: its annotation names it, or it has none yet and the branch is its. */
const needs = (pod: Pod, { interface: face, key }: Branch): boolean => {
  if (isTerminal(pod)) return false
  const named = annotationOf(pod)?.eniId
  return named === undefined ? pod.metadata.uid === key : named === face?.eniId
}

/**
 * Whether the pod of a branch that is about to be destroyed is surely gone or over: a fresh read, not the cache (design, "Identity, time,
 * truth"). Where nobody knows the pod, the node's pods are read.
 */
const surelyOver = Effect.fnUntraced(function*(parts: Parts, member: Member, branch: Branch) {
  if (branch.pod !== undefined) {
    return yield* parts.kubernetes.get(podResource, branch.pod).pipe(
      Effect.map((found) => !needs(found, branch)),
      Effect.catchReason("KubernetesError", "NotFound", () => Effect.succeed(true))
    )
  }
  if (member.nodeName === undefined) return true
  const { items } = yield* parts.kubernetes.list(podResource, { fieldSelector: `spec.nodeName=${member.nodeName}` })
  return !items.some((found) => needs(found, branch))
})

const mayIdle = Effect.fnUntraced(function*(parts: Parts, branch: Branch) {
  if (parts.settings.allocation.idle === undefined || branch.pod === undefined) return false
  const free = yield* Effect.orElseSucceed(parts.subnets.freeAddresses(branch.subnetId), () => 0)
  return free >= parts.settings.idleAddressFloor
})

const release = Effect.fnUntraced(function*(parts: Parts, member: Member, key: BranchKey): Effect.fn.Return<Verdict> {
  const now = yield* steadyNow
  const branch = Trunk.branchOf(member.trunk, key)
  const ends = branch !== undefined && branch.state._tag === "Cooling" && branch.state.until <= now
  // What cools since its pod was not listed would have cooled too little when the pod is over.
  if (branch !== undefined && (ends || parts.pods.mayLive(key as PodUid))) {
    const over = yield* Effect.result(surelyOver(parts, member, branch))
    if (over._tag === "Failure") return yield* unread(over.failure)
    // The cache is behind: what it has missed will wake this branch. Until then it is not touched.
    if (!over.success) return { _tag: "LookAgain", at: now + 5_000, priority: "release" }
  }
  parts.pods.foundGone(key as PodUid)
  const idle = ends && (yield* mayIdle(parts, branch))
  return yield* drive(parts, member, key, { _tag: "PodReleased", key, mayIdle: idle, now: yield* steadyNow })
})

/** Whether nothing is made yet that the pod could get: what a refused create left, and what is left of its last branch, are nothing. */
const isUnmade = (branch: Branch | undefined): boolean => {
  switch (branch?.state._tag) {
    case undefined:
    case "Disassociating":
    case "Deleting":
      return true
    case "Creating":
      return branch.state.settled
    default:
      return false
  }
}

/** The VLAN id that was announced for the pod on its node's last instance: the watch may not show the annotation yet, and the node has read it. */
const announcedElsewhere = ({ fleet }: Pick<Parts, "fleet">, member: Member, uid: BranchKey) => {
  for (const holder of fleet.holders(uid)) {
    const branch = holder === member ? undefined : Trunk.branchOf(holder.trunk, uid)
    if (branch?.announced === true) return branch.vlanId
  }
  return undefined
}

/** A living pod of the node: what its annotation promises is kept, and what it lacks is asked for. */
const serve = Effect.fnUntraced(function*(parts: Parts, member: Member, pod: Pod): Effect.fn.Return<Verdict> {
  const uid = pod.metadata.uid
  const identity = identityOf(pod)
  const details = annotationOf(pod)
  const branch = Trunk.branchOf(member.trunk, uid)
  if (details !== undefined && branch?.state._tag === "InUse" && branch.interface?.eniId === details.eniId) return done
  if (details !== undefined && branch?.state._tag !== "Announcing") {
    const foreign = yield* Effect.result(isForeign(parts, member, details.eniId))
    if (foreign._tag === "Failure") {
      yield* Effect.logWarning("whose interface a pod's annotation names could not be looked up", Texts.ofEc2(foreign.failure))
      return failed
    }
    if (!foreign.success) {
      return yield* drive(parts, member, uid, {
        _tag: "BranchHeld",
        pod: identity,
        details,
        now: yield* steadyNow
      })
    }
  }
  const left = parts.fleet.takeLeft(member, uid)
  if (left.length > 0) return yield* drive(parts, member, uid, left)
  if (pod.metadata.deletionTimestamp && branch === undefined) return yield* release(parts, member, uid)
  const groups = yield* Effect.result(groupsOf(parts, pod))
  if (groups._tag === "Failure") return yield* unread(groups.failure)
  const fallback = groups.success.length === 0
  if (fallback && parts.settings.unmatched === "wait" && isUnmade(branch)) {
    // Told once per pod: the queue forgets a key that is done, and only a policy or the pod itself brings it back.
    if (parts.told.once(uid, "unmatched")) yield* parts.recorder.pod(identity, Texts.unmatchedWaits())
    // A policy that was there before may have given it a place in line, or a create that was refused: both are given up.
    return yield* release(parts, member, uid)
  }
  const asking = pod.spec.containers.filter((container) => container.resources?.limits?.[podEni] ?? container.resources?.requests?.[podEni])
  if (asking.length > 1 && parts.told.once(uid, "several")) yield* parts.recorder.pod(identity, Texts.severalRequested())
  return yield* drive(parts, member, uid, {
    _tag: "PodRequested",
    pod: identity,
    groups: fallback ? member.groups : groups.success,
    fallback,
    subnetId: member.subnet.subnetId,
    wired: details?.vlanId ?? announcedElsewhere(parts, member, uid),
    now: yield* steadyNow
  })
})

/** The watch may show a pod without the annotation for a while after it was written; after this it is missing. */
const annotationLag = 30_000

/** Since when the annotation of a pod whose branch is in use is what nobody can read, or missing; undefined where it can be read. */
const brokenFrom = (pod: Pod, branch: Branch): number | undefined => {
  if (annotationOf(pod) !== undefined) return undefined
  return pod.metadata.annotations?.[podEni] ? branch.since : branch.since + annotationLag
}

/** An annotation that the plugin cannot read, on a pod whose branch is in use: written again from what the trunk knows. */
const mendAnnotation = Effect.fnUntraced(function*(parts: Parts, member: Member, branch: Branch, pod: Pod, from: number): Effect.fn.Return<Verdict> {
  if ((yield* steadyNow) < from) return { _tag: "LookAgain", at: from, priority: "allocation" }
  const command = announcement(branch, identityOf(pod))
  if (command === undefined) return failed
  const { event, notBefore } = yield* execute(parts, member, command)
  return event._tag === "CommandFailed" ? { _tag: "Failed", notBefore } as const : done
})

/** A pod whose node is not ready to serve it hears why. */
const tellObstacle = Effect.fnUntraced(function*(parts: Parts, pod: Pod) {
  const why = pod.spec.nodeName ? parts.nodeMemory.obstacle(pod.spec.nodeName) : undefined
  if (why === undefined || annotationOf(pod) !== undefined || !parts.told.once(pod.metadata.uid, "node not ready")) return
  yield* parts.recorder.pod(identityOf(pod), Texts.nodeNotReady(why))
})

/**
 * Brings one branch to where its pod needs it: served while the pod lives, released once it is gone or over. Called again, it goes on where
 * it stands; the queue sees to it that one key never runs twice at once.
 */
export const reconcileBranch = Effect.fnUntraced(function*(
  parts: Parts,
  key: BranchKey
): Effect.fn.Return<Verdict> {
  const pod = parts.pods.get(key as PodUid)
  const needed = pod !== undefined && !isTerminal(pod) && (wantsBranch(pod) || annotationOf(pod) !== undefined)
  const home = needed && pod.spec.nodeName ? parts.fleet.ofNode(pod.spec.nodeName) : undefined
  const verdicts: Array<Verdict> = []
  for (const holder of parts.fleet.holders(key)) {
    if (holder === home) continue
    // A branch whose node is gone for the moment is its living pod's still (design, life cycle).
    if (needed && holder.nodeName === undefined && home === undefined) continue
    verdicts.push(yield* release(parts, holder, key))
  }
  if (pod === undefined || isTerminal(pod)) parts.told.forget(key)
  if (needed && home !== undefined && home.recovered) {
    const branch = Trunk.branchOf(home.trunk, key)
    const broken = branch?.state._tag === "InUse" ? brokenFrom(pod, branch) : undefined
    verdicts.push(branch === undefined || broken === undefined ? yield* serve(parts, home, pod) : yield* mendAnnotation(parts, home, branch, pod, broken))
  }
  if (needed && home?.recovered !== true) yield* tellObstacle(parts, pod)
  return verdicts.reduce(soonest, done)
})

const soonest = (a: Verdict, b: Verdict): Verdict => {
  if (a._tag === "Failed" || b._tag === "Failed") return a._tag === "Failed" ? a : b
  if (a._tag === "Done") return b
  return b._tag === "Done" || a.at <= b.at ? a : b
}
