import type { EniId } from "@branchline/core/model/Ids"
import { Effect } from "effect"
import { good, type Habits } from "../controller/Habits.js"

const tries = 3

/** PLANTED: a release that fails three times, with the read before it, is dropped. API server or EC2 may be down for a minute; the branch stays until somebody restarts the controller. */
export const givesUp = Effect.map(good, (habits): Habits => {
  const failures = new Map<EniId, number>()
  const unlessDropped = <A, E>(eniId: EniId, step: Effect.Effect<A, E>, dropped: A): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const failed = failures.get(eniId) ?? 0
      return failed >= tries ? Effect.succeed(dropped) : Effect.tapError(step, () => Effect.sync(() => failures.set(eniId, failed + 1)))
    })
  return {
    ...habits,
    isOver: (branch, living) => unlessDropped(branch.eniId, habits.isOver(branch, living), false),
    release: (eniId) => unlessDropped(eniId, habits.release(eniId), undefined)
  }
})
