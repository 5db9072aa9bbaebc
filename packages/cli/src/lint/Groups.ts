import type { AwsFacts, SecurityGroup } from "./AwsFacts.js"
import { listed } from "./Asking.js"
import { isGroupId } from "./rules/GroupIdMalformed.js"

/** What EC2 says of a group; undefined where nobody asked. */
export const groupOf = ({ groups, groupsAsked }: AwsFacts, id: string): SecurityGroup | "absent" | undefined => {
  const found = groups?.find((group) => group.id === id)
  if (found !== undefined || groups === undefined) return found
  return groupsAsked === undefined || groupsAsked.includes(id) ? "absent" : undefined
}

/** The groups with these ids; undefined where one of them does not exist or nobody asked about it. */
export const groupsOf = (aws: AwsFacts, ids: ReadonlyArray<string>): ReadonlyArray<SecurityGroup> | undefined => {
  const found = ids.map((id) => groupOf(aws, id))
  return found.some((group) => group === undefined || group === "absent") ? undefined : found.flatMap((group) => group === undefined || group === "absent" ? [] : group)
}

/** What a rule about these groups lacks; about an id that is none nobody can ask. */
export const unasked = (aws: AwsFacts, ids: ReadonlyArray<string>): string | undefined => {
  if (aws.groups === undefined) return ids.length === 0 ? undefined : "nobody asked EC2 for the groups"
  const unknown = [...new Set(ids)].filter((id) => isGroupId(id) && groupOf(aws, id) === undefined)
  return unknown.length === 0 ? undefined : `nobody asked EC2 for ${listed(unknown.sort())}`
}
