import { Schema } from "effect"
import type { GivenWorkload } from "./Given.js"
import type { NodeRoom } from "./Nodes.js"
import { mostPods, type Rollout, rollout, type RolloutAsked, type Rule } from "./Rollout.js"
import { exchangeRule } from "./Scale.js"
import type { PodChange } from "./Exchange.js"

/** How the exchange (or the first making) of a workload's pods goes at the quickest. */
export const RolloutPlan = Schema.Struct({
  strategy: Schema.String,
  hypothetical: Schema.Boolean.annotate({ description: "Applying changes nothing that is seen here: this is what a restart would take" }),
  answer: Schema.Literals(["fits", "stalls", "never ends", "room unknown"]),
  leastSeconds: Schema.optionalKey(Schema.Finite.annotate({
    description: "Until the last new pod is available, where pods start and stop in no time: EC2's default rates, minReadySeconds and cooldowns. Absent: never"
  })),
  ratesSeconds: Schema.Finite.annotate({ description: "The same with as many slots and addresses as it likes" }),
  peak: Schema.Int.annotate({ description: "Branches at the same time, cooling ones among them, so that nothing waits: each holds a slot and an address" }),
  held: Schema.Int.annotate({ description: "Of those, what its pods hold before" }),
  slots: Schema.optionalKey(Schema.Int.annotate({ description: "Free for its pods now, beside those that they hold" })),
  cooling: Schema.Int.annotate({ description: "Slots that cool already" }),
  addresses: Schema.optionalKey(Schema.Int.annotate({ description: "Free for its pods now; absent where EC2 was not asked" })),
  stalls: Schema.Struct({
    times: Schema.Int,
    seconds: Schema.Finite,
    longestSeconds: Schema.Finite,
    coolingSlots: Schema.Int.annotate({ description: "That cooled meanwhile, at most" }),
    lacks: Schema.Array(Schema.Literals(["slots", "addresses"]))
  }),
  unserved: Schema.Int.annotate({ description: "Pods that never come to a slot" })
})
export type RolloutPlan = typeof RolloutPlan.Type

/** What a rollout may use. */
export interface Room {
  /** The nodes that its new pods may run on; undefined where nodes are not known. */
  readonly nodes: ReadonlyArray<NodeRoom> | undefined
  /** Slots of a node that are for others. */
  readonly taken: (node: NodeRoom) => number
  /** Undefined where EC2 was not asked. */
  readonly addresses: number | undefined
  /** Milliseconds. */
  readonly cooldown: number
}

interface Slots {
  readonly slots: ReadonlyArray<number>
  readonly cooling: ReadonlyArray<{ readonly pool: number; readonly in: number }>
  readonly pools?: NonNullable<RolloutAsked["pools"]>
}

/** A node's slots that are ready and not for others, and those of its cooling ones that are left then: the last ones, for it is the least time that is told. */
const left = (node: NodeRoom, taken: number): { readonly ready: number; readonly cooling: ReadonlyArray<number> } => ({
  ready: Math.max(0, node.ready - taken),
  cooling: node.cooling.toSorted((a, b) => a - b).slice(0, Math.max(0, Math.min(node.cooling.length, node.free - taken - Math.max(0, node.ready - taken))))
})

/** All nodes are one pool; what old pods hold on nodes that the new ones may not use is of no use. */
const together = (nodes: ReadonlyArray<NodeRoom>, { taken }: Room, old: ReadonlyArray<string>): Slots => {
  const rooms = nodes.map((node) => left(node, taken(node)))
  const names = new Set(nodes.map(({ name }) => name))
  return {
    slots: [rooms.reduce((sum, { ready }) => sum + ready, 0), 0],
    cooling: rooms.flatMap(({ cooling }) => cooling.map((at) => ({ pool: 0, in: at }))),
    pools: { old: old.map((node) => names.has(node) ? 0 : 1), new: [] }
  }
}

/** Each node is a pool, in the order of old pods' places, and then of those that have none yet. */
const eachNode = (nodes: ReadonlyArray<NodeRoom>, { taken }: Room, old: ReadonlyArray<string>): Slots => {
  const rooms = nodes.map((node) => left(node, taken(node)))
  const at = new Map(nodes.map(({ name }, i) => [name, i]))
  const has = new Set(old)
  const replaced = old.filter((node) => at.has(node))
  return {
    slots: [...rooms.map(({ ready }) => ready), 0],
    cooling: rooms.flatMap(({ cooling }, pool) => cooling.map((due) => ({ pool, in: due }))),
    pools: {
      old: [...old.filter((node) => !at.has(node)), ...replaced].map((node) => at.get(node) ?? nodes.length),
      new: [...nodes.filter(({ name }) => !has.has(name)).map(({ name }) => name), ...replaced].map((node) => at.get(node) ?? nodes.length)
    }
  }
}

