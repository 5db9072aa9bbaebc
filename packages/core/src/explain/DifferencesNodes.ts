import { Result } from "effect"
import { trunkLimitsOf } from "../limits/Limits.js"
import { computeTypeLabel, instanceIdTag, podEni } from "../model/Names.js"
import { asksForTrunk, osOf } from "../model/NodeTraits.js"
import type { Difference } from "./Differences.js"
import type { DifferencesFacts, SeenInstance, SeenNode } from "./DifferencesFacts.js"
import { detailsOf, instanceOf, livingPods, trunkOf } from "./DifferencesPlaces.js"

/** EC2 can have more of a node than the cluster knows, and less: what either has counts. */
const branchesOf = ({ interfaces }: DifferencesFacts, { instanceId }: SeenInstance, trunkId: string, named: ReadonlySet<string>): number => {
  const inEc2 = interfaces.filter(({ eniId, status, tags, type }) =>
    type !== "trunk" && status === "in-use" && eniId !== trunkId && tags[instanceIdTag] === instanceId)
  return new Set([...named, ...inEc2.map(({ eniId }) => eniId)]).size
}

const ofTrunk = (facts: DifferencesFacts, { cniNode, node }: SeenNode, instance: SeenInstance, named: ReadonlySet<string>): ReadonlyArray<Difference> => {
  const { name } = node.metadata
  const asks = asksForTrunk(node, cniNode)
  const limits = trunkLimitsOf(facts.limits, instance.instanceType)
  const found: Array<Difference> = []
  if (Result.isFailure(limits)) return found
  const trunk = trunkOf(instance)
  if (trunk === undefined) {
    if (asks || named.size > 0) found.push({ _tag: "TrunkMissing", node: name, instanceId: instance.instanceId, pods: named.size })
  } else if (trunk.status === "attached") {
    if (!trunk.deleteOnTermination) found.push({ _tag: "TrunkOutlivesInstance", node: name, trunkId: trunk.eniId })
    const branches = branchesOf(facts, instance, trunk.eniId, named)
    if (branches > limits.success.branches) found.push({ _tag: "OverLimit", node: name, branches, limit: limits.success.branches })
  }
  const has = node.status?.capacity?.[podEni]
  const due = asks && trunk?.status === "attached" ? limits.success.branches : 0
  // A node that never asked has no capacity at all, which is as good as 0.
  if ((has ?? "0") !== String(due)) found.push({ _tag: "CapacityDiffers", node: name, has, due })
  return found
}

const ofNode = (facts: DifferencesFacts, seen: SeenNode, named: ReadonlySet<string>): ReadonlyArray<Difference> => {
  const { cniNode, node } = seen
  const { labels, name } = node.metadata
  const instanceId = instanceOf(node)
  const os = osOf(node)
  // Source: contract §10: these are not the controller's.
  if (instanceId === undefined || os === undefined || labels?.[computeTypeLabel] === "auto") return []
  const ofInstance = cniNode?.spec?.tags?.[instanceIdTag]
  const found: ReadonlyArray<Difference> = cniNode === undefined
    ? [{ _tag: "CniNodeMissing", node: name }]
    : ofInstance === instanceId
    ? []
    : [{ _tag: "CniNodeOfAnother", node: name, has: ofInstance, due: instanceId }]
  if (os !== "linux") return found
  const instance = facts.instances.get(instanceId)
  if (instance === undefined || instance.state === "terminated") return [...found, { _tag: "InstanceMissing", node: name, instanceId }]
  return [...found, ...ofTrunk(facts, seen, instance, named)]
}

/** What is another with nodes than it should be. */
export const nodeDifferences = (facts: DifferencesFacts): ReadonlyArray<Difference> => {
  const named = new Map<string, Set<string>>()
  for (const { pod } of livingPods(facts)) {
    const eniId = detailsOf(pod)?.eniId
    const node = pod.spec.nodeName
    if (eniId === undefined || !node) continue
    const ofNode = named.get(node)
    if (ofNode === undefined) named.set(node, new Set([eniId]))
    else ofNode.add(eniId)
  }
  const nodes = facts.nodes.toSorted((a, b) => a.node.metadata.name < b.node.metadata.name ? -1 : 1)
  return nodes.flatMap((seen) => ofNode(facts, seen, named.get(seen.node.metadata.name) ?? new Set()))
}
