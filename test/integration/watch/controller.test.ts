import { Effect, Exit, Logger, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { withFlow } from "@branchline/adapter-k8s/flow/Flow"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults, minimumCooldown } from "@branchline/core/controller/Settings"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { type Client, client } from "../support/Client.js"
import { administrator, type ControlPlane, root, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { type Asked, gone, isRead, isWatch, type Proxy, startProxy, status } from "../support/Proxy.js"
import { serviceAccountConfig } from "../support/ServiceAccounts.js"

const group = "sg-079157a483bcb371f" as SecurityGroupId
const resourceName = "vpc.amazonaws.com/pod-eni"
const path = "/api/v1/namespaces/shop/pods"

let plane: ControlPlane
let proxy: Proxy
let admin: Client
const scope = Effect.runSync(Scope.make())
beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  proxy = await startProxy(plane)
  admin = await client(plane, administrator)
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await admin?.close()
  await proxy?.stop()
  await plane?.stop()
})

/** A namespace with a policy for all of its pods. */
const setting = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "shop" } },
    {
      apiVersion: "vpcresources.k8s.aws/v1beta1", kind: "SecurityGroupPolicy", metadata: { name: "all", namespace: "shop" },
      spec: { podSelector: {}, securityGroups: { groupIds: [group] } }
    }
  ]
})

/** EC2 in memory, and one Node for each of its instances, which asks for a trunk by the older way, the label. */
const machines = Effect.fnUntraced(function*(count: number) {
  const ec2 = yield* MemoryEc2.make({ latency: { min: "20 millis", max: "150 millis" } })
  const subnet = yield* ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" })
  yield* ec2.control.addSecurityGroup({ groupId: group })
  for (let index = 0; index < count; index++) {
    const { instanceId } = yield* ec2.control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId })
    yield* Effect.promise(() =>
      admin.must("POST", "/api/v1/nodes", {
        metadata: { name: `node-${index}`, labels: { "kubernetes.io/os": "linux", "vpc.amazonaws.com/has-trunk-attached": "false" } },
        spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
      }))
  }
  return ec2
})

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly nodeName: string }
}
const pod = (name: string, node: number) => ({
  metadata: { name },
  spec: { nodeName: `node-${node}`, containers: [{ name: "main", image: "pause", resources: { limits: { [resourceName]: "1" } } }] }
})
const create = (name: string, node: number) => admin.must("POST", path, pod(name, node))
const destroy = (name: string) => admin.must("DELETE", `${path}/${name}?gracePeriodSeconds=0`)
const pods = async () => (await admin.must("GET", path))["items"] as ReadonlyArray<Pod>

const unavailable = { status: 503, body: status(503, "ServiceUnavailable", "away") }
const busy = { status: 429, headers: { "retry-after": "1" }, body: status(429, "TooManyRequests", "too many requests") }
const isPatchOfPod = ({ method, path: asked }: Asked) => method === "PATCH" && asked.startsWith(`${path}/`)

/** The troubles that come between the pods, one for each. */
const troubles: ReadonlyArray<() => unknown> = [
  () => proxy.watches().forEach(({ reset }) => reset()),
  () => proxy.watches().forEach(({ cutInNextLine }) => cutInNextLine()),
  () => proxy.loseAnswers(isPatchOfPod, 2),
  () => proxy.answer(isPatchOfPod, [busy, busy]),
  () => proxy.answer(({ verb }) => verb === "other", [unavailable, unavailable]),
  () => {
    proxy.answer(isWatch, [gone(), gone()])
    proxy.watches().forEach(({ reset }) => reset())
  },
  () => {
    const expired = JSON.stringify({ type: "ERROR", object: JSON.parse(gone().body) as object })
    proxy.watches().forEach(({ say }) => say(expired))
  },
  () => {
    proxy.answer(isRead, [unavailable, busy, unavailable])
    proxy.watches().forEach(({ reset }) => reset())
  }
]

