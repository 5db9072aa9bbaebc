import type { Branch, BranchState } from "../Branch.js"
import type { PodNews } from "../Command.js"
import { put, slotOf, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { handedOut, quarantine } from "../VlanSpace.js"
import { trunkChanged } from "./Condition.js"
import { drive } from "./Drive.js"
import { free } from "./Ending.js"
import { freeVlanId, tell, wait } from "./Line.js"
import { andThen, enter, quiet, refuse, type Step } from "./Step.js"

type Failed = Extract<TrunkEvent, { readonly _tag: "CommandFailed" }>
type Creating = Extract<BranchState, { readonly _tag: "Creating" }>

/** So many "not found" in a row are believed: EC2 may not see for seconds what was just made (contract §6). */
const believedMisses = 4

/** So long whoever else associated a branch is given time to announce it, milliseconds. */
export const patience = 30_000

const newsOf = (branch: Branch, why: string): PodNews | undefined => {
  switch (branch.state._tag) {
    case "Creating":
      return branch.state.wanted ? { _tag: "AllocationFailed", why } : undefined
    case "Permitting":
    case "Retagging":
    case "Associating":
    case "Regrouping":
      return { _tag: "AllocationFailed", why }
    case "Announcing":
      return { _tag: "AnnouncementFailed", why }
    default:
      return undefined
  }
}

/** The branch stays where it is, with the reason; the reason is told when it is another than the last. */
export const stay = (trunk: Trunk, slot: number, branch: Branch, why: string): Step => {
  const step = quiet(put(trunk, slot, { ...branch, failure: why }))
  const news = branch.failure === why || branch.pod === undefined ? undefined : newsOf(branch, why)
  return news === undefined || branch.pod === undefined ? step : { ...step, commands: [tell(branch.pod, news)] }
}

/** The branch has to be made anew, under a new token: this try's interface is not there any more, or not to be had. */
export const anew = (trunk: Trunk, slot: number, branch: Branch, why: string, now: number): Step =>
  stay(trunk, slot, {
    ...branch,
    state: { _tag: "Creating", settled: true, asked: false, wanted: true },
    attempt: branch.attempt + 1,
    since: now,
    interface: undefined,
    groupsAsked: false,
    tagged: { vlanId: undefined, trunkId: undefined },
    associationId: undefined,
    misses: 0
  }, why)

/** The interface is not to be had and goes; its pod waits for the next try. */
export const remake = (trunk: Trunk, slot: number, branch: Branch, now: number): Step => {
  const { attempt, groups, pod, subnetId } = branch
  const leaves = (next: Trunk): Step =>
    andThen(quiet(enter(next, slot, branch, { _tag: "Deleting" }, now)), (left) => drive(left, slot))
  if (pod === undefined) return leaves(trunk)
  return andThen(wait(trunk, { pod, groups, subnetId, fallback: false, attempt: attempt + 1 }, "previous branch", now), leaves)
}

/** The token made something with other parameters, in this life or in one before: EC2 is asked what, and the next create has a new one. */
const spent = (trunk: Trunk, slot: number, branch: Branch, state: Creating, { message, now }: Failed): Step =>
  stay(trunk, slot, {
    ...branch,
    attempt: branch.attempt + 1,
    state: { ...state, settled: false, asked: true, spentAt: state.spentAt ?? now },
    tagged: { vlanId: undefined, trunkId: undefined }
  }, message)

const refusedVlan = (trunk: Trunk, slot: number, branch: Branch, event: Failed): Step => {
  if (branch.vlanId === undefined) return stay(trunk, slot, branch, event.message)
  const vlans = quarantine(trunk.vlans, branch.vlanId, event.now + trunk.settings.vlanQuarantine)
  const vlanId = freeVlanId({ ...trunk, vlans }, event.now)
  if (vlanId === undefined) return stay({ ...trunk, vlans }, slot, branch, event.message)
  const moved = put(put({ ...trunk, vlans: handedOut(vlans, vlanId) }, slot, undefined), vlanId, { ...branch, vlanId })
  return andThen(
    quiet(enter(moved, vlanId, { ...branch, vlanId }, { _tag: "Retagging" }, event.now)),
    (next) => drive(next, vlanId)
  )
}

const missed = (trunk: Trunk, slot: number, branch: Branch, event: Failed): Step =>
  branch.misses + 1 < believedMisses
    ? stay(trunk, slot, { ...branch, misses: branch.misses + 1 }, event.message)
    : anew(trunk, slot, branch, event.message, event.now)

/** A command was not done, or not surely: the branch stays, turns back, or is over, whichever the failure means for its state. */
export const commandFailed = (trunk: Trunk, event: Failed): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = trunk.branches[slot]
  if (branch === undefined) return refuse(trunk, "CommandFailed means nothing to nobody")
  const { state } = branch
  switch (state._tag) {
    case "Creating":
      if (event.kind === "token spent") return spent(trunk, slot, branch, state, event)
      return event.kind === "unknown" || state.asked
        ? stay(trunk, slot, branch, event.message)
        : stay(trunk, slot, { ...branch, state: { ...state, settled: true } }, event.message)
    case "Permitting":
    case "Retagging":
    case "Regrouping":
      return event.kind === "interface gone"
        ? missed(trunk, slot, branch, event)
        : stay(trunk, slot, branch, event.message)
    case "Associating":
      switch (event.kind) {
        case "vlan refused":
          return refusedVlan(trunk, slot, branch, event)
        case "interface gone":
          return missed(trunk, slot, branch, event)
        case "associated elsewhere":
          return event.now - branch.since < patience
            ? stay(trunk, slot, branch, event.message)
            : remake(trunk, slot, branch, event.now)
        case "trunk gone":
          return andThen(
            stay(trunk, slot, { ...branch, misses: branch.misses + 1 }, event.message),
            (next) =>
              branch.misses + 1 < believedMisses
                ? quiet(next)
                : trunkChanged(next, { _tag: "TrunkChanged", trunkId: undefined, now: event.now })
          )
        default:
          return stay(trunk, slot, branch, event.message)
      }
    case "Announcing":
      return stay(trunk, slot, branch, event.message)
    case "Disassociating":
      return event.kind === "association gone" || event.kind === "interface gone"
        ? andThen(
          quiet(enter(trunk, slot, branch, { _tag: "Deleting" }, event.now, { associationId: undefined })),
          (next) => drive(next, slot)
        )
        : stay(trunk, slot, branch, event.message)
    case "Deleting":
      return event.kind === "interface gone"
        ? free(trunk, slot, event.now)
        : stay(trunk, slot, branch, event.message)
    case "InUse":
    case "Cooling":
    case "Idle":
      return refuse(trunk, `CommandFailed means nothing to ${state._tag}`)
  }
}
