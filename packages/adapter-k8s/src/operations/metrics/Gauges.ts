import { Effect } from "effect"
import type { BranchState, WaitReason } from "@branchline/core/allocation/Branch"
import { branchesOf, isHeld } from "@branchline/core/allocation/Trunk"
import { firstVlanId, lastVlanId } from "@branchline/core/allocation/VlanSpace"
import type { Fleet, Member } from "@branchline/core/controller/Fleet"
import type { ActionFigures } from "@branchline/core/controller/Pacing"
import type { QueueState } from "@branchline/core/controller/WorkQueue"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import type { PolicyIndex } from "@branchline/core/selection/PolicyIndex"
import { perLane } from "../../flow/Lanes.js"
import type { GaugeName } from "./Catalogue.js"
import type { Instruments } from "./Instruments.js"
import type { FlowReading, LeadershipReading, Sources, WebhookReading } from "./Sources.js"

/** Counts by a label's value, all of which are told, also those that are 0. */
type Counts<Key extends string> = Record<Key, number>

const trunkStates = ["ready", "missing", "not admitting", "recovering"] as const

const noBranches = (): Counts<BranchState["_tag"]> => ({
  Creating: 0,
  Permitting: 0,
  Retagging: 0,
  Associating: 0,
  Announcing: 0,
  InUse: 0,
  Cooling: 0,
  Idle: 0,
  Regrouping: 0,
  Disassociating: 0,
  Deleting: 0
})
const noOneWaits = (): Counts<WaitReason> => ({ "no trunk": 0, "not admitting": 0, "full": 0, "no VLAN id": 0, "previous branch": 0 })

const trunkState = ({ recovered, trunk }: Member): (typeof trunkStates)[number] => {
  if (trunk.trunkId === undefined) return "missing"
  if (!recovered) return "recovering"
  return trunk.admitting ? "ready" : "not admitting"
}

/** What all trunks together carry at a moment; nothing of it where no controller runs here. */
export const countTrunks = (fleet: Pick<Fleet, "members"> | undefined, now: number) => {
  const trunks: Counts<(typeof trunkStates)[number]> = { "ready": 0, "missing": 0, "not admitting": 0, "recovering": 0 }
  const branches = noBranches()
  const slots = { limit: 0, occupied: 0 }
  const vlanIds = { in_use: 0, quarantined: 0, resting: 0 }
  const waiting = noOneWaits()
  for (const member of fleet?.members() ?? []) {
    const { trunk } = member
    trunks[trunkState(member)]++
    for (const { state } of branchesOf(trunk)) branches[state._tag]++
    slots.limit += trunk.limit
    slots.occupied += trunk.occupied
    for (const { why } of trunk.waiting) waiting[why]++
    for (let vlanId = firstVlanId; vlanId <= lastVlanId; vlanId++) {
      if (isHeld(trunk, vlanId)) vlanIds.in_use++
      else if (trunk.vlans.quarantinedUntil[vlanId]! > now) vlanIds.quarantined++
      else if (trunk.vlans.restingUntil[vlanId]! > now) vlanIds.resting++
    }
  }
  return { trunks, branches, slots, vlanIds, waiting }
}

const countPolicies = (index: PolicyIndex | undefined): Counts<"valid" | "invalid"> => {
  const counts = { valid: 0, invalid: 0 }
  for (const [, policies] of index?.byNamespace ?? []) {
    for (const { _tag } of policies) counts[_tag === "Valid" ? "valid" : "invalid"]++
  }
  return counts
}

const idle: QueueState = { ready: { allocation: 0, release: 0, upkeep: 0 }, delayed: 0, running: 0 }

const noCalls = { waiting: 0, sent: 0, refused: 0, waited: { count: 0, millis: 0 } }

/** Nothing flows where nobody leads; what went out before still counts. */
const still: FlowReading = { lanes: perLane(() => noCalls), unheld: { sent: 0, refused: 0 }, inFlight: 0 }

const takeFlow = ({ gauge, total }: Instruments, { inFlight, lanes, unheld }: FlowReading): void => {
  gauge("branchline_flow_in_flight")(inFlight)
  for (const [lane, { refused, sent, waited, waiting }] of Object.entries(lanes)) {
    gauge("branchline_flow_waiting", { lane })(waiting)
    total("branchline_flow_sent_total", { lane })(sent)
    total("branchline_flow_refused_total", { lane })(refused)
    total("branchline_flow_waits_total", { lane })(waited.count)
    total("branchline_flow_waited_seconds_total", { lane })(waited.millis / 1000)
  }
  total("branchline_flow_sent_total", { lane: "unheld" })(unheld.sent)
  total("branchline_flow_refused_total", { lane: "unheld" })(unheld.refused)
}

