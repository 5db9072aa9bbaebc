import { Effect } from "effect"
import { type Deed, lasting } from "../Deed.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** A second controller works beside the first for a while. */
export const rival = ({ lasts }: StepOf<"rival">, stage: Stage): Deed =>
  Effect.suspend(() => {
    // What it leaves only the sweep finds, which comes within the life only where EC2's describes lag; what lies idle with one, the other takes for over.
    if (stage.world.ec2.lag === 0 || stage.world.idle !== "off") return Effect.void
    stage.struck("rival")
    stage.court.rivalled()
    return lasting(lasts, stage.rival.start, stage.rival.kill)
  })
