import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { mirrorPodAnnotation } from "@branchline/core/model/Names"
import { isTerminal, kindOf, wantsBranch } from "@branchline/core/model/PodTraits"
import type { OverQuota, Selection } from "@branchline/core/selection/Selection"
import { Schema } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { grouped } from "./Grouped.js"
import { ownerKey } from "./Owner.js"
import { matchedBy, sameGroups, selections, undecidedBy } from "./Sides.js"

/** Pods of one maker that get other groups when they are made again. */
export const RunningChange = Schema.Struct({
  owner: Schema.String.annotate({ description: "Kind, namespace and name: `Deployment shop/web`" }),
  pods: Schema.Array(Schema.String),
  groups: Schema.Struct({ before: Schema.Array(Schema.String), after: Schema.Array(Schema.String) }).annotate({ description: "By policies; none: the node's groups" }),
  policies: Schema.Struct({ before: Schema.Array(Schema.String), after: Schema.Array(Schema.String) }).annotate({ description: "That give them" }),
  perhaps: Schema.Array(Schema.String).annotate({ description: "Policies that may give more, before and after: it depends on a service account that was not seen" }),
  branch: Schema.Literals(["another", "first", "none any more", "none", "fargate"]).annotate({
    description: "Which branch interface they have once they are made again: another one, their first one, none any more, or still none; Fargate gives groups without"
  }),
  when: Schema.Literals(["now", "next"]).annotate({ description: "now: applying the manifests makes them again; next: they keep their groups until somebody does" })
})
export type RunningChange = typeof RunningChange.Type

/** A living pod, and what policies give it before and after. */
export interface LivePod {
  readonly pod: SeenPod
  readonly key: string
  readonly before: Selection
  readonly after: Selection
  readonly asks: boolean
}

/** Pods that live and do not end yet, by name; static pods aside, which nobody applies. */
export const livePods = (before: Look, after: Look, quota: number): ReadonlyArray<LivePod> => {
  const [now, then] = [selections(before, quota), selections(after, quota)]
  return itemsOf(before.cluster.pods)
    .filter((pod) => !isTerminal(pod) && !pod.metadata.deletionTimestamp && !pod.metadata.annotations?.[mirrorPodAnnotation])
    .map((pod) => ({
      pod,
      key: ownerKey(pod),
      before: now(pod),
      after: then(pod),
      asks: wantsBranch(pod)
    }))
    .toSorted((a, b) => (`${a.pod.metadata.namespace}/${a.pod.metadata.name}` < `${b.pod.metadata.namespace}/${b.pod.metadata.name}` ? -1 : 1))
}

/** Whether policies can give a pod groups at all. */
export const isServed = ({ pod }: LivePod): boolean => ["linux", "fargate"].includes(kindOf(pod.metadata.labels, pod.spec))

const branchOf = ({ after, asks, pod }: LivePod): RunningChange["branch"] => {
  if (kindOf(pod.metadata.labels, pod.spec) === "fargate") return "fargate"
  if (after.groups.length === 0) return asks ? "none any more" : "none"
  return asks ? "another" : "first"
}

/** Whether it depends on a policy that changes, and on a service account that nobody looked at; `changed` has policies as `namespace/name`. */
const isOpen = ({ after, before, pod: { metadata: { namespace } } }: LivePod, changed: ReadonlySet<string>): boolean =>
  [...undecidedBy(before), ...undecidedBy(after)].some((policy) => changed.has(`${namespace}/${policy}`))

/**
 * The pods that policies will give other groups.
 *
 * @param changed policies that change, as `namespace/name`
 * @param madeAgain the makers whose pods the manifests exchange by themselves
 */
export const runningChanges = (pods: ReadonlyArray<LivePod>, changed: ReadonlySet<string>, madeAgain: ReadonlySet<string>): ReadonlyArray<RunningChange> => {
  const different = pods.filter((one) => !isOpen(one, changed) && !sameGroups(one.before.groups, one.after.groups))
  const alike = grouped(different, (one) => JSON.stringify([one.key, one.before.groups, one.after.groups, matchedBy(one.before), matchedBy(one.after), undecidedBy(one.after), branchOf(one)]))
  return [...alike.values()].flatMap((ones): ReadonlyArray<RunningChange> => {
    const [first] = ones
    return first === undefined ? [] : [{
      owner: first.key,
      pods: ones.map(({ pod }) => pod.metadata.name),
      groups: { before: first.before.groups, after: first.after.groups },
      policies: { before: matchedBy(first.before), after: matchedBy(first.after) },
      perhaps: undecidedBy(first.after),
      branch: branchOf(first),
      when: madeAgain.has(first.key) ? "now" : "next"
    }]
  }).toSorted((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0))
}

/** Pods of which nobody knows whether their groups change, by maker. */
export const undecidedPods = (pods: ReadonlyArray<LivePod>, changed: ReadonlySet<string>): ReadonlyArray<string> =>
  [...new Set(pods.filter((one) => isOpen(one, changed)).map(({ key }) => key))]

/** Groups that come together on one interface, more than the account's quota. */
export const OverQuotaUnion = Schema.Struct({
  subject: Schema.String.annotate({ description: "Kind, namespace and name of what makes the pods" }),
  groups: Schema.Array(Schema.String),
  policies: Schema.Array(Schema.String),
  quota: Schema.Int
})
export type OverQuotaUnion = typeof OverQuotaUnion.Type

export const union = (subject: string, groups: ReadonlyArray<SecurityGroupId>, policies: ReadonlyArray<string>, over: OverQuota | undefined): ReadonlyArray<OverQuotaUnion> =>
  over === undefined ? [] : [{ subject, groups, policies, quota: over.quota }]

/** Unions over the quota among pods whose groups change, by maker. */
export const overQuotaPods = (pods: ReadonlyArray<LivePod>): ReadonlyArray<OverQuotaUnion> => {
  const found = pods.filter(({ after, before }) => after.overQuota !== undefined && !sameGroups(before.groups, after.groups))
  return [...grouped(found, ({ after, key }) => JSON.stringify([key, after.groups])).values()].flatMap(([one]) =>
    one === undefined ? [] : union(one.key, one.after.groups, matchedBy(one.after), one.after.overQuota))
}
