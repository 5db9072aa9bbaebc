import { quote } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

/** Source: EC2 API Reference, "Resource IDs": 8 hexadecimal digits in the older form, 17 in the newer. */
export const isGroupId = (text: string): boolean => /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/.test(text)

const mendOf = (text: string): string => {
  if (/[${}<>%]|^(my|your)[-_]/.test(text)) return "this looks like a placeholder: put the group's id there"
  const tidy = text.trim().toLowerCase()
  if (isGroupId(tidy)) return `write ${tidy}`
  if (/^[0-9a-f]{17}$/.test(tidy)) return `write sg-${tidy}`
  return "write the group's id, as `aws ec2 describe-security-groups` tells it: sg- and 17 hexadecimal digits; a name is not enough"
}

export const groupIdMalformed: Rule = {
  id: "group-id-malformed",
  severity: "error",
  finds: "a group id that is none: a name, a placeholder, a digit too few",
  why: "EC2 refuses to make the interface, so the pod stays in ContainerCreating.",
  source: pages.policy,
  judge: ({ policies }) =>
    policies.flatMap(({ groupIds, placeOf }) =>
      groupIds.flatMap((id, i) => isGroupId(id) ? [] : [{
        place: placeOf(["spec", "securityGroups", "groupIds", i]),
        message: `${quote(id)} is no id of a security group`,
        mend: mendOf(id)
      }]))
}
