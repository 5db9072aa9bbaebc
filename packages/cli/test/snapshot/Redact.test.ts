import { SecurityGroupId } from "@branchline/core/model/Ids"
import { Effect, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { itemsOf } from "../../src/cluster/Found.js"
import { Look } from "../../src/cluster/Look.js"
import { readSnapshot } from "../../src/cluster/SnapshotFile.js"
import { nodeStory } from "../../src/explain/ExplainNode.js"
import { podStory } from "../../src/explain/ExplainPod.js"
import { nodeFactsOf } from "../../src/explain/NodeFactsOf.js"
import { policyStory } from "../../src/explain/ExplainPolicy.js"
import { redact } from "../../src/snapshot/Redact.js"
import { summaryOf } from "../../src/snapshot/Summary.js"
import { statusOf } from "../../src/status/Status.js"
import { situations } from "../explain/situations/All.js"
import { pod, policy, serviceAccount } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const look = played(Effect.gen(function*() {
  const world = yield* makeWorld({ settings: { clusterName: "acme-production" } })
  yield* world.apply(serviceAccount("ledger", { team: "acme-payments" }))
  yield* world.apply(policy("acme-db", [database], { labels: { role: "acme-db" } }))
  yield* world.apply(policy("acme-gone", ["sg-0123456789abcdef0"], { labels: { role: "acme-broken" } }))
  yield* Effect.sleep("30 seconds")
  yield* world.apply(pod("acme-ledger-0", { labels: { role: "acme-db", "pod-template-hash": "59f8bc64cd" }, spec: { serviceAccountName: "ledger" } }))
  yield* world.apply(pod("acme-broken-0", { labels: { role: "acme-broken" } }))
  yield* world.waitForPhase("acme-ledger-0", "Running")
  yield* Effect.sleep("30 seconds")
  return yield* lookAt(world, { aws: true })
}))

const text = (some: Look): string => JSON.stringify(some)

/** Everything in the look that names somebody's thing. */
const secrets: ReadonlyArray<string> = [
  "acme",
  "ledger",
  "59f8bc64cd",
  ...itemsOf(look.cluster.pods).map(({ metadata }) => metadata.uid),
  ...itemsOf(look.cluster.nodes).map(({ metadata }) => metadata.name),
  ..."unknown" in look.ec2 ? [] : [
    ...itemsOf(look.ec2.interfaces).flatMap(({ eniId, macAddress, privateIp, subnetId, vpcId }) => [eniId, macAddress, privateIp, subnetId, vpcId]),
    ...itemsOf(look.ec2.instances).map(({ instanceId }) => instanceId),
    ...itemsOf(look.ec2.securityGroups).map(({ groupId }) => groupId)
  ]
]

describe("every situation, redacted,", () => {
  it.each(situations)("$title: tells the same causes", ({ build }) => {
    const { look: before } = played(build)
    const after = redact(before)
    const causesOf = (of: Look) => [
      ...itemsOf(of.cluster.pods).map((one) => podStory(of, one).waitsFor.cause._tag),
      ...itemsOf(of.cluster.policies).map(({ metadata: { name, namespace } }) => policyStory(of, namespace, name).waitsFor.cause._tag),
      ...itemsOf(of.cluster.nodes).map(({ metadata: { name } }) => nodeStory(of, name).waitsFor.cause._tag)
    ]
    expect(causesOf(after)).toEqual(causesOf(before))
    const unwell = (of: Look) => statusOf(of).findings.map(({ finding }) => finding)
    expect(unwell(after)).toEqual(unwell(before))
  })
})

describe("a redacted look", () => {
  const redacted = redact(look)

  it("names nothing that the look names", () => {
    const before = text(look)
    const after = text(redacted)
    for (const secret of secrets) {
      expect(before, secret).toContain(secret)
      expect(after, secret).not.toContain(secret)
    }
  })

  it("is a snapshot as any other", () => {
    expect(Result.getOrThrow(readSnapshot("case.json", JSON.stringify(Schema.encodeSync(Look)(redacted))))).toEqual(redacted)
  })

  it("tells the same stories", () => {
    const pods = itemsOf(look.cluster.pods)
    const others = itemsOf(redacted.cluster.pods)
    const causes = (of: Look, some: typeof pods) => some.map((one) => podStory(of, one).waitsFor).map(({ actor, cause }) => [actor, cause._tag])
    expect(causes(redacted, others)).toEqual(causes(look, pods))
    expect(new Set(causes(look, pods).map(([, tag]) => tag))).toEqual(new Set(["Served", "GroupsUnusable"]))
    const policies = (of: Look) => itemsOf(of.cluster.policies).map(({ metadata: { name, namespace } }) => policyStory(of, namespace, name).waitsFor.cause._tag)
    expect(policies(redacted)).toEqual(policies(look))
  })

  it("gives the same input the same alias", () => {
    const [first] = itemsOf(redacted.cluster.pods).filter(({ metadata }) => metadata.annotations?.["vpc.amazonaws.com/pod-eni"])
    const annotation = JSON.parse(first?.metadata.annotations?.["vpc.amazonaws.com/pod-eni"] ?? "[]")[0]
    const interfaces = "unknown" in redacted.ec2 ? [] : itemsOf(redacted.ec2.interfaces)
    expect(interfaces.map(({ eniId }) => eniId)).toContain(annotation.eniId)
    expect(interfaces.map(({ privateIp }) => privateIp)).toContain(annotation.privateIp)
    expect(first?.spec.nodeName).toBe(itemsOf(redacted.cluster.nodes)[0]?.metadata.name)
  })

  it("still has the ENIConfig that a node's label names", () => {
    const eniConfig = { metadata: { name: "acme-zone-a", uid: "u", resourceVersion: "1" }, spec: { subnet: "subnet-0123456789abcdef0", securityGroups: [] } }
    const [node] = itemsOf(look.cluster.nodes)
    const labelled = { ...node!, metadata: { ...node!.metadata, labels: { ...node!.metadata.labels, "vpc.amazonaws.com/eniConfig": "acme-zone-a" } } }
    const custom = redact({ ...look, cluster: { ...look.cluster, nodes: { items: [labelled] }, eniConfigs: { items: [eniConfig] } } })
    const found = nodeFactsOf(custom, itemsOf(custom.cluster.nodes)[0]?.metadata.name ?? "")
    expect(found.eniConfig).toMatchObject({ metadata: { name: "eniconfig-1" } })
    expect(text(custom)).not.toContain("acme")
  })

  it("keeps no name in the texts of others", () => {
    const refused = {
      unknown: "list nodes: nodes is forbidden: User \"acme-jane\" cannot list resource \"nodes\" at https://0A1B2C.gr7.eu-west-1.eks.amazonaws.com/api/v1 (10.1.2.3), as arn:aws:iam::123456789012:role/acme",
      why: "forbidden"
    } as const
    const [event] = itemsOf(look.cluster.events)
    const others = [
      { ...event!, reason: "FailedCreatePodSandBox", message: "pod acme-ledger-0_default(6e626401) on acme-ledger-0: no address" },
      { ...event!, reason: "Acme", message: "acme has a secret", source: { component: "acme-controller" } }
    ]
    const [one] = itemsOf(look.cluster.policies)
    const byName = { ...one!, spec: { ...one!.spec, securityGroups: { groupIds: [SecurityGroupId.make("acme-database")] } } }
    const after = text(redact({ ...look, cluster: { ...look.cluster, nodes: refused, events: { items: others }, policies: { items: [byName] } } }))
    for (const secret of ["acme", "jane", "0A1B2C", "123456789012", "10.1.2.3"]) expect(after, secret).not.toContain(secret)
    expect(after).toContain("nodes is forbidden")
  })

  it("says what was replaced, and redacted once more stays what it is", () => {
    expect(summaryOf(redacted).at(-1)).toMatch(/^redacted: .*pod names/)
    expect(itemsOf(redact(redacted).cluster.pods).map(({ metadata }) => metadata.name)).toEqual(itemsOf(redacted.cluster.pods).map(({ metadata }) => metadata.name))
  })

  it("keeps what a story needs: times, types, zones, settings", () => {
    const [node] = itemsOf(redacted.cluster.nodes)
    expect(node?.metadata.labels?.["node.kubernetes.io/instance-type"]).toBe("m5.large")
    expect(node?.spec?.providerID).toMatch(/^aws:\/\/\/eu-west-1a\/i-[0-9a-f]{17}$/)
    expect(redacted.takenAt).toBe(look.takenAt)
  })
})
