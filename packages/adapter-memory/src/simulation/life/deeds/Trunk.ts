import { Effect } from "effect"
import { hangingUnder } from "../../oracle/Room.js"
import { type Deed, mayFail } from "../Deed.js"
import type { Stage } from "../Stage.js"

const why = "somebody deleted the trunk under it"

/** Somebody deletes a node's trunk: for its pods nothing can be promised any more. */
export const deleteTrunk = (node: number, stage: Stage): Deed =>
  Effect.suspend(() => {
    const { cluster: { ec2: { control, truth } }, court } = stage
    const found = stage.nodeAt(node)
    const trunk = found === undefined ? undefined : truth.trunkOf(found.instanceId)
    if (found === undefined || trunk === undefined) return Effect.void
    for (const pod of court.book.living()) if (pod.nodeName === found.nodeName) court.excuse(pod.uid, why)
    for (const eniId of hangingUnder(truth, trunk)) court.excuseInterface(eniId, why)
    stage.struck("trunk")
    return mayFail(control.deleteInterfaceByHand(trunk))
  })
