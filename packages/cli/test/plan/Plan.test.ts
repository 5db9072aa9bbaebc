import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { planOf, type PlanAsked } from "../../src/plan/PlanOf.js"
import { complaints } from "../../src/plan/Complaints.js"
import type { Plan } from "../../src/plan/Plan.js"
import type { Look } from "../../src/cluster/Look.js"
import type { SeenNode } from "../../src/cluster/Seen.js"
import { deploymentManifest, deploymentPods, ec2, finished, look, node, notLooked, pod, policyManifest, seenAccount, seenPolicy, text } from "./Looks.js"

const asked: PlanAsked = { prune: false, quota: 5 }

const plan = (seen: Look, documents: ReadonlyArray<string>, change: Partial<PlanAsked> = {}): Plan => Result.getOrThrow(planOf(seen, text(...documents), { ...asked, ...change }))

const refusal = (seen: Look, document: string) => {
  const result = planOf(seen, text(document), asked)
  return Result.isFailure(result) ? result.failure : expect.fail("it planned")
}

const db = seenPolicy("db", ["sg-1"], { app: "db" })
const dbPods = deploymentPods("db", 3, ["node-1"], { branch: true })
const cluster = look({ nodes: [node(1), node(2)], pods: dbPods, policies: [db] })

describe("a policy", () => {
  it("that is added gives running pods groups when they are made again", () => {
    const told = plan(look({ nodes: [node(1)], pods: deploymentPods("web", 2, ["node-1"]) }), [policyManifest("web", ["sg-2"], { app: "web" })])
    expect(told.policies).toMatchObject([{ name: "web", change: "added", groups: { before: [], after: ["sg-2"] }, selects: { pods: 2, workloads: [] } }])
    expect(told.running).toMatchObject([{
      owner: "Deployment shop/web",
      pods: ["web-7d4b9-0", "web-7d4b9-1"],
      groups: { before: [], after: ["sg-2"] },
      policies: { before: [], after: ["web"] },
      branch: "first",
      when: "next",
      slots: { needed: 2, left: 0 }
    }])
    expect(told.calls).toMatchObject({ now: { total: 0 }, next: { total: 6 } })
    expect(complaints(told)).toEqual([])
  })

  it("that gives a DaemonSet's pods their first branch needs a slot on the very nodes on which they run", () => {
    const agents = ["node-1", "node-2"].map((on) => pod(`agent-${on}`, { on, labels: { app: "agent" }, owner: { kind: "DaemonSet", name: "agent" } }))
    const seen = look({ nodes: [node(1), node(2), node(3)], pods: [...agents, ...deploymentPods("full", 9, ["node-2"], { branch: true })] })
    const told = plan(seen, [policyManifest("agent", ["sg-2"], { app: "agent" })])
    expect(told.running[0]?.slots).toMatchObject({ needed: 2, placed: [{ node: "node-1", pods: 1 }], left: 1 })
    expect(complaints(told)).toEqual(["1 pod would find no slot"])
  })

  it("that is changed tells what of it is, and old and new groups", () => {
    const told = plan(cluster, [policyManifest("db", ["sg-1", "sg-9"], { app: "db" })])
    expect(told.policies).toMatchObject([{ change: "changed", what: ["groups"] }])
    expect(told.running).toMatchObject([{ groups: { before: ["sg-1"], after: ["sg-1", "sg-9"] }, branch: "another", when: "next" }])
    expect(told.calls.next.total).toBe(15)
    const moved = plan(cluster, [policyManifest("db", ["sg-1"], { app: "elsewhere" })])
    expect(moved.policies).toMatchObject([{ change: "changed", what: ["podSelector"] }])
    expect(moved.running).toMatchObject([{ groups: { before: ["sg-1"], after: [] }, branch: "none any more" }])
    expect(complaints(moved)).toEqual(["selects nothing: shop/db"])
  })

  it("is unchanged where only the order of its fields is another", () => {
    const seen = look({ pods: dbPods, policies: [seenPolicy("db", ["sg-2", "sg-1"], { tier: "x", app: "db" })] })
    const told = plan(seen, [policyManifest("db", ["sg-1", "sg-2"], { app: "db", tier: "x" })])
    expect(told.policies).toMatchObject([{ change: "unchanged", what: [] }])
    expect(told.running).toEqual([])
  })

  it("is unchanged where the values of an expression stand in another order", () => {
    const expression = (values: ReadonlyArray<string>) => ({ podSelector: { matchExpressions: [{ key: "app", operator: "In", values }] } })
    const seen = look({ pods: dbPods, policies: [seenPolicy("db", ["sg-1"], {}, expression(["web", "db"]))] })
    const manifest = policyManifest("db", ["sg-1"], {}).replace("matchLabels: {}", "matchExpressions: [{ key: app, operator: In, values: [db, web] }]")
    expect(plan(seen, [manifest]).policies).toMatchObject([{ change: "unchanged" }])
  })

  it("gives nothing to pods on the host's network and to static pods", () => {
    const [host, fixed] = dbPods
    const pods = [
      ...(host === undefined ? [] : [{ ...host, spec: { ...host.spec, hostNetwork: true } }]),
      ...(fixed === undefined ? [] : [{ ...fixed, metadata: { ...fixed.metadata, annotations: { "kubernetes.io/config.mirror": "1" } } }])
    ]
    const told = plan(look({ nodes: [node(1)], pods }), [policyManifest("db", ["sg-1"], { app: "db" })])
    expect(told.running).toEqual([])
    expect(complaints(told)).toEqual(["selects nothing: shop/db"])
  })

  it("is removed only where that is said, and only beside others of its namespace", () => {
    const seen = look({ nodes: [node(1)], pods: dbPods, policies: [db, seenPolicy("old", ["sg-7"], { app: "db" })] })
    expect(plan(seen, [policyManifest("db", ["sg-1"], { app: "db" })]).running).toEqual([])
    const told = plan(seen, [policyManifest("db", ["sg-1"], { app: "db" })], { prune: true })
    expect(told.policies.map(({ change, name }) => [name, change])).toEqual([["db", "unchanged"], ["old", "removed"]])
    expect(told.running).toMatchObject([{ groups: { before: ["sg-1", "sg-7"], after: ["sg-1"] } }])
    expect(plan(seen, [deploymentManifest("web", 1)], { prune: true }).policies).toEqual([])
  })

  it("that shares pods with others says so, and a union over the quota is found", () => {
    const told = plan(cluster, [policyManifest("more", ["sg-2", "sg-3", "sg-4", "sg-5", "sg-6"], { app: "db" })])
    expect(told.policies).toMatchObject([{ overlaps: ["db"] }])
    expect(told.overQuota).toMatchObject([{ subject: "Deployment shop/db", policies: ["db", "more"], quota: 5 }])
    expect(complaints(told)).toEqual(["more groups than the quota: Deployment shop/db"])
    expect(complaints(plan(cluster, [policyManifest("more", ["sg-2", "sg-3", "sg-4", "sg-5", "sg-6"], { app: "db" })], { quota: 16 }))).toEqual([])
  })

  it("that is invalid is told with its mend", () => {
    const told = plan(cluster, [policyManifest("none", [], { app: "db" })])
    expect(told.policies[0]?.problems).toEqual(["spec.securityGroups.groupIds: it names no security group; list at least one group id"])
    expect(complaints(told)).toEqual(["ignored, for it is invalid: shop/none"])
  })

  it("selects nothing where neither a pod nor a manifest is selected, and says nothing of it where not all pods were seen", () => {
    const manifest = policyManifest("nobody", ["sg-1"], { app: "nobody" })
    expect(complaints(plan(cluster, [manifest]))).toEqual(["selects nothing: shop/nobody"])
    expect(complaints(plan(cluster, [manifest, deploymentManifest("nobody", 1)]))).toEqual([])
    expect(complaints(plan(look({ cluster: { pods: { unknown: "no", why: "forbidden" } } }), [manifest]))).toEqual([])
  })
})

