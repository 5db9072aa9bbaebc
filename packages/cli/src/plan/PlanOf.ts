import { isTerminal } from "@branchline/core/model/PodTraits"
import { Result } from "effect"
import { foundOf, isKnown, itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import { notSeen } from "../cluster/Unknowns.js"
import { cooldownOf } from "../explain/Trunks.js"
import { arePoliciesSeen } from "../explain/Policies.js"
import type { Text } from "../lint/Sources.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { admitted, type Admitted } from "./Admitted.js"
import { callsOf } from "./Calls.js"
import { podChangeOf, type PodChange } from "./Exchange.js"
import { fit, type Fit, nodesFor, placingOf, waitingPods, type Wish } from "./Fit.js"
import { type Given, givenOf, type GivenWorkload } from "./Given.js"
import { grouped } from "./Grouped.js"
import { type NodeRoom, nodeRooms, type SubnetRoom, subnetRooms } from "./Nodes.js"
import { ownerKey } from "./Owner.js"
import type { NodePlan, Plan, SubnetPlan, WorkloadPlan } from "./Plan.js"
import { type BareChange, policyChanges, type PolicyChange } from "./Policies.js"
import { branchesOf, rolloutPlanOf } from "./RolloutPlan.js"
import { type LivePod, livePods, overQuotaPods, type RunningChange, runningChanges, undecidedPods, union } from "./Running.js"
import { applied, matchedBy, undecidedBy } from "./Sides.js"

/** What is asked besides the manifests. */
export interface PlanAsked {
  /** Policies of the manifests' namespaces that the manifests do not have are removed, as `kubectl apply --prune` would. */
  readonly prune: boolean
  /** The account's quota of groups on an interface. */
  readonly quota: number
}

/** A workload of the manifests, and what becomes of it. */
interface Judged {
  readonly workload: GivenWorkload
  readonly admitted: Admitted
  readonly pods: PodChange
}

const concerned = ["pods", "nodes", "policies", "serviceAccounts", "cniNodes", "eniConfigs", "configMaps"] as const

const isNow = ({ pods: { change }, workload }: Judged): boolean => change !== "unchanged" && !workload.scale.later

const judge = (before: Look, after: Look, given: Given, live: ReadonlyArray<LivePod>, rooms: ReadonlyArray<NodeRoom> | undefined, quota: number): ReadonlyArray<Judged> => {
  const byOwner = grouped(live, ({ key }) => key)
  const over = new Set(itemsOf(before.cluster.pods).filter(isTerminal).map(ownerKey))
  return given.workloads.map((workload) => ({
    workload,
    admitted: admitted(after, workload, quota),
    pods: podChangeOf(workload, byOwner.get(workload.key) ?? [], [before, after], {
      nodes: rooms === undefined ? undefined : nodesFor({ placing: workload.placing, daemon: { notOn: new Set() } }, rooms).length,
      over: over.has(workload.key) && (workload.kind === "Job" || workload.kind === "Pod")
    })
  }))
}

const bound = (pods: ReadonlyArray<LivePod>): ReadonlyArray<string> => pods.flatMap(({ asks, pod }) => asks && pod.spec.nodeName ? [pod.spec.nodeName] : [])

/** The slots that a workload's pods need besides those that they hold; of pods that are exchanged, all. */
const wishOf = ({ admitted: { outcome }, pods: { change, live, wanted }, workload }: Judged): ReadonlyArray<Wish> => {
  if (outcome !== "branch" || wanted === undefined) return []
  const holding = change === "exchanged" ? [] : live.filter(({ asks }) => asks)
  const base = { key: workload.key, placing: workload.placing }
  if (workload.scale.replicas === "each node") return [{ ...base, count: wanted, daemon: { notOn: new Set(holding.flatMap(({ pod }) => pod.spec.nodeName ?? [])) } }]
  const count = Math.max(0, wanted - holding.length)
  return count === 0 ? [] : [{ ...base, count }]
}

const runningKey = ({ groups, owner, pods }: RunningChange): string => `running ${owner} ${groups.after.join()} ${pods[0] ?? ""}`

/** Pods that get a branch for the first time when they are made again; those of a workload of the manifests are counted there. */
const runningWishes = (running: ReadonlyArray<RunningChange>, live: ReadonlyArray<LivePod>, given: ReadonlySet<string>): ReadonlyArray<Wish> => {
  const byName = new Map(live.map((one) => [`${one.key} ${one.pod.metadata.name}`, one.pod]))
  return running.filter(({ branch, owner }) => branch === "first" && !given.has(owner)).flatMap((change): ReadonlyArray<Wish> => {
    const pods = change.pods.flatMap((name) => byName.get(`${change.owner} ${name}`) ?? [])
    const [first] = pods
    return first === undefined ? [] : [{
      key: runningKey(change),
      count: pods.length,
      placing: placingOf(first),
      runsOn: new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []))
    }]
  })
}

