import { mutatePodWebhook } from "@branchline/core/model/Names"
import type { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import { Effect } from "effect"
import type { Client } from "../../support/Client.js"

/** What a life needs beside the API server. */
export interface Surroundings {
  readonly admin: Client
  readonly ec2: MemoryEc2["Service"]
  readonly instanceId: string
  /** Distinguishes this life's objects. */
  readonly name: string
  /** Whether the life is to go on. */
  readonly goesOn: () => boolean
  readonly admit: (path: string, body: string) => Promise<{ readonly status: number; readonly body: string }>
  /** Told what an answer of the webhook says. */
  readonly say: (text: string) => void
}

/** What is read of the answers. */
type Read = {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly tags?: Readonly<Record<string, string>> }
  readonly status: { readonly capacity?: Readonly<Record<string, string>> }
  readonly items: ReadonlyArray<{ readonly reason: string }>
}

const core = "/api/v1"
const custom = "/apis/vpcresources.k8s.aws"
const pods = `${core}/namespaces/life/pods`
const configMap = `${core}/namespaces/kube-system/configmaps`

/** The namespace of all lives: a policy by the pod's labels, and one by its account's. */
export const settle = async (admin: Client): Promise<void> => {
  await admin.must("POST", `${core}/namespaces`, { apiVersion: "v1", kind: "Namespace", metadata: { name: "life" } })
  const policy = (name: string, spec: object) => admin.must("POST", `${custom}/v1beta1/namespaces/life/securitygrouppolicies`, {
    apiVersion: "vpcresources.k8s.aws/v1beta1",
    kind: "SecurityGroupPolicy",
    metadata: { name },
    spec: { ...spec, securityGroups: { groupIds: ["sg-01234567"] } }
  })
  await policy("by-label", { podSelector: { matchLabels: { app: "a" } } })
  await policy("by-account", { serviceAccountSelector: { matchLabels: { app: "a" } } })
}

const review = (name: string) => JSON.stringify({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: {
    uid: "u",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    operation: "CREATE",
    namespace: "life",
    name,
    userInfo: { username: "somebody" },
    object: { metadata: { name, namespace: "life" }, spec: { serviceAccountName: "nobody", containers: [{ name: "a" }] } }
  }
})

/** A node that asks, a pod that is served and ends, a CNINode that is deleted while its node lives, settings that change, a node that goes. */
export const live = async ({ admin, admit, ec2, goesOn, instanceId, name, say }: Surroundings): Promise<void> => {
  const until = async <A>(what: string, ask: () => Promise<A | undefined>): Promise<A> => {
    for (const end = Date.now() + 30_000;;) {
      if (!goesOn()) throw new Error("the life was ended")
      const answer = await ask()
      if (answer !== undefined) return answer
      if (Date.now() > end) throw new Error(`not within 30 s: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  const get = async (path: string): Promise<Read | undefined> => {
    const { body, status } = await admin.call("GET", path)
    return status === 404 ? undefined : body as Read
  }
  const cniNode = `${custom}/v1alpha1/cninodes/${name}`
  const uid = async () => (await get(cniNode))?.metadata.uid
  const event = async (namespace: string, reason: string) =>
    (await get(`${core}/namespaces/${namespace}/events?fieldSelector=involvedObject.name=${name}`))?.items.find((one) => one.reason === reason)

  await admin.must("POST", `${core}/nodes`, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.large" } },
    spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
  })
  const made = await until("a CNINode", uid)
  await admin.must("PATCH", cniNode, { spec: { features: [{ name: "SecurityGroupsForPods" }] } })
  await until("capacity", async () => (await get(`${core}/nodes/${name}`))?.status.capacity?.["vpc.amazonaws.com/pod-eni"])

  await admin.must("DELETE", cniNode)
  await until("another CNINode", async () => {
    const present = await uid()
    return present === made ? undefined : present
  })
  // Somebody empties it: the controller makes it right, tags and finalizer.
  await admin.must("PATCH", cniNode, { spec: { tags: null } })
  await until("its tags", async () => (await get(cniNode))?.spec.tags)

  const answer = await admit(mutatePodWebhook.path, review(name))
  if (answer.status !== 200) say(answer.body)
  await admin.must("POST", pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "a" } },
    spec: {
      nodeName: name,
      containers: [{ name: "a", image: "a", resources: { limits: { "vpc.amazonaws.com/pod-eni": "1" }, requests: { "vpc.amazonaws.com/pod-eni": "1" } } }]
    }
  })
  await until("the annotation", async () => (await get(`${pods}/${name}`))?.metadata.annotations?.["vpc.amazonaws.com/pod-eni"])
  await until("the event", () => event("life", "ResourceAllocated"))

  const branches = async () => {
    const { interfaces } = await Effect.runPromise(ec2.control.snapshot)
    return interfaces.filter(({ description }) => description === "aws-k8s-branch-eni").length
  }
  if ((await branches()) !== 1) throw new Error("the pod's branch is not in EC2")
  await admin.must("DELETE", `${pods}/${name}`, { gracePeriodSeconds: 0 })
  await until("the branch's end", async () => (await branches()) === 0 || undefined)

  await admin.must("POST", configMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "amazon-vpc-cni" }, data: { "branch-eni-cooldown": "45" } })
  await until("the new cooldown", () => event("default", "BranchENICoolDownPeriodUpdated"))
  await admin.must("DELETE", `${core}/nodes/${name}`)
  await Effect.runPromise(Effect.orDie(ec2.control.terminateInstance(instanceId as never)))
  await until("the CNINode's end", async () => (await get(cniNode)) === undefined || undefined)
}

/** Nothing is left that the next life could meet. */
export const bury = async (admin: Client, name: string): Promise<void> => {
  await admin.call("DELETE", `${pods}/${name}`, { gracePeriodSeconds: 0 })
  await admin.call("DELETE", `${core}/nodes/${name}`)
  await admin.call("DELETE", `${configMap}/amazon-vpc-cni`)
  await admin.call("DELETE", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cp-vpc-resource-controller")
  await admin.call("DELETE", `${custom}/v1alpha1/cninodes/${name}`)
  await admin.call("PATCH", `${custom}/v1alpha1/cninodes/${name}`, { metadata: { finalizers: null } })
  const data = Object.fromEntries(["tls.crt", "tls.key", "ca.crt", "ca.key", "next-ca.crt", "next-ca.key", "ca-bundle.crt"].map((entry) => [entry, null]))
  await admin.must("PATCH", `${core}/namespaces/kube-system/secrets/vpc-resource-webhook-tls`, { data })
  for (const [kind, ours, count] of [["mutating", "vpc-resource-mutating-webhook", 1], ["validating", "vpc-resource-validating-webhook", 2]] as const) {
    const patch = Array.from({ length: count }, (_, i) => ({ op: "add", path: `/webhooks/${i}/clientConfig/caBundle`, value: "" }))
    await admin.must("PATCH", `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${ours}`, patch, "application/json-patch+json")
  }
}
