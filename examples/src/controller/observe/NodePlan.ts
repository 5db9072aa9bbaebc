import { published } from "@branchline/core/allocation/Capacity"
import type { Trunk } from "@branchline/core/allocation/Trunk"
import { isOurs } from "@branchline/core/controller/CniNodes"
import { freeDeviceIndex, trunkAttachment } from "@branchline/core/controller/TrunkSetup"
import type { InstanceLimits } from "@branchline/core/limits/InstanceLimits"
import { trunkLimitsOf } from "@branchline/core/limits/Limits"
import type { CNINode } from "@branchline/core/model/CNINode"
import type { InstanceId } from "@branchline/core/model/Ids"
import { computeTypeLabel, podEni, securityGroupsForPodsFeature, instanceIdTag } from "@branchline/core/model/Names"
import { instanceIdOf, type Node } from "@branchline/core/model/Node"
import { asksForTrunk, eniConfigName, osOf } from "@branchline/core/model/NodeTraits"
import { align, document, dropFinalizer } from "@branchline/core/patch/CNINodePatch"
import { nodeCapacity } from "@branchline/core/patch/NodePatch"
import type { Instance } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import type { Step } from "../dry-run/Plan.js"
import { planBranches } from "./BranchPlan.js"
import type { Sight } from "./Sight.js"

/** What would be done for a node now, and its trunk where it has or is to have one. */
export interface NodePlan {
  readonly steps: ReadonlyArray<Step>
  readonly trunk: Trunk | undefined
}

const nothing: NodePlan = { steps: [], trunk: undefined }

/** Source: contract §10; a trunk that is there tells that the node had asked before its CNINode was lost. */
const cniNodeSteps = ({ rules: { clusterName } }: Sight, node: Node, cniNode: CNINode | undefined, os: string, instanceId: InstanceId, hasTrunk: boolean): ReadonlyArray<Step> => {
  const { name, uid } = node.metadata
  const facts = { node: { name, uid, os }, instanceId, clusterName }
  if (cniNode === undefined) {
    const previous = hasTrunk ? { spec: { features: [{ name: securityGroupsForPodsFeature, value: "" }], tags: { [instanceIdTag]: instanceId } } } : undefined
    return [{ _tag: "Write", write: { _tag: "Create", kind: "CNINode", key: { name }, body: document(facts, previous) } }]
  }
  if (!isOurs(cniNode)) return []
  if (cniNode.metadata.deletionTimestamp) {
    const patch = dropFinalizer(cniNode)
    return patch === undefined ? [] : [{ _tag: "Write", write: { _tag: "Patch", kind: "CNINode", key: { name }, subresource: undefined, patch: { _tag: "merge", patch } } }]
  }
  const patch = align(cniNode, facts)
  return patch === undefined ? [] : [{ _tag: "Write", write: { _tag: "Patch", kind: "CNINode", key: { name }, subresource: undefined, patch: { _tag: "json", patch } } }]
}

/** Subnet and default groups of a node's trunk and branches; undefined where its ENIConfig is not to be had (contract §10). */
const placeOf = ({ cluster }: Sight, node: Node, cniNode: CNINode | undefined, instance: Instance): Pick<Instance, "subnetId" | "groups"> | undefined => {
  const name = eniConfigName(node, cniNode)
  if (name === undefined) return instance
  const spec = cluster.eniConfigs.get({ name })?.spec
  const groups = spec?.securityGroups ?? []
  return spec?.subnet ? { subnetId: spec.subnet, groups: groups.length > 0 ? groups : instance.groups } : undefined
}

const trunkStep = (
  { ec2 }: Sight,
  nodeName: string,
  instance: Instance,
  limits: InstanceLimits,
  { groups, subnetId }: Pick<Instance, "subnetId" | "groups">
): ReadonlyArray<Step> => {
  const told = (call: string): ReadonlyArray<Step> => [{ _tag: "Trunk", node: nodeName, call }]
  const attached = trunkAttachment(instance)
  if (attached !== undefined) return attached.status === "attached" && !attached.deleteOnTermination ? told(`let ${attached.eniId} end with its instance`) : []
  const index = freeDeviceIndex(instance, limits)
  if (index === undefined) return []
  const made = ec2.ofInstance.get(instance.instanceId)?.find(({ type }) => type === "trunk")
  if (made === undefined) return told(`create a trunk in ${subnetId} with ${groups.join(" ")} and attach it at device index ${index}`)
  return made.status === "in-use" ? [] : told(`attach ${made.eniId} at device index ${index}`)
}

const capacityStep = (node: Node, trunk: Trunk): ReadonlyArray<Step> => {
  const patch = nodeCapacity(node, podEni, published(trunk))
  return patch === undefined
    ? []
    : [{ _tag: "Write", write: { _tag: "Patch", kind: "Node", key: { name: node.metadata.name }, subresource: "status", patch: { _tag: "merge", patch } } }]
}

const trunkSteps = (sight: Sight, node: Node, cniNode: CNINode | undefined, instanceId: InstanceId): NodePlan => {
  const { ec2, rules } = sight
  const { name } = node.metadata
  const asked = asksForTrunk(node, cniNode)
  const instance = ec2.instances.get(instanceId)
  // A node that never asked, and of which EC2 remembers nothing, is none of ours.
  if (instance === undefined || (!asked && (ec2.ofInstance.get(instanceId) ?? []).length === 0)) return nothing
  const limits = trunkLimitsOf(rules.limits, instance.instanceType)
  const place = placeOf(sight, node, cniNode, instance)
  if (Result.isFailure(limits) || place === undefined) return nothing
  const attached = trunkAttachment(instance)
  const { steps, trunk } = planBranches(sight, {
    nodeName: name,
    instanceId,
    trunkId: attached?.status === "attached" ? attached.eniId : undefined,
    admitting: asked,
    limit: limits.success.branches,
    ...place
  })
  return { steps: [...(asked ? trunkStep(sight, name, instance, limits.success, place) : []), ...capacityStep(node, trunk), ...steps], trunk }
}

/** What would be done for a node and its pods now. */
export const planNode = (sight: Sight, name: string): NodePlan => {
  const node = sight.cluster.nodes.get({ name })
  const os = node === undefined ? undefined : osOf(node)
  const instanceId = instanceIdOf(node?.spec?.providerID ?? "")
  if (node === undefined || os === undefined || instanceId === undefined || node.metadata.labels?.[computeTypeLabel] === "auto") return nothing
  const present = sight.cluster.cniNodes.get({ name })
  const instance = sight.ec2.instances.get(instanceId)
  const own = cniNodeSteps(sight, node, present, os, instanceId, instance !== undefined && trunkAttachment(instance) !== undefined)
  if (os !== "linux") return { steps: own, trunk: undefined }
  // One that names another instance is about to go, and what it asked for it asked for that one.
  const isCurrent = present !== undefined && (!isOurs(present) || present.spec?.tags?.[instanceIdTag] === instanceId)
  const { steps, trunk } = trunkSteps(sight, node, isCurrent ? present : undefined, instanceId)
  return { steps: [...own, ...steps], trunk }
}
