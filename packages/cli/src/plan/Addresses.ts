import type { NodeRoom, SubnetRoom } from "./Nodes.js"
import type { NodePlan, SubnetPlan } from "./Plan.js"

/** The nodes that offer branches. */
export const nodePlans = (rooms: ReadonlyArray<NodeRoom>, planned: ReadonlyArray<number>): ReadonlyArray<NodePlan> =>
  rooms.flatMap(({ allocatable, asking, cooling, free, name, type }, at): ReadonlyArray<NodePlan> =>
    allocatable === 0 ? [] : [{ name, ...(type === undefined ? {} : { type }), slots: allocatable, asking, free, cooling: cooling.length, planned: planned[at] ?? 0 }])

/** `going`: branches of a node whose pods go, so that their addresses come free. */
export const subnetPlans = (subnets: ReadonlyArray<SubnetRoom>, rooms: ReadonlyArray<NodeRoom>, planned: ReadonlyArray<number>, going: ReadonlyMap<string, number>): ReadonlyArray<SubnetPlan> =>
  subnets.map(({ free, id }) => {
    const needed = rooms.reduce((sum, node, at) => node.subnetId === id ? sum + (planned[at] ?? 0) - (going.get(node.name) ?? 0) : sum, 0)
    const count = Math.max(0, needed)
    return { id, ...(free === undefined ? {} : { free }), planned: count, short: free === undefined ? 0 : Math.max(0, count - free) }
  })

/** Free addresses of the subnets in which a workload's branches are made; undefined where one is not known. */
export const addressesFor = (nodes: ReadonlyArray<NodeRoom>, subnets: ReadonlyArray<SubnetRoom>, taken: (node: NodeRoom) => number, rooms: ReadonlyArray<NodeRoom>): number | undefined => {
  const ids = new Set(nodes.filter(({ allocatable }) => allocatable > 0).map(({ subnetId }) => subnetId))
  const free = [...ids].map((id) => subnets.find((subnet) => subnet.id === id)?.free)
  if (ids.size === 0 || free.includes(undefined)) return undefined
  const others = rooms.filter(({ subnetId }) => ids.has(subnetId)).reduce((sum, node) => sum + taken(node), 0)
  return Math.max(0, free.reduce<number>((sum, one) => sum + (one ?? 0), 0) - others)
}