it("serves every pod once through all of it: one annotation, one branch each", { timeout: 300_000 }, async () => {
  await plane.kubectl(["apply", "-f", "-"], { input: setting })
  for (const file of ["serviceaccount", "rbac"]) await plane.kubectl(["apply", "-f", `${root}/deploy/base/${file}.yaml`])
  const kubeconfig = await serviceAccountConfig(plane, "kube-system", "eks-vpc-resource-controller", proxy.server)

  const { ec2, figures } = await Effect.runPromise(
    Effect.gen(function*() {
      const ec2 = yield* machines(6)
      const { figures, kubernetes } = yield* withFlow(yield* K8sKubernetes.make({ access: { kubeconfig } }))
      yield* Controller.make({ ...defaults, clusterName: "seed", allocation: { ...defaults.allocation, cooldown: minimumCooldown } }).pipe(
        Effect.provideService(Kubernetes, kubernetes),
        Effect.provideService(Ec2, ec2.port)
      )
      return { ec2, figures }
    }).pipe(Effect.provide(Logger.layer([])), Scope.provide(scope))
  )
  await eventually("all nodes have their trunk", async () => {
    const items = (await admin.must("GET", "/api/v1/nodes"))["items"] as ReadonlyArray<{ readonly status: { readonly capacity?: object } }>
    return items.every(({ status: { capacity = {} } }) => resourceName in capacity) ? true : undefined
  })

  for (let step = 0; step < 24; step++) {
    await eventually("the pods are watched", () => proxy.watches().find(({ asked }) => asked.path === "/api/v1/pods"))
    troubles[step % troubles.length]!()
    await create(`pod-${step}`, step % 6)
    // Some go and come again under the same name: one that has just come, and one that has come a while ago.
    if (step % 6 === 5) {
      for (const again of [step, step - 4]) {
        if (again < step) await eventually(`pod-${again} is served`, async () => (await pods()).find(({ metadata }) => metadata.name === `pod-${again}` && metadata.annotations?.[resourceName] !== undefined))
        await destroy(`pod-${again}`)
        await create(`pod-${again}`, again % 6)
      }
    }
    if (step === 12) {
      await eventually("the pods are watched", () => proxy.watches().find(({ asked }) => asked.path === "/api/v1/pods"))
      await plane.apiServer.stop()
      await plane.apiServer.start()
    }
  }

  const annotationOf = ({ metadata: { annotations = {} } }: Pod) => annotations[resourceName]
  await eventually("every pod has its annotation", async () => {
    expect((await pods()).filter((one) => annotationOf(one) === undefined).map(({ metadata, spec }) => `${metadata.name} on ${spec.nodeName}`)).toEqual([])
    return true
  }, 120_000)
  const served = await pods()
  expect(served).toHaveLength(24)
  const wired = served.map((one) => ({ ...one, branch: (JSON.parse(annotationOf(one) ?? "[]") as ReadonlyArray<{ readonly eniId: string; readonly vlanId: number }>)[0]! }))
  expect(new Set(wired.map(({ branch }) => branch.eniId)).size).toBe(24)
  expect(new Set(wired.map(({ branch, spec }) => `${spec.nodeName} ${branch.vlanId}`)).size).toBe(24)

  // What the pods that were deleted had cools down, and is gone then.
  const { associations, interfaces } = await eventually("EC2 holds the branches of living pods and no more", async () => {
    const snapshot = await Effect.runPromise(ec2.control.snapshot)
    return snapshot.interfaces.filter(({ description }) => description === "aws-k8s-branch-eni").length === 24 ? snapshot : undefined
  }, 120_000)
  const branches = interfaces.filter(({ description }) => description === "aws-k8s-branch-eni").map(({ eniId }) => eniId)
  expect(branches.toSorted()).toEqual(wired.map(({ branch }) => branch.eniId).toSorted())
  expect(associations).toHaveLength(24)

  // Each annotation was written once, whatever became of the answer.
  const written = plane.audit().filter(({ objectRef, requestObject, responseStatus, stage, verb }) => {
    const { namespace, resource } = (objectRef ?? {}) as { readonly resource?: string; readonly namespace?: string }
    return stage === "ResponseComplete" && verb === "patch" && resource === "pods" && namespace === "shop" &&
      (responseStatus as { readonly code: number }).code === 200 && JSON.stringify(requestObject).includes(resourceName)
  }).map(({ responseObject }) => (responseObject as Pod).metadata.uid)
  expect(new Set(written).size).toBe(written.length)
  expect(served.map(({ metadata }) => metadata.uid).filter((uid) => !written.includes(uid))).toEqual([])

  // Every trouble was there, and nobody answered it with a storm.
  const did = proxy.log.flatMap(({ did }) => did).join("\n")
  for (const what of [/^reset$/m, /^cut a line/m, /^the answer was lost$/m, /^said .*ERROR/m, /^the server broke off$/m]) {
    expect(did).toMatch(what)
  }
  for (const code of [410, 429, 503]) expect(proxy.log.filter(({ by, status }) => by === "proxy" && status === code).length).toBeGreaterThan(0)
  const count = (verb: Asked["verb"]) => proxy.log.filter((asked) => asked.verb === verb).length
  expect(count("list")).toBeLessThanOrEqual(60)
  expect(count("watch")).toBeLessThanOrEqual(120)
  const { inFlight, lanes } = await Effect.runPromise(figures)
  expect(inFlight).toBe(0)
  expect(lanes.allocation.refused).toBeGreaterThan(0)
})