describe("a service account", () => {
  const seen = (labels: Readonly<Record<string, string>>) =>
    look({
      nodes: [node(1)],
      pods: deploymentPods("web", 2, ["node-1"], { account: "web" }),
      accounts: [seenAccount("web", labels)],
      policies: [seenPolicy("by-account", ["sg-1"], {}, { serviceAccountSelector: { matchLabels: { team: "db" } } })]
    })
  const manifest = "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: web, namespace: shop, labels: { team: db } }\n"

  it("whose labels change gives its pods other groups", () => {
    const told = plan(seen({}), [manifest])
    expect(told.serviceAccounts).toEqual([{ name: "shop/web", change: "changed", labels: ["team: none → db"] }])
    expect(told.running).toMatchObject([{ groups: { before: [], after: ["sg-1"] } }])
  })

  it("that has its labels already changes nothing", () => {
    const told = plan(seen({ team: "db" }), [manifest])
    expect(told.serviceAccounts).toEqual([])
    expect(told.running).toEqual([])
  })

  it("that nobody may see leaves open what is decided by it", () => {
    const unseen = { ...seen({}), cluster: { ...seen({}).cluster, serviceAccounts: { unknown: "forbidden", why: "forbidden" as const }, policies: { items: [] } } }
    const policy = "apiVersion: vpcresources.k8s.aws/v1beta1\nkind: SecurityGroupPolicy\nmetadata: { name: by-account, namespace: shop }\nspec: { serviceAccountSelector: { matchLabels: { team: db } }, securityGroups: { groupIds: [sg-1] } }\n"
    const told = plan(unseen, [policy, deploymentManifest("api", 1)])
    expect(told.undecided).toEqual(["Deployment shop/web"])
    expect(told.workloads[0]?.outcome).toBe("undecided")
    expect(told.policies[0]?.selects).toMatchObject({ pods: 0, undecided: 3 })
    expect(complaints(told)).toEqual([])
    // What is open before and after alike hides no change that is certain.
    const open = { ...unseen, cluster: { ...unseen.cluster, policies: { items: [seenPolicy("by-account", ["sg-1"], {}, { serviceAccountSelector: { matchLabels: { team: "db" } } })] } } }
    const more = plan(open, [policyManifest("web", ["sg-2"], { app: "web" })])
    expect(more.running).toMatchObject([{ groups: { before: [], after: ["sg-2"] }, perhaps: ["by-account"] }])
    expect(more.undecided).toEqual([])
    // With the account among the manifests, it is known.
    expect(plan(unseen, [policy, manifest]).running).toMatchObject([{ owner: "Deployment shop/web" }])
  })
})

