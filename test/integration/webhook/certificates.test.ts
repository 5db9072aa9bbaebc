import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Duration, Effect, Exit, Scope } from "effect"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import * as SelfManagedTls from "@branchline/adapter-k8s/webhook/SelfManagedTls"
import * as TlsFiles from "@branchline/adapter-k8s/webhook/TlsFiles"
import * as WebhookServer from "@branchline/adapter-k8s/webhook/WebhookServer"
import * as Admitting from "@branchline/core/controller/Admitting"
import { defaults } from "@branchline/core/controller/Settings"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { seedText } from "../../../examples/test/story/support.js"
import { certificate, type KeyPair } from "../support/Certificates.js"
import { type ControlPlane, root, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { serviceAccountConfig } from "../support/ServiceAccounts.js"
import { applyWebhooks } from "../support/Webhooks.js"
import { type Balancer, balancer } from "./Balancer.js"

let plane: ControlPlane
let kubeconfig: string
beforeAll(async () => {
  plane = await startControlPlane()
  for (const file of ["serviceaccount", "rbac", "secret"]) await plane.kubectl(["apply", "-f", `${root}/deploy/base/${file}.yaml`])
  kubeconfig = await serviceAccountConfig(plane, "kube-system", "eks-vpc-resource-controller")
  await plane.kubectl(["apply", "-f", "-"], { input: seedText("sg-policy.yaml") })
})
afterAll(() => plane?.stop())

let scope = Scope.makeUnsafe()
let front: Balancer | undefined
afterEach(async () => {
  await front?.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  scope = Scope.makeUnsafe()
  await plane.kubectl(["delete", "pods", "--all", "--grace-period=0", "--force"])
})

/** One replica: what it knows, and its server. */
const replica = <T extends { readonly pair: SelfManagedTls.SelfManagedTls["pair"] }, E>(tlsSource: Effect.Effect<T, E, Kubernetes | Scope.Scope>) =>
  Scope.provide(
    Effect.gen(function*() {
      const kubernetes = yield* K8sKubernetes.make({ access: { kubeconfig } })
      return yield* Effect.gen(function*() {
        const admitting = yield* Admitting.make(defaults)
        const tls = yield* tlsSource
        yield* admitting.ready
        const server = yield* WebhookServer.make({
          host: "127.0.0.1",
          port: 0,
          tls,
          admit: admitting.admit,
          ready: admitting.isReady,
          limits: { linger: Duration.zero, finishing: Duration.millis(500) }
        })
        return { tls, server }
      }).pipe(Effect.provideService(Kubernetes, kubernetes))
    }),
    scope
  )

const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { role: "demo-sg" } },
  spec: { containers: [{ name: "a", image: "pause" }] }
})

/** Creates a pod over a connection of its own to the webhook. */
const create = async (name: string): Promise<void> => {
  front?.cut()
  await plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(pod(name)) })
}

/** Pods, and those of them that were stored as they came, because no webhook answered. */
const pods = async () => {
  const { items } = JSON.parse(await plane.kubectl(["get", "pods", "-o", "json"])) as {
    readonly items: ReadonlyArray<{
      readonly metadata: { readonly name: string }
      readonly spec: { readonly containers: ReadonlyArray<{ readonly resources: { readonly limits?: Readonly<Record<string, string>> } }> }
    }>
  }
  const missed = items.filter(({ spec }) => spec.containers[0]?.resources.limits?.["vpc.amazonaws.com/pod-eni"] !== "1")
  return { count: items.length, missed: missed.map(({ metadata }) => metadata.name) }
}

/** The authorities that the API server trusts for our mutating webhook, PEM. */
const trusted = async (): Promise<ReadonlyArray<string>> => {
  const base64 = await plane.kubectl(["get", "mutatingwebhookconfiguration", "vpc-resource-mutating-webhook", "-o", "jsonpath={.webhooks[0].clientConfig.caBundle}"])
  return Buffer.from(base64, "base64").toString().match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}

const answered = async (name: string): Promise<void> => {
  let attempt = 0
  await eventually("the API server asks the webhook", async () => {
    await create(`${name}-${attempt++}`)
    const { count, missed } = await pods()
    return missed.length < count ? true : undefined
  })
  await plane.kubectl(["delete", "pods", "--all", "--grace-period=0", "--force"])
}

