import { Effect, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import type { SeenRule, SeenSecurityGroup } from "../../src/cluster/Ec2Seen.js"
import { Look } from "../../src/cluster/Look.js"
import { backgroundOf } from "../../src/lint/FromLook.js"
import { lintCluster, lintTexts } from "../../src/lint/Manifests.js"
import { parseSettings } from "../../src/lint/Settings.js"
import { pod, policy, serviceAccount } from "../support/Documents.js"
import { database, group, lookAt, type Looking, makeWorld, played } from "../support/Live.js"

interface World {
  readonly objects: ReadonlyArray<Schema.JsonObject>
  readonly agent?: Readonly<Record<string, string>>
}

/** A cluster in which these objects were applied in turn, a minute ago. */
const looked = ({ agent, objects }: World, looking: Looking = { aws: true }) =>
  played(Effect.gen(function*() {
    const world = yield* makeWorld(agent === undefined ? {} : { agent })
    yield* Effect.sleep("30 seconds")
    // The webhook sees a policy a moment after the API server.
    for (const object of objects) yield* Effect.andThen(world.apply(object), Effect.sleep("5 seconds"))
    yield* Effect.sleep("1 minute")
    return yield* lookAt(world, looking)
  }))

const told = (world: World, looking?: Looking, namespace?: string) =>
  lintCluster(backgroundOf(looked(world, looking), namespace)).findings.map(({ message, place, rule }) => ({ rule, object: place.object, message }))

const rule = (protocol: string, port: number, groups: ReadonlyArray<string>): SeenRule => ({
  protocol,
  fromPort: port,
  toPort: port,
  cidrs: [],
  groups: groups as ReadonlyArray<SecurityGroupId>,
  prefixLists: []
})

describe("a cluster", () => {
  it("in which all is well gives nothing to tell", () => {
    const look = looked({ objects: [policy("db", [database]), pod("web-1"), pod("other", { labels: { role: "web" } })] })
    const report = lintCluster(backgroundOf(look))
    expect(report.findings).toEqual([])
    expect(report.looked.policies).toBe(1)
    expect(report.notLooked).toEqual([])
    expect(report.unjudged.map((one) => one.rule)).toEqual(["dns-closed", "public-subnet-strict", "cluster-role-without-policy"])
  })

  it("has as many workloads as pods: of its DaemonSets, only the settings are known", () => {
    const look = looked({ objects: [pod("web-1"), policy("all", [database], { labels: { role: "db" }, namespace: "kube-system" })] })
    expect(lintCluster(backgroundOf(look)).looked.workloads).toBe(1)
  })

  it("tells of objects, not of lines", () => {
    const [finding, ...others] = lintCluster(backgroundOf(looked({ objects: [policy("db", [database], { labels: { role: "dba" } }), pod("web-1")] }))).findings
    expect(others).toEqual([])
    expect(finding?.place).toEqual({ object: "SecurityGroupPolicy default/db", field: "spec.podSelector.matchLabels.role" })
    expect(finding?.message).toContain("there is role=db (Pod web-1)")
  })

  it("tells of a pod that was there before its policy", () => {
    expect(told({ objects: [pod("web-1"), policy("db", [database])] })).toEqual([
      { rule: "pod-missed-by-webhook", object: "Pod default/web-1", message: "Pod web-1 runs without the groups of policy db" }
    ])
  })

  it("knows which groups exist, and of which VPC they are", () => {
    const absent = "sg-0000000000000000f"
    expect(told({ objects: [policy("db", [absent]), pod("web-1")] }).map((one) => one.rule)).toEqual(["group-absent"])
    const away = told({ objects: [policy("db", [database]), pod("web-1")] }, { aws: true, groups: [group(database, "vpc-0fedcba9876543210")] })
    expect(away.map((one) => one.rule)).toEqual(["group-in-other-vpc"])
    expect(told({ objects: [policy("db", [absent]), pod("web-1")] }, { aws: false })).toEqual([])
  })

  it("knows all service accounts", () => {
    const policies = [policy("db", [database], { serviceAccountLabels: { role: "db" } }), serviceAccount("web", { role: "dba" })]
    expect(told({ objects: [...policies, pod("web-1", { spec: { serviceAccountName: "web" } })] })).toMatchObject([
      { rule: "selector-matches-nothing", message: expect.stringContaining("there is role=dba (ServiceAccount web of Pod web-1)") }
    ])
  })

  it("knows the CNI plugin's settings: off, or in the way of probes", () => {
    const objects = [policy("db", [database]), pod("web-1", { spec: { containers: [{ name: "main", image: "a", readinessProbe: { tcpSocket: { port: 80 } } }] } })]
    expect(told({ objects, agent: { ENABLE_POD_ENI: "false" } }).map((one) => one.rule)).toContain("pod-eni-disabled")
    const strict = told({ objects, agent: { ENABLE_POD_ENI: "true", POD_SECURITY_GROUP_ENFORCING_MODE: "strict" } })
    expect(strict.map((one) => one.rule)).toEqual(["probe-port-closed"])
    const nodes = looked({ objects }).ec2
    const own = "unknown" in nodes ? [] : "items" in nodes.instances ? nodes.instances.items.flatMap(({ groups }) => groups) : []
    const open: SeenSecurityGroup = { ...group(database, ""), ingress: [rule("tcp", 80, own)] }
    expect(told({ objects }, { aws: true, groups: [open] }).map((one) => one.rule)).not.toContain("probe-port-closed")
  })

  it("knows the groups of the nodes on which its DNS runs", () => {
    const dns = pod("coredns-1", { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } })
    const objects = [dns, policy("db", [database]), pod("web-1")]
    expect(told({ objects })).toMatchObject([{ rule: "dns-closed", object: "Pod default/web-1" }])
    const open: SeenSecurityGroup = { ...group(database, ""), egress: [{ protocol: "-1", cidrs: ["0.0.0.0/0"], groups: [], prefixLists: [] }] }
    expect(told({ objects }, { aws: true, groups: [open] }).filter((one) => one.rule === "dns-closed")).toMatchObject([{ message: expect.stringContaining("lets Pod web-1 reach the cluster's DNS") }])
  })

  it("does not tell where a load balancer sends to, but where a node port does", () => {
    const service = (type: string): Schema.JsonObject => ({ apiVersion: "v1", kind: "Service", metadata: { name: "db", namespace: "default" }, spec: { type, externalTrafficPolicy: "Local", selector: { role: "db" }, ports: [{ port: 80 }] } })
    const report = (type: string) => lintCluster(backgroundOf(looked({ objects: [policy("db", [database]), pod("web-1"), service(type)] })))
    expect(report("NodePort").findings.map((one) => one.rule)).toEqual(["traffic-policy-local-strict"])
    expect(report("LoadBalancer").findings).toEqual([])
    expect(report("LoadBalancer").unjudged.map((one) => one.rule)).toContain("traffic-policy-local-strict")
  })

  it("tells once of pods that one thing made", () => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "0", controller: true }
    const replica = (name: string): Schema.JsonObject => {
      const document = pod(name, { spec: { terminationGracePeriodSeconds: 0 } })
      return { ...document, metadata: { ...(document["metadata"] as Schema.JsonObject), ownerReferences: [owner] } }
    }
    expect(told({ objects: [policy("db", [database]), replica("web-2"), replica("web-1"), replica("web-3")] })).toEqual([
      { rule: "grace-period-zero", object: "Pod default/web-1 and 2 more of ReplicaSet web", message: "Pod web-1 gives its pods no time to end" }
    ])
  })

  it("is judged in one namespace where that is asked for", () => {
    const objects = [policy("db", [database], { labels: { role: "dba" } }), pod("web-1")]
    expect(told({ objects }, { aws: true }, "default")).toHaveLength(1)
    expect(told({ objects }, { aws: true }, "kube-system")).toEqual([])
  })

  it("tells of events in which EC2 refuses the controller", () => {
    const look = looked({ objects: [policy("db", [database]), pod("web-1")] })
    const event = {
      metadata: { name: "n.1", namespace: "default", uid: "1", resourceVersion: "1" },
      involvedObject: { kind: "Node", name: "node-1" },
      reason: "TrunkENICreationFailed",
      message: "Failed to create trunk interface: Error Code: UnauthorizedOperation: Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
    }
    const told = Schema.decodeUnknownSync(Look)({ ...Schema.encodeSync(Look)(look) as object, cluster: { ...Schema.encodeSync(Look)(look).cluster, events: { items: [event] } } })
    expect(lintCluster(backgroundOf(told)).findings.map((one) => [one.rule, one.place.object])).toEqual([["cluster-role-without-policy", "Node node-1"]])
  })

  it("says what could not be looked at, and concludes nothing from it", () => {
    const look = looked({ objects: [policy("db", [database], { labels: { role: "dba" } })] })
    const forbidden = { unknown: "list pods: forbidden", why: "forbidden" as const }
    expect(lintCluster(backgroundOf(look)).findings).toMatchObject([{ rule: "selector-matches-nothing", message: "the policy selects nothing: there is no pod in namespace default" }])
    const narrowed = lintCluster(backgroundOf({ ...look, cluster: { ...look.cluster, pods: forbidden } }))
    expect(narrowed.findings).toEqual([])
    expect(narrowed.notLooked).toEqual(["pods (list pods: forbidden)"])
  })
})

