import { occupancy } from "@branchline/core/allocation/Capacity"
import { branchesOf } from "@branchline/core/allocation/Trunk"
import { publishedLimits, trunkLimitsOf } from "@branchline/core/limits/Limits"
import { osLabel, podEni } from "@branchline/core/model/Names"
import { Result } from "effect"
import type { SeenNode } from "../cluster/Seen.js"
import { type Look, nowOf } from "../cluster/Look.js"
import { nodeFactsOf, schedulingNodes, subnetOf } from "../explain/NodeFactsOf.js"
import type { Place } from "./Placing.js"

/** A node's room for branches. */
export interface NodeRoom extends Place {
  /** Undefined where neither EC2 nor a label tells. */
  readonly type: string | undefined
  /** Branches that its type carries; undefined where that is not known. */
  readonly carries: number | undefined
  /** Of `vpc.amazonaws.com/pod-eni`, as the scheduler counts it. */
  readonly allocatable: number
  /** Living pods on it that ask. */
  readonly asking: number
  /** Slots that the scheduler has to give. */
  readonly free: number
  /** Of those, slots that EC2 can associate now; the others cool or leave. */
  readonly ready: number
  /** Branches that cool down: in how many milliseconds each is over. */
  readonly cooling: ReadonlyArray<number>
  /** In which branches are made; empty where that is not known. */
  readonly subnetId: string
}

/** Free addresses of a subnet, where they are known. */
export interface SubnetRoom {
  readonly id: string
  readonly free: number | undefined
}

/** The second is the older spelling. Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
export const typeLabels = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"] as const

const typeOf = ({ metadata: { labels } }: SeenNode): string | undefined => typeLabels.map((label) => labels?.[label]).find((type) => type !== undefined)

/** Branches that an instance type carries: 0 where it has no trunk, undefined where the table does not know it. */
export const branchesOfType = (type: string): number | undefined => {
  const limits = trunkLimitsOf(publishedLimits, type)
  if (Result.isSuccess(limits)) return limits.success.branches
  return limits.failure._tag === "NotTrunkCompatible" ? 0 : undefined
}

const roomOf = (look: Look, node: SeenNode, asking: number): NodeRoom => {
  const { name } = node.metadata
  const { instanceType, subnetId, trunk } = nodeFactsOf(look, name)
  const allocatable = Number(node.status?.allocatable?.[podEni] ?? 0) || 0
  const free = Math.max(0, allocatable - asking)
  const now = nowOf(look)
  const rebuilt = trunk === undefined || trunk === "absent" ? undefined : trunk
  const cooling = rebuilt === undefined ? [] : branchesOf(rebuilt).flatMap(({ state }) => {
    switch (state._tag) {
      case "Cooling":
        return [Math.max(0, state.until - now)]
      case "Disassociating":
      case "Deleting":
        return [0]
      default:
        return []
    }
  })
  const type = instanceType ?? typeOf(node)
  return {
    name,
    labels: node.metadata.labels ?? {},
    taints: (node.spec?.taints ?? []).map(({ effect, key, value }) => ({ key, value: value ?? "", effect: effect ?? "" })),
    unschedulable: node.spec?.unschedulable === true,
    type,
    carries: type === undefined ? undefined : branchesOfType(type),
    allocatable,
    asking,
    free,
    ready: rebuilt === undefined ? free : Math.min(free, Math.max(0, Math.min(rebuilt.limit, allocatable) - occupancy(rebuilt).occupied)),
    cooling,
    subnetId
  }
}

/** The Linux nodes of a cluster with their room, by name; undefined where nodes or pods are not known. */
export const nodeRooms = (look: Look): ReadonlyArray<NodeRoom> | undefined =>
  schedulingNodes(look)
    ?.filter(({ node }) => (node.metadata.labels?.[osLabel] ?? "linux") === "linux")
    .map(({ asking, node }) => roomOf(look, node as SeenNode, asking))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** The subnets in which these nodes' branches are made, by id. */
export const subnetRooms = (look: Look, nodes: ReadonlyArray<NodeRoom>): ReadonlyArray<SubnetRoom> =>
  [...new Set(nodes.map(({ subnetId }) => subnetId))].filter((id) => id !== "").toSorted().map((id) => ({ id, free: subnetOf(look, id)?.freeAddresses }))
