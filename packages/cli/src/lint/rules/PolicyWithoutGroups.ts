import { problemsOf } from "../Problems.js"
import { pages, type Rule } from "../Rule.js"

export const policyWithoutGroups: Rule = {
  id: "policy-without-groups",
  severity: "error",
  finds: "a policy that names no security group",
  why: "The API server refuses it, or the controller ignores it: no pod gets a group by it.",
  source: pages.policy,
  judge: (subject) => problemsOf(subject, ["NoGroups"])
}
