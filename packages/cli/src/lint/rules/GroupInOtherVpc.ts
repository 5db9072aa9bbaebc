import { unasked } from "../Groups.js"
import type { Rule } from "../Rule.js"

export const groupInOtherVpc: Rule = {
  id: "group-in-other-vpc",
  severity: "error",
  finds: "a group of another VPC than the cluster's, which is not associated with that",
  why: "An interface takes groups of its own VPC, and those that are associated with it: EC2 refuses others, and pods stay in ContainerCreating.",
  source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSecurityGroupVpc.html",
  lacks: ({ aws, policies }) =>
    unasked(aws, policies.flatMap(({ groupIds }) => groupIds)) ?? (policies.length > 0 && aws.vpc === undefined ? "the cluster's VPC is not known (settings.vpc says it)" : undefined),
  judge: ({ aws: { groups = [], vpc }, policies }) => {
    if (vpc === undefined) return []
    const foreign = new Map(groups.filter((group) => group.vpc !== vpc && group.associated !== true).map((group) => [group.id, group]))
    return policies.flatMap(({ groupIds, placeOf }) =>
      groupIds.flatMap((id, i) => {
        const group = foreign.get(id)
        return group === undefined ? [] : [{
          place: placeOf(["spec", "securityGroups", "groupIds", i]),
          message: `group ${id} belongs to ${group.vpc}, the cluster is in ${vpc}${group.associated === undefined ? " (nobody looked whether the two are associated)" : ""}`,
          mend: `name a group of ${vpc}, or associate this one with it`
        }]
      }))
  }
}