const selectsOf = (after: Look, { name, namespace }: BareChange, live: ReadonlyArray<LivePod>, judged: ReadonlyArray<Judged>): PolicyChange["selects"] => {
  const pods = live.filter(({ pod }) => pod.metadata.namespace === namespace)
  const workloads = judged.filter(({ workload }) => workload.namespace === namespace)
  return {
    pods: pods.filter((one) => matchedBy(one.after).includes(name)).length,
    workloads: workloads.filter((one) => one.admitted.policies.includes(name)).map(({ workload }) => workload.key),
    undecided: pods.filter((one) => undecidedBy(one.after).includes(name)).length + workloads.filter((one) => one.admitted.outcome === "undecided").length,
    known: isKnown(after.cluster.pods, namespace)
  }
}

const policiesOfPlan = (after: Look, changes: ReadonlyArray<BareChange>, live: ReadonlyArray<LivePod>, judged: ReadonlyArray<Judged>): ReadonlyArray<PolicyChange> => {
  const together = [
    ...live.map((one) => ({ namespace: one.pod.metadata.namespace, policies: matchedBy(one.after) })),
    ...judged.map((one) => ({ namespace: one.workload.namespace, policies: one.admitted.policies }))
  ]
  return changes.map((change) => ({
    ...change,
    selects: selectsOf(after, change, live, judged),
    overlaps: [...new Set(together.filter(({ namespace, policies }) => namespace === change.namespace && policies.includes(change.name)).flatMap(({ policies }) => policies))]
      .filter((name) => name !== change.name)
      .sort()
  }))
}

const accountsOfPlan = (before: Look, { accounts }: Given): Plan["serviceAccounts"] =>
  accounts.flatMap(({ metadata: { labels, name, namespace } }): Plan["serviceAccounts"] => {
    const old = foundOf(before.cluster.serviceAccounts, name, namespace)
    if (old === undefined) return []
    const [was, is] = [old === "absent" ? {} : old.metadata.labels ?? {}, labels ?? {}]
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => was[key] !== is[key]).sort()
    return old !== "absent" && keys.length === 0 ? [] : [{
      name: `${namespace}/${name}`,
      change: old === "absent" ? "added" : "changed",
      labels: keys.map((key) => `${key}: ${was[key] ?? "none"} → ${is[key] ?? "none"}`)
    }]
  })

const nodePlans = (rooms: ReadonlyArray<NodeRoom>, planned: ReadonlyArray<number>): ReadonlyArray<NodePlan> =>
  rooms.flatMap(({ allocatable, asking, cooling, free, name, type }, at): ReadonlyArray<NodePlan> =>
    allocatable === 0 ? [] : [{ name, ...(type === undefined ? {} : { type }), slots: allocatable, asking, free, cooling: cooling.length, planned: planned[at] ?? 0 }])

const subnetPlans = (subnets: ReadonlyArray<SubnetRoom>, rooms: ReadonlyArray<NodeRoom>, planned: ReadonlyArray<number>, going: ReadonlyMap<string, number>): ReadonlyArray<SubnetPlan> =>
  subnets.map(({ free, id }) => {
    const needed = rooms.reduce((sum, node, at) => node.subnetId === id ? sum + (planned[at] ?? 0) - (going.get(node.name) ?? 0) : sum, 0)
    const count = Math.max(0, needed)
    return { id, ...(free === undefined ? {} : { free }), planned: count, short: free === undefined ? 0 : Math.max(0, count - free) }
  })

