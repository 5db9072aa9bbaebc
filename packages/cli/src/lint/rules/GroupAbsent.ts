import { pages, type Rule } from "../Rule.js"
import { isGroupId } from "./GroupIdMalformed.js"

export const groupAbsent: Rule = {
  id: "group-absent",
  severity: "error",
  finds: "a group that does not exist in the account and Region",
  why: "EC2 answers InvalidGroup.NotFound, so pods stay in ContainerCreating until the group is there.",
  source: pages.policy,
  lacks: ({ aws, policies }) => policies.length > 0 && aws.groups === undefined ? "nobody asked EC2 for the groups" : undefined,
  judge: ({ aws, policies }) => {
    if (aws.groups === undefined) return []
    const there = new Set(aws.groups.map(({ id }) => id))
    return policies.flatMap(({ groupIds, placeOf }) =>
      groupIds.flatMap((id, i) => there.has(id) || !isGroupId(id) ? [] : [{
        place: placeOf(["spec", "securityGroups", "groupIds", i]),
        message: `group ${id} does not exist`,
        mend: "mend the id, or create the group in the cluster's VPC"
      }]))
  }
}
