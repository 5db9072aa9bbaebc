import { explainNode, type NodeStory } from "@branchline/core/explain/NodeStory"
import { nodeRows } from "@branchline/core/explain/NodeText"
import { eventRows, stateText } from "@branchline/core/explain/PodText"
import { counted } from "@branchline/core/explain/Words"
import { limitsOf, publishedLimits } from "@branchline/core/limits/Limits"
import { Effect, Result, Schema } from "effect"
import { foundOf } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import { NotSeen, notSeen, notSeenRows } from "../cluster/Unknowns.js"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { rowsText, type ToneRow } from "../output/Rows.js"
import { isPodEniEnabled, nodeFactsOf, subnetOf } from "./NodeFactsOf.js"
import { noSuch } from "./NoSuch.js"
import { eventsOfNode } from "./Told.js"
import { ec2Of } from "./Trunks.js"
import { Waits, waitsOf, waitsRows } from "./Waits.js"

/** What a trunk carries, counted. */
export const Room = Schema.Struct({
  limit: Schema.Int,
  occupied: Schema.Int,
  inUse: Schema.Int,
  inFlight: Schema.Int,
  cooling: Schema.Int,
  leaving: Schema.Int,
  free: Schema.Int
})

/** What `explain node -o json` prints. */
export const NodeExplained = Schema.Struct({
  kind: Schema.Literal("Node"),
  name: Schema.String,
  seenAt: Schema.String,
  asked: Schema.Literals(["CNINode feature", "label", "both", "no", "unknown"]).annotate({ description: "Whether and how it asked for a trunk" }),
  podEniEnabled: Schema.optionalKey(Schema.Boolean.annotate({ description: "ENABLE_POD_ENI of aws-node" })),
  eniConfig: Schema.optionalKey(Schema.String),
  instance: Schema.Struct({
    id: Schema.optionalKey(Schema.String),
    type: Schema.optionalKey(Schema.String),
    support: Schema.Literals(["trunk", "no trunk", "type not in the table", "unknown"]),
    branches: Schema.optionalKey(Schema.Int.annotate({ description: "That the type carries" }))
  }),
  limits: Schema.optionalKey(Schema.Struct({
    interfaces: Schema.Int,
    addresses: Schema.Int.annotate({ description: "IPv4 addresses on each, its own included" }),
    branches: Schema.Int
  })),
  deviceSlots: Schema.optionalKey(Schema.Struct({ taken: Schema.Int, of: Schema.Int })),
  capacity: Schema.Struct({
    published: Schema.optionalKey(Schema.Int.annotate({ description: "What the controller has to publish" })),
    capacity: Schema.optionalKey(Schema.String),
    allocatable: Schema.optionalKey(Schema.String)
  }),
  trunk: Schema.optionalKey(Schema.Struct({
    id: Schema.optionalKey(Schema.String),
    attached: Schema.Boolean,
    room: Room,
    coolingKnown: Schema.Boolean.annotate({ description: "Whether EC2 was asked for branches whose pods are gone" }),
    branches: Schema.Array(Schema.Struct({
      pod: Schema.optionalKey(Schema.String),
      eniId: Schema.optionalKey(Schema.String),
      vlanId: Schema.optionalKey(Schema.Int),
      state: Schema.String,
      groups: Schema.Array(Schema.String)
    })),
    line: Schema.Array(Schema.Struct({ pod: Schema.String, why: Schema.String }))
  })),
  subnet: Schema.optionalKey(Schema.Struct({ id: Schema.String, cidr: Schema.String, freeAddresses: Schema.Int })),
  waitsFor: Waits,
  notSeen: Schema.Array(NotSeen)
})
export type NodeExplained = typeof NodeExplained.Type

const concerned = ["pods", "nodes", "cniNodes", "eniConfigs", "configMaps", "daemonSets", "events"] as const

/** A node's story, as the core tells it from what was found. */
export const nodeStory = (look: Look, name: string): NodeStory =>
  explainNode({ ...nodeFactsOf(look, name), name, events: eventsOfNode(look, name), now: nowOf(look) })

const given = <K extends string, A>(key: K, value: A | null | undefined): { readonly [P in K]?: A } =>
  (value === undefined || value === null ? {} : { [key]: value }) as { readonly [P in K]?: A }

