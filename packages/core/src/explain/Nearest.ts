import type { PolicyDecision, Verdict } from "../selection/Selection.js"

/** Lower is nearer to a match. What is wrong for every pod comes before what is only wrong for this one. */
const distance = (verdict: Verdict): number => {
  switch (verdict._tag) {
    case "Matched":
      return 0
    case "ServiceAccountNotAsked":
      return 1
    case "ServiceAccountAbsent":
    case "NoServiceAccount":
      return 2
    case "ServiceAccountMismatch":
      return 3
    case "Invalid":
      return 4
    case "PodMismatch":
      return 4 + verdict.mismatches.length
  }
}

/** The policy that fails to match by least, the first by name among equals; undefined where none fails. */
export const nearest = (decisions: ReadonlyArray<PolicyDecision>): PolicyDecision | undefined => {
  let best: PolicyDecision | undefined
  for (const decision of decisions) {
    if (decision.verdict._tag === "Matched") continue
    if (best === undefined || distance(decision.verdict) < distance(best.verdict)) best = decision
  }
  return best
}