const takePacing = ({ gauge, total }: Instruments, actions: ReadonlyArray<ActionFigures>): void => {
  for (const { action, allowance, rate, refusing, sent, throttled, tokens, unavailable, waited, waiting } of actions) {
    gauge("branchline_ec2_rate", { action })(rate.perSecond)
    gauge("branchline_ec2_burst", { action })(rate.burst)
    gauge("branchline_ec2_tokens", { action })(tokens)
    gauge("branchline_ec2_beyond", { action })(allowance)
    gauge("branchline_ec2_refusing", { action })(refusing ? 1 : 0)
    gauge("branchline_ec2_unavailable", { action })(unavailable ? 1 : 0)
    for (const [priority, count] of Object.entries(waiting)) gauge("branchline_ec2_waiting", { action, priority })(count)
    total("branchline_ec2_sent_total", { action })(sent)
    total("branchline_ec2_throttled_total", { action })(throttled)
    total("branchline_ec2_waits_total", { action })(waited.count)
    total("branchline_ec2_waited_seconds_total", { action })(waited.millis / 1000)
  }
}

/** Where nobody leads nothing waits, and what was known of EC2's rates is learned anew. */
const unpaced: ReadonlyArray<ActionFigures> = [...new Set(Object.values(ec2Actions))].map((action) => ({
  action,
  rate: { burst: 0, perSecond: 0 },
  tokens: 0,
  allowance: 0,
  refusing: false,
  unavailable: false,
  waiting: { allocation: 0, release: 0, upkeep: 0 },
  sent: 0,
  throttled: 0,
  waited: { count: 0, millis: 0 }
}))

const takeWebhook = ({ gauge, total }: Instruments, webhook: WebhookReading): void => {
  for (const { count, path, status } of webhook.answers) total("branchline_webhook_requests_total", { path, status: String(status) })(count)
  total("branchline_webhook_failed_handshakes_total")(webhook.failedHandshakes)
  gauge("branchline_webhook_in_flight")(webhook.inFlight)
  gauge("branchline_webhook_connections")(webhook.connections)
  gauge("branchline_webhook_certificate_expiry_timestamp_seconds")(webhook.certificateNotAfter / 1000)
}

/** Looks at everything that is a state rather than an event, and sets the gauges to it. */
export const look = (instruments: Instruments, sources: Sources, now: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { gauge } = instruments
    const set = <Name extends GaugeName>(name: Name, label: string, counts: Readonly<Record<string, number>>): void => {
      for (const [value, count] of Object.entries(counts)) gauge(name, { [label]: value })(count)
    }
    const controller = sources.controller === undefined ? undefined : yield* sources.controller
    const leadership: LeadershipReading | undefined = sources.leadership === undefined ? undefined : yield* sources.leadership
    const policies = sources.policies === undefined ? controller?.knowledge.policies() : yield* sources.policies
    const queue = controller === undefined ? idle : yield* controller.queue
    const { branches, slots, trunks, vlanIds, waiting } = countTrunks(controller?.knowledge.fleet, now)
    set("branchline_trunks", "state", trunks)
    set("branchline_branches", "state", branches)
    set("branchline_branch_slots", "slot", slots)
    set("branchline_vlan_ids", "state", vlanIds)
    set("branchline_pods_waiting", "why", waiting)
    set("branchline_queue_ready", "priority", queue.ready)
    gauge("branchline_queue_delayed")(queue.delayed)
    gauge("branchline_queue_running")(queue.running)
    set("branchline_policies", "state", countPolicies(policies))
    gauge("branchline_leader")(leadership?.leading ?? controller !== undefined ? 1 : 0)
    gauge("sgp_enabled")(controller !== undefined || leadership !== undefined ? 1 : 0)
    takePacing(instruments, controller === undefined ? unpaced : yield* controller.pacing)
    takeFlow(instruments, sources.flow === undefined ? still : yield* sources.flow)
    if (sources.webhook !== undefined) takeWebhook(instruments, yield* sources.webhook)
  })