describe("a workload", () => {
  const web = policyManifest("web", ["sg-1"], { app: "web" })

  it("whose pods a policy selects needs a slot for each, on nodes where there is one", () => {
    const told = plan(look({ nodes: [node(1), node(2, { slots: 0, type: "t3.large" })] }), [web, deploymentManifest("web", 4)])
    expect(told.workloads).toMatchObject([{ change: "added", outcome: "branch", policies: ["web"], slots: { needed: 4, placed: [{ node: "node-1", pods: 4 }], left: 0 } }])
    expect(told.calls.now.byAction).toEqual([
      { action: "CreateNetworkInterface", calls: 4 },
      { action: "CreateNetworkInterfacePermission", calls: 4 },
      { action: "AssociateTrunkInterface", calls: 4 }
    ])
  })

  it("that finds too few is told how many nodes of which type would do", () => {
    const told = plan(look({ nodes: [node(1), node(2, { type: "m5.4xlarge", slots: 54, spec: { unschedulable: true } }), node(3, { type: "m5.xlarge", slots: 18 })] }), [web, deploymentManifest("web", 40)])
    expect(told.workloads[0]?.slots).toMatchObject({
      needed: 40,
      left: 13,
      why: "all slots of the nodes that they may run on are taken",
      wouldHelp: [{ type: "m5.large", slots: 9, nodes: 2 }, { type: "m5.xlarge", slots: 18, nodes: 1 }]
    })
    expect(complaints(told)).toEqual(["13 pods would find no slot"])
  })

  it("counts a DaemonSet's slot on each new node", () => {
    const agent = pod("agent-1", { on: "node-1", branch: true, owner: { kind: "DaemonSet", name: "agent" } })
    const told = plan(look({ nodes: [node(1)], pods: [agent] }), [web, deploymentManifest("web", 17)])
    expect(told.workloads[0]?.slots).toMatchObject({ left: 9, wouldHelp: [{ type: "m5.large", slots: 8, nodes: 2 }] })
  })

  it("runs where its selector, affinity and tolerations let it", () => {
    const nodes = [node(1, { labels: { pool: "db" } }), node(2), node(3, { labels: { pool: "db" }, spec: { taints: [{ key: "db", effect: "NoSchedule" }] } })]
    const placedBy = (spec: string) => plan(look({ nodes }), [web, deploymentManifest("web", 1, { pod: spec })]).workloads[0]?.slots
    expect(placedBy("nodeSelector: { pool: db }")?.placed).toEqual([{ node: "node-1", pods: 1 }])
    expect(placedBy("nodeSelector: { pool: none }")).toMatchObject({ left: 1, why: "there is no node that they may run on, by node selector, affinity and taints" })
    expect(placedBy("affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: pool, operator: DoesNotExist }] }] } } }")?.placed).toEqual([{ node: "node-2", pods: 1 }])
  })

  it("comes after pods that wait already", () => {
    const waits = Array.from({ length: 7 }, (_, i) => pod(`old-${i}`, { branch: true, owner: { kind: "ReplicaSet", name: "old" } }))
    const told = plan(look({ nodes: [node(1)], pods: waits }), [web, deploymentManifest("web", 3)])
    expect(told.waiting).toEqual([{ owner: "ReplicaSet shop/old", pods: 7, left: 0 }])
    expect(told.workloads[0]?.slots?.left).toBe(1)
  })

  it("on the host's network, on Fargate or without policy asks for none", () => {
    const outcomeOf = (change: Parameters<typeof deploymentManifest>[2], name = "web") => plan(cluster, [web, deploymentManifest(name, 1, change)]).workloads[0]?.outcome
    expect(outcomeOf({ pod: "hostNetwork: true" })).toBe("host network")
    expect(outcomeOf({ labels: { app: "web", "eks.amazonaws.com/fargate-profile": "fp" } })).toBe("fargate")
    expect(outcomeOf({ pod: "nodeSelector: { kubernetes.io/os: windows }" })).toBe("windows")
    expect(outcomeOf({}, "other")).toBe("node's groups")
  })

  it("that asks by hand gets a branch with the node's groups", () => {
    const manifest = deploymentManifest("other", 1).replace("cpu: 1", "vpc.amazonaws.com/pod-eni: 1")
    expect(plan(cluster, [manifest]).workloads[0]).toMatchObject({ outcome: "branch", groups: [], warnings: [expect.stringContaining("by themselves")] })
  })

  it("whose template differs is exchanged: its pods come back with the template's groups", () => {
    const told = plan(cluster, [policyManifest("new", ["sg-5"], { tier: "new" }), deploymentManifest("db", 3, { labels: { app: "db", tier: "new" } })])
    expect(told.workloads).toMatchObject([{ change: "exchanged", differs: ["label tier: none → new"], pods: { now: 3, wanted: 3 }, groups: ["sg-1", "sg-5"] }])
    expect(told.running).toMatchObject([{ when: "now", groups: { before: ["sg-1"], after: ["sg-1", "sg-5"] } }])
    expect(told.calls).toMatchObject({ now: { total: 15 }, next: { total: 0 } })
  })

  it("loses a label only where a policy reads it: another webhook may have put it there", () => {
    const pods = deploymentPods("db", 1, ["node-1"], { branch: true, labels: { app: "db", "mesh/inject": "yes", tier: "x" } })
    expect(plan(look({ pods, policies: [db] }), [deploymentManifest("db", 1)]).workloads).toMatchObject([{ change: "unchanged", differs: [] }])
    expect(plan(look({ pods, policies: [seenPolicy("db", ["sg-1"], { tier: "x" })] }), [deploymentManifest("db", 1)]).workloads).toMatchObject([{ change: "exchanged", differs: ["label tier: x → none"] }])
  })

  it("whose exchange is under way is not told to begin one", () => {
    const pods = [...dbPods, pod("db-new-1", { labels: { app: "db", v: "2" }, on: "node-1", branch: true, owner: { kind: "Deployment", name: "db", hash: "new" } })]
    const told = plan(look({ nodes: [node(1)], pods, policies: [db] }), [deploymentManifest("db", 3, { labels: { app: "db", v: "2" } })])
    expect(told.workloads).toMatchObject([{ change: "unchanged", differs: [], note: "3 of 4 pods are older than this template: an exchange is under way, or waits" }])
    expect(told.calls.now.total).toBe(0)
  })

  it("does not count pods that end", () => {
    const ending = dbPods.map((one) => ({ ...one, metadata: { ...one.metadata, deletionTimestamp: "2026-01-01T12:00:00Z" } }))
    const told = plan(look({ nodes: [node(1)], pods: [...ending, ...deploymentPods("web", 1, ["node-1"])], policies: [db] }), [deploymentManifest("db", 7)])
    // Their slots are taken all the same, until they are gone.
    expect(told.workloads).toMatchObject([{ change: "added", slots: { needed: 7, left: 1 } }])
    expect(told.policies).toEqual([])
  })

  it("that goes from the host's network to its own is exchanged, and asks for the first time", () => {
    const host = dbPods.map((one) => ({ ...one, spec: { ...one.spec, hostNetwork: true, containers: [{ name: "main" }] } }))
    const told = plan(look({ nodes: [node(1)], pods: host, policies: [db] }), [deploymentManifest("db", 3)])
    expect(told.workloads).toMatchObject([{ change: "exchanged", differs: ["hostNetwork: true → false"], calls: { total: 9 } }])
  })

  it("is compared without the labels that controllers add, even where a policy reads them", () => {
    const seen = look({ pods: dbPods, policies: [seenPolicy("db", ["sg-1"], { "pod-template-hash": "7d4b9" })] })
    expect(plan(seen, [deploymentManifest("db", 3)]).workloads).toMatchObject([{ change: "unchanged", differs: [] }])
  })

  it("that is exchanged has its waiting pods exchanged, too", () => {
    const waits = [pod("db-7d4b9-9", { labels: { app: "db" }, branch: true, owner: { kind: "Deployment", name: "db", hash: "7d4b9" } })]
    const told = plan(look({ nodes: [node(1)], pods: [...dbPods, ...waits], policies: [db] }), [deploymentManifest("db", 4, { labels: { app: "db", v: "2" } })])
    expect(told.waiting).toEqual([])
    expect(told.workloads[0]).toMatchObject({ change: "exchanged", slots: { needed: 4, left: 0 } })
  })

  it("that is scaled makes what is missing, or gives up what is too much", () => {
    const more = plan(cluster, [deploymentManifest("db", 5)])
    expect(more.workloads).toMatchObject([{ change: "scaled", pods: { now: 3, wanted: 5 }, slots: { needed: 2 } }])
    expect(more.calls.now.total).toBe(6)
    const fewer = plan(cluster, [deploymentManifest("db", 1)])
    expect(fewer.workloads[0]?.slots).toBeUndefined()
    expect(fewer.calls.now.byAction).toEqual([{ action: "DisassociateTrunkInterface", calls: 2 }, { action: "DeleteNetworkInterface", calls: 2 }])
  })

  it("keeps its number where it names none", () => {
    expect(plan(cluster, [deploymentManifest("db", 3).replace("  replicas: 3\n", "")]).workloads).toMatchObject([{ change: "unchanged", pods: { wanted: 3 } }])
  })

  it("that is a Job whose pods are over makes none again", () => {
    const done = pod("once-1", { owner: { kind: "Job", name: "once" }, phase: "Succeeded" })
    const job = "apiVersion: batch/v1\nkind: Job\nmetadata: { name: once, namespace: shop }\nspec: { parallelism: 4, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: main }] } } }\n"
    expect(plan(look({ nodes: [node(1)], pods: [done] }), [web, job]).workloads).toMatchObject([{ change: "unchanged", pods: { wanted: 0 } }])
    expect(plan(look({ nodes: [node(1)] }), [web, job]).workloads).toMatchObject([{ change: "added", pods: { wanted: 4 }, slots: { left: 0 } }])
  })

  it("that is a CronJob needs its slots for each run, and no calls now", () => {
    const cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: nightly, namespace: shop }\nspec: { schedule: \"0 3 * * *\", jobTemplate: { spec: { parallelism: 2, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: main }] } } } } }\n"
    const told = plan(look({ nodes: [node(1)] }), [web, cron])
    expect(told.workloads).toMatchObject([{ note: "as many for each of its runs", slots: { needed: 2 }, calls: { total: 0 } }])
    expect(told.calls.now.total).toBe(0)
  })

  it("that is a DaemonSet needs one on each of its nodes, and has none where a node offers no branches", () => {
    const daemon = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: web, namespace: shop }\nspec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: main }] } } }\n"
    const told = plan(look({ nodes: [node(1), node(2, { slots: 0, type: "t3.large" }), node(3, { spec: { unschedulable: true } })] }), [web, daemon])
    expect(told.workloads[0]).toMatchObject({ pods: { wanted: 3 }, slots: { needed: 3, placed: [{ node: "node-1", pods: 1 }, { node: "node-3", pods: 1 }], left: 1, wouldHelp: [] } })
    expect(told.workloads[0]?.slots?.why).toBe("a node of theirs: no vpc.amazonaws.com/pod-eni, so a pod there stays Pending")
  })
})

