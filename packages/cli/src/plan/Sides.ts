import type { SecurityGroupId } from "@branchline/core/model/Ids"
import type { Requirement } from "@branchline/core/selection/LabelSelector"
import { inNamespace as policiesIn } from "@branchline/core/selection/PolicyIndex"
import { select, type Selection, type ServiceAccountFacts } from "@branchline/core/selection/Selection"
import { foundOf, inNamespace, isKnown, itemsOf, type Kind } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { policiesOf, serviceAccountOf } from "../explain/Policies.js"
import type { Given } from "./Given.js"

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string }
}

const isSame = (a: Named, b: Named): boolean => a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace

/** What is known with these in it: of what nobody knows, these alone are. */
const withThese = <A extends Named>(found: Kind<A>, these: ReadonlyArray<A>): Kind<A> =>
  "unknown" in found
    ? these.length === 0 ? found : { items: these, namespaces: [] }
    : { ...found, items: [...found.items.filter((one) => !these.some((other) => isSame(one, other))), ...these] }

/** Policies that would be removed: those of the namespaces that the manifests have policies in, which they do not have. */
export const prunedOf = ({ cluster }: Look, { policies }: Given): Look["cluster"]["policies"] & object => {
  const given = policies.map(({ policy }) => policy)
  const namespaces = new Set(given.map(({ metadata }) => metadata.namespace))
  return { items: itemsOf(cluster.policies).filter((one) => namespaces.has(one.metadata.namespace) && !given.some((other) => isSame(one, other))) }
}

/** The look as it would be once the manifests are applied; running pods stay what they are. */
export const applied = (look: Look, given: Given, prune: boolean): Look => {
  const { cluster } = look
  const gone = prune ? itemsOf(prunedOf(look, given)) : []
  const kept = "unknown" in cluster.policies ? cluster.policies : { ...cluster.policies, items: cluster.policies.items.filter((one) => !gone.includes(one)) }
  return {
    ...look,
    cluster: {
      ...cluster,
      // Where the kind is not served, the manifests' own are refused; the plan says so, and tells what they would do.
      policies: withThese("unknown" in kept && kept.why === "not served" ? { items: [] } : kept, given.policies.map(({ policy }) => policy)),
      serviceAccounts: withThese(cluster.serviceAccounts, given.accounts),
      configMaps: given.settings === undefined ? cluster.configMaps : withThese(cluster.configMaps, [given.settings])
    }
  }
}

/** The groups that a side's policies give a pod, with the reasons; pods that policies cannot tell from one another are judged once. */
export const selections = (look: Look, quota: number): (pod: SeenPod) => Selection => {
  const known = new Map<string, Selection>()
  const keys = new Map<string, ReadonlyArray<string>>()
  return (pod) => {
    const { metadata: { labels, name, namespace }, spec: { serviceAccountName } } = pod
    const read = keys.get(namespace) ?? [...keysRead(look, namespace)].sort()
    keys.set(namespace, read)
    const key = JSON.stringify([namespace, serviceAccountName || "default", read.map((one) => labels?.[one] ?? null)])
    const before = known.get(key)
    if (before !== undefined) return before
    const selection = select({
      policies: policiesOf(look),
      pod: { name, namespace, labels: labels ?? {}, serviceAccountName: serviceAccountName || "default" },
      serviceAccount: serviceAccountOf(look, pod),
      quota
    })
    known.set(key, selection)
    return selection
  }
}

/** What a side knows of an account; a namespace that the manifests make has nothing but what they give. */
export const accountOf = ({ cluster: { serviceAccounts } }: Look, namespace: string, name: string): ServiceAccountFacts => {
  const found = foundOf(serviceAccounts, name, namespace)
  if (found === undefined) return { _tag: "NotAsked" }
  return found === "absent" ? { _tag: "Absent" } : { _tag: "Present", labels: found.metadata.labels ?? {} }
}

/** Names of the policies that match. */
export const matchedBy = ({ policies }: Selection): ReadonlyArray<string> => policies.flatMap(({ policy, verdict }) => verdict._tag === "Matched" ? [policy] : [])

/** Policies whose verdict depends on a service account that nobody looked at. */
export const undecidedBy = ({ policies }: Selection): ReadonlyArray<string> =>
  policies.flatMap(({ policy, verdict }) => verdict._tag === "ServiceAccountNotAsked" ? [policy] : [])

/** Label keys of pods that the policies of a namespace read. */
export const keysRead = (look: Look, namespace: string): ReadonlySet<string> =>
  new Set(policiesIn(policiesOf(look), namespace).flatMap((policy): ReadonlyArray<string> =>
    policy._tag === "Valid" ? (policy.podSelector ?? []).map(({ key }: Requirement) => key) : []))

/** Whether two lists name the same groups. */
export const sameGroups = (a: ReadonlyArray<SecurityGroupId>, b: ReadonlyArray<SecurityGroupId>): boolean =>
  a.length === b.length && new Set([...a, ...b]).size === a.length

/** The namespace's pods as they were seen, and whether those are all. */
export const podsOf = ({ cluster }: Look, namespace: string): { readonly pods: ReadonlyArray<SeenPod>; readonly all: boolean } => ({
  pods: inNamespace(cluster.pods, namespace),
  all: isKnown(cluster.pods, namespace)
})
