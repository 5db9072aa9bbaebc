import { Effect } from "effect"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import * as AwsNode from "@branchline/adapter-memory/kubernetes/kubelet/AwsNode"
import type { NetworkTruth } from "@branchline/adapter-memory/kubernetes/kubelet/CniPlugin"
import * as Kubelet from "@branchline/adapter-memory/kubernetes/kubelet/Kubelet"
import type { NodeIdentity } from "@branchline/adapter-memory/kubernetes/kubelet/NodeObject"
import type { Timings } from "@branchline/adapter-memory/kubernetes/kubelet/Timings"
import type { Violations } from "@branchline/adapter-memory/kubernetes/kubelet/Violations"
import { nodeAgentIdentity } from "@branchline/core/model/Names"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { client } from "./Client.js"
import type { ControlPlane } from "./ControlPlane.js"

/** A machine that joins the cluster. */
export interface NodeAgentOptions {
  readonly identity: NodeIdentity
  readonly truth: NetworkTruth
  readonly violations: Violations
  readonly timings?: Timings
  /** How its aws-node asks for a trunk. Default `feature`. */
  readonly asks?: AwsNode.AwsNodeOptions["asks"] | "never"
}

/** What aws-node may do in a cluster. Source: amazon-vpc-cni-k8s, its manifest's ClusterRole, as far as AwsNode uses it. */
export const awsNodeRole = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "aws-node" },
      rules: [
        { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "patch", "update"] },
        { apiGroups: ["vpcresources.k8s.aws"], resources: ["cninodes"], verbs: ["get", "list", "watch", "patch"] }
      ]
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "aws-node" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "aws-node" },
      subjects: [{ kind: "ServiceAccount", name: "aws-node", namespace: "kube-system" }]
    }
  ]
})

const ordinaryAddress = Effect.succeed("100.64.0.1")

/**
 * Plays kubelet, CNI plugin and aws-node of one machine against a real API server: the memory world's own, each in the name that the real one
 * has. Runs until the scope ends. {@link awsNodeRole} has to be applied before.
 */
export const nodeAgent = Effect.fnUntraced(function*(plane: ControlPlane, options: NodeAgentOptions) {
  const { identity, truth } = options
  const { nodeName } = identity
  const { groups, username } = Kubelet.kubeletUser(nodeName)
  const user = { name: username, groups: groups.filter((group) => group !== "system:authenticated") }
  const access = yield* Effect.promise(() => plane.kubeconfig(user))
  const raw = yield* Effect.acquireRelease(Effect.promise(() => client(plane, user)), ({ close }) => Effect.promise(close))
  const kubelet = yield* Kubelet.make({
    identity,
    port: yield* K8sKubernetes.make({ access: { kubeconfig: access }, component: Kubelet.kubeletComponent }),
    removePod: ({ name, namespace }, uid) =>
      Effect.tryPromise({
        try: () => raw.call("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0, preconditions: { uid } }),
        catch: (error) => new KubernetesError({ operation: `delete pods ${name}`, reason: { _tag: "Unavailable" }, message: String(error) })
      }).pipe(Effect.asVoid),
    truth,
    ordinaryAddress,
    violations: options.violations,
    timings: options.timings ?? {}
  })
  if (options.asks === "never") return kubelet
  const agent = yield* Effect.promise(() =>
    plane.kubeconfig({ name: nodeAgentIdentity, groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"] }))
  yield* Effect.forkScoped(AwsNode.run({
    nodeName,
    port: yield* K8sKubernetes.make({ access: { kubeconfig: agent }, component: "aws-node" }),
    asks: options.asks ?? "feature",
    hasTrunk: truth.hasTrunk(identity.instanceId)
  }))
  return kubelet
})
