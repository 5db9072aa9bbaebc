import { problemsOf } from "../Problems.js"
import { pages, type Rule } from "../Rule.js"

export const selectorMalformed: Rule = {
  id: "selector-malformed",
  severity: "error",
  finds: "a selector that Kubernetes cannot parse: a wrong operator, key or value, values missing or not allowed",
  why: "The custom resource's schema checks no selector, so the policy is stored and then ignored: no pod gets its groups.",
  source: pages.labels,
  judge: (subject) => problemsOf(subject, ["InvalidKey", "InvalidValue", "UnknownOperator", "ValuesMissing", "ValuesNotAllowed"])
}
