import { Effect } from "effect"
import { type Deed, ruled, seconds } from "../Deed.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** Every call is refused for a while. */
export const outage = ({ lasts, of, reason }: StepOf<"outage">, stage: Stage): Deed => {
  stage.court.outFor(seconds(lasts))
  return of === "ec2"
    ? ruled(stage, lasts, { on: { port: "ec2", operation: "*" }, when: "before", reason: { _tag: reason } })
    : Effect.andThen(
      ruled(stage, lasts, { on: { port: "kubernetes", operation: "*" }, when: "before", reason: { _tag: "Unavailable" } }),
      stage.cluster.kubernetes.watches.breakWatches()
    )
}
