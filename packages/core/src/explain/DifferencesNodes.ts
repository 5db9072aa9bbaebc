import { Result } from "effect"
import { trunkLimitsOf } from "../limits/Limits.js"
import { computeTypeLabel, instanceIdTag, podEni } from "../model/Names.js"
import { instanceOf } from "../model/Node.js"
import { asksForTrunk, osOf } from "../model/NodeTraits.js"
import type { Difference } from "./Differences.js"
import type { DifferencesFacts, SeenInstance, SeenNode } from "./DifferencesFacts.js"
import { detailsOf, livingPods, trunkOf } from "./DifferencesPlaces.js"

/** Branches by what they are on: the node's name, or the instance's id. */
type Branches = ReadonlyMap<string, ReadonlySet<string>>

const collected = (entries: Iterable<readonly [on: string, eniId: string]>): Branches => {
  const found = new Map<string, Set<string>>()
  for (const [on, eniId] of entries) {
    const known = found.get(on)
    if (known === undefined) found.set(on, new Set([eniId]))
    else known.add(eniId)
  }
  return found
}

/** EC2 can have more of a node than the cluster knows, and less: what either has counts. */
interface Counted {
  readonly named: Branches
  readonly inEc2: Branches
}

const none: ReadonlySet<string> = new Set()

const ofTrunk = (facts: DifferencesFacts, { cniNode, node }: SeenNode, instance: SeenInstance, counted: Counted): ReadonlyArray<Difference> => {
  const { name } = node.metadata
  const named = counted.named.get(name) ?? none
  const asks = asksForTrunk(node, cniNode)
  const limits = trunkLimitsOf(facts.limits, instance.instanceType)
  const found: Array<Difference> = []
  if (Result.isFailure(limits)) return found
  const trunk = trunkOf(instance)
  if (trunk === undefined) {
    if (asks || named.size > 0) found.push({ _tag: "TrunkMissing", node: name, instanceId: instance.instanceId, pods: named.size })
  } else if (trunk.status === "attached") {
    if (!trunk.deleteOnTermination) found.push({ _tag: "TrunkOutlivesInstance", node: name, trunkId: trunk.eniId })
    const branches = new Set([...named, ...(counted.inEc2.get(instance.instanceId) ?? none)]).size
    if (branches > limits.success.branches) found.push({ _tag: "OverLimit", node: name, branches, limit: limits.success.branches })
  }
  const has = node.status?.capacity?.[podEni]
  const due = asks && trunk?.status === "attached" ? limits.success.branches : 0
  // A node that never asked has no capacity at all, which is as good as 0.
  if ((has ?? "0") !== String(due)) found.push({ _tag: "CapacityDiffers", node: name, has, due })
  return found
}

const ofNode = (facts: DifferencesFacts, seen: SeenNode, counted: Counted): ReadonlyArray<Difference> => {
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
  return [...found, ...ofTrunk(facts, seen, instance, counted)]
}

/** What is another with nodes than it should be. */
export const nodeDifferences = (facts: DifferencesFacts): ReadonlyArray<Difference> => {
  const counted: Counted = {
    named: collected(livingPods(facts).flatMap(({ pod }) => {
      const eniId = detailsOf(pod)?.eniId
      return eniId === undefined || !pod.spec.nodeName ? [] : [[pod.spec.nodeName, eniId] as const]
    })),
    inEc2: collected(facts.interfaces.flatMap(({ eniId, status, tags, type }) =>
      type === "trunk" || status !== "in-use" || tags[instanceIdTag] === undefined ? [] : [[tags[instanceIdTag], eniId] as const]))
  }
  const nodes = facts.nodes.toSorted((a, b) => a.node.metadata.name < b.node.metadata.name ? -1 : 1)
  return nodes.flatMap((seen) => ofNode(facts, seen, counted))
}
