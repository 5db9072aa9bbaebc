import { counted, duration, listed } from "@branchline/core/explain/Words"
import { notSeenRows } from "../cluster/Unknowns.js"
import type { Page } from "../output/Page.js"
import { rowsText, type ToneRow } from "../output/Rows.js"
import { type Cell, tableText } from "../output/Table.js"
import type { Calls } from "./Calls.js"
import { complaints } from "./Complaints.js"
import type { Slots } from "./Fit.js"
import type { NodePlan, Plan, SubnetPlan, WorkloadPlan } from "./Plan.js"
import type { PolicyChange } from "./Policies.js"
import type { RolloutPlan } from "./RolloutPlan.js"

type Tone = NonNullable<ToneRow["tone"]>

const row = (label: string, text: string, tone?: Tone): ToneRow => ({ label, text, ...(tone === undefined ? {} : { tone }) })
const under = (label: string, text: string, tone?: Tone): ToneRow => ({ label, text, under: true, ...(tone === undefined ? {} : { tone }) })

const groupsText = (groups: ReadonlyArray<string>): string => groups.length === 0 ? "the node's groups" : groups.join(" ")

const seconds = (value: number): string => duration(value * 1_000)

const pods = (count: number): string => counted(count, "pod")

const selectsText = ({ change, selects: { known, pods: running, undecided, workloads } }: PolicyChange): ReadonlyArray<string> => {
  if (change === "removed") return []
  const those = [...(running === 0 ? [] : [counted(running, "running pod")]), ...workloads]
  const open = undecided === 0 ? [] : [`perhaps ${undecided} more: it depends on service accounts that were not seen`]
  if (those.length === 0) return open.length > 0 ? open : [known ? "selects nothing that is there or given" : "selects nothing that was seen"]
  return [`selects ${listed(those)}`, ...open]
}

const groupsChange = ({ change, groups: { after, before }, what }: PolicyChange): string => {
  if (change === "removed") return `gave ${before.join(" ")}`
  return change === "changed" && what.includes("groups") ? `${before.join(" ") || "none"} → ${after.join(" ") || "none"}` : `gives ${after.join(" ") || "no group"}`
}

const policyRows = (policy: PolicyChange): ReadonlyArray<ToneRow> => {
  const { change, overlaps, problems, what } = policy
  const selectors = what.filter((one) => one !== "groups")
  const told = [
    selectors.length === 0 ? change : `${change} (${listed(selectors)})`,
    groupsChange(policy),
    ...(problems.length > 0 ? [] : selectsText(policy)),
    ...(overlaps.length === 0 ? [] : [`shares pods with ${listed(overlaps)}: they get the groups of all`])
  ]
  return [
    under(`${policy.namespace}/${policy.name}`, told.join("; "), change === "unchanged" ? "faint" : undefined),
    ...problems.map((problem) => under("", `ignored: ${problem}`, "bad"))
  ]
}

const branchText = { another: "", first: ", and ask for a branch for the first time", "none any more": ", and ask for no branch any more", none: "", fargate: ", on Fargate" } as const

const byText = (names: ReadonlyArray<string>): string => names.length === 0 ? "no policy" : listed(names)

const runningRows = (plan: Plan): ReadonlyArray<ToneRow> => plan.running.flatMap(({ branch, groups, owner, perhaps, pods: names, policies, slots, when }) => [
  under(owner, `${pods(names.length)}: ${groupsText(groups.before)} → ${groupsText(groups.after)}${branchText[branch]}`),
  under("", `by ${byText(policies.after)}${policies.after.join() === policies.before.join() ? "" : ` instead of ${byText(policies.before)}`}${when === "now" ? "; made again by this change" : "; not before somebody makes them again"}`, "faint"),
  ...(perhaps.length === 0 ? [] : [under("", `perhaps more by ${listed(perhaps)}: it depends on a service account that was not seen`, "faint")]),
  ...(slots === undefined ? [] : slotRows(slots, "when they are made again: "))
])

const placedText = ({ placed }: Slots): string => listed(placed.map(({ node, pods: count }) => `${count} on ${node}`), 6)

const slotRows = (slots: Slots, when = ""): ReadonlyArray<ToneRow> => {
  if (slots.needed === 0) return []
  const { left, needed, why, wouldHelp } = slots
  if (left === 0) return [under("", `${when}${needed === 1 ? "it fits" : `all ${needed} fit`}: ${placedText(slots)}`, "good")]
  const help = wouldHelp.map(({ nodes, slots: each, type }) => `${nodes} more of ${type} (${counted(each, "slot")} each)`)
  return [
    under("", `${when}${left} of ${pods(needed)} ${left === 1 ? "finds" : "find"} no slot: ${why ?? "no node is known"}${needed === left ? "" : `; ${placedText(slots)}`}`, "bad"),
    ...(help.length === 0 ? [] : [under("", `nodes that would do: ${help.join(", or ")}`)])
  ]
}

