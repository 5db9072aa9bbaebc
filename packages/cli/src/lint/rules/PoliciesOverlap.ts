import { listed, policiesOf, selected, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"
import { relatedPolicies } from "../Unions.js"

export const policiesOverlap: Rule = {
  id: "policies-overlap",
  severity: "info",
  finds: "a workload that several policies select, so that it gets the groups of all of them",
  why: "Groups only ever allow more: a policy that was meant to narrow what another one allows does not, for the pod has the groups of both.",
  source: pages.practices,
  judge: (subject) =>
    selected(subject).flatMap((workload) => {
      const policies = policiesOf(workload)
      const { groups } = workload.selection
      const most = Math.max(0, ...workload.selection.policies.map(({ verdict }) => verdict._tag === "Matched" ? verdict.groups.length : 0))
      return policies.length < 2 || groups.length <= most ? [] : [{
        place: workload.placeOf(["metadata", "name"]),
        message: `${short(workload)} gets the groups of policies ${listed(policies)} together: ${listed(groups, 8)}`,
        mend: "where one of them is meant alone, exclude the workload from the others (operator NotIn)",
        related: relatedPolicies(subject, workload.namespace, policies)
      }]
    })
}
