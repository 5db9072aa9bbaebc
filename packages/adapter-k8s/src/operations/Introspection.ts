import { DateTime, type Schema } from "effect"
import type { Branch, Waiting } from "@branchline/core/allocation/Branch"
import { occupancy } from "@branchline/core/allocation/Capacity"
import { branchesOf, isHeld, type Trunk } from "@branchline/core/allocation/Trunk"
import type { Member } from "@branchline/core/controller/Fleet"
import type { ActionFigures } from "@branchline/core/controller/Pacing"
import type { QueueState } from "@branchline/core/controller/WorkQueue"
import { toLines } from "@branchline/core/explain/Text"
import { nodeStory, podStory } from "./introspection/Stories.js"
import type { LeadershipReading, Observed } from "./metrics/Sources.js"

type Json = Schema.JsonObject
type Knowledge = Observed["knowledge"]

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** Without what is not known: JSON has no word for it. */
const known = (entries: Readonly<Record<string, Schema.Json | undefined>>): Json =>
  Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, Schema.Json] => entry[1] !== undefined))

const hundredth = (value: number): number => Math.round(value * 100) / 100

/** Data as JSON prints it: what is undefined is left out. */
const plain = (value: unknown): Schema.Json => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object") return String(value)
  return known(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, one === undefined ? undefined : plain(one)])))
}

const podOf = (pod: { readonly namespace: string; readonly name: string; readonly uid: string } | undefined): Json | undefined =>
  pod === undefined ? undefined : { namespace: pod.namespace, name: pod.name, uid: pod.uid }

const branchJson = (branch: Branch): Json =>
  known({
    state: branch.state._tag,
    since: iso(branch.since),
    until: "until" in branch.state ? iso(branch.state.until) : undefined,
    vlanId: branch.vlanId,
    eni: branch.interface?.eniId,
    privateIp: branch.interface?.privateIp || undefined,
    associationId: branch.associationId,
    pod: podOf(branch.pod),
    groups: branch.groups,
    subnet: branch.subnetId,
    attempt: branch.attempt,
    severed: branch.severed || undefined,
    failure: branch.failure
  })

const waitingJson = (waiting: Waiting, trunk: Trunk, place: number): Json => {
  const { nextDue } = occupancy(trunk)
  return known({
    pod: podOf(waiting.pod),
    waitsFor: waiting.why,
    place,
    since: iso(waiting.since),
    nextFree: waiting.why === "full" && nextDue !== undefined ? iso(nextDue) : undefined
  })
}

/** VLAN ids of a trunk: who has which, which are set aside until when, and which would better rest. */
const vlanJson = (trunk: Trunk, now: number): Json => {
  const until = (times: ReadonlyArray<number>): ReadonlyArray<Json> =>
    times.flatMap((time, vlanId) => (time > now && !isHeld(trunk, vlanId) ? [{ vlanId, until: iso(time) }] : []))
  return {
    inUse: trunk.branches.flatMap((_, vlanId) => (vlanId <= 152 && isHeld(trunk, vlanId) ? [vlanId] : [])),
    quarantined: until(trunk.vlans.quarantinedUntil),
    resting: until(trunk.vlans.restingUntil),
    lastHandedOut: trunk.vlans.cursor
  }
}

const memberJson = (member: Member, now: number): Json => {
  const { trunk } = member
  const { free, nextDue, ...room } = occupancy(trunk)
  return known({
    instance: member.instanceId,
    instanceType: member.instanceType,
    node: member.nodeName,
    trunk: trunk.trunkId,
    admitting: trunk.admitting,
    recovered: member.recovered,
    subnet: member.subnet.subnetId,
    groups: member.groups,
    room: known({ ...room, free, nextDue: nextDue === undefined ? undefined : iso(nextDue) }),
    vlanIds: vlanJson(trunk, now),
    branches: branchesOf(trunk).map(branchJson),
    waiting: trunk.waiting.map((one, index) => waitingJson(one, trunk, index + 1))
  })
}

