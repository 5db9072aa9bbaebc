import { cniNodes } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { type Deed, mayFail } from "../Deed.js"
import type { Stage } from "../Stage.js"

/** Somebody deletes a node's CNINode; `forGood`: with its finalizer, so that it is gone at once. */
export const deleteCniNode = (node: number, stage: Stage, forGood = false): Deed =>
  Effect.suspend(() => {
    const found = stage.nodeAt(node)
    if (found === undefined) return Effect.void
    const { admin } = stage.cluster
    const key = { name: found.nodeName }
    const letGo = forGood ? mayFail(admin.patch(cniNodes, key, { _tag: "merge", patch: { metadata: { finalizers: null } } })) : Effect.void
    stage.struck("cninode")
    if (forGood) stage.court.freedByHand(found.nodeName)
    return Effect.andThen(letGo, mayFail(admin.delete(cniNodes, key)))
  })