describe("a rollout", () => {
  const full = (strategy: string) => plan(look({ nodes: [node(1)], pods: deploymentPods("db", 9, ["node-1"], { branch: true }), policies: [db] }), [deploymentManifest("db", 9, { labels: { app: "db", v: "2" }, spec: strategy })]).workloads[0]?.rollout

  it("of Recreate on full nodes stalls for a cooldown", () => {
    expect(full("strategy: { type: Recreate }")).toMatchObject({ answer: "stalls", leastSeconds: 60, ratesSeconds: 0, peak: 18, held: 9, slots: 0, stalls: { times: 1, seconds: 60, coolingSlots: 9 } })
  })

  it("of RollingUpdate with a surge alone never ends on full nodes", () => {
    expect(full("strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }")).toMatchObject({ answer: "never ends", unserved: 9 })
  })

  it("of RollingUpdate that may miss some goes on in steps", () => {
    expect(full("strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 3 } }")).toMatchObject({ answer: "stalls", leastSeconds: 180, stalls: { coolingSlots: 3 } })
  })

  const stateful = (spec: string, replicas = 3) => deploymentManifest("db", replicas, { labels: { app: "db", v: "2" }, spec }).replace("kind: Deployment", "kind: StatefulSet")
  const statefulPods = [0, 1, 2].map((at) => pod(`db-${at}`, { on: "node-1", branch: true, labels: { app: "db", "apps.kubernetes.io/pod-index": String(at) }, owner: { kind: "StatefulSet", name: "db" } }))

  it("of a StatefulSet makes pods one by one unless it is Parallel, and exchanges them one by one all the same", () => {
    const made = (spec: string) => plan(look({ nodes: [node(1)], policies: [db] }), [stateful(spec)]).workloads[0]?.rollout
    expect(made("minReadySeconds: 10")).toMatchObject({ strategy: "one by one", leastSeconds: 30 })
    expect(made("podManagementPolicy: Parallel\n  minReadySeconds: 10")).toMatchObject({ strategy: "all at once", leastSeconds: 10 })
    const exchanged = plan(look({ nodes: [node(1)], pods: statefulPods, policies: [db] }), [stateful("podManagementPolicy: Parallel\n  minReadySeconds: 10")])
    expect(exchanged.workloads[0]?.rollout).toMatchObject({ strategy: "Parallel, RollingUpdate", leastSeconds: 30 })
  })

  it("of a StatefulSet leaves the pods below its partition, and with OnDelete all of them", () => {
    const seen = look({ nodes: [node(1)], pods: statefulPods, policies: [db] })
    expect(plan(seen, [stateful("updateStrategy: { rollingUpdate: { partition: 2 } }")]).calls.now.total).toBe(5)
    const told = plan(seen, [stateful("updateStrategy: { type: OnDelete }")])
    expect(told.workloads[0]).toMatchObject({ change: "unchanged", note: "OnDelete: pods that are there stay as they are until somebody deletes them" })
    expect(told.calls.now.total).toBe(0)
  })

  it("to other nodes gets nothing from the slots that its old pods give up", () => {
    const nodes = [node(1, { labels: { pool: "old" } }), node(2, { labels: { pool: "new" } })]
    const pods = [...dbPods, ...deploymentPods("full", 9, ["node-2"], { branch: true })]
    const told = plan(look({ nodes, pods, policies: [db] }), [deploymentManifest("db", 3, { spec: "strategy: { type: Recreate }", pod: "nodeSelector: { pool: new }" })])
    expect(told.workloads[0]).toMatchObject({ change: "exchanged", differs: ["nodeSelector: none → pool=new"], slots: { left: 3 }, rollout: { answer: "never ends", unserved: 3 } })
  })

  it("of a DaemonSet that comes to more nodes needs slots on those", () => {
    const daemon = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: db, namespace: shop }\nspec: { template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: main }] } } }\n"
    const agent = pod("db-agent", { on: "node-1", branch: true, labels: { app: "db" }, owner: { kind: "DaemonSet", name: "db" } })
    const seen = look({ nodes: [node(1), node(2)], pods: [agent, ...deploymentPods("full", 9, ["node-2"], { branch: true })], policies: [db] })
    expect(plan(seen, [daemon]).workloads[0]).toMatchObject({ change: "scaled", slots: { needed: 1, left: 1 }, rollout: { answer: "never ends" } })
  })

  it("waits for slots that cool already, which the scheduler takes for free", () => {
    const pods = [...deploymentPods("full", 8, ["node-1"], { branch: true }), finished("once", "node-1", "2026-01-01T11:59:40Z")]
    const told = plan(look({ nodes: [node(1)], pods, policies: [db] }), [deploymentManifest("db", 1)])
    expect(told.nodes).toMatchObject([{ free: 1, cooling: 1, planned: 1 }])
    expect(told.workloads[0]).toMatchObject({ slots: { left: 0 }, rollout: { answer: "stalls", leastSeconds: 40, slots: 0, cooling: 1, stalls: { coolingSlots: 1 } } })
  })

  it("takes the cooldown that the manifests set", () => {
    const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: amazon-vpc-cni, namespace: kube-system }\ndata: { branch-eni-cooldown: \"30\" }\n"
    const seen = look({ nodes: [node(1)], pods: deploymentPods("db", 9, ["node-1"], { branch: true }), policies: [db] })
    const told = plan(seen, [settings, deploymentManifest("db", 9, { labels: { app: "db", v: "2" }, spec: "strategy: { type: Recreate }" })])
    expect(told.cooldownSeconds).toBe(30)
    expect(told.workloads[0]?.rollout?.leastSeconds).toBe(30)
  })

  it("of a workload that does not change is told as what a restart would take, and complains of nothing", () => {
    const seen = look({ nodes: [node(1)], pods: deploymentPods("db", 9, ["node-1"], { branch: true }), policies: [db] })
    const told = plan(seen, [deploymentManifest("db", 9, { spec: "strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }" })])
    expect(told.workloads[0]).toMatchObject({ change: "unchanged", rollout: { hypothetical: true, answer: "never ends" } })
    expect(complaints(told)).toEqual([])
  })

  it("shares what is free with the others of the plan", () => {
    const seen = look({ nodes: [node(1)], pods: deploymentPods("db", 3, ["node-1"], { branch: true }), policies: [db, seenPolicy("web", ["sg-1"], { app: "web" })] })
    const recreate = deploymentManifest("db", 3, { labels: { app: "db", v: "2" }, spec: "strategy: { type: Recreate }" })
    expect(plan(seen, [recreate]).workloads[0]?.rollout).toMatchObject({ answer: "fits", slots: 6 })
    expect(plan(seen, [recreate, deploymentManifest("web", 5)]).workloads.find(({ name }) => name === "Deployment shop/db")?.rollout).toMatchObject({ answer: "stalls", slots: 1 })
  })
})

