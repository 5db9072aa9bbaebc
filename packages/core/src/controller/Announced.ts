import { Effect } from "effect"
import * as Trunk from "../allocation/Trunk.js"
import type { Pod } from "../model/Pod.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import { annotationOf, identityOf } from "./Ledger.js"
import type { Parts } from "./Parts.js"
import { steadyNow } from "./Steady.js"

/**
 * Another controller announced a branch that is on its way here, too: from now on it is in use, and when its pod ends it cools. What is
 * announced from here is known to be.
 */
export const noteAnnouncement = Effect.fnUntraced(function*(parts: Parts, pod: Pod) {
  const details = annotationOf(pod)
  for (const holder of details === undefined ? [] : parts.fleet.holders(pod.metadata.uid)) {
    const branch = Trunk.branchOf(holder.trunk, pod.metadata.uid)
    if (details === undefined || branch === undefined || branch.announced || branch.interface?.eniId !== details.eniId) continue
    yield* applyAndDispatch(parts, holder, { _tag: "BranchHeld", pod: identityOf(pod), details, now: yield* steadyNow })
  }
})
