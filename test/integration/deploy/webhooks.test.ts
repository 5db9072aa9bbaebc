import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import * as SelfManagedTls from "@branchline/adapter-k8s/webhook/SelfManagedTls"
import { respond } from "@branchline/core/admission/Webhook"
import { mutatePodWebhook, nodeAgentIdentity, podEni, privateIPv4Address, validateNodeWebhook, validatePodWebhook } from "@branchline/core/model/Names"
import { securityGroupPolicies } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import * as PolicyIndex from "@branchline/core/selection/PolicyIndex"
import { Effect, Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Client, client } from "../support/Client.js"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { applyWebhooks, deployedWebhooks } from "../support/Webhooks.js"
import { build, documents, only } from "./support/Deploy.js"
import { listen } from "./support/Listener.js"

const controller = "system:serviceaccount:kube-system:eks-vpc-resource-controller"
const everybody = ["admin", controller, nodeAgentIdentity] as const
type Name = (typeof everybody)[number]

const pods = "/api/v1/namespaces/default/pods"
const systemPods = "/api/v1/namespaces/kube-system/pods"
const mirror = { "kubernetes.io/config.mirror": "hash" }
const own = { "app.kubernetes.io/name": "eks-vpc-resource-controller" }

const pod = (name: string, metadata: object = {}, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: { containers: [{ name: "a", image: "a" }], ...spec }
})

let plane: ControlPlane
let listener: Awaited<ReturnType<typeof listen>>
const as = {} as Record<Name, Client>

/** Webhooks that are asked about everything, at the paths of ours with `/all` before them. */
const unconditional = (port: number, ca: string) =>
  deployedWebhooks().map((configuration) => ({
    ...configuration,
    metadata: { name: `all-${configuration.metadata.name}` },
    webhooks: configuration.webhooks.map(({ clientConfig, ...webhook }) => ({
      ...webhook,
      clientConfig: { url: `https://127.0.0.1:${port}/all${clientConfig.service?.path}`, caBundle: Buffer.from(ca).toString("base64") },
      matchConditions: []
    }))
  }))

beforeAll(async () => {
  plane = await startControlPlane()
  listener = await listen(plane)
  for (const name of everybody) as[name] = await client(plane, { name, groups: ["system:masters"] })
  await applyWebhooks(plane, listener.port, plane.ca.cert)
  for (const configuration of unconditional(listener.port, plane.ca.cert)) {
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(configuration) })
  }
  await as.admin.must("POST", pods, pod("there", { labels: own, annotations: { [podEni]: "[]" } }))
  await as.admin.must("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "one" } })
  // Webhooks are in force a moment after they were stored.
  await eventually("all webhooks are in force", async () => {
    listener.take()
    await as.admin.must("POST", `${pods}?dryRun=All`, pod("b", { annotations: { [podEni]: "[]" } }))
    await as[nodeAgentIdentity].must("PATCH", "/api/v1/nodes/one?dryRun=All", { metadata: { labels: { a: "b" } } })
    return listener.take().length === 6 || undefined
  })
})
afterAll(async () => {
  for (const one of Object.values(as)) await one.close()
  await listener?.close()
  await plane?.stop()
})

/** A policy for every pod and Windows IPAM: the facts under which a webhook has most to say. */
const policy = securityGroupPolicies.decode({
  metadata: { name: "p", namespace: "default", uid: "u", resourceVersion: "1" },
  spec: { podSelector: {}, securityGroups: { groupIds: ["sg-01234567"] } }
})
const context = {
  facts: Effect.succeed({
    policies: PolicyIndex.fromPolicies([Result.getOrThrow(policy)]),
    groupsPerInterface: 5,
    windows: { ipamEnabled: true, served: true }
  }),
  serviceAccount: () => Effect.succeed({})
}

