import type { EniId } from "@branchline/core/model/Ids"
import { Ec2, type NetworkInterface } from "@branchline/core/ports/Ec2"
import { Clock, Effect } from "effect"
import { quietly } from "./Attempt.js"
import type { Habits } from "./Habits.js"

/** A node may use a branch for so long after its pod is over, milliseconds. */
export const cooldown = 60_000

/**
 * Gives up branches of pods that are over, when they have cooled. Since when a branch cools is all that the controller remembers, and it may forget
 * it: then the branch cools once more in full.
 */
export const makeRelease = ({ isOver, owed, release }: Habits) => {
  const coolingSince = new Map<EniId, number>()

  const one = Effect.fnUntraced(function*(branch: NetworkInterface, living: ReadonlySet<string>) {
    const now = yield* Clock.currentTimeMillis
    const since = coolingSince.get(branch.eniId)
    if (since === undefined) {
      if (yield* isOver(branch, living)) coolingSince.set(branch.eniId, now)
    } else if (now - since >= cooldown) {
      yield* release(branch.eniId)
      coolingSince.delete(branch.eniId)
    }
  })

  return (branches: ReadonlyArray<NetworkInterface>, living: ReadonlySet<string>) =>
    Effect.forEach(owed(branches, living), (branch) => quietly(`release of ${branch.eniId}`, one(branch, living)), { discard: true })
}

/** What hung on an instance that is gone hangs on nothing: there is no one left to be careful of. */
export const clearAfter = Effect.fnUntraced(function*(interfaces: ReadonlyArray<NetworkInterface>) {
  const ec2 = yield* Ec2
  yield* Effect.forEach(interfaces, ({ eniId }) => quietly(`release of ${eniId}`, ec2.deleteInterface(eniId)), { discard: true })
})
