import type { EniId } from "@branchline/core/model/Ids"
import { allocationTag } from "@branchline/core/model/Names"
import { Effect } from "effect"
import { type Deed, lasting, some, whileNobodyLooks } from "../Deed.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"
import { reregister } from "./Reregister.js"

/** So many branches are not shown at most. */
const most = 3

/**
 * Branches of which somebody could know all the same: by their token, those that were made for pods and not used yet, and by their annotation, those that living
 * pods have.
 */
const branches = (stage: Stage): ReadonlyArray<EniId> => {
  const { cluster: { ec2: { truth } }, court: { book } } = stage
  const made = [...truth.interfaces()].filter(({ tags }) => tags[allocationTag] !== undefined).map(({ eniId }) => eniId)
  const fresh = made.filter((eniId) => book.tenantsOf(eniId).length === 0 && truth.associationOf(eniId) === undefined)
  const named = made.filter((eniId) => book.tenantsOf(eniId).some(({ details, living, spoilt }) => living && !spoilt && details?.eniId === eniId))
  return some(stage, fresh.length > 0 ? fresh : named, most)
}

/** EC2's describes leave out what is there. */
export const blind = ({ anew = false, lasts, node, of, restarts }: StepOf<"blind">, stage: Stage): Deed =>
  Effect.suspend(() => {
    const { court, hidden, world } = stage
    // What is not shown as it is given up only the sweep finds, which comes within the life only where EC2's describes lag.
    if (world.ec2.lag === 0) return Effect.void
    const instanceId = stage.nodeAt(node)?.instanceId
    const names: ReadonlyArray<string> = of === "branch" ? branches(stage) : instanceId === undefined ? [] : [instanceId]
    if (names.length === 0) return Effect.void
    stage.struck("blind")
    const hide = Effect.sync(() => names.forEach((name) => {
      hidden.add(name)
      court.hide(name)
    }))
    const show = Effect.sync(() => names.forEach((name) => hidden.delete(name)))
    const blinded = lasting(lasts, hide, show)
    const begun = restarts ? whileNobodyLooks(stage, 1, blinded) : blinded
    return anew ? Effect.andThen(begun, reregister({ node }, stage)) : begun
  })