type Case = readonly [title: string, paths: ReadonlyArray<string>, by: Name, ...call: Parameters<Client["call"]>]
const mutate = mutatePodWebhook.path
const validate = validatePodWebhook.path
const agent = validateNodeWebhook.path
const create = (where: string, document: unknown): Parameters<Client["call"]> => ["POST", `${where}?dryRun=All`, document]
const change = (path: string, document: unknown): Parameters<Client["call"]> => ["PATCH", `${path}?dryRun=All`, document]
const annotate = (annotations: object, path = `${pods}/there`) => change(path, { metadata: { annotations } })

const cases: ReadonlyArray<Case> = [
  ["a pod", [mutate], "admin", ...create(pods, pod("b"))],
  ["a pod with a generated name", [mutate], "admin", ...create(pods, { ...pod("b"), metadata: { generateName: "b-" } })],
  ["a pod that says that it has a network of its own", [mutate], "admin", ...create(pods, pod("b", {}, { hostNetwork: false }))],
  ["a pod in its node's network", [], "admin", ...create(pods, pod("b", {}, { hostNetwork: true }))],
  ["a pod for Windows", [mutate], "admin", ...create(pods, pod("b", {}, { nodeSelector: { "kubernetes.io/os": "windows" } }))],
  ["a pod for Fargate", [mutate], "admin", ...create(pods, pod("b", { labels: { "eks.amazonaws.com/fargate-profile": "a" } }))],
  ["a pod of kube-system", [mutate], "admin", ...create(systemPods, pod("b"))],
  ["the controller's own pod", [], "admin", ...create(systemPods, pod("b", { labels: own }))],
  ["a pod that looks like the controller's, elsewhere", [mutate], "admin", ...create(pods, pod("b", { labels: own }))],
  ["a mirror pod", [mutate], "admin", ...create(pods, pod("b", { annotations: mirror }, { nodeName: "one" }))],
  ["a mirror pod in its node's network", [], "admin", ...create(systemPods, pod("b", { annotations: mirror }, { nodeName: "one", hostNetwork: true }))],
  ["a pod that brings the annotation", [mutate, validate], "admin", ...create(pods, pod("b", { annotations: { [podEni]: "" } }))],
  ["a pod that brings the Windows annotation", [mutate, validate], "admin", ...create(pods, pod("b", { annotations: { [privateIPv4Address]: "10.0.0.1" } }))],
  ["a pod that brings another annotation", [mutate], "admin", ...create(pods, pod("b", { annotations: { a: "b" } }))],
  ["the annotation, written by somebody", [validate], "admin", ...annotate({ [podEni]: "[1]" })],
  ["the annotation, removed by somebody", [validate], "admin", ...annotate({ [podEni]: null })],
  ["the annotation, written by the controller", [], controller, ...annotate({ [podEni]: "[1]" })],
  ["the annotation, written as it was", [], "admin", ...annotate({ [podEni]: "[]", other: "1" })],
  ["the annotation, written through the status", [validate], "admin", ...annotate({ [podEni]: "[1]" }, `${pods}/there/status`)],
  ["the Windows annotation", [validate], "admin", ...annotate({ [privateIPv4Address]: "10.0.0.1" })],
  ["the Fargate annotation, even by the controller", [validate], controller, ...annotate({ "fargate.amazonaws.com/pod-sg": "sg-1" })],
  ["a label of a pod", [], "admin", ...change(`${pods}/there`, { metadata: { labels: { a: "b" } } })],
  ["all annotations removed", [validate], "admin", ...change(`${pods}/there`, { metadata: { annotations: null } })],
  ["a pod's status", [], "admin", ...change(`${pods}/there/status`, { status: { phase: "Running" } })],
  ["an ephemeral container", [], "admin", ...change(`${pods}/there/ephemeralcontainers`, {
    metadata: { annotations: { [podEni]: "[1]" } },
    spec: { ephemeralContainers: [{ name: "e", image: "e", terminationMessagePolicy: "File", imagePullPolicy: "Always" }] }
  })],
  ["a pod's deletion", [], "admin", "DELETE", `${pods}/there?dryRun=All`],
  ["a node, by its agent", [agent], nodeAgentIdentity, ...change("/api/v1/nodes/one", { metadata: { labels: { a: "b" } } })],
  ["a node, by somebody else", [], "admin", ...change("/api/v1/nodes/one", { metadata: { labels: { a: "b" } } })],
  ["a node's status, by its agent", [], nodeAgentIdentity, ...change("/api/v1/nodes/one/status", { status: { capacity: { a: "1" } } })]
]

