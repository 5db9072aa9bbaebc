import { grouped } from "./Grouped.js"

/** Pods that need a slot each, and the nodes that they may run on. */
export interface Demand {
  /** Unique. */
  readonly key: string
  readonly count: number
  /** Indexes of nodes. */
  readonly nodes: ReadonlyArray<number>
  /** One pod for each of these nodes, and none elsewhere (DaemonSet). */
  readonly onEach?: boolean
}

/** Where the pods of a demand find a slot. */
export interface Placed {
  readonly key: string
  /** Pods by node index; nodes without any are not there. */
  readonly on: ReadonlyMap<number, number>
  readonly left: number
}

interface Group {
  readonly nodes: ReadonlyArray<number>
  readonly demands: ReadonlyArray<number>
  room: number
}

/** Nodes that the same demands may use are one. */
const groupsOf = (demands: ReadonlyArray<Demand>, free: ReadonlyArray<number>): ReadonlyArray<Group> => {
  const users = new Map<number, Array<number>>()
  for (const [at, { nodes }] of demands.entries()) {
    for (const node of new Set(nodes)) {
      const known = users.get(node)
      if (known === undefined) users.set(node, [at])
      else known.push(at)
    }
  }
  const groups = grouped([...users].filter(([node]) => (free[node] ?? 0) > 0), ([, by]) => by.join(" "))
  return [...groups.values()].map((members) => ({
    nodes: members.map(([node]) => node).toSorted((a, b) => a - b),
    demands: members[0]?.[1] ?? [],
    room: members.reduce((sum, [node]) => sum + (free[node] ?? 0), 0)
  }))
}

/** A way to more room for a demand: a group that has some, or one whose user can go elsewhere. Source: Ford and Fulkerson (1956). */
const wayFrom = (start: number, groups: ReadonlyArray<Group>, flows: ReadonlyArray<Map<number, number>>): ReadonlyArray<number> | undefined => {
  const groupsBy = (demand: number): ReadonlyArray<number> => groups.flatMap(({ demands }, at) => demands.includes(demand) ? [at] : [])
  const cameFrom = new Map<number, { readonly demand: number; readonly group: number | undefined }>()
  const queue = groupsBy(start).map((group) => ({ group, demand: start, before: undefined as number | undefined }))
  for (let at = 0; at < queue.length; at++) {
    const step = queue[at]
    if (step === undefined || cameFrom.has(step.group)) continue
    cameFrom.set(step.group, { demand: step.demand, group: step.before })
    if ((groups[step.group]?.room ?? 0) > 0) {
      const way: Array<number> = []
      for (let group: number | undefined = step.group; group !== undefined; group = cameFrom.get(group)?.group) way.unshift(cameFrom.get(group)?.demand ?? start, group)
      return way
    }
    for (const [demand, amount] of flows[step.group] ?? []) {
      if (amount > 0) queue.push(...groupsBy(demand).map((group) => ({ group, demand, before: step.group })))
    }
  }
  return undefined
}

const flowsOf = (demands: ReadonlyArray<Demand>, groups: ReadonlyArray<Group>): ReadonlyArray<ReadonlyMap<number, number>> => {
  const flows = groups.map(() => new Map<number, number>())
  const add = (group: number, demand: number, amount: number): void => {
    const flow = flows[group]
    flow?.set(demand, (flow.get(demand) ?? 0) + amount)
  }
  for (const [at, { count }] of demands.entries()) {
    let left = count
    while (left > 0) {
      const way = wayFrom(at, groups, flows)
      if (way === undefined) break
      const last = groups[way.at(-1) ?? 0]
      if (last === undefined) break
      // Along the way each group gives a place of its next user's up, and takes one of the user's before it.
      let amount = Math.min(left, last.room)
      for (let i = 2; i < way.length; i += 2) amount = Math.min(amount, flows[way[i - 1] ?? 0]?.get(way[i] ?? 0) ?? 0)
      for (let i = 0; i < way.length; i += 2) {
        add(way[i + 1] ?? 0, way[i] ?? 0, amount)
        if (i >= 2) add(way[i - 1] ?? 0, way[i] ?? 0, -amount)
      }
      last.room -= amount
      left -= amount
    }
  }
  return flows
}

/**
 * Finds slots for as many pods as there is room for: the demands that come first give none up for those after them, but move where that makes room. Each node's
 * share goes where most is free. Pure and total.
 *
 * @param free slots by node index
 */
export const place = (demands: ReadonlyArray<Demand>, free: ReadonlyArray<number>): ReadonlyArray<Placed> => {
  const left = [...free]
  const placed = demands.map(() => new Map<number, number>())
  const put = (demand: number, node: number): void => {
    left[node] = (left[node] ?? 0) - 1
    const on = placed[demand]
    on?.set(node, (on.get(node) ?? 0) + 1)
  }
  for (const [at, { nodes, onEach }] of demands.entries()) {
    if (onEach === true) for (const node of new Set(nodes)) if ((left[node] ?? 0) > 0) put(at, node)
  }
  const others = demands.map((demand) => demand.onEach === true ? { ...demand, count: 0, nodes: [] } : demand)
  const groups = groupsOf(others, left)
  for (const [at, flow] of flowsOf(others, groups).entries()) {
    const nodes = groups[at]?.nodes ?? []
    for (const [demand, amount] of [...flow].toSorted(([a], [b]) => a - b)) {
      for (let i = 0; i < amount; i++) {
        const best = nodes.reduce((most, node) => (left[node] ?? 0) > (left[most] ?? 0) ? node : most, nodes[0] ?? 0)
        put(demand, best)
      }
    }
  }
  return demands.map(({ count, key }, at) => {
    const on = placed[at] ?? new Map<number, number>()
    return { key, on, left: count - [...on.values()].reduce((sum, pods) => sum + pods, 0) }
  })
}
