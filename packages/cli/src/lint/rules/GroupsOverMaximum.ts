import { maxGroupsPerInterface } from "@branchline/core/selection/Selection"
import { counted, listed, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"
import { relatedPolicies, unionsOver } from "../Unions.js"

export const groupsOverMaximum: Rule = {
  id: "groups-over-maximum",
  severity: "error",
  finds: "more than 16 groups on one interface, by all policies that match together",
  why: "No quota allows more than 16: EC2 refuses the interface, and pods stay in ContainerCreating.",
  source: pages.quotas,
  judge: (subject) =>
    unionsOver(subject, maxGroupsPerInterface).map(({ groups, place, policies, workload }) => ({
      place,
      message: workload === undefined
        ? `the policy names ${counted(groups, "group")}, an interface has ${maxGroupsPerInterface} at most`
        : `${short(workload)} gets ${counted(groups, "group")} by policies ${listed(policies)}, an interface has ${maxGroupsPerInterface} at most`,
      mend: "put rules together into fewer groups",
      ...(workload === undefined ? {} : { related: relatedPolicies(subject, workload.namespace, policies) })
    }))
}
