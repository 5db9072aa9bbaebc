import { Result } from "effect"
import { trunkLimitsOf } from "../limits/Limits.js"
import { computeTypeLabel } from "../model/Names.js"
import { instanceOf, type Node } from "../model/Node.js"
import { eniConfigName, osOf, trunkRequests } from "../model/NodeTraits.js"
import type { NodeObstacle } from "./Cause.js"
import type { ToldEvent } from "./Events.js"
import { lastMessage } from "./Events.js"
import type { Found, NodeFacts } from "./Facts.js"

/** Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const instanceTypeLabel = "node.kubernetes.io/instance-type"

/** Whether and how a node asked for a trunk: the label counts with any value (contract §1.1). */
export type Asked = "CNINode feature" | "label" | "both" | "no" | "unknown"

/** The thing, where the look found one. */
export const present = <A extends object>(found: Found<A>): A | undefined => (found === "absent" ? undefined : found)

/** Whether and how a node asked for a trunk. */
export const askedOf = ({ cniNode, node }: Pick<NodeFacts, "node" | "cniNode">): Asked => {
  const { byFeature, byLabel } = trunkRequests(present(node), present(cniNode))
  if (byLabel && byFeature) return "both"
  if (byFeature) return "CNINode feature"
  if (byLabel) return "label"
  return cniNode === undefined || node === undefined ? "unknown" : "no"
}

/** The instance type, from EC2 or else from the node's label. */
export const instanceTypeOf = ({ instanceType, node }: Pick<NodeFacts, "instanceType" | "node">): string | undefined =>
  instanceType ?? present(node)?.metadata.labels?.[instanceTypeLabel]

/** The name of the node's ENIConfig, empty where custom networking names none; undefined without custom networking (contract §10). */
export const eniConfigNameOf = ({ cniNode, node }: Pick<NodeFacts, "node" | "cniNode">): string | undefined =>
  eniConfigName(present(node), present(cniNode))

const unfit = (node: Node): NodeObstacle | undefined => {
  const labels = node.metadata.labels ?? {}
  if (labels[computeTypeLabel] === "auto") return { _tag: "AutoMode" }
  const os = osOf(node)
  if (os === undefined) return { _tag: "NodeIncomplete", lacks: "OS label" }
  if (os !== "linux") return { _tag: "NotLinux", os }
  return instanceOf(node) === undefined ? { _tag: "NodeIncomplete", lacks: "provider id" } : undefined
}

/** Why an instance can have no trunk; undefined where it can, and where type or table are not known. */
export const unsupported = (
  facts: Pick<NodeFacts, "instanceType" | "limits" | "node">
): Extract<NodeObstacle, { readonly _tag: "InstanceUnsupported" }> | undefined => {
  const instanceType = instanceTypeOf(facts)
  if (instanceType === undefined || facts.limits === undefined) return undefined
  const limits = trunkLimitsOf(facts.limits, instanceType)
  if (Result.isSuccess(limits)) return undefined
  return limits.failure._tag === "UnknownInstanceType"
    ? { _tag: "InstanceUnsupported", instanceType, problem: "unknown", suggestion: limits.failure.suggestion }
    : { _tag: "InstanceUnsupported", instanceType, problem: "not trunk-compatible", suggestion: undefined }
}

const eniConfigObstacle = (facts: NodeFacts): NodeObstacle | undefined => {
  const name = eniConfigNameOf(facts)
  if (name === undefined) return undefined
  if (name === "") return { _tag: "EniConfigUnnamed" }
  if (facts.eniConfig === "absent") return { _tag: "EniConfigUnusable", name, problem: "absent" }
  return facts.eniConfig !== undefined && !facts.eniConfig.spec?.subnet
    ? { _tag: "EniConfigUnusable", name, problem: "without subnet" }
    : undefined
}

/** Whether the trunk interface is there, its id known or not. */
export const hasTrunkInterface = ({ trunk, trunkSeen }: Pick<NodeFacts, "trunk" | "trunkSeen">): boolean => present(trunk)?.trunkId !== undefined || trunkSeen === true

/** Why a node that may have a trunk does not ask for one. */
const whyNotAsked = ({ deviceSlots, podEniEnabled }: NodeFacts): NodeObstacle => {
  if (podEniEnabled === false) return { _tag: "FeatureOff" }
  return deviceSlots !== undefined && deviceSlots.taken >= deviceSlots.of ? { _tag: "NoDeviceSlot", ...deviceSlots } : { _tag: "NotAsked" }
}

/**
 * Why a node can carry no new branches, the deepest reason first; undefined where it can.
 *
 * @param events about the node, oldest first
 *
 * Source: contract §1.1, §2, §10.
 */
export const nodeObstacle = (facts: NodeFacts, events: ReadonlyArray<ToldEvent>): NodeObstacle | undefined => {
  const trunk = present(facts.trunk)
  const node = present(facts.node)
  if (facts.node === "absent") return { _tag: "NodeAbsent" }
  if (node === undefined && trunk === undefined) return { _tag: "NotLooked", at: "node" }
  const unfitness = node === undefined ? undefined : unfit(node)
  if (unfitness !== undefined) return unfitness
  const asked = askedOf(facts)
  // Of a type without trunks aws-node asks for none.
  if (asked === "no") return facts.cniNode === "absent" ? { _tag: "CNINodeAbsent" } : unsupported(facts) ?? whyNotAsked(facts)
  if (asked === "unknown" && trunk === undefined) return { _tag: "NotLooked", at: "CNINode" }
  if (!hasTrunkInterface(facts)) {
    const cannot = unsupported(facts) ?? eniConfigObstacle(facts)
    if (cannot !== undefined) return cannot
    if (facts.trunk === undefined) return { _tag: "NotLooked", at: "trunk" }
    if (facts.deviceSlots !== undefined && facts.deviceSlots.taken >= facts.deviceSlots.of) return { _tag: "NoDeviceSlot", ...facts.deviceSlots }
    return { _tag: "NoTrunk", failure: lastMessage(events, "TrunkENICreationFailed", "TrunkENILookupFailed") }
  }
  if (facts.recovered === false) return { _tag: "NotRecovered" }
  return trunk?.admitting === false ? { _tag: "NotAdmitting" } : undefined
}
