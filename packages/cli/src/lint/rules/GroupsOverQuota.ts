import { maxGroupsPerInterface } from "@branchline/core/selection/Selection"
import { counted, listed, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"
import { relatedPolicies, unionsOver } from "../Unions.js"

export const groupsOverQuota: Rule = {
  id: "groups-over-quota",
  severity: "warning",
  finds: "more groups on one interface, by all policies that match together, than the account's quota (5, or settings.groupsPerInterface)",
  why: "EC2 answers SecurityGroupsPerInterfaceLimitExceeded, so pods stay in ContainerCreating.",
  source: pages.quotas,
  judge: (subject) => {
    const quota = subject.settings.groupsPerInterface
    return unionsOver(subject, quota).filter(({ groups }) => groups <= maxGroupsPerInterface).map(({ groups, place, policies, workload }) => ({
      place,
      message: workload === undefined
        ? `the policy names ${counted(groups, "group")}, the quota for an interface is ${quota}`
        : `${short(workload)} gets ${counted(groups, "group")} by policies ${listed(policies)}, the quota for an interface is ${quota}`,
      mend: `put rules together into fewer groups, or have the quota raised (${maxGroupsPerInterface} at most) and say so in settings.groupsPerInterface`,
      ...(workload === undefined ? {} : { related: relatedPolicies(subject, workload.namespace, policies) })
    }))
  }
}