/** Free addresses of the subnets in which a workload's branches are made; undefined where one is not known. */
const addressesFor = (nodes: ReadonlyArray<NodeRoom>, subnets: ReadonlyArray<SubnetRoom>, taken: (node: NodeRoom) => number, rooms: ReadonlyArray<NodeRoom>): number | undefined => {
  const ids = new Set(nodes.filter(({ allocatable }) => allocatable > 0).map(({ subnetId }) => subnetId))
  const free = [...ids].map((id) => subnets.find((subnet) => subnet.id === id)?.free)
  if (ids.size === 0 || free.includes(undefined)) return undefined
  const others = rooms.filter(({ subnetId }) => ids.has(subnetId)).reduce((sum, node) => sum + taken(node), 0)
  return Math.max(0, free.reduce<number>((sum, one) => sum + (one ?? 0), 0) - others)
}

const cautionsOf = (look: Look, given: Given, namespaces: ReadonlySet<string>): ReadonlyArray<string> => [
  ...(look.redacted === undefined ? [] : ["the snapshot is redacted: its names, labels and ids are aliases, which manifests do not have"]),
  ...("unknown" in look.cluster.policies && look.cluster.policies.why === "not served" && given.policies.length > 0
    ? ["the cluster has no SecurityGroupPolicy kind: the API server refuses these policies until its CustomResourceDefinition is there"]
    : []),
  ...[...namespaces].filter((namespace) => !isKnown(look.cluster.pods, namespace)).map((namespace) => `the pods of ${namespace} were not all seen: there may be more that change`),
  ...("items" in look.cluster.pods && look.cluster.pods.namespaces !== undefined ? ["pods of other namespaces were not seen: more slots may be taken than is told here"] : [])
]

/**
 * What applying manifests would change. Pure and total; fails where the manifests cannot be read, or nobody may see the policies that they are about.
 *
 * @example planOf(look, [{ name: "db.yaml", text }], { prune: false, quota: 5 })
 */
export const planOf = (look: Look, texts: ReadonlyArray<Text>, { prune, quota }: PlanAsked): Result.Result<Plan, CouldNotLook> =>
  Result.flatMap(givenOf(texts, look.namespace), (given) => {
    const namespaces = new Set([...given.policies.map(({ policy }) => policy.metadata.namespace), ...given.workloads.map(({ namespace }) => namespace), ...given.accounts.map(({ metadata }) => metadata.namespace)])
    const unseen = [...namespaces].toSorted().find((namespace) => !arePoliciesSeen(look, namespace))
    return unseen === undefined
      ? Result.succeed(compose(look, given, namespaces, { prune, quota }))
      : Result.fail(new CouldNotLook({
        message: `the policies of namespace ${unseen} cannot be seen${"unknown" in look.cluster.policies ? `: ${look.cluster.policies.unknown}` : ""}`,
        mend: "give the user the ClusterRole of deploy/cli, or plan on a snapshot (--snapshot)"
      }))
  })

