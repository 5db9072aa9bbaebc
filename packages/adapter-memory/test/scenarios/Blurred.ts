import * as Controller from "@branchline/core/controller/Controller"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { World } from "./World.js"

/** What the controller sees of EC2. */
export type Sight = (ec2: Ec2["Service"]) => Ec2["Service"]

/**
 * A controller with empty memory, to which EC2 looks as `sight` says, in place of the world's own: EC2's describes may miss what is there
 * (contract §6), the whole of it too.
 */
export const startSeeing = Effect.fnUntraced(function*(world: World, sight: Sight, settings: Partial<ControllerSettings> = {}) {
  yield* world.crash
  return yield* Controller.make({ ...defaults, clusterName: "seed", ...settings }).pipe(
    Effect.updateService(Ec2, sight),
    Effect.provide(world.ports)
  )
})
