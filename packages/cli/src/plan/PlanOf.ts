import { Result } from "effect"
import { isKnown } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import { notSeen } from "../cluster/Unknowns.js"
import { arePoliciesSeen } from "../explain/Policies.js"
import { cooldownOf } from "../explain/Trunks.js"
import type { Text } from "../lint/Sources.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { addressesFor, nodePlans, subnetPlans } from "./Addresses.js"
import { callsOf } from "./Calls.js"
import { fit, type Fit, nodesFor, type Slots, waitingPods, type Wish } from "./Fit.js"
import { type Given, givenOf } from "./Given.js"
import { grouped } from "./Grouped.js"
import { bound, isNow, judge, type Judged, runningKey, runningWishes, wishOf } from "./Judge.js"
import { type NodeRoom, nodeRooms, type SubnetRoom, subnetRooms } from "./Nodes.js"
import type { Plan, WorkloadPlan } from "./Plan.js"
import { policyChanges } from "./Policies.js"
import { branchesOf, rolloutPlanOf, type Room } from "./RolloutPlan.js"
import { isServed, livePods, overQuotaPods, type RunningChange, runningChanges, undecidedPods, union } from "./Running.js"
import { accountsOfPlan, policiesOfPlan } from "./Selected.js"
import { applied } from "./Sides.js"

/** What is asked besides the manifests. */
export interface PlanAsked {
  /** Policies of the manifests' namespaces that the manifests do not have are removed, as `kubectl apply --prune` would. */
  readonly prune: boolean
  /** The account's quota of groups on an interface. */
  readonly quota: number
}

const concerned = ["pods", "nodes", "policies", "serviceAccounts", "cniNodes", "eniConfigs", "configMaps"] as const

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

/** What all workloads of the plan share. */
interface Shared {
  readonly cooldown: number
  readonly fit: Fit | undefined
  readonly rooms: ReadonlyArray<NodeRoom> | undefined
  readonly subnets: ReadonlyArray<SubnetRoom>
  /** Slots by node name for pods that come first, and that applying the manifests makes. */
  readonly taken: ReadonlyMap<string, number>
}

/** The room that the others leave for one of them. */
const roomFor = ({ admitted, pods, workload }: Judged, { cooldown, fit: found, rooms, subnets, taken }: Shared): Room => {
  if (rooms === undefined) return { nodes: undefined, taken: () => 0, addresses: undefined, cooldown }
  const isCounted = isNow({ admitted, pods, workload })
  const own = found?.onNodes(workload.key)
  const at = new Map(rooms.map(({ name }, i) => [name, i]))
  const others = ({ name }: NodeRoom): number => Math.max(0, (taken.get(name) ?? 0) - (isCounted ? own?.get(at.get(name) ?? -1) ?? 0 : 0))
  const nodes = nodesFor({ placing: workload.placing, ...(workload.scale.replicas === "each node" ? { daemon: {} } : {}) }, rooms).flatMap((i) => rooms[i] ?? [])
  return { nodes, taken: others, addresses: addressesFor(nodes, subnets, others, rooms), cooldown }
}

const workloadPlan = (judged: Judged, room: Room, slots: Slots | undefined): WorkloadPlan => {
  const { admitted: { groups, outcome, policies, warnings }, pods, workload } = judged
  const rollout = outcome === "branch" ? rolloutPlanOf(workload, pods, room) : undefined
  const { gone, made } = changedBranches(judged)
  return {
    name: workload.key,
    where: workload.where,
    change: pods.change,
    differs: pods.differs,
    ...(pods.note === undefined ? {} : { note: pods.note }),
    pods: { now: pods.live.length, ...(pods.wanted === undefined ? {} : { wanted: pods.wanted }) },
    outcome,
    groups,
    policies,
    warnings,
    ...(slots === undefined ? {} : { slots }),
    ...(rollout === undefined ? {} : { rollout }),
    calls: callsOf(made, gone)
  }
}

/** The branches that applying the manifests makes and gives up; a CronJob's come with its runs. */
const changedBranches = ({ admitted: { outcome }, pods, workload }: Judged) =>
  workload.scale.later ? { made: 0, gone: 0 } : branchesOf(workload, pods, outcome === "branch")