const withoutPrefix = (path: string) => path.replace(/^\/all/, "")

describe("the API server asks", () => {
  it.each(cases.map((one) => ({ title: one[0], one })))("$title", async ({ one: [title, expected, by, ...call] }) => {
    listener.take()
    const answer = await as[by].call(...call)
    expect(answer.status, String(answer.body["message"])).toBeLessThan(300)
    const asked = listener.take()
    const ours = asked.filter(({ path }) => !path.startsWith("/all")).map(({ path }) => path)
    expect([...ours].sort()).toEqual([...expected].sort())
    // Where it was not asked, it would have had nothing to say.
    if (title === "the controller's own pod") return
    for (const { body, path } of asked.filter(({ path }) => path.startsWith("/all") && !ours.includes(withoutPrefix(path)))) {
      const { response } = JSON.parse((await Effect.runPromise(respond({ path: withoutPrefix(path), body }, context))).body) as { readonly response: object }
      expect(response, path).toEqual({ uid: expect.any(String), allowed: true })
    }
  })

  it("would say something to a pod that it is asked about, under the same facts", async () => {
    listener.take()
    await as.admin.must("POST", `${pods}?dryRun=All`, pod("b", { annotations: { [podEni]: "" } }))
    const answers = await Promise.all(listener.take().filter(({ path }) => !path.startsWith("/all")).map(async ({ body, path }) =>
      JSON.parse((await Effect.runPromise(respond({ path, body }, context))).body) as unknown))
    expect(answers).toHaveLength(2)
    expect(answers).toContainEqual(expect.objectContaining({ response: expect.objectContaining({ patch: expect.any(String) }) }))
    expect(answers).toContainEqual(expect.objectContaining({ response: expect.objectContaining({ allowed: false }) }))
  })
})

/** The webhooks of an overlay, at a port where nobody listens. */
const unanswered = async (...components: ReadonlyArray<string>) => {
  interface Configuration {
    readonly webhooks: ReadonlyArray<{ readonly clientConfig: { readonly service: { readonly path: string } } }>
  }
  const configurations = documents<Configuration>(await build(...components)).filter(({ kind }) => kind.endsWith("WebhookConfiguration"))
  for (const configuration of configurations) {
    const webhooks = configuration.webhooks.map(({ clientConfig, ...webhook }) =>
      ({ ...webhook, clientConfig: { url: `https://127.0.0.1:1${clientConfig.service.path}` } }))
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ ...configuration, webhooks }) })
  }
}

