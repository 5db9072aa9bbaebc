import { groupOf, unasked } from "../Groups.js"
import { pages, type Rule } from "../Rule.js"
import { isGroupId } from "./GroupIdMalformed.js"

export const groupAbsent: Rule = {
  id: "group-absent",
  severity: "error",
  finds: "a group that does not exist in the account and Region",
  why: "EC2 answers InvalidGroup.NotFound, so pods stay in ContainerCreating until the group is there.",
  source: pages.policy,
  lacks: ({ aws, policies }) => unasked(aws, policies.flatMap(({ groupIds }) => groupIds)),
  judge: ({ aws, policies }) =>
    policies.flatMap(({ groupIds, placeOf }) =>
      groupIds.flatMap((id, i) => groupOf(aws, id) !== "absent" || !isGroupId(id) ? [] : [{
        place: placeOf(["spec", "securityGroups", "groupIds", i]),
        message: `group ${id} does not exist`,
        mend: "mend the id, or create the group in the cluster's VPC"
      }]))
}