describe("addresses", () => {
  const nodes: ReadonlyArray<SeenNode> = [node(1), node(2)]
  const web = [policyManifest("web", ["sg-1"], { app: "web" }), deploymentManifest("web", 12)]

  it("are unknown without EC2, and said to be", () => {
    const told = plan(look({ nodes }), web)
    expect(told.subnets).toEqual([])
    expect(told.coolingKnown).toBe(false)
    expect(told.workloads[0]?.rollout?.addresses).toBeUndefined()
    expect(told.notSeen).toMatchObject([{ what: "EC2", why: "not looked" }])
  })

  it("are counted by subnet, and too few are found", () => {
    expect(plan(look({ nodes, ec2: ec2(nodes, 12) }), web).coolingKnown).toBe(true)
    expect(plan(look({ nodes, ec2: ec2(nodes, 12) }), web).subnets).toEqual([{ id: "subnet-0a", free: 12, planned: 12, short: 0 }])
    const told = plan(look({ nodes, ec2: ec2(nodes, 10) }), web)
    expect(told.subnets).toEqual([{ id: "subnet-0a", free: 10, planned: 12, short: 2 }])
    expect(complaints(told)).toEqual(["too few addresses: 2 in subnet-0a", "never comes to its end: Deployment shop/web"])
  })
})