const queueJson = ({ delayed, ready, running }: QueueState): Json => ({ ready: { ...ready }, delayed, running })

const pacingJson = ({ action, allowance, rate, refusing, sent, throttled, tokens, unavailable, waited, waiting }: ActionFigures): Json => ({
  action,
  believed: { perSecond: hundredth(rate.perSecond), burst: hundredth(rate.burst) },
  tokens: hundredth(tokens),
  mayGoBeyond: allowance,
  refusing,
  unavailable,
  waiting: { ...waiting },
  sent,
  throttled,
  waited: { calls: waited.count, seconds: hundredth(waited.millis / 1000) }
})

const leadershipJson = ({ holder, leading, since }: LeadershipReading): Json =>
  known({ leading, holder, since: since === undefined ? undefined : iso(since) })

/** What there is to look into at a moment. */
export interface Look {
  /** Undefined while another replica leads. */
  readonly controller: { readonly knowledge: Knowledge; readonly queue: QueueState; readonly pacing: ReadonlyArray<ActionFigures> } | undefined
  readonly leadership?: LeadershipReading | undefined
  readonly version?: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Everything: trunks with their branches and VLAN ids, who waits for what, the queue, how calls to EC2 flow, who leads, and the settings in force. */
export const introspect = ({ controller, leadership, now, version }: Look): Json =>
  known({
    now: iso(now),
    version,
    leadership: leadership === undefined ? undefined : leadershipJson(leadership),
    ...(controller === undefined ? { note: "no controller runs in this process: ask the leader" } : {
      queue: queueJson(controller.queue),
      ec2: controller.pacing.map(pacingJson),
      trunks: [...controller.knowledge.fleet.members()].map((member) => memberJson(member, now)),
      policies: [...controller.knowledge.policies().byNamespace].flatMap(([namespace, policies]) =>
        policies.map((policy) =>
          known({
            namespace,
            name: policy.name,
            state: policy._tag === "Valid" ? "valid" : "invalid",
            groups: policy._tag === "Valid" ? policy.groups : undefined,
            problems: policy._tag === "Invalid" ? policy.problems.map(({ message, path }) => `${path}: ${message}`) : undefined
          })
        )
      ),
      settings: plain(controller.knowledge.settings)
    })
  })

/** A node: its trunk, the one thing that it waits for, and its story in words; undefined where there is no such node. */
export const introspectNode = (knowledge: Knowledge, name: string, now: number): Json | undefined => {
  const story = nodeStory(knowledge, name, now)
  if (story === undefined) return undefined
  const member = knowledge.fleet.ofNode(name)
  return known({
    now: iso(now),
    node: name,
    trunk: member === undefined ? undefined : memberJson(member, now),
    waitsFor: plain(story.waitsFor),
    story: toLines(story)
  })
}

/** A pod: its branch or its place in line, the one thing that it waits for, and its story in words; undefined where there is no such pod. */
export const introspectPod = (knowledge: Knowledge, namespace: string, name: string, now: number): Json | undefined => {
  const story = podStory(knowledge, namespace, name, now)
  if (story === undefined) return undefined
  const pod = [...knowledge.pods.values()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  const holders = pod === undefined ? [] : knowledge.fleet.holders(pod.metadata.uid)
  return known({
    now: iso(now),
    pod: podOf(pod?.metadata),
    node: pod?.spec.nodeName || undefined,
    branches: holders.flatMap(({ trunk }) => branchesOf(trunk).filter(({ key }) => key === pod?.metadata.uid).map(branchJson)),
    line: holders.flatMap(({ trunk }) =>
      trunk.waiting.flatMap((one, index) => (one.pod.uid === pod?.metadata.uid ? [waitingJson(one, trunk, index + 1)] : []))
    ),
    waitsFor: plain(story.waitsFor),
    story: toLines(story)
  })
}
