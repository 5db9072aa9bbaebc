import { defaults } from "@branchline/core/controller/Settings"
import { Effect } from "effect"
import * as Worlds from "../../src/World.js"
import * as Witness from "./Witness.js"

/** The security group of the scenarios' policies. */
export const group = "sg-079157a483bcb371f"

export interface WorldOptions extends Worlds.WorldOptions {
  /** How long the witness demands that branches cool, milliseconds, where it is not what the settings say. */
  readonly cooldown?: number
}

/** A world that is looked at all the time. */
export interface World extends Worlds.World {
  readonly witness: Witness.Witness
}

/** A world in which EC2 knows the group, and a witness of all that happens in it. */
export const make = Effect.fnUntraced(function*({ cooldown, ...options }: WorldOptions = {}) {
  const made = yield* Worlds.make({ securityGroups: [group], ...options })
  const { allocation } = { ...defaults, ...options.settings }
  const world: World = { ...made, witness: yield* Witness.make(made, { cooldown: cooldown ?? allocation.cooldown }) }
  return world
})