const outcomeText = ({ groups, outcome, policies }: WorkloadPlan): string => {
  switch (outcome) {
    case "branch":
      return policies.length === 0 ? "a branch with the node's groups" : `a branch with ${groupsText(groups)} by ${listed(policies)}`
    case "node's groups":
      return "no branch: no policy selects them"
    case "fargate":
      return groups.length === 0 ? "Fargate, no groups by policies" : `Fargate, with ${groupsText(groups)} by ${listed(policies)}`
    case "host network":
      return "no branch: they are on the host's network"
    case "windows":
      return "no branch: Windows"
    case "undecided":
      return "unknown: it depends on a service account that was not seen"
  }
}

const changeText = ({ change, pods: { now, wanted } }: WorkloadPlan): string => {
  const count = wanted === undefined ? "as many pods as nodes" : now === wanted || now === 0 ? pods(wanted) : `${now} → ${pods(wanted)}`
  return change === "exchanged" ? `${count}, made anew` : change === "unchanged" ? `${count}, unchanged in what is seen` : `${change}, ${count}`
}

const leastText = ({ leastSeconds, ratesSeconds, stalls }: RolloutPlan): string => {
  if (leastSeconds === undefined) return "it never ends"
  if (stalls.seconds === 0) return leastSeconds === 0 ? "EC2's default rates do not hold it up" : `at least ${seconds(leastSeconds)}`
  return `at least ${seconds(leastSeconds)}, of which the rates alone impose ${ratesSeconds === 0 ? "nothing" : seconds(ratesSeconds)}`
}

/** At the peak, which is higher the quicker pods start: each pod that went holds its slot for a cooldown. */
const needText = ({ addresses, cooling, held, peak, slots }: RolloutPlan): string => {
  const own = held === 0 ? [] : [`${held} are its own`]
  const free = slots === undefined ? ["how many are free is not known"] : [`${slots} more ${slots === 1 ? "is" : "are"} free${cooling === 0 ? "" : `, ${cooling} cool`}`]
  const subnets = addresses === undefined ? [] : [`${counted(addresses, "address", "addresses")} free`]
  return `up to ${counted(peak, "slot and address", "slots and addresses")} at a time, those that cool included: ${[...own, ...free, ...subnets].join(", ")}`
}

const stallText = ({ stalls: { coolingSlots, lacks, longestSeconds, seconds: total, times } }: RolloutPlan): string => {
  const cool = `${counted(coolingSlots, "slot")} ${coolingSlots === 1 ? "cools" : "cool"}`
  const why = lacks.includes("slots") ? cool : `${cool} and keep their addresses`
  return times === 1 ? `stalls for ${seconds(total)} because ${why}` : `stalls ${times} times between its steps, for ${seconds(longestSeconds)} at most, because ${why}`
}

const rolloutRows = ({ change, rollout, slots: found }: WorkloadPlan): ReadonlyArray<ToneRow> => {
  // Of pods without a slot it has been told.
  if (rollout === undefined || (rollout.answer === "never ends" && (found?.left ?? 0) > 0)) return []
  const { answer, hypothetical, stalls, strategy, unserved } = rollout
  const isMaking = change === "added" || change === "scaled"
  const what = isMaking ? `made ${strategy}` : `${hypothetical ? "a restart" : "exchanged"} by ${strategy}`
  const lacking = stalls.lacks.length > 0 ? listed(stalls.lacks) : "slots"
  return [
    under("", `${what}: ${leastText(rollout)}`),
    ...(isMaking && answer === "fits" ? [] : [under("", needText(rollout))]),
    ...(answer === "stalls" ? [under("", stallText(rollout), "warning")] : []),
    ...(answer === "never ends" ? [under("", `${pods(unserved)} never ${unserved === 1 ? "comes" : "come"} to be, for want of ${lacking}`, hypothetical ? "warning" : "bad")] : [])
  ]
}

const workloadRows = (workload: WorkloadPlan): ReadonlyArray<ToneRow> => [
  under(workload.name, `${changeText(workload)}: ${outcomeText(workload)}`, workload.change === "unchanged" ? "faint" : undefined),
  ...workload.differs.map((text) => under("", text)),
  ...(workload.note === undefined ? [] : [under("", workload.note)]),
  ...workload.warnings.map((text) => under("", text, "warning")),
  ...(workload.slots === undefined ? [] : slotRows(workload.slots)),
  ...rolloutRows(workload)
]

const callsRow = (label: string, { byAction, leastSeconds, total }: Calls): ToneRow =>
  under(label, `${counted(total, "call")}: ${listed(byAction.map(({ action, calls }) => `${action} ${calls}`), 6)}; ${leastSeconds === 0 ? "within what EC2 grants at once" : `at least ${seconds(leastSeconds)} by its default rates`}`)

