import { Effect, Exit, Scope } from "effect"
import type { InstanceId } from "@branchline/core/model/Ids"
import { nodeAgentIdentity } from "@branchline/core/model/Names"
import { nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { MemoryEc2 } from "../ec2/MemoryEc2.js"
import * as AwsNode from "../kubernetes/kubelet/AwsNode.js"
import * as Kubelet from "../kubernetes/kubelet/Kubelet.js"
import type { Timings } from "../kubernetes/kubelet/Timings.js"
import type { Violations } from "../kubernetes/kubelet/Violations.js"
import type { MemoryKubernetes } from "../kubernetes/MemoryKubernetes.js"
import { record } from "../simulation/Journal.js"
import { networkTruth } from "./NetworkTruth.js"
import { collectOrphans } from "./Orphans.js"

/** What a new node is to be; the group's options where absent. */
export interface NodeOptions {
  readonly instanceType?: string
  readonly subnetId?: string
  readonly labels?: Readonly<Record<string, string>>
  /** How its aws-node asks for a trunk, or that it does not. Default `feature`. */
  readonly asks?: "feature" | "label" | "never"
  /** Name of its ENIConfig under custom networking. */
  readonly eniConfig?: string
}

/** A node and its instance. */
export interface ClusterNode {
  readonly nodeName: string
  readonly instanceId: InstanceId
  readonly kubelet: Kubelet.Kubelet
  readonly options: NodeOptions
}

/** How a node's name changes hands. */
export interface Handover {
  /** Whether the old instance goes on running, without kubelet, as one does that hangs while it shuts down. Default false. */
  readonly lingers?: boolean
  /** Whether Node and pods are left for the new kubelet to find, as when it is there before the cluster's controllers cleared away. Default false. */
  readonly keepsPods?: boolean
}

/** What the nodes of a cluster have in common. */
export interface GroupContext {
  readonly kubernetes: MemoryKubernetes
  readonly ec2: MemoryEc2["Service"]
  readonly violations: Violations
  readonly defaults: Required<Pick<NodeOptions, "instanceType" | "subnetId">> & NodeOptions
  readonly zoneOf: (subnetId: string) => string
  readonly ordinaryAddress: Effect.Effect<string>
  readonly ipFamily: "ipv4" | "ipv6"
  readonly timings: Timings
  /** Whether kubelets write their Events. */
  readonly events: boolean
}

type NodeError = KubernetesError | Ec2Error

/** The cluster's nodes, which come and go at a test's command. */
export interface NodeGroup {
  readonly nodes: ReadonlyMap<string, ClusterNode>
  /** Launches an instance whose kubelet registers under the name that its private address gives it. */
  readonly addNode: (options?: NodeOptions) => Effect.Effect<ClusterNode, NodeError>
  /** Ends the instance at once, as a spot interruption does, and then, as the cluster's own controllers do, deletes Node and pods. */
  readonly terminateNode: (nodeName: string) => Effect.Effect<void, NodeError>
  /** {@link NodeGroup.terminateNode}, and a new instance of the same name. */
  readonly replaceNode: (nodeName: string, handover?: Handover) => Effect.Effect<ClusterNode, NodeError>
}

const controllerManager = "system:kube-controller-manager"

/** How EC2 names hosts by address. Source: Amazon EC2 User Guide, "EC2 instance hostnames", IP name. */
const hostName = (address: string, zone: string): string =>
  `ip-${address.replaceAll(".", "-")}.${zone.slice(0, -1)}.compute.internal`

export const make = Effect.fnUntraced(function*(context: GroupContext) {
  const { defaults, ec2, kubernetes, violations } = context
  const parent = yield* Effect.scope
  const truth = networkTruth(ec2)
  const nodes = new Map<string, ClusterNode & { readonly scope: Scope.Closeable }>()

  const removePod = (user: Parameters<typeof kubernetes.server.as>[0]) => (key: ObjectKey, uid: string) =>
    kubernetes.server.as(user).delete(podResource, key, { uid, gracePeriodSeconds: 0 })

  const boot = Effect.fnUntraced(function*(options: NodeOptions, name: string | undefined) {
    const { asks = "feature", eniConfig, instanceType, labels = {}, subnetId } = { ...defaults, ...options }
    const instance = yield* ec2.control.launchInstance({ type: instanceType, subnetId })
    const { instanceId } = instance
    const { interfaces } = yield* ec2.control.snapshot
    const address = interfaces.find(({ eniId }) => eniId === instance.attachments[0]?.eniId)?.privateIp ?? ""
    const zone = context.zoneOf(subnetId)
    const nodeName = name ?? hostName(address, zone)
    const user = Kubelet.kubeletUser(nodeName)
    const scope = yield* Scope.fork(parent)

    const start = Effect.gen(function*() {
      yield* record(`${nodeName}: kubelet starts on ${instanceId}, ${instanceType}`)
      const kubelet = yield* Kubelet.make({
        identity: { nodeName, instanceId, instanceType, zone, address, labels },
        port: kubernetes.portFor(user, { component: Kubelet.kubeletComponent, events: context.events }),
        removePod: removePod(user),
        truth,
        ordinaryAddress: context.ordinaryAddress,
        violations,
        ipFamily: context.ipFamily,
        timings: context.timings
      })
      if (asks === "never") return kubelet
      const port = kubernetes.portFor(nodeAgentIdentity, { component: "aws-node" })
      const agent = { nodeName, port, asks, hasTrunk: truth.hasTrunk(instanceId), ...(eniConfig === undefined ? {} : { eniConfig }) }
      yield* Effect.forkScoped(AwsNode.run(agent))
      return kubelet
    })
    const kubelet = yield* Scope.provide(start, scope)
    const node = { nodeName, instanceId, kubelet, options, scope }
    nodes.set(nodeName, node)
    return node
  })

  const isGone = (error: KubernetesError): boolean => error.reason._tag === "NotFound" || error.reason._tag === "Conflict"
  const unlessGone = <A>(effect: Effect.Effect<A, KubernetesError>) => Effect.catch(Effect.asVoid(effect), (error) => isGone(error) ? Effect.void : Effect.fail(error))

  /** The node lifecycle controller deletes the Node of an instance that is gone, the pod garbage collector its pods, without grace. */
  const clearAway = Effect.fnUntraced(function*(nodeName: string) {
    yield* unlessGone(kubernetes.server.as(controllerManager).delete(nodeResource, { name: nodeName }))
    const { items } = yield* kubernetes.portFor(controllerManager).list(podResource, { fieldSelector: `spec.nodeName=${nodeName}` })
    for (const { metadata: { name, namespace, uid } } of items) {
      yield* unlessGone(removePod(controllerManager)({ namespace, name }, uid))
    }
  })

  yield* collectOrphans({ kubernetes, isThere: (nodeName) => nodes.has(nodeName), remove: removePod(controllerManager) })

  const leave = Effect.fnUntraced(function*(nodeName: string, { keepsPods = false, lingers = false }: Handover = {}) {
    const node = nodes.get(nodeName)
    if (node === undefined) return
    nodes.delete(nodeName)
    yield* record(`${nodeName}: ${node.instanceId} ${lingers ? "is cut off" : "is terminated"}`)
    yield* Scope.close(node.scope, Exit.void)
    if (!lingers) yield* ec2.control.terminateInstance(node.instanceId)
    if (!keepsPods) yield* clearAway(nodeName)
  })

  const group: NodeGroup = {
    nodes,
    addNode: (options = {}) => boot(options, undefined),
    terminateNode: (nodeName) => leave(nodeName),
    replaceNode: Effect.fnUntraced(function*(nodeName, handover) {
      const options = nodes.get(nodeName)?.options ?? {}
      yield* leave(nodeName, handover)
      return yield* boot(options, nodeName)
    })
  }
  return group
})
