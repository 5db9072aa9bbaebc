import { Effect } from "effect"
import { below } from "../../Streams.js"
import { burst, type Deed, lasting, later, seconds } from "../Deed.js"
import * as Manifests from "../Manifests.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** Pods that come while both are at work, and how long each stays, seconds. */
const pods = 4
const lives = 20

/** So long the second may stand still in the middle of what it does, seconds. */
const stuckAtMost = 30

/** A second controller works beside the first for a while. Pods come that both see; the second stands still in the middle, as one on a node that is busy. */
export const rival = ({ at, lasts }: StepOf<"rival">, stage: Stage): Deed =>
  Effect.suspend(() => {
    const { chance, court, rival, struck, world } = stage
    // What it leaves only the sweep finds, which comes within the life only where EC2's describes lag; what lies idle with one, the other takes for over.
    if (world.ec2.lag === 0 || world.idle !== "off") return Effect.void
    struck("rival")
    court.rivalled()
    const comes = lasts / 3
    const stops = comes + below(chance, 2_000) / 1_000
    const crowd = Manifests.pods(`rivalled-${seconds(at)}`, "web", pods)
    return lasting(lasts, rival.start, rival.kill).pipe(
      Effect.andThen(later(comes, burst(stage, crowd, lives))),
      Effect.andThen(later(stops, rival.freeze)),
      Effect.andThen(later(Math.min(lasts, stops + below(chance, stuckAtMost)), rival.thaw))
    )
  })