describe("what cannot be looked at", () => {
  it("fails where it is the manifests, with line and mend", () => {
    expect(refusal(cluster, "a: [b\n")).toMatchObject({ _tag: "CouldNotLook", message: expect.stringContaining("shop.yaml:") })
    expect(refusal(cluster, "kind: {{ .Values.kind }}: a\n").mend).toContain("branchline plan -f -")
  })

  it("fails where it is the policies", () => {
    const seen = look({ cluster: { policies: { unknown: "list securitygrouppolicies: forbidden", why: "forbidden" } } })
    expect(refusal(seen, deploymentManifest("web", 1)).message).toContain("policies of namespace shop")
  })

  it("narrows the answer where it is anything else", () => {
    const seen = look({ cluster: { nodes: { unknown: "list nodes: forbidden", why: "forbidden" } } })
    const told = plan(seen, [policyManifest("web", ["sg-1"], { app: "web" }), deploymentManifest("web", 60)])
    expect(told.nodes).toBeUndefined()
    expect(told.workloads[0]?.slots).toBeUndefined()
    expect(told.workloads[0]?.rollout).toMatchObject({ answer: "room unknown", leastSeconds: 2, peak: 60 })
    expect(told.notSeen.map(({ what }) => what)).toEqual(["nodes", "EC2"])
    const narrow = plan(look({ cluster: { pods: { items: [], namespaces: ["shop"], narrowed: "forbidden" } } }), [deploymentManifest("web", 1)])
    expect(narrow.cautions).toEqual(["pods of other namespaces were not seen: more slots may be taken than is told here"])
  })

  it("tells what an API server would refuse, and what is given twice", () => {
    const told = plan(cluster, [deploymentManifest("web", 1).replace("{\"app\":\"web\"}", "{ app: 1 }"), policyManifest("a", ["sg-1"], { app: "db" }), policyManifest("a", ["sg-2"], { app: "db" })])
    expect(told.problems.map(({ message }) => message)).toEqual([expect.stringContaining("is given twice"), expect.stringContaining("labels")])
    expect(told.policies).toMatchObject([{ groups: { after: ["sg-2"] } }])
    expect(complaints(told)).toEqual(["2 problems in the manifests"])
  })

  it("says that policies are refused where their kind is not there", () => {
    const seen = look({ nodes: [node(1)], pods: deploymentPods("web", 1, ["node-1"]), cluster: { policies: { unknown: "not found", why: "not served" } } })
    const told = plan(seen, [policyManifest("web", ["sg-1"], { app: "web" })])
    expect(told.cautions).toEqual([expect.stringContaining("CustomResourceDefinition")])
    expect(told.running).toMatchObject([{ owner: "Deployment shop/web" }])
    expect(notLooked.why).toBe("not looked")
  })
})
