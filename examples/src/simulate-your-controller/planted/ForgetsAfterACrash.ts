import { Effect } from "effect"
import { good, type Habits } from "../controller/Habits.js"
import { tenantOf } from "../controller/Names.js"

/** PLANTED: it releases only branches whose pods it has seen alive. Whose pod ended while no process ran, or just before the last one died, stays for ever. */
export const forgetsAfterACrash = Effect.map(good, (habits): Habits => {
  const seen = new Set<string>()
  return {
    ...habits,
    owed: (branches, living) => {
      for (const uid of living) seen.add(uid)
      return branches.filter((branch) => seen.has(tenantOf(branch).uid))
    }
  }
})
