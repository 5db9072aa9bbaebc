import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import * as SelfManagedTls from "@branchline/adapter-k8s/webhook/SelfManagedTls"
import * as WebhookServer from "@branchline/adapter-k8s/webhook/WebhookServer"
import { networkTruth } from "@branchline/adapter-memory/cluster/NetworkTruth"
import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import * as Violations from "@branchline/adapter-memory/kubernetes/kubelet/Violations"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { type Evidence, theRecord } from "../../../examples/test/story/record.js"
import { seedText } from "../../../examples/test/story/support.js"
import { registerBystanders } from "../support/Bystanders.js"
import { type ControlPlane, root, startControlPlane } from "../support/ControlPlane.js"
import { awsNodeRole, nodeAgent } from "../support/NodeAgent.js"
import { eventually } from "../support/Program.js"
import { serviceAccountConfig } from "../support/ServiceAccounts.js"
import { applyWebhooks } from "../support/Webhooks.js"

const group = "sg-079157a483bcb371f" as SecurityGroupId
const nodeName = "ip-192-168-31-166.eu-west-1.compute.internal"

let plane: ControlPlane
let close = async (): Promise<void> => {}
let evidence: Evidence | undefined

/** The cluster of the seed's record: EC2 in memory, whose calls take so long that the first sandbox comes before the annotation. */
const cluster = Effect.fnUntraced(function*(config: string) {
  const ec2 = yield* MemoryEc2.make({ latency: "300 millis" })
  const subnet = yield* ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" })
  yield* ec2.control.addSecurityGroup({ groupId: group })
  const { instanceId } = yield* ec2.control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId })

  const kubernetes = yield* K8sKubernetes.make({ access: { kubeconfig: config }, component: "vpc-resource-controller" })
  const controller = yield* Controller.make({ ...defaults, clusterName: "seed", annotationForm: "five" }).pipe(
    Effect.provideService(Kubernetes, kubernetes),
    Effect.provideService(Ec2, ec2.port)
  )
  const tls = yield* SelfManagedTls.make({ secret: { namespace: "kube-system", name: "vpc-resource-webhook-tls" }, names: ["127.0.0.1"] }).pipe(
    Effect.provideService(Kubernetes, kubernetes)
  )
  const { port } = yield* WebhookServer.make({ host: "127.0.0.1", port: 0, tls, admit: controller.admit, ready: Effect.as(controller.ready, true) })
  yield* Effect.promise(() => applyWebhooks(plane, port))

  const violations = Violations.make()
  const truth = networkTruth(ec2)
  yield* nodeAgent(plane, {
    identity: { nodeName, instanceId, instanceType: "m5.large", zone: "eu-west-1a", address: "192.168.31.166" },
    truth,
    violations,
    timings: { statusReport: { min: 0, max: "100 millis" }, imagePull: { min: "1 second", max: "2 seconds" } }
  })
  return violations
})

const json = async (...args: ReadonlyArray<string>) => JSON.parse(await plane.kubectl([...args, "-o", "json"]))

const isOfAnObject = (entry: object): entry is Evidence["audit"][number] => "objectRef" in entry

const caBundles = async (): Promise<ReadonlyArray<string | undefined>> => {
  const { webhooks } = await json("get", "mutatingwebhookconfiguration", "vpc-resource-mutating-webhook")
  return webhooks.map(({ clientConfig }: { readonly clientConfig: { readonly caBundle?: string } }) => clientConfig.caBundle)
}

beforeAll(async () => {
  plane = await startControlPlane({ scheduler: true })
  const closeBystanders = await registerBystanders(plane)
  await plane.kubectl(["apply", "-f", `${root}/deploy/base/serviceaccount.yaml`, "-f", `${root}/deploy/base/rbac.yaml`, "-f", `${root}/deploy/base/secret.yaml`])
  await plane.kubectl(["apply", "-f", "-"], { input: awsNodeRole })
  const config = await serviceAccountConfig(plane, "kube-system", "eks-vpc-resource-controller")

  const scope = Scope.makeUnsafe()
  close = async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await closeBystanders()
  }
  const violations = await Effect.runPromise(Scope.provide(cluster(config), scope))
  await eventually("the node's capacity", async () => {
    const { status } = await json("get", "node", nodeName)
    return status.allocatable["vpc.amazonaws.com/pod-eni"] === "9" ? true : undefined
  })
  await eventually("the API server can ask the webhook", async () => (await caBundles()).every((bundle) => bundle !== undefined) ? true : undefined)

  for (const file of ["sg-policy.yaml", "aws-cli.yaml"]) await plane.kubectl(["apply", "-f", "-"], { input: seedText(file) })
  await plane.kubectl(["wait", "--for=jsonpath={.status.phase}=Running", "--timeout=60s", "pod/aws-cli"])
  const told = async () => (await json("get", "events", "-A")).items as Evidence["events"]
  const events = await eventually("kubelet has told that the container started", async () => {
    const all = await told()
    return all.some(({ reason }) => reason === "Started") ? all : undefined
  })
  const inOrder = [...events].sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
  evidence = {
    pods: (await json("get", "pods", "-n", "default")).items,
    nodes: (await json("get", "nodes")).items,
    events: inOrder,
    // What asks for no object (`/readyz`) is of no interest here.
    audit: plane.audit().flatMap((entry: object) => isOfAnObject(entry) ? [entry] : []),
    violations: violations.all
  }
})
afterAll(async () => {
  await close()
  await plane?.stop()
})

theRecord("the seed's record, on a real API server with the real scheduler, by kubectl", () => {
  if (evidence === undefined) throw new Error("the story was not told")
  return evidence
})
