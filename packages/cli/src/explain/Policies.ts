import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { mirrorPodAnnotation } from "@branchline/core/model/Names"
import { fromPolicies, type PolicyIndex } from "@branchline/core/selection/PolicyIndex"
import { groupsFor, needsServiceAccount, type ServiceAccountFacts } from "@branchline/core/selection/Selection"
import type { UnusableGroup } from "@branchline/core/explain/Facts"
import { inNamespace, isKnown, itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { createdAt } from "./Moments.js"
import { perLook, perName } from "./PerLook.js"
import { ec2Of } from "./Trunks.js"

/** The policies that were found. */
export const policiesOf = perLook(({ cluster }): PolicyIndex => fromPolicies(itemsOf(cluster.policies)))

/** Whether all policies of a namespace are known; where the kind is not served, there are none. */
export const arePoliciesSeen = ({ cluster: { policies } }: Look, namespace: string): boolean =>
  isKnown(policies, namespace) || ("unknown" in policies && policies.why === "not served")

const accountsOf = perLook(({ cluster }) => new Map(itemsOf(cluster.serviceAccounts).map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one])))

/** What is known of a pod's service account. */
export const serviceAccountOf = (look: Look, { metadata: { annotations, namespace }, spec }: SeenPod): ServiceAccountFacts => {
  if (annotations?.[mirrorPodAnnotation]) return { _tag: "Mirror" }
  const found = accountsOf(look).get(`${namespace}/${spec.serviceAccountName || "default"}`)
  if (found !== undefined) return { _tag: "Present", labels: found.metadata.labels ?? {} }
  return isKnown(look.cluster.serviceAccounts, namespace) ? { _tag: "Absent" } : { _tag: "NotAsked" }
}

/** The groups that policies give a pod now, as far as they are known. */
export const groupsNow = (look: Look, index: PolicyIndex, pod: SeenPod): ReadonlyArray<SecurityGroupId> => {
  const selected = { namespace: pod.metadata.namespace, labels: pod.metadata.labels ?? {} }
  return groupsFor(index, selected, needsServiceAccount(index, selected) ? serviceAccountOf(look, pod) : { _tag: "NotAsked" })
}

/** When the policies of a namespace were made, by name, milliseconds since the epoch. */
export const madeAt = perName(({ cluster }, namespace): Readonly<Record<string, number>> =>
  Object.fromEntries(inNamespace(cluster.policies, namespace).flatMap((policy) => {
    const at = createdAt(policy)
    return at === undefined ? [] : [[policy.metadata.name, at]]
  })))

/** The groups that policies name and that no interface in the cluster's VPC can have; undefined where EC2 was not asked. */
export const unusableGroupsOf = perLook((look): ReadonlyArray<UnusableGroup> | undefined => {
  const ec2 = ec2Of(look)
  if (ec2 === undefined || "unknown" in ec2.securityGroups) return undefined
  const vpcs = new Set(itemsOf(ec2.instances).map(({ vpcId }) => vpcId))
  const groups = new Map(ec2.securityGroups.items.map((group) => [group.groupId, group]))
  const named = new Set(itemsOf(look.cluster.policies).flatMap(({ spec }) => spec?.securityGroups?.groupIds ?? []))
  return [...named].flatMap((group): ReadonlyArray<UnusableGroup> => {
    const found = groups.get(group)
    if (found === undefined) return [{ group, problem: "absent" }]
    return vpcs.size > 0 && !vpcs.has(found.vpcId) ? [{ group, problem: "another VPC" }] : []
  })
})
