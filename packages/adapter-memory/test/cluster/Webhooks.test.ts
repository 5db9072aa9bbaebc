import { describe, expect, it } from "vitest"
import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"
import * as Cluster from "../../src/Cluster.js"
import { type Document, objectAt, textAt } from "../../src/kubernetes/Document.js"
import { simulate } from "../../src/simulation/Simulation.js"

const resources = { "vpc.amazonaws.com/pod-eni": "1" }

/** What the record's controller answers: the patch in round 0, nothing in round 1. */
const admit = ({ body, path }: { readonly path: string; readonly body: string }) =>
  Effect.sync(() => {
    const { request } = JSON.parse(body)
    const patched = request.object.spec.containers?.[0].resources?.limits !== undefined
    const patch = ["limits", "requests"].map((list) => ({ op: "add", path: `/spec/containers/0/resources/${list}`, value: resources }))
    const change = path === "/mutate-v1-pod" && !patched ? { patchType: "JSONPatch", patch: btoa(JSON.stringify(patch)) } : {}
    const response = { uid: request.uid, allowed: path !== "/validate-v1-node", ...change }
    return { status: 200, body: JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response }) }
  })

const Recorded = Schema.fromJsonString(Schema.Struct({ annotations: Schema.Record(Schema.String, Schema.String) }))
const record = Schema.decodeUnknownSync(Recorded)(
  readFileSync(new URL("../../../core/test/fixtures/seed/audit-pod-create.json", import.meta.url), "utf8")
)

const awsCli: Document = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "aws-cli", namespace: "default", labels: { role: "demo-sg" } },
  spec: { containers: [{ name: "aws-cli", image: "amazon/aws-cli:latest", imagePullPolicy: "IfNotPresent" }] }
}

const webhookAnnotations = (annotations: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(annotations).filter(([key]) => /^(mutation|patch)\.webhook/.test(key)).map(([key, value]) => [key, JSON.parse(value)])
  )

const creation = (options: Cluster.ClusterOptions, serve: boolean) => {
  const run = simulate(Effect.gen(function*() {
    const cluster = yield* Cluster.make({ nodes: 1, asks: "never", ...options })
    if (serve) yield* cluster.serveWebhooks(admit)
    const created = yield* cluster.apply(awsCli)
    const audited = (yield* cluster.kubernetes.audit.events).find(({ objectRef, verb }) =>
      verb === "create" && objectRef.resource === "pods" && objectRef.subresource === undefined)
    return { created, annotations: webhookAnnotations(audited?.annotations ?? {}) }
  }))
  expect(run.exit).toMatchObject({ _tag: "Success" })
  return run.exit._tag === "Success" ? run.exit.value : expect.unreachable()
}

describe("the record's webhooks", () => {
  it("with the bystanders, the audit annotations are the record's, index for index, in both rounds", () => {
    const { annotations, created } = creation({ bystanders: true }, true)
    expect(annotations).toEqual(webhookAnnotations(record.annotations))
    expect(Object.keys(annotations)).toHaveLength(6)
    expect(objectAt(created, "spec")["tolerations"]).toContainEqual({ key: "vpc.amazonaws.com/pod-eni", operator: "Exists", effect: "NoSchedule" })
  })

  it("without them, the controller's own is index 0; without the controller, there is none", () => {
    expect(Object.keys(creation({}, true).annotations)).toContain("patch.webhook.admission.k8s.io/round_0_index_0")
    expect(creation({}, false).annotations).toEqual({})
  })

  it("a webhook server that is away lets the pod pass unchanged", () => {
    const away = () => Effect.fail("connection refused")
    const { created } = creation({ webhooks: { mutatePod: away, validatePod: away, validateNode: away } }, false)
    expect(textAt(created, "metadata", "name")).toBe("aws-cli")
    expect(JSON.stringify(created)).not.toContain("pod-eni")
  })

  it("the node webhook is asked at updates of nodes", () => {
    const run = simulate(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ nodes: 1, asks: "never" })
      yield* cluster.serveWebhooks(admit)
      const [name] = cluster.nodes.keys()
      const node = { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false }
      return yield* Effect.flip(cluster.admin.patch(node, { name: name! }, { _tag: "merge", patch: { metadata: { labels: { a: "b" } } } }))
    }))
    expect(run.exit).toMatchObject({ _tag: "Success", value: { message: expect.stringContaining("vnode.vpc.k8s.aws") } })
  })
})