describe("while no replica can be asked", () => {
  const refused = async (by: Name, ...call: Parameters<Client["call"]>) => (await as[by].call(...call)).status >= 400
  const isForced = (what: string, ...call: readonly [Name, ...Parameters<Client["call"]>]) =>
    eventually(what, async () => (await refused(...call)) || undefined)

  it("everything passes, by default", async () => {
    await unanswered()
    await eventually("the listener is no longer asked", async () => {
      listener.take()
      await as.admin.call(...create(pods, pod("b")))
      return listener.take().every(({ path }) => path.startsWith("/all")) || undefined
    })
    for (const [title, , by, ...call] of cases) expect(await refused(by, ...call), title).toBe(false)
  })

  it("fail-closed-mutation: pods outside of kube-system that could be a policy's are refused, nothing else", async () => {
    await unanswered("fail-closed-mutation")
    await isForced("a refusal", "admin", ...create(pods, pod("b")))
    const mirrorCase = "a mirror pod"
    for (const [title, paths, by, ...call] of cases) {
      const isSpared = title === mirrorCase || call[1].startsWith(systemPods)
      expect(await refused(by, ...call), title).toBe(paths.includes(mutate) && !isSpared)
    }
  })

  it("fail-closed-node-validation: the agent's updates of nodes are refused, nothing else", async () => {
    await unanswered("fail-closed-node-validation")
    await isForced("a refusal", nodeAgentIdentity, ...change("/api/v1/nodes/one", { metadata: { labels: { a: "b" } } }))
    await eventually("mutation is let pass", async () => !(await refused("admin", ...create(pods, pod("b")))) || undefined)
    for (const [title, paths, by, ...call] of cases) expect(await refused(by, ...call), title).toBe(paths.includes(agent))
  })

  it("fail-closed-pod-validation: what touches the annotations is refused, nothing else", async () => {
    await unanswered("fail-closed-pod-validation")
    await eventually("the agent's updates are let pass", async () =>
      !(await refused(nodeAgentIdentity, ...change("/api/v1/nodes/one", { metadata: { labels: { a: "c" } } }))) || undefined)
    const [, , by, ...call] = cases.find(([, paths]) => paths.includes(validate))!
    await isForced("a refusal", by, ...call)
    for (const [title, paths, by, ...call] of cases) expect(await refused(by, ...call), title).toBe(paths.includes(validate))
  })

  it("opt-in-namespaces with fail-closed-mutation: only pods of namespaces that asked for it are refused", async () => {
    await unanswered("fail-closed-mutation", "opt-in-namespaces")
    await as.admin.must("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { "branchline/policies": "enabled" } } })
    await eventually("the account default", () => plane.kubectl(["get", "serviceaccount", "default", "-n", "shop"]))
    await isForced("a refusal", "admin", ...create("/api/v1/namespaces/shop/pods", pod("b")))
    await eventually("others pass", async () => !(await refused("admin", ...create(pods, pod("b")))) || undefined)
    expect(await refused("admin", ...create("/api/v1/namespaces/shop/pods", pod("b", {}, { hostNetwork: true })))).toBe(false)
  })
})

describe("self-managed certificates", () => {
  it("are trusted by every webhook, that of a component, too", async () => {
    await unanswered("fail-closed-mutation")
    await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: only(await build(), ["Secret"]) })
    const access = { kubeconfig: await plane.kubeconfig() }
    const bundles = async () => {
      const { items } = JSON.parse(await plane.kubectl(["get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "json"])) as {
        readonly items: ReadonlyArray<{ readonly metadata: { readonly name: string }; readonly webhooks: ReadonlyArray<{ readonly name: string; readonly clientConfig: { readonly caBundle?: string } }> }>
      }
      return items.filter(({ metadata }) => metadata.name.startsWith("vpc-resource-")).flatMap(({ webhooks }) => webhooks)
    }
    const before = await bundles()
    expect(before.map(({ name }) => name)).toEqual(["mpod.vpc.k8s.aws", "mpod.kube-system.vpc.k8s.aws", "vpod.vpc.k8s.aws", "vnode.vpc.k8s.aws"])
    const tls = Effect.gen(function*() {
      const port = yield* K8sKubernetes.make({ access })
      return yield* Effect.provideService(
        SelfManagedTls.make({ secret: { namespace: "kube-system", name: "vpc-resource-webhook-tls" }, names: ["127.0.0.1"] }),
        Kubernetes,
        port
      )
    })
    await Effect.runPromise(Effect.scoped(tls))
    const after = (await bundles()).map(({ clientConfig }) => clientConfig.caBundle)
    expect(new Set(after).size).toBe(1)
    expect(Buffer.from(after[0] ?? "", "base64").toString()).toContain("BEGIN CERTIFICATE")
    expect(before.map(({ clientConfig }) => clientConfig.caBundle)).not.toContain(after[0])
  })
})
