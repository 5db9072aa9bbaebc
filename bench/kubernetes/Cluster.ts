import type { InstanceId } from "@branchline/core/model/Ids"
import { controllerIdentities, podEni, securityGroupsForPodsFeature } from "@branchline/core/model/Names"
import { type Client, client } from "../../test/integration/support/Client.js"
import { type ControlPlane, root, startControlPlane, type User } from "../../test/integration/support/ControlPlane.js"
import { eventually } from "../../test/integration/support/Program.js"
import { podDocument } from "../Documents.js"

export const controllerUser: User = { name: controllerIdentities[0] ?? "", groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"] }

/** A cluster whose nodes are objects that ask for a trunk; there is no kubelet, so pods stay where they are. */
export interface BenchCluster {
  readonly plane: ControlPlane
  readonly admin: Client
  readonly kubeconfig: () => Promise<string>
  readonly nodeName: (index: number) => string
  /** The instance that a node's providerID names. */
  readonly instanceId: (index: number) => InstanceId
  /** Makes the Node objects. */
  readonly createNodes: () => Promise<void>
  /** Plays aws-node and kubelet until every node offers its branches to the scheduler; a controller has to run. */
  readonly bringUp: (say: (text: string) => void) => Promise<void>
  /** Creates a pod that matches the policy; bound to a node where one is named, else the scheduler finds one. */
  readonly createPod: (name: string, nodeName?: string) => Promise<void>
  readonly lease: () => Promise<string>
  readonly close: () => Promise<void>
}

const parallel = 32

/** Does it for every item, a few at a time. */
export const forEach = async <A>(items: ReadonlyArray<A>, work: (item: A, index: number) => Promise<unknown>): Promise<void> => {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]!, index)
  }
  await Promise.all(Array.from({ length: parallel }, worker))
}

const policy = {
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: "shop", namespace: "default" },
  spec: { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "shop" } }, securityGroups: { groupIds: ["sg-079157a483bcb371f"] } }
}

/** About 8 KB, as the mutating webhook has changed it. */
const document = (name: string, nodeName: string | undefined) => {
  const { metadata: { annotations, labels }, spec: { containers: [web, ...others], ...spec } } = podDocument(1, "default")
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, annotations },
    spec: {
      ...spec,
      serviceAccountName: "default",
      serviceAccount: "default",
      containers: [{ ...web, resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }, ...others.map((one) => ({ ...one, resources: {} }))],
      ...(nodeName === undefined ? {} : { nodeName })
    }
  }
}

interface NodeItem {
  readonly metadata: { readonly name: string }
  readonly status: { readonly capacity?: Readonly<Record<string, string>>; readonly allocatable?: Readonly<Record<string, string>> }
}

interface CniNodeItem {
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly features?: ReadonlyArray<unknown> }
}

export const startBenchCluster = async (options: { readonly nodes: number; readonly instanceType: string; readonly branches: number; readonly scheduler: boolean }): Promise<BenchCluster> => {
  const plane = await startControlPlane({ scheduler: options.scheduler, auditBodies: false })
  const admin = await client(plane, { name: "kubernetes-admin", groups: ["system:masters"] })
  const close = async () => {
    await admin.close()
    await plane.stop()
  }
  try {
    for (const file of ["serviceaccount", "rbac", "secret"]) await plane.kubectl(["apply", "-f", `${root}/deploy/base/${file}.yaml`])
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(policy) })
  } catch (error) {
    await close()
    throw error
  }
  const nodeName = (index: number): string => `ip-10-0-${index >> 8}-${index & 255}.eu-west-1.compute.internal`
  const instanceId = (index: number): InstanceId => `i-${index.toString(16).padStart(17, "0")}` as InstanceId
  const names = Array.from({ length: options.nodes }, (_, index) => nodeName(index))
  const items = async <A>(path: string) => (await admin.must("GET", path))["items"] as ReadonlyArray<A>
  const capacity = { cpu: "1000", memory: "1000Gi", pods: "250" }
  return {
    plane,
    admin,
    close,
    nodeName,
    instanceId,
    kubeconfig: () => plane.kubeconfig(controllerUser),
    createNodes: () =>
      forEach(names, async (name, index) => {
        await admin.must("POST", "/api/v1/nodes", {
          metadata: {
            name,
            labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": options.instanceType, "topology.kubernetes.io/zone": "eu-west-1a" }
          },
          spec: { providerID: `aws:///eu-west-1a/${instanceId(index)}` }
        })
        await admin.must("PATCH", `/api/v1/nodes/${name}/status`, {
          status: { capacity, allocatable: capacity, conditions: [{ type: "Ready", status: "True" }] }
        })
      }),
    bringUp: async (say) => {
      let asked = 0
      await eventually("every node offers its branches", async () => {
        if (asked < options.nodes) {
          const silent = (await items<CniNodeItem>("/apis/vpcresources.k8s.aws/v1alpha1/cninodes")).filter(({ spec }) => (spec?.features ?? []).length === 0)
          await forEach(silent, ({ metadata }) =>
            admin.must("PATCH", `/apis/vpcresources.k8s.aws/v1alpha1/cninodes/${metadata.name}`, { spec: { features: [{ name: securityGroupsForPodsFeature }] } }))
          asked += silent.length
        }
        const nodes = await items<NodeItem>("/api/v1/nodes")
        const late = nodes.filter(({ status }) => status.capacity?.[podEni] !== undefined && status.allocatable?.[podEni] !== status.capacity[podEni])
        await forEach(late, ({ metadata, status }) => admin.must("PATCH", `/api/v1/nodes/${metadata.name}/status`, { status: { allocatable: status.capacity } }))
        const ready = nodes.filter(({ status }) => status.allocatable?.[podEni] === String(options.branches)).length
        if (ready === options.nodes) return true
        say(`${ready} of ${options.nodes} nodes ready`)
        return undefined
      }, 600_000)
    },
    createPod: async (name, on) => {
      await admin.must("POST", "/api/v1/namespaces/default/pods", document(name, on))
    },
    lease: async () => {
      const { body } = await admin.call("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cp-vpc-resource-controller")
      return (body["spec"] as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? ""
    }
  }
}