const compose = (look: Look, given: Given, namespaces: ReadonlySet<string>, { prune, quota }: PlanAsked): Plan => {
  const after = applied(look, given, prune)
  const rooms = nodeRooms(look)
  const subnets = rooms === undefined ? [] : subnetRooms(look, rooms)
  const asTheyAre = livePods(look, after, quota)
  const judged = judge(look, after, given, asTheyAre, rooms, quota)
  const changes = policyChanges(look, given, prune)
  const exchanged = new Map(judged.filter(({ pods }) => pods.change === "exchanged").map(({ admitted: { selection }, workload }) => [workload.key, selection]))
  // Pods that are exchanged come back as the template has them.
  const live = asTheyAre.map((one) => ({ ...one, after: exchanged.get(one.key) ?? one.after }))
  const running = runningChanges(live, new Set(exchanged.keys()))

  const going = new Map<string, number>()
  for (const { pods } of judged) if (pods.change === "exchanged") for (const node of bound(pods.live)) going.set(node, (going.get(node) ?? 0) + 1)
  const waiting = waitingPods(look, new Set(exchanged.keys()))
  const now = judged.filter(isNow).flatMap(wishOf)
  const next = [...judged.filter((one) => !isNow(one)).flatMap(wishOf), ...runningWishes(running, live, new Set(given.workloads.map(({ key }) => key)))]
  const found: Fit | undefined = rooms === undefined ? undefined : fit(look, rooms, [...waiting, ...now, ...next], going)
  const plannedBy = (wishes: ReadonlyArray<Wish>): ReadonlyArray<number> =>
    (rooms ?? []).map((_, at) => wishes.reduce((sum, { key }) => sum + (found?.onNodes(key).get(at) ?? 0), 0))
  const first = plannedBy([...waiting, ...now])
  const all = plannedBy([...waiting, ...now, ...next])
  const indexOf = new Map((rooms ?? []).map(({ name }, at) => [name, at]))

  const planned = judged.map(({ admitted: told, pods, workload }): WorkloadPlan => {
    const own = found?.onNodes(workload.key)
    const taken = ({ name }: NodeRoom): number => {
      const at = indexOf.get(name) ?? -1
      return Math.max(0, (first[at] ?? 0) - (pods.change === "unchanged" || workload.scale.later ? 0 : own?.get(at) ?? 0))
    }
    const at = rooms === undefined ? [] : nodesFor({ placing: workload.placing, ...(workload.scale.replicas === "each node" ? { daemon: { notOn: new Set<string>() } } : {}) }, rooms)
    const nodes = rooms === undefined ? undefined : at.flatMap((i) => rooms[i] ?? [])
    const rollout = told.outcome === "branch"
      ? rolloutPlanOf(workload, pods, {
        nodes,
        taken,
        addresses: nodes === undefined ? undefined : addressesFor(nodes, subnets, taken, rooms ?? []),
        cooldown: cooldownOf(after)
      })
      : undefined
    const { gone, made } = workload.scale.later ? { made: 0, gone: 0 } : branchesOf(workload, pods, told.outcome === "branch")
    const slots = found?.slotsOf(workload.key)
    return {
      name: workload.key,
      where: workload.where,
      change: pods.change,
      differs: pods.differs,
      ...(pods.note === undefined ? {} : { note: pods.note }),
      pods: { now: pods.live.length, ...(pods.wanted === undefined ? {} : { wanted: pods.wanted }) },
      outcome: told.outcome,
      groups: told.groups,
      policies: told.policies,
      warnings: told.warnings,
      ...(slots === undefined ? {} : { slots }),
      ...(rollout === undefined ? {} : { rollout }),
      calls: callsOf(made, gone)
    }
  })
  const branches = judged.map(({ admitted: { outcome }, pods, workload }) => workload.scale.later ? { made: 0, gone: 0 } : branchesOf(workload, pods, outcome === "branch"))
  const sum = (which: "made" | "gone"): number => branches.reduce((total, one) => total + one[which], 0)
  const remade = running.filter(({ when }) => when === "next")
  const podsWhere = (is: (change: RunningChange) => boolean): number => remade.filter(is).reduce((total, { pods }) => total + pods.length, 0)

  return {
    kind: "Plan",
    seenAt: look.takenAt,
    cooldownSeconds: cooldownOf(after) / 1_000,
    manifests: { policies: given.policies.length, workloads: given.workloads.length, serviceAccounts: given.accounts.length, others: given.others },
    problems: given.problems,
    policies: policiesOfPlan(after, changes, live, judged),
    serviceAccounts: accountsOfPlan(look, given),
    running: running.map((change) => {
      const slots = found?.slotsOf(runningKey(change))
      return slots === undefined ? change : { ...change, slots }
    }),
    undecided: undecidedPods(live, new Set(changes.filter(({ change }) => change !== "unchanged").map(({ name, namespace }) => `${namespace}/${name}`))),
    overQuota: [
      ...judged.flatMap(({ admitted: { groups, overQuota, policies }, workload }) => union(workload.key, groups, policies, overQuota)),
      ...overQuotaPods(live.filter(({ key }) => !judged.some(({ workload }) => workload.key === key)))
    ],
    workloads: planned,
    waiting: waiting.map(({ count, key }) => ({ owner: key.slice("waiting ".length), pods: count, left: found?.slotsOf(key)?.left ?? 0 })),
    ...(rooms === undefined ? {} : { nodes: nodePlans(rooms, all) }),
    subnets: subnetPlans(subnets, rooms ?? [], all, going),
    calls: {
      now: callsOf(sum("made"), sum("gone")),
      next: callsOf(podsWhere(({ branch }) => branch === "first" || branch === "another"), podsWhere(({ branch }) => branch === "none any more" || branch === "another"))
    },
    cautions: cautionsOf(look, given, namespaces),
    notSeen: notSeen(look, concerned)
  }
}