describe("manifests on a cluster", () => {
  const objects = [pod("web-1"), policy("old", [database], { labels: { role: "none" } })]
  const sgp = (role: string, name = "db", ids = database): string =>
    JSON.stringify(policy(name, [ids], { labels: { role } }))
  const cluster = backgroundOf(looked({ objects }))

  it("are judged by the cluster's pods and groups; the cluster's own faults are not theirs", () => {
    const rulesOf = (text: string) => lintTexts({ texts: [{ name: "sgp.json", text }], cluster }).findings.map(({ place, rule: id }) => `${id} ${place.file}`)
    expect(rulesOf(sgp("db"))).toEqual([])
    expect(rulesOf(sgp("dba"))).toEqual(["selector-matches-nothing sgp.json"])
  })

  it("may name a group that EC2 was not asked about: then nobody knows whether it exists", () => {
    const { findings, unjudged } = lintTexts({ texts: [{ name: "sgp.json", text: sgp("db", "db", "sg-0000000000000000e") }], cluster })
    expect(findings).toEqual([])
    expect(unjudged).toContainEqual({ rule: "group-absent", lacks: "nobody asked EC2 for sg-0000000000000000e" })
    expect(unjudged.map(({ rule: id }) => id)).toContain("group-in-other-vpc")
  })

  it("take the place of what they replace", () => {
    const { findings } = lintTexts({ texts: [{ name: "sgp.json", text: sgp("db", "old") }], cluster })
    expect(findings).toEqual([])
  })

  it("keep their own settings", () => {
    const settings = Result.getOrThrow(parseSettings("lint.yaml", "rules: {selector-matches-nothing: off}"))
    expect(lintTexts({ texts: [{ name: "sgp.json", text: sgp("dba") }], cluster, settings }).findings).toEqual([])
  })
})