const section = (label: string, rows: ReadonlyArray<ToneRow>, text = ""): ReadonlyArray<ToneRow> => rows.length === 0 ? [] : [row(label, text), ...rows]

const coolingText = (cooling: number, known: boolean): string => known ? String(cooling) : cooling === 0 ? "unknown" : `${cooling} or more`

const nodeTable = (nodes: ReadonlyArray<NodePlan>, coolingKnown: boolean, page: Page): string => {
  const shown = nodes.filter(({ planned }) => planned > 0)
  const others = nodes.length - shown.length
  const cells = shown.map(({ asking, cooling, free, name, planned, slots, type }): ReadonlyArray<Cell> => [
    name,
    type ?? "unknown",
    String(slots),
    String(asking),
    String(free),
    coolingText(cooling, coolingKnown),
    String(planned)
  ])
  return [
    tableText(["NODE", "TYPE", "SLOTS", "ASKING", "FREE", "COOLING", "PLANNED"], cells, page),
    ...(others === 0 ? [] : [page.style.faint(`and ${counted(others, "node")} without a pod of this plan, ${counted(nodes.filter(({ planned }) => planned === 0).reduce((sum, { free }) => sum + free, 0), "slot")} free there`)])
  ].join("\n")
}

const subnetTable = (subnets: ReadonlyArray<SubnetPlan>, page: Page): string =>
  tableText(["SUBNET", "FREE ADDRESSES", "PLANNED", "SHORT"], subnets.map(({ free, id, planned, short }): ReadonlyArray<Cell> => [
    id,
    free === undefined ? "unknown" : String(free),
    String(planned),
    short === 0 ? "" : { text: String(short), tone: "bad" }
  ]), page)

const headline = ({ manifests: { others, policies, serviceAccounts, workloads } }: Plan): string => {
  const given = [
    ...(policies === 0 ? [] : [counted(policies, "policy", "policies")]),
    ...(workloads === 0 ? [] : [counted(workloads, "workload")]),
    ...(serviceAccounts === 0 ? [] : [counted(serviceAccounts, "service account")])
  ]
  return `${given.length === 0 ? "nothing that concerns groups" : listed(given)} given${others === 0 ? "" : `, and ${counted(others, "object")} that a plan is not about`}`
}

/** A plan for people, without a line end at the end. */
export const planText = (plan: Plan, page: Page): string => {
  const wrong = complaints(plan)
  const upper = rowsText([
    row("Plan", headline(plan)),
    ...section("Manifests", plan.problems.map(({ mend, message, where }) => under(where, `${message}; ${mend}`, "bad"))),
    ...section("Policies", plan.policies.flatMap(policyRows)),
    ...section("Service accounts", plan.serviceAccounts.map(({ change, labels, name }) => under(name, [change, ...labels].join("; ")))),
    ...section("Running pods", runningRows(plan), "get other groups when they are made again; until then each keeps those that it has"),
    ...section("Unknown", plan.undecided.map((owner) => under(owner, "it depends on a service account that was not seen"))),
    ...section("Over the quota", plan.overQuota.map(({ groups, policies, quota, subject }) => under(subject, `${groups.length} groups by ${listed(policies)}, the quota is ${quota}: EC2 refuses the interface`, "bad"))),
    ...section("Waiting already", plan.waiting.map(({ left, owner, pods: count }) => under(owner, `${pods(count)}, before all others${left === 0 ? "" : `; ${left} of them ${left === 1 ? "finds" : "find"} no slot`}`))),
    ...section("Workloads", plan.workloads.flatMap(workloadRows))
  ], page)
  const tables = [
    ...(plan.nodes?.some(({ planned }) => planned > 0) === true ? [nodeTable(plan.nodes, plan.coolingKnown, page)] : []),
    ...(plan.subnets.some(({ planned }) => planned > 0) ? [subnetTable(plan.subnets, page)] : [])
  ]
  const asked = plan.calls.now.total + plan.calls.next.total > 0
  const lower = rowsText([
    ...section("EC2", [
      ...(plan.calls.now.total === 0 ? [] : [callsRow("now", plan.calls.now)]),
      ...(plan.calls.next.total === 0 ? [] : [callsRow("when made again", plan.calls.next)])
    ]),
    ...(asked ? [row("Not judged", "other resources than branches, affinity between pods, spread, volumes; how long pods take to start and stop", "faint")] : []),
    ...plan.cautions.map((text) => row("Caution", text, "warning")),
    ...(wrong.length === 0 ? [row("Result", "nothing stands in its way", "good")] : wrong.map((text, i) => row(i === 0 ? "Result" : "", text, "bad"))),
    ...notSeenRows(plan.notSeen)
  ], page)
  return [upper, ...tables, lower].join("\n\n")
}