const slotsFor = ({ scale }: GivenWorkload, { change, live }: PodChange, room: Room & { readonly nodes: ReadonlyArray<NodeRoom> }, old: ReadonlyArray<string>): Slots => {
  if (scale.replicas !== "each node") return together(room.nodes, room, old)
  const has = new Set(change === "scaled" ? live.map(({ pod }) => pod.spec.nodeName) : [])
  return eachNode(room.nodes.filter(({ name }) => !has.has(name)), room, old)
}

/** Seconds, of milliseconds. */
const seconds = (millis: number): number => Math.round(millis) / 1_000

const answerOf = (room: Room, { lasts, stalls }: Rollout): RolloutPlan["answer"] => {
  if (room.nodes === undefined) return "room unknown"
  if (lasts === undefined) return "never ends"
  return stalls.total > 0 ? "stalls" : "fits"
}

interface Pods {
  readonly rule: Rule
  /** Nodes of the pods that go, those with a branch first. */
  readonly old: ReadonlyArray<string>
  readonly branches: number
  readonly wanted: number
}

/** Which pods go and come; undefined where none come. */
const podsOf = ({ scale }: GivenWorkload, { change, live, wanted = live.length }: PodChange): Pods | undefined => {
  const holding = live.filter(({ asks, pod }) => asks && pod.spec.nodeName)
  const nodes = (pods: PodChange["live"]): ReadonlyArray<string> => pods.map(({ pod }) => pod.spec.nodeName ?? "")
  const create: Rule = { _tag: "Create", ordered: scale.ordered }
  if (change === "added") return { rule: create, old: [], branches: 0, wanted }
  if (change === "scaled") return wanted <= live.length ? undefined : { rule: create, old: [], branches: 0, wanted: wanted - live.length }
  const rule = exchangeRule(scale, wanted)
  if (rule === undefined || live.length === 0) return undefined
  const sorted = [...holding, ...live.filter((one) => !holding.includes(one))]
  if (scale.exchange._tag !== "Ordinals") return { rule, old: nodes(sorted), branches: holding.length, wanted }
  const kept = Math.min(scale.exchange.partition, live.length, wanted)
  const old = sorted.slice(0, live.length - kept)
  return { rule, old: nodes(old), branches: Math.min(holding.length, old.length), wanted: wanted - kept }
}

/** How many branches a change makes, and how many go. */
export const branchesOf = (workload: GivenWorkload, change: PodChange, asks: boolean): { readonly made: number; readonly gone: number } => {
  const { live, wanted = live.length } = change
  if (change.change === "unchanged") return { made: 0, gone: 0 }
  if (change.change === "scaled" && wanted < live.length) return { made: 0, gone: Math.min(live.length - wanted, live.filter((one) => one.asks).length) }
  const pods = podsOf(workload, change)
  return { made: asks ? pods?.wanted ?? 0 : 0, gone: pods?.branches ?? 0 }
}

/** Plays the exchange of a workload's pods; undefined where there is none, or nobody can say how it would go. */
export const rolloutPlanOf = (workload: GivenWorkload, change: PodChange, room: Room): RolloutPlan | undefined => {
  const pods = podsOf(workload, change)
  if (pods === undefined || pods.wanted === 0 || pods.wanted > mostPods || change.wanted === undefined) return undefined
  const { branches, old, rule, wanted } = pods
  const { addresses = Infinity, cooldown, nodes } = room
  const base = {
    rule,
    old: { count: old.length, branches },
    wanted,
    asks: true,
    minReady: workload.scale.minReady,
    cooldown
  }
  const unlimited = rollout({ ...base, slots: [Infinity], cooling: [], addresses: Infinity })
  const slots = nodes === undefined ? { slots: [Infinity], cooling: [] } : slotsFor(workload, change, { ...room, nodes }, old)
  const told = rollout({ ...base, ...slots, addresses })
  return {
    strategy: rule._tag === "Create" ? (rule.ordered ? "one by one" : "all at once") : workload.scale.strategy,
    hypothetical: change.change === "unchanged",
    answer: answerOf(room, told),
    ...(told.lasts === undefined ? {} : { leastSeconds: seconds(told.lasts) }),
    ratesSeconds: seconds(unlimited.lasts ?? 0),
    peak: unlimited.peak,
    held: branches,
    ...(nodes === undefined ? {} : { slots: slots.slots.reduce((sum, free) => sum + free, 0) }),
    cooling: slots.cooling.length,
    ...(room.addresses === undefined ? {} : { addresses: room.addresses }),
    stalls: {
      times: told.stalls.count,
      seconds: seconds(told.stalls.total),
      longestSeconds: seconds(told.stalls.longest),
      coolingSlots: told.stalls.cooling,
      lacks: told.stalls.lacks
    },
    unserved: told.unserved
  }
}
