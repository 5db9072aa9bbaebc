import type { PolicyProblem } from "@branchline/core/selection/Policy"
import { pathOf } from "./Place.js"
import type { Found } from "./Rule.js"
import type { Subject } from "./Subject.js"

/** What selection says is wrong with policies, as far as it is of these kinds. */
export const problemsOf = ({ policies }: Subject, codes: ReadonlyArray<PolicyProblem["code"]>): ReadonlyArray<Found> =>
  policies.flatMap(({ compiled, placeOf }) => {
    if (compiled._tag === "Valid") return []
    return compiled.problems.filter(({ code }) => codes.includes(code)).map(({ mend, message, path }) => ({
      place: placeOf(pathOf(path)),
      message: `${message}, so the policy is ignored`,
      mend
    }))
  })
