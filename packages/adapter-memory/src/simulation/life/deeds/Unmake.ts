import type { EniId } from "@branchline/core/model/Ids"
import { allocationTag } from "@branchline/core/model/Names"
import { Effect } from "effect"
import { beside, burst, type Deed, mayFail, seconds, whileNobodyLooks } from "../Deed.js"
import { eventually } from "../../Waiting.js"
import * as Manifests from "../Manifests.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** Made for a pod, and nobody uses it yet. */
const unused = ({ cluster: { ec2: { truth } }, court: { book } }: Stage): ReadonlyArray<EniId> =>
  [...truth.interfaces()]
    .filter(({ eniId, tags }) => tags[allocationTag] !== undefined && truth.associationOf(eniId) === undefined && book.tenantsOf(eniId).length === 0)
    .map(({ eniId }) => eniId)

/** A pod comes, the next create is done and nobody hears of it, and somebody deletes what it made. */
export const unmake = ({ at, lasts, restarts }: StepOf<"unmake">, stage: Stage): Deed =>
  Effect.gen(function*() {
    const before = new Set(unused(stage))
    yield* burst(stage, [Manifests.pod(`unmade-${seconds(at)}`, "web")], undefined)
    const lost = yield* stage.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", times: 1, delay: "6 seconds" })
    const made = Effect.sync(() => unused(stage).find((eniId) => !before.has(eniId)))
    yield* beside(Effect.gen(function*() {
      const found = yield* Effect.result(eventually("an interface is made", made, { within: seconds(lasts), every: "50 millis" }))
      if (found._tag === "Failure") return yield* lost.remove
      stage.struck("unmake")
      const remove = mayFail(stage.cluster.ec2.control.deleteInterfaceByHand(found.success))
      yield* restarts ? whileNobodyLooks(stage, 1, remove) : remove
    }))
  })
