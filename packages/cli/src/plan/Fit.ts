import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { podEni } from "@branchline/core/model/Names"
import { Schema } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { grouped } from "./Grouped.js"
import { branchesOfType, type NodeRoom, typeLabels } from "./Nodes.js"
import { ownerKey, ownerOf } from "./Owner.js"
import { type Demand, place, type Placed } from "./Placement.js"
import { mayRunOn, type Placing } from "./Placing.js"

/** Slots for pods that ask for a branch. */
export const Slots = Schema.Struct({
  needed: Schema.Int,
  placed: Schema.Array(Schema.Struct({ node: Schema.String, pods: Schema.Int })).annotate({ description: "One way that there is: the scheduler may choose another" }),
  left: Schema.Int.annotate({ description: "Pods for which there is no slot" }),
  why: Schema.optionalKey(Schema.String),
  wouldHelp: Schema.Array(Schema.Struct({
    type: Schema.String,
    slots: Schema.Int.annotate({ description: "That one such node has for them" }),
    nodes: Schema.Int
  })).annotate({ description: "How many more nodes of one of these types would do" })
})
export type Slots = typeof Slots.Type

/** Pods that are to find a slot. */
export interface Wish {
  readonly key: string
  readonly count: number
  readonly placing: Placing
  /** What makes them is a DaemonSet: one on each of its nodes, or on these alone, or not on these. */
  readonly daemon?: { readonly on?: ReadonlySet<string>; readonly notOn?: ReadonlySet<string> }
  /** A node on which they may run whatever its taints say, for they do. */
  readonly runsOn?: ReadonlySet<string>
}

