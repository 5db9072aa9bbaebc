import type { Branch, BranchState } from "../Branch.js"
import type { Command } from "../Command.js"
import { put, type Trunk } from "../Trunk.js"

/** What one event makes of a trunk. */
export interface Step {
  readonly trunk: Trunk
  readonly commands: ReadonlyArray<Command>
  /** Why the event means nothing in this state; the trunk is then unchanged. */
  readonly refusal?: string
}

const none: ReadonlyArray<Command> = []

/** The trunk as it now is, with nothing to do. */
export const quiet = (trunk: Trunk): Step => ({ trunk, commands: none })

/** The event means nothing here. */
export const refuse = (trunk: Trunk, refusal: string): Step => ({ trunk, commands: none, refusal })

/** The trunk with a slot's branch in another state; what was counted and told in the last one is over. */
export const enter = (
  trunk: Trunk,
  slot: number,
  branch: Branch,
  state: BranchState,
  now: number,
  change?: Partial<Branch>
): Trunk =>
  put(trunk, slot, {
    ...branch,
    ...change,
    state,
    announced: branch.announced || state._tag === "Announcing" || state._tag === "InUse",
    since: now,
    misses: 0,
    failure: undefined
  })

/** The last step of a branch that hangs on the trunk, before its pod runs: its pod hears of no branch that may have other groups than the pod's. */
export const lastStep = ({ groupsAsked }: Branch): "Regrouping" | "Announcing" => groupsAsked ? "Regrouping" : "Announcing"

/** One step after another. */
export const andThen = (first: Step, next: (trunk: Trunk) => Step): Step => {
  const second = next(first.trunk)
  return { trunk: second.trunk, commands: first.commands.concat(second.commands) }
}
