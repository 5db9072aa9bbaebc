import { Effect } from "effect"
import * as Trunk from "../allocation/Trunk.js"
import type { PodUid } from "../model/Ids.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import type { Parts } from "./Parts.js"
import { steadyNow } from "./Steady.js"

/**
 * A pod is over, and was seen to end: its branch cools from this moment on, and not from when a worker is free for it, for EC2 may keep all of them waiting
 * with slow releases. Who waits for a place hears at once until when.
 */
export const noteEnd = Effect.fnUntraced(function*(parts: Parts, uid: PodUid) {
  for (const holder of parts.fleet.holders(uid)) {
    if (Trunk.branchOf(holder.trunk, uid)?.state._tag !== "InUse") continue
    yield* applyAndDispatch(parts, holder, { _tag: "PodReleased", key: uid, mayIdle: false, now: yield* steadyNow })
  }
})
