import { unasked } from "../Groups.js"
import type { Rule } from "../Rule.js"

export const groupInOtherVpc: Rule = {
  id: "group-in-other-vpc",
  severity: "error",
  finds: "a group of another VPC than the cluster's",
  why: "An interface takes groups of its own VPC only: EC2 refuses it, and pods stay in ContainerCreating.",
  source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
  lacks: ({ aws, policies }) =>
    unasked(aws, policies.flatMap(({ groupIds }) => groupIds)) ?? (policies.length > 0 && aws.vpc === undefined ? "the cluster's VPC is not known (settings.vpc says it)" : undefined),
  judge: ({ aws: { groups = [], vpc }, policies }) => {
    if (vpc === undefined) return []
    const vpcs = new Map(groups.map((group) => [group.id, group.vpc]))
    return policies.flatMap(({ groupIds, placeOf }) =>
      groupIds.flatMap((id, i) => {
        const its = vpcs.get(id)
        return its === undefined || its === vpc ? [] : [{
          place: placeOf(["spec", "securityGroups", "groupIds", i]),
          message: `group ${id} belongs to ${its}, the cluster is in ${vpc}`,
          mend: `name a group of ${vpc}`
        }]
      }))
  }
}