/** Living pods that ask and that no node has taken yet: they come before all others. */
export const waitingPods = (look: Look, without: ReadonlySet<string>): ReadonlyArray<Wish> => {
  const pods = itemsOf(look.cluster.pods).filter((pod) => !pod.spec.nodeName && !isTerminal(pod) && wantsBranch(pod) && !without.has(ownerKey(pod)))
  return [...grouped(pods, (pod) => JSON.stringify([ownerKey(pod), pod.spec.nodeSelector ?? {}])).values()].flatMap((alike): ReadonlyArray<Wish> => {
    const [first] = alike
    return first === undefined ? [] : [{ key: `waiting ${ownerKey(first)}`, count: alike.length, placing: placingOf(first) }]
  }).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** What a stored pod says of its nodes; its tolerations are not in a look. */
export const placingOf = ({ spec: { nodeSelector } }: SeenPod): Placing => nodeSelector == null ? {} : { nodeSelector }

/** The nodes that a wish may use, by index. */
export const nodesFor = ({ daemon, placing, runsOn }: Pick<Wish, "daemon" | "placing" | "runsOn">, nodes: ReadonlyArray<NodeRoom>): ReadonlyArray<number> =>
  nodes.flatMap((node, at) => {
    const may = daemon?.on?.has(node.name) ?? (mayRunOn(placing, node, daemon !== undefined) || runsOn?.has(node.name) === true)
    return may && daemon?.notOn?.has(node.name) !== true ? [at] : []
  })

/** Slots that DaemonSets take of a node: on a new one of its type, too. */
const daemonsOn = (look: Look): ReadonlyMap<string, number> => {
  const pods = itemsOf(look.cluster.pods).filter((pod) => !isTerminal(pod) && wantsBranch(pod) && ownerOf(pod).kind === "DaemonSet")
  return new Map([...grouped(pods, ({ spec }) => spec.nodeName ?? "")].map(([node, on]) => [node, on.length]))
}

const helpFor = (wish: Wish, left: number, at: ReadonlyArray<number>, nodes: ReadonlyArray<NodeRoom>, daemons: (node: NodeRoom) => number): Slots["wouldHelp"] => {
  if (wish.daemon !== undefined || left === 0) return []
  const named = typeLabels.flatMap((label) => wish.placing.nodeSelector?.[label] ?? [])
  const eligible = at.flatMap((i) => nodes[i] ?? [])
  const known = (eligible.length > 0 ? eligible : nodes).filter(({ carries }) => carries !== undefined && carries > 0)
  const byType = new Map<string, number>(named.flatMap((type) => {
    const carries = branchesOfType(type)
    return carries === undefined || carries === 0 ? [] : [[type, carries]]
  }))
  if (named.length === 0) {
    for (const node of known) {
      if (node.type !== undefined) byType.set(node.type, Math.min(byType.get(node.type) ?? Infinity, (node.carries ?? 0) - daemons(node)))
    }
  }
  return [...byType].filter(([, slots]) => slots > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([type, slots]) => ({ type, slots, nodes: Math.ceil(left / slots) }))
}

const whyLeft = (wish: Wish, { on }: Placed, at: ReadonlyArray<number>, nodes: ReadonlyArray<NodeRoom>): string => {
  const eligible = at.flatMap((i) => nodes[i] ?? [])
  const offering = eligible.filter(({ allocatable }) => allocatable > 0)
  if (eligible.length === 0) return nodes.length === 0 ? "there is no node" : "there is no node that they may run on, by node selector, affinity and taints"
  if (offering.length === 0) return `no node that they may run on offers ${podEni}`
  if (wish.daemon === undefined) return "all slots of the nodes that they may run on are taken"
  const without = eligible.filter(({ allocatable, name }) => allocatable === 0 && !on.has(nodes.findIndex((node) => node.name === name)))
  return without.length > 0 ? `${without.length === 1 ? "a node" : `${without.length} nodes`} of theirs: no ${podEni}, so a pod there stays Pending` : "the slots of some of their nodes are all taken"
}

/** Where wishes find slots. */
export interface Fit {
  readonly slotsOf: (key: string) => Slots | undefined
  /** Pods by node index. */
  readonly onNodes: (key: string) => ReadonlyMap<number, number>
}

/**
 * Finds slots for all wishes, the first first.
 *
 * @param given slots by node name that come free besides those that are: of pods that go
 */
export const fit = (look: Look, nodes: ReadonlyArray<NodeRoom>, wishes: ReadonlyArray<Wish>, given: ReadonlyMap<string, number>): Fit => {
  const eligible = new Map(wishes.map((wish) => [wish.key, nodesFor(wish, nodes)]))
  const demands = wishes.map((wish): Demand => {
    const at = eligible.get(wish.key) ?? []
    return wish.daemon === undefined ? { key: wish.key, count: wish.count, nodes: at } : { key: wish.key, count: at.length, nodes: at, onEach: true }
  })
  // Counted from what is offered: where more pods run than that, those that go leave no slot until the others have one.
  const rooms = nodes.map(({ allocatable, asking, name }) => Math.max(0, allocatable - asking + (given.get(name) ?? 0)))
  const placed = new Map(place(demands, rooms).map((one) => [one.key, one]))
  const live = daemonsOn(look)
  const coming = wishes.filter(({ daemon }) => daemon !== undefined).map(({ key }) => placed.get(key)?.on)
  const indexes = new Map(nodes.map(({ name }, at) => [name, at]))
  const daemons = ({ name }: NodeRoom): number => (live.get(name) ?? 0) + coming.filter((on) => on?.has(indexes.get(name) ?? -1)).length
  const slots = new Map(wishes.map((wish): readonly [string, Slots] => {
    const at = eligible.get(wish.key) ?? []
    const found = placed.get(wish.key) ?? { key: wish.key, on: new Map<number, number>(), left: wish.count }
    return [wish.key, {
      needed: found.left + [...found.on.values()].reduce((sum, pods) => sum + pods, 0),
      placed: [...found.on].toSorted(([a], [b]) => a - b).map(([i, pods]) => ({ node: nodes[i]?.name ?? "", pods })),
      left: found.left,
      ...(found.left === 0 ? {} : { why: whyLeft(wish, found, at, nodes) }),
      wouldHelp: helpFor(wish, found.left, at, nodes, daemons)
    }]
  }))
  return { slotsOf: (key) => slots.get(key), onNodes: (key) => placed.get(key)?.on ?? new Map<number, number>() }
}
