import type { NodeCause } from "@branchline/core/explain/Cause"
import { explainNode } from "@branchline/core/explain/NodeStory"
import { podEni } from "@branchline/core/model/Names"
import type { NodeFacts, SchedulingNode } from "@branchline/core/explain/Facts"
import { deviceIndexes } from "@branchline/core/limits/InstanceLimits"
import { limitsOf, publishedLimits } from "@branchline/core/limits/Limits"
import { eniConfigName } from "@branchline/core/model/NodeTraits"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { Result } from "effect"
import type { SeenInstance } from "../cluster/Ec2Seen.js"
import { foundOf, isKnown, itemsOf } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import type { SeenNode } from "../cluster/Seen.js"
import { groupsNow, policiesOf } from "./Policies.js"
import { perLook, perName } from "./PerLook.js"
import { eventsOfNode } from "./Told.js"
import { ec2Of, instanceOf, isTrunkSeen, trunkOf } from "./Trunks.js"

/** The node agent's DaemonSet and its container. */
export const nodeAgent = { namespace: "kube-system", name: "aws-node" } as const

/** A setting of the node agent: undefined where it is not set, and where nobody looked at it `"unknown"`. */
export const agentSetting = ({ cluster }: Look, name: string): string | undefined | "unknown" => {
  const found = foundOf(cluster.daemonSets, nodeAgent.name, nodeAgent.namespace)
  if (found === undefined) return "unknown"
  if (found === "absent") return undefined
  const containers = found.spec?.template.spec?.containers ?? []
  return containers.find((container) => container.name === nodeAgent.name)?.env?.find((variable) => variable.name === name)?.value ?? undefined
}

/** Whether aws-node is told to ask for trunks; undefined where nobody knows, or there is no such DaemonSet to be told (Auto Mode). */
export const isPodEniEnabled = (look: Look): boolean | undefined => {
  const found = foundOf(look.cluster.daemonSets, nodeAgent.name, nodeAgent.namespace)
  if (found === undefined || found === "absent") return undefined
  return agentSetting(look, "ENABLE_POD_ENI") === "true"
}

const deviceSlotsOf = (instance: SeenInstance): NodeFacts["deviceSlots"] => {
  const limits = Result.getOrUndefined(limitsOf(publishedLimits, instance.instanceType))
  if (limits === undefined) return undefined
  return { taken: instance.attachments.filter(({ networkCard, type }) => networkCard === limits.defaultNetworkCard && type !== "branch").length, of: deviceIndexes(limits) }
}

/** What {@link nodeFactsOf} knows besides what the core's stories are told. */
export interface NodePlace {
  /** In which branches are made; empty where it is not known. */
  readonly subnetId: string
}

/** What is known of a node, for the core's stories: the trunk rebuilt, and everything else as it was seen. */
export const nodeFactsOf = perName((look, name): NodeFacts & NodePlace => {
  const node = foundOf(look.cluster.nodes, name)
  const cniNode = foundOf(look.cluster.cniNodes, name)
  const base = { cniNode, limits: publishedLimits, rebuilt: true, podEniEnabled: isPodEniEnabled(look), subnetId: "" }
  if (node === undefined || node === "absent") return { ...base, node, trunk: undefined }
  const found = instanceOf(look, node)
  const instance = found === "absent" ? undefined : found
  const named = eniConfigName(node, cniNode === "absent" ? undefined : cniNode)
  const eniConfig = named === undefined || named === "" ? undefined : foundOf(look.cluster.eniConfigs, named)
  const spec = eniConfig === undefined || eniConfig === "absent" ? undefined : eniConfig.spec
  const own = spec?.securityGroups ?? []
  const subnetId = named === undefined ? instance?.subnetId ?? "" : spec?.subnet ?? ""
  const index = policiesOf(look)
  return {
    ...base,
    node,
    subnetId,
    trunk: trunkOf(look, node, { limits: publishedLimits, groupsOf: (pod) => groupsNow(look, index, pod), subnetId }),
    // EC2 that was asked says by itself whether there is a trunk.
    trunkSeen: instance === undefined && isTrunkSeen(look, node),
    instanceType: instance?.instanceType,
    deviceSlots: instance === undefined ? undefined : deviceSlotsOf(instance),
    groups: own.length > 0 ? own : instance?.groups,
    eniConfig
  }
})

/** The nodes that a pod could be scheduled to, where they are known. */
export const schedulingNodes = perLook((look): ReadonlyArray<SchedulingNode> | undefined => {
  const { cluster } = look
  if ("unknown" in cluster.nodes || !isKnown(cluster.pods) || "unknown" in cluster.pods) return undefined
  const asking = new Map<string, number>()
  for (const pod of cluster.pods.items) {
    const { nodeName } = pod.spec
    if (nodeName && !isTerminal(pod) && wantsBranch(pod)) asking.set(nodeName, (asking.get(nodeName) ?? 0) + 1)
  }
  return cluster.nodes.items.map((node: SeenNode) => ({ node, asking: asking.get(node.metadata.name) ?? 0, lacks: lackOf(look, node) }))
})

/** Why a node offers no branches; undefined where it does. */
const lackOf = (look: Look, { metadata: { name }, status }: SeenNode): NodeCause | undefined => {
  if ((Number(status?.allocatable?.[podEni] ?? 0) || 0) > 0) return undefined
  const { cause } = explainNode({ ...nodeFactsOf(look, name), name, events: eventsOfNode(look, name), now: nowOf(look) }).waitsFor
  return cause._tag === "NodeReady" ? undefined : cause
}

/** Free addresses of a subnet; undefined where EC2 was not asked for it. */
export const subnetOf = (look: Look, subnetId: string) => itemsOf(ec2Of(look)?.subnets ?? { items: [] }).find((subnet) => subnet.subnetId === subnetId)
