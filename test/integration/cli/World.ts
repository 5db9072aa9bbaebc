import { join } from "node:path"
import type { InstanceId } from "@branchline/core/model/Ids"
import { controllerIdentities } from "@branchline/core/model/Names"
import { type ControlPlane, root, type User } from "../support/ControlPlane.js"
import { run, start } from "../support/Program.js"

/** The controller as deploy/base installs it: its service account, known here by a certificate. */
export const controllerUser: User = {
  name: controllerIdentities[0] ?? "",
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"]
}

export const main = join(root, "examples", "dist", "main.js")

/** The environment of the process, without what another one's settings would be. */
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
  const { KUBECONFIG: _own, KUBERNETES_SERVICE_HOST: _pod, ...rest } = process.env
  return { ...rest, NO_COLOR: "1", ...more }
}

/** Runs `npm start -- --backend kubernetes …` to its end. */
export const controller = (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) =>
  run(process.execPath, [main, "--backend", "kubernetes", ...args], { env: environment(env) })

/** Starts it. */
export const startBinary = (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) =>
  start(process.execPath, [main, "--backend", "kubernetes", ...args], { env: environment(env) })

/** No server of its own is in anybody's way. */
export const noServers = ["metrics", "health", "introspection", "webhook"].flatMap((name) => [`--${name}-address`, "off"])

/** What deploy/base gives the controller, without the controller. */
export const applyRights = (plane: ControlPlane): Promise<string> =>
  plane.kubectl(["apply", ...["serviceaccount", "rbac", "secret"].flatMap((name) => ["-f", join(root, "deploy", "base", `${name}.yaml`)])])

/** The instance of the node of {@link applyWorld}. */
export const instanceId = "i-0123456789abcdef0" as InstanceId

/** A node that asks for a trunk, a policy, and a pod of it that is bound to the node. */
export const applyWorld = async (plane: ControlPlane): Promise<void> => {
  const apply = (...items: ReadonlyArray<object>) => plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) })
  await apply(
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1", labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.large" } },
      spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
    },
    {
      apiVersion: "vpcresources.k8s.aws/v1beta1",
      kind: "SecurityGroupPolicy",
      metadata: { name: "web", namespace: "default" },
      spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: ["sg-079157a483bcb371f"] } }
    }
  )
  const uid = await plane.kubectl(["get", "node", "node-1", "-o", "jsonpath={.metadata.uid}"])
  await apply({
    apiVersion: "vpcresources.k8s.aws/v1alpha1",
    kind: "CNINode",
    metadata: {
      name: "node-1",
      labels: { "kubernetes.io/os": "linux" },
      finalizers: ["networking.k8s.aws/resource-cleanup"],
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "node-1", uid, controller: true }]
    },
    spec: {
      features: [{ name: "SecurityGroupsForPods", value: "" }],
      tags: { "cluster.k8s.amazonaws.com/name": "seed", "node.k8s.amazonaws.com/instance_id": instanceId }
    }
  })
  await apply(pod("web-1"))
}

const share = { "vpc.amazonaws.com/pod-eni": "1" }

export const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: "web" } },
  spec: { nodeName: "node-1", containers: [{ name: "main", image: "example.com/app", resources: { limits: share, requests: share } }] }
})
