import { pages, type Rule } from "../Rule.js"

export const groupIdRepeated: Rule = {
  id: "group-id-repeated",
  severity: "warning",
  finds: "a group id that stands twice in a policy",
  why: "It counts once; perhaps another group was meant.",
  source: pages.policy,
  judge: ({ policies }) =>
    policies.flatMap(({ groupIds, placeOf }) =>
      groupIds.flatMap((id, i) => {
        const first = groupIds.indexOf(id)
        return first === i ? [] : [{
          place: placeOf(["spec", "securityGroups", "groupIds", i]),
          message: `${id} stands in the list already`,
          mend: "take it out, or write the group that was meant",
          related: [{ place: placeOf(["spec", "securityGroups", "groupIds", first]), message: "the first one" }]
        }]
      }))
}
