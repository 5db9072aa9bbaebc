import { good } from "./controller/Habits.js"
import { forgetsAfterACrash } from "./planted/ForgetsAfterACrash.js"
import { givesUp } from "./planted/GivesUp.js"
import { keysByName } from "./planted/KeysByName.js"
import { staleCache } from "./planted/StaleCache.js"
import { subjectOf } from "./Subject.js"

/** The controller as it should be. */
export const correct = subjectOf("correct", good)

/** The controller with one bug each; `within` so many seeds, whichever is the first, the simulator finds it. */
export const planted = [
  { subject: subjectOf("acts-on-a-stale-cache", staleCache), bug: "takes its cache's word that a pod is gone", within: 20 },
  { subject: subjectOf("forgets-after-a-crash", forgetsAfterACrash), bug: "remembers in memory alone what it has to release", within: 20 },
  { subject: subjectOf("drops-after-three-tries", givesUp), bug: "gives up a release that fails three times", within: 100 },
  { subject: subjectOf("keys-by-name", keysByName), bug: "takes a pod of the same name for the same pod", within: 20 }
] as const