const callsOfPlan = (judged: ReadonlyArray<Judged>, running: ReadonlyArray<RunningChange>): Plan["calls"] => {
  const branches = judged.map(changedBranches)
  const podsWith = (...kinds: ReadonlyArray<RunningChange["branch"]>): number =>
    running.filter(({ branch, when }) => when === "next" && kinds.includes(branch)).reduce((total, { pods }) => total + pods.length, 0)
  return {
    now: callsOf(branches.reduce((sum, { made }) => sum + made, 0), branches.reduce((sum, { gone }) => sum + gone, 0)),
    next: callsOf(podsWith("first", "another"), podsWith("none any more", "another"))
  }
}

const compose = (look: Look, given: Given, namespaces: ReadonlySet<string>, { prune, quota }: PlanAsked): Plan => {
  const after = applied(look, given, prune)
  const rooms = nodeRooms(look)
  const subnets = rooms === undefined ? [] : subnetRooms(look, rooms)
  const asTheyAre = livePods(look, after, quota)
  const judged = judge(look, after, given, asTheyAre, rooms, quota)
  const exchanged = new Map(judged.filter(({ pods }) => pods.change === "exchanged").map(({ admitted: { selection }, workload }) => [workload.key, selection]))
  // Pods that are exchanged come back as the template has them.
  const live = asTheyAre.filter(isServed).map((one) => ({ ...one, after: exchanged.get(one.key) ?? one.after }))
  const changes = policyChanges(look, given, prune)
  const changed = new Set(changes.filter(({ change }) => change !== "unchanged").map(({ name, namespace }) => `${namespace}/${name}`))
  const running = runningChanges(live, changed, new Set(exchanged.keys()))

  const going = new Map([...grouped(judged.flatMap(({ pods }) => pods.change === "exchanged" ? bound(pods.live) : []), (node) => node)].map(([node, all]) => [node, all.length]))
  const waiting = waitingPods(look, new Set(exchanged.keys()))
  const now = [...waiting, ...judged.filter(isNow).flatMap(wishOf)]
  const all = [...now, ...judged.filter((one) => !isNow(one)).flatMap(wishOf), ...runningWishes(running, live, new Set(given.workloads.map(({ key }) => key)))]
  const found = rooms === undefined ? undefined : fit(look, rooms, all, going)
  const plannedFor = (wishes: ReadonlyArray<Wish>): ReadonlyArray<number> =>
    (rooms ?? []).map((_, at) => wishes.reduce((sum, { key }) => sum + (found?.onNodes(key).get(at) ?? 0), 0))
  const first = plannedFor(now)
  const planned = plannedFor(all)
  const cooldown = cooldownOf(after)
  const shared: Shared = { cooldown, fit: found, rooms, subnets, taken: new Map((rooms ?? []).map(({ name }, at) => [name, first[at] ?? 0])) }

  return {
    kind: "Plan",
    seenAt: look.takenAt,
    cooldownSeconds: cooldown / 1_000,
    manifests: { policies: given.policies.length, workloads: given.workloads.length, serviceAccounts: given.accounts.length, others: given.others },
    problems: given.problems,
    policies: policiesOfPlan(after, changes, live, judged),
    serviceAccounts: accountsOfPlan(look, given),
    running: running.map((change) => {
      const slots = found?.slotsOf(runningKey(change))
      return slots === undefined ? change : { ...change, slots }
    }),
    undecided: undecidedPods(live, changed),
    overQuota: [
      ...judged.flatMap(({ admitted: { groups, overQuota, policies }, workload }) => union(workload.key, groups, policies, overQuota)),
      ...overQuotaPods(live.filter(({ key }) => !judged.some(({ workload }) => workload.key === key)))
    ],
    workloads: judged.map((one) => workloadPlan(one, roomFor(one, shared), found?.slotsOf(one.workload.key))),
    waiting: waiting.map(({ count, key }) => ({ owner: key.slice("waiting ".length), pods: count, left: found?.slotsOf(key)?.left ?? 0 })),
    ...(rooms === undefined ? {} : { nodes: nodePlans(rooms, planned) }),
    coolingKnown: !("unknown" in look.ec2) && !("unknown" in look.ec2.interfaces),
    subnets: subnetPlans(subnets, rooms ?? [], planned, going),
    calls: callsOfPlan(judged, running),
    cautions: cautionsOf(look, given, namespaces),
    notSeen: notSeen(look, concerned)
  }
}
