import { Effect } from "effect"
import { below } from "../../Streams.js"
import { burst, crash, type Deed, lasting, later, seconds } from "../Deed.js"
import * as Manifests from "../Manifests.js"
import type { StepOf } from "../Plan.js"
import type { Replica } from "../Replica.js"
import type { Stage } from "../Stage.js"

/** So often pods come while both are at work, how many, and how long they stay at most, seconds. */
const rounds = 3
const pods = 4
const livesAtMost = 25

/** So soon after pods have come something happens to one of the two, in the middle of what it does; so long it stands still at most, seconds. */
const soon = 2
const stuckAtMost = 30

/** A controller that dies does so at one of so many calls, and is started again after so long, seconds. */
const calls = 12
const down = 5

const upTo = ({ chance }: Stage, most: number): number => below(chance, seconds(most)) / 1_000

/** The second stands still for a while, as one on a node that is busy; or the first does, or dies. */
const mishap = (stage: Stage): Deed =>
  Effect.suspend(() => {
    const { chance, replicas, rival } = stage
    const each = (what: (one: Replica) => Deed): Deed => Effect.forEach(replicas, what, { discard: true })
    const still = upTo(stage, stuckAtMost)
    switch (below(chance, 4)) {
      case 0:
        return each(({ freeze, thaw }) => lasting(still, freeze, thaw))
      case 1: {
        const after = below(chance, calls)
        return each((one) => crash(one, { after, side: "after" }, down))
      }
      default:
        return lasting(still, rival.freeze, rival.thaw)
    }
  })

/** A second controller works beside the first for a while. Pods come that both see, and to one of the two something happens in the middle of its work. */
export const rival = ({ at, lasts }: StepOf<"rival">, stage: Stage): Deed =>
  Effect.suspend(() => {
    const { court, rival, struck, world } = stage
    // What it leaves only the sweep finds, which comes within the life only where EC2's describes lag; what lies idle with one, the other takes for over; and where
    // EC2 refuses ids, each writes its own next one into the tags of one interface.
    if (world.ec2.lag === 0 || world.idle !== "off" || world.ec2.vlanCooldown > 0) return Effect.void
    struck("rival")
    court.rivalled()
    const round = (number: number): Deed => {
      const comes = (lasts * (number + 1)) / (rounds + 1)
      const crowd = Manifests.pods(`rivalled-${seconds(at)}-${number}`, "web", pods)
      return Effect.andThen(later(comes, burst(stage, crowd, upTo(stage, livesAtMost))), later(comes + upTo(stage, soon), mishap(stage)))
    }
    return Effect.andThen(
      lasting(lasts, rival.start, Effect.andThen(rival.thaw, rival.kill)),
      Effect.forEach(Array.from({ length: rounds }, (_, number) => number), round, { discard: true })
    )
  })
