import { Effect, Exit, Scope } from "effect"
import * as Violations from "@branchline/adapter-memory/kubernetes/kubelet/Violations"
import type { NetworkTruth } from "@branchline/adapter-memory/kubernetes/kubelet/CniPlugin"
import type { Snapshot } from "@branchline/adapter-memory/ec2/Control"
import type { Observation } from "@branchline/adapter-memory/ec2/Observations"
import { branchDescription, controllerIdentities, podEni } from "@branchline/core/model/Names"
import { type Client, client } from "../support/Client.js"
import { type ControlPlane, root, startControlPlane, type User } from "../support/ControlPlane.js"
import { type Ec2Program, startEc2 } from "../support/Binaries.js"
import { awsNodeRole, nodeAgent } from "../support/NodeAgent.js"
import { eventually } from "../support/Program.js"

/** A pod, as far as these tests look. */
export interface SeenPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly phase?: string }
}

/** What a pod's annotation says of its branch. */
export interface Branch {
  readonly eniId: string
  readonly vlanId: number
}

export const branchOf = ({ metadata }: SeenPod): Branch | undefined => {
  const text = metadata.annotations?.[podEni]
  return text === undefined ? undefined : (JSON.parse(text) as ReadonlyArray<Branch>)[0]
}

const group = (username: string) => ["system:serviceaccounts", `system:serviceaccounts:${username.split(":")[2] ?? ""}`]

/** The users of two replicas, told apart in the audit log: both are identities that the webhooks know as the controller's. */
export const replicas: readonly [User, User] = [
  { name: controllerIdentities[0] ?? "", groups: group("system:serviceaccount:kube-system") },
  { name: controllerIdentities[2] ?? "" }
]

const bindSecondReplica = ["ClusterRoleBinding", "RoleBinding"].map((kind) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind,
  metadata: { name: "second-replica", ...(kind === "RoleBinding" ? { namespace: "kube-system" } : {}) },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: kind === "RoleBinding" ? "Role" : "ClusterRole", name: "eks-vpc-resource-controller" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: replicas[1].name }]
}))

const policy = {
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: "web", namespace: "default" },
  spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: ["sg-079157a483bcb371f"] } }
}

/** As the webhook has changed it. */
const podOf = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: "web" } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: "registry.k8s.io/pause:3.10", resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }]
  }
})

/** A cluster with nodes that kubelet and aws-node run on, an EC2 that outlives every controller, and no controller yet. */
export interface Cluster {
  readonly plane: ControlPlane
  readonly admin: Client
  readonly ec2: Ec2Program
  readonly snapshot: () => Promise<Snapshot>
  readonly observations: () => Promise<ReadonlyArray<Observation>>
  /** What the nodes saw that must never be. */
  readonly violations: ReadonlyArray<Violations.Violation>
  readonly kubeconfig: (replica: 0 | 1) => Promise<string>
  readonly createPods: (names: ReadonlyArray<string>) => Promise<void>
  readonly pods: () => Promise<ReadonlyArray<SeenPod>>
  readonly capacityEverywhere: () => Promise<void>
  /** The branches that EC2 has. */
  readonly branches: () => Promise<Snapshot["interfaces"]>
  readonly holder: () => Promise<string>
  readonly close: () => Promise<void>
}

export const startCluster = async (nodeCount: number, ec2Flags: ReadonlyArray<string>): Promise<Cluster> => {
  const plane = await startControlPlane({ scheduler: true })
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))
  const admin = await client(plane, { name: "kubernetes-admin", groups: ["system:masters"] })
  const close = async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await admin.close()
    await plane.stop()
  }
  try {
    for (const file of ["serviceaccount", "rbac"]) await plane.kubectl(["apply", "-f", `${root}/deploy/base/${file}.yaml`])
    for (const document of [...bindSecondReplica, policy]) await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(document) })
    await plane.kubectl(["apply", "-f", "-"], { input: awsNodeRole })

    const ec2 = await run(startEc2(ec2Flags))
    const snapshot = () => run(ec2.control.snapshot)
    const subnet = await run(ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" }))
    const truth: NetworkTruth = {
      vlanOf: (instanceId, eniId) =>
        Effect.promise(async () => {
          const { associations, instances } = await snapshot()
          const association = associations.find(({ branchId }) => branchId === eniId)
          const instance = instances.find((candidate) => candidate.instanceId === instanceId)
          return instance?.attachments.some((attachment) => attachment.eniId === association?.trunkId) === true ? association?.vlanId : undefined
        }),
      hasTrunk: (instanceId) =>
        Effect.promise(async () =>
          (await snapshot()).instances.some((instance) => instance.instanceId === instanceId && instance.attachments.some(({ type }) => type === "trunk")))
    }
    const violations = Violations.make()
    for (let index = 0; index < nodeCount; index++) {
      const { instanceId } = await run(ec2.control.launchInstance({ type: "m5.4xlarge", subnetId: subnet.subnetId }))
      const address = `192.168.30.${index + 1}`
      await run(nodeAgent(plane, {
        identity: { nodeName: `ip-192-168-30-${index + 1}.eu-west-1.compute.internal`, instanceId, instanceType: "m5.4xlarge", zone: "eu-west-1a", address },
        truth,
        violations,
        timings: { statusReport: { min: 0, max: "100 millis" }, imagePull: { min: 0, max: "100 millis" }, containerStop: { min: 0, max: "100 millis" } }
      }))
    }
    const items = async <A>(path: string) => (await admin.must("GET", path))["items"] as ReadonlyArray<A>
    return {
      plane,
      admin,
      ec2,
      snapshot,
      observations: () => run(ec2.control.observations),
      violations: violations.all,
      kubeconfig: (replica) => plane.kubeconfig(replicas[replica]),
      createPods: async (names) => {
        await Promise.all(names.map((name) => admin.must("POST", "/api/v1/namespaces/default/pods", podOf(name))))
      },
      pods: () => items<SeenPod>("/api/v1/namespaces/default/pods"),
      capacityEverywhere: async () => {
        await eventually("every node has its capacity", async () => {
          const nodes = await items<{ readonly status: { readonly allocatable?: Readonly<Record<string, string>> } }>("/api/v1/nodes")
          return nodes.length === nodeCount && nodes.every(({ status }) => status.allocatable?.[podEni] === "54") ? true : undefined
        })
      },
      branches: async () => (await snapshot()).interfaces.filter(({ description }) => description === branchDescription),
      holder: async () => {
        const { body } = await admin.call("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cp-vpc-resource-controller")
        return (body["spec"] as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? ""
      },
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}