it("two replicas change their certificates and their authority while pods are created: no pod is missed, and the old authority goes", async () => {
  const seconds = (count: number) => Duration.seconds(count)
  const tls = SelfManagedTls.make({
    secret: { namespace: "kube-system", name: "vpc-resource-webhook-tls" },
    names: ["127.0.0.1"],
    interval: "1 second",
    lifetimes: { authority: seconds(40), authorityRenewal: seconds(20), serving: seconds(14), servingRenewal: seconds(7), settling: seconds(3) }
  })
  const [one, two] = await Effect.runPromise(Effect.all([replica(tls), replica(tls)], { concurrency: "unbounded" }))
  front = await balancer([one.server.port, two.server.port])
  await applyWebhooks(plane, front.port)
  await eventually("the configurations trust the webhook", async () => (await trusted()).length > 0 ? true : undefined)
  await answered("first")

  const [before] = await trusted()
  const serving = new Set<string>()
  const authorities = new Set<string>()
  const until = Date.now() + 70_000
  let created = 0
  let isOver = false
  while (Date.now() < until && !isOver) {
    await create(`pod-${created++}`)
    serving.add(one.tls.pair.value.digest)
    const bundle = await trusted()
    for (const authority of bundle) authorities.add(authority)
    isOver = authorities.size > 1 && !bundle.includes(before ?? "")
  }
  const { count, missed } = await pods()
  console.log(`${count} pods while ${serving.size} certificates of ${authorities.size} authorities were served; connections ${front.connections().join(" and ")}`)
  expect(missed).toEqual([])
  expect(count).toBe(created)
  expect(isOver, "the first authority is not trusted any more").toBe(true)
  expect(serving.size).toBeGreaterThan(2)
  expect(two.tls.pair.value.digest).toBe(one.tls.pair.value.digest)
  for (const connections of front.connections()) expect(connections).toBeGreaterThan(0)

  // What the API server applied is the patch of contract §4, to the letter.
  const creation = plane.audit().find(({ objectRef, stage, verb }) =>
    verb === "create" && stage === "ResponseComplete" && JSON.stringify(objectRef).includes("\"name\":\"pod-0\""))
  const notes = Object.entries((creation?.["annotations"] ?? {}) as Readonly<Record<string, string>>)
  const patch = notes.find(([name]) => name.startsWith("patch.webhook.admission.k8s.io/round_0"))?.[1] ?? "{}"
  const value = { "vpc.amazonaws.com/pod-eni": "1" }
  expect(JSON.parse(patch)).toEqual({
    configuration: "vpc-resource-mutating-webhook",
    webhook: "mpod.vpc.k8s.aws",
    patch: [
      { op: "add", path: "/spec/containers/0/resources/limits", value },
      { op: "add", path: "/spec/containers/0/resources/requests", value }
    ],
    patchType: "JSONPatch"
  })
})

it("certificates in files are replaced while pods are created, as kubelet replaces them, and a pair that does not fit does no harm", async () => {
  const folder = mkdtempSync(join(tmpdir(), "branchline-files-"))
  try {
    let version = 0
    const put = ({ cert, key }: KeyPair): void => {
      const name = `..${version += 1}`
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, "tls.crt"), cert)
      writeFileSync(join(folder, name, "tls.key"), key)
      symlinkSync(name, join(folder, "..fresh"))
      renameSync(join(folder, "..fresh"), join(folder, "..data"))
      if (version === 1) for (const file of ["tls.crt", "tls.key"]) symlinkSync(join("..data", file), join(folder, file))
    }
    const authority = await certificate({ commonName: "authority" })
    const pair = () => certificate({ commonName: "webhook", addresses: ["127.0.0.1"], ca: authority })
    const first = await pair()
    put(first)
    const { server, tls } = await Effect.runPromise(
      replica(TlsFiles.make({ cert: join(folder, "tls.crt"), key: join(folder, "tls.key"), interval: "100 millis" }))
    )
    front = await balancer([server.port])
    await applyWebhooks(plane, front.port, authority.cert)
    await answered("file")
    const served = new Set<string>()
    for (let number = 0; number < 30; number++) {
      if (number % 10 === 5) put(await pair())
      if (number % 10 === 8) put({ cert: first.cert, key: authority.key })
      await create(`pod-${number}`)
      served.add(tls.pair.value.digest)
    }
    expect(await pods()).toEqual({ count: 30, missed: [] })
    expect(served.size).toBe(4)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