const trunkData = (look: Look, { now, trunk }: NodeStory): NodeExplained["trunk"] => {
  if (trunk === undefined || trunk === "absent") return undefined
  const { cooling, free, inFlight, inUse, leaving, limit, occupied } = trunk.room
  return {
    ...given("id", trunk.trunkId),
    attached: trunk.attached,
    room: { limit, occupied, inUse, inFlight, cooling, leaving, free },
    coolingKnown: ec2Of(look) !== undefined && !("unknown" in (ec2Of(look)?.interfaces ?? { unknown: "" })),
    branches: trunk.branches.map(({ eniId, groups, pod, since, state, vlanId }) => ({
      ...given("pod", pod),
      ...given("eniId", eniId),
      ...given("vlanId", vlanId),
      state: stateText(state, since, now),
      groups
    })),
    line: trunk.line.map(({ pod, why }) => ({ pod: `${pod.namespace}/${pod.name}`, why }))
  }
}

const limitsData = (instanceType: string | undefined): NodeExplained["limits"] => {
  const limits = instanceType === undefined ? undefined : Result.getOrUndefined(limitsOf(publishedLimits, instanceType))
  return limits === undefined ? undefined : { interfaces: limits.interfaces, addresses: limits.ipv4PerInterface, branches: limits.branches }
}

const dataOf = (look: Look, story: NodeStory): NodeExplained => {
  const { deviceSlots, subnetId } = nodeFactsOf(look, story.name)
  const subnet = subnetId === "" ? undefined : subnetOf(look, subnetId)
  return {
    kind: "Node",
    name: story.name,
    seenAt: look.takenAt,
    asked: story.asked,
    ...given("podEniEnabled", isPodEniEnabled(look)),
    ...given("eniConfig", story.eniConfig),
    instance: {
      ...given("id", story.instance.instanceId),
      ...given("type", story.instance.instanceType),
      support: story.instance.support,
      ...given("branches", story.instance.limit)
    },
    ...given("limits", limitsData(story.instance.instanceType)),
    ...given("deviceSlots", deviceSlots),
    capacity: { ...given("published", story.capacity.published), ...given("capacity", story.capacity.capacity), ...given("allocatable", story.capacity.allocatable) },
    ...given("trunk", trunkData(look, story)),
    ...(subnet === undefined ? {} : { subnet: { id: subnet.subnetId, cidr: subnet.cidr, freeAddresses: subnet.freeAddresses } }),
    waitsFor: waitsOf(story.waitsFor, story.now),
    notSeen: notSeen(look, concerned)
  }
}

const rowsOf = (story: NodeStory, data: NodeExplained): ReadonlyArray<ToneRow> => [
  ...nodeRows({ ...story, events: [] }),
  ...(data.trunk !== undefined && !data.trunk.coolingKnown
    ? [{ label: "unknown", text: "branches that cool down after their pods are gone: only EC2 has them (--aws)", under: true, tone: "faint" as const }]
    : []),
  ...(data.limits === undefined ? [] : [{
    label: "Limits",
    text: `${counted(data.limits.interfaces, "network interface")} with ${data.limits.addresses} IPv4 addresses each, ${counted(data.limits.branches, "branch", "branches")} besides`
  }]),
  ...(data.deviceSlots === undefined ? [] : [{ label: "Device indexes", text: `${data.deviceSlots.taken} of ${data.deviceSlots.of} taken, the trunk's among them` }]),
  ...(data.subnet === undefined ? [] : [{
    label: "Subnet",
    text: `${data.subnet.id} (${data.subnet.cidr}), ${data.subnet.freeAddresses} addresses free`,
    ...(data.subnet.freeAddresses === 0 ? { tone: "bad" as const } : {})
  }]),
  ...(data.podEniEnabled === undefined ? [] : [{ label: "aws-node", text: `ENABLE_POD_ENI is ${data.podEniEnabled ? "true" : "not true"}` }]),
  ...eventRows(story.events, story.now),
  ...waitsRows(data.waitsFor),
  ...notSeenRows(data.notSeen.filter(({ what }) => what !== "EC2"))
]

/** What a node carries, and why it carries no more. Fails where there is no such node, or nobody may see it. */
export const explainNodeOf = Effect.fnUntraced(function*(look: Look, name: string): Effect.fn.Return<Answer<NodeExplained>, CouldNotLook> {
  const node = foundOf(look.cluster.nodes, name)
  if (node === undefined || node === "absent") return yield* noSuch(look.cluster.nodes, { what: "node", name })
  const story = nodeStory(look, name)
  const data = dataOf(look, story)
  return { data, found: !data.waitsFor.fine, text: (page) => rowsText(rowsOf(story, data), page) }
})
