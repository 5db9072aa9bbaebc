import type { Branch, PodIdentity, Waiting, WaitReason } from "../Branch.js"
import type { Command, PodNews } from "../Command.js"
import type { SecurityGroupId } from "../../model/Ids.js"
import { isHeld, put, slotOf, type Trunk } from "../Trunk.js"
import { handedOut, isAssignable, nextVlanId } from "../VlanSpace.js"
import { drive } from "./Drive.js"
import { andThen, quiet, type Step } from "./Step.js"

/** What a pod asks for. */
export interface Wish {
  readonly pod: PodIdentity
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly fallback: boolean
  readonly subnetId: string
  /** The VLAN id that the node may have wired for the pod: it gets this one, where nobody else has it. */
  readonly wired?: number | undefined
  /** From 1, which it is where absent; past the tries of the pod's previous branch. */
  readonly attempt?: number
}

export const tell = (pod: PodIdentity, news: PodNews): Command => ({
  _tag: "TellPod",
  key: pod.uid,
  pod,
  news
})

/** Which groups the pod is to get, and whether for want of a policy. */
export const tellGroups = ({ fallback, groups, pod }: Wish): Command => tell(pod, { _tag: "Requested", groups, fallback })

/** The VLAN id that the next new branch gets. */
export const freeVlanId = (trunk: Trunk, now: number) =>
  nextVlanId(trunk.vlans, (vlanId) => isHeld(trunk, vlanId), now)

/** Why no branch can be started now. */
export const obstacle = (trunk: Trunk, now: number): WaitReason | undefined => {
  if (!trunk.admitting) return "not admitting"
  if (trunk.trunkId === undefined) return "no trunk"
  if (trunk.occupied >= trunk.limit) return "full"
  return freeVlanId(trunk, now) === undefined ? "no VLAN id" : undefined
}

/** The first step of a new branch; `obstacle` said that there is none. */
export const start = (trunk: Trunk, wish: Wish, now: number): Step => {
  const { wired } = wish
  const vlanId = wired !== undefined && isAssignable(wired) && !isHeld(trunk, wired) ? wired : freeVlanId(trunk, now)
  if (vlanId === undefined) return quiet(trunk)
  const branch: Branch = {
    key: wish.pod.uid,
    pod: wish.pod,
    vlanId,
    groups: wish.groups,
    groupsAsked: false,
    subnetId: wish.subnetId,
    attempt: wish.attempt ?? 1,
    state: { _tag: "Creating", settled: true, asked: false, wanted: true },
    since: now,
    interface: undefined,
    tagged: { vlanId: undefined, trunkId: undefined },
    associationId: undefined,
    announced: false,
    severed: false,
    misses: 0,
    failure: undefined
  }
  const placed = put({ ...trunk, vlans: handedOut(trunk.vlans, vlanId) }, vlanId, branch)
  return andThen(
    { trunk: placed, commands: [tellGroups(wish)] },
    (next) => drive(next, vlanId)
  )
}

/** Branches for as many waiting pods as there is now room for, in the order in which they came. */
export const startWaiting = (trunk: Trunk, now: number): Step => {
  let step = quiet(trunk)
  while (step.trunk.waiting.length > 0 && obstacle(step.trunk, now) === undefined) {
    const wish = step.trunk.waiting.find((candidate) => slotOf(step.trunk, candidate.pod.uid) === -1)
    if (wish === undefined) break
    const waiting = step.trunk.waiting.filter((other) => other !== wish)
    step = andThen(step, (next) => start({ ...next, waiting }, wish, now))
  }
  return step
}

/** The pod in line, told why when that is news. */
export const wait = (trunk: Trunk, wish: Wish, why: WaitReason, now: number): Step => {
  const at = trunk.waiting.findIndex((waiting) => waiting.pod.uid === wish.pod.uid)
  const before = trunk.waiting[at]
  const { pod, groups, fallback, subnetId, wired } = wish
  const attempt = wish.attempt ?? before?.attempt ?? 1
  const entry: Waiting = { pod, groups, fallback, subnetId, wired, attempt, since: before?.since ?? now, why }
  return {
    trunk: { ...trunk, waiting: before === undefined ? [...trunk.waiting, entry] : trunk.waiting.with(at, entry) },
    commands: before?.why === why ? [] : [tell(pod, { _tag: "Waits", why })]
  }
}
