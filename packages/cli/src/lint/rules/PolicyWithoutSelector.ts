import { problemsOf } from "../Problems.js"
import { pages, type Rule } from "../Rule.js"

export const policyWithoutSelector: Rule = {
  id: "policy-without-selector",
  severity: "error",
  finds: "a policy that has neither a podSelector nor a serviceAccountSelector",
  why: "The policy is stored and then ignored: no pod gets its groups.",
  source: pages.policy,
  judge: (subject) => problemsOf(subject, ["NoSelector"])
}
