import type { Branch } from "../../../src/allocation/Branch.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { FailureKind, TrunkEvent } from "../../../src/allocation/TrunkEvent.js"

/** Where the one whom an event is about can be. */
export const states = [
  "absent",
  "waiting",
  "Creating settled",
  "Creating wanted",
  "Creating unwanted",
  "Permitting",
  "Retagging",
  "Associating",
  "Announcing",
  "InUse",
  "Cooling",
  "Idle",
  "Regrouping",
  "Disassociating",
  "Deleting"
] as const
export type StateName = (typeof states)[number]

export const kinds: ReadonlyArray<FailureKind> = [
  "failed",
  "unknown",
  "vlan refused",
  "interface gone",
  "trunk gone",
  "token spent",
  "associated elsewhere",
  "association gone"
]

/** Events about a branch that may name another than the one that its pod has are two. */
export const eventNames = [
  "PodRequested",
  "PodReleased",
  "BranchHeld own",
  "BranchHeld other",
  "BranchDiscovered own",
  "BranchDiscovered claim",
  "BranchElsewhere",
  "BranchFound",
  "BranchMissing",
  "BranchCreated",
  "BranchPermitted",
  "BranchTagged",
  "BranchAssociated",
  "PodAnnounced",
  "BranchRegrouped",
  "BranchDisassociated",
  "BranchDeleted",
  "failed",
  "unknown",
  "vlan refused",
  "interface gone",
  "trunk gone",
  "token spent",
  "associated elsewhere",
  "association gone",
  "TrunkChanged",
  "AdmittingChanged",
  "VlanWired",
  "SettingsChanged",
  "IdleGivenUp"
] as const
export type EventName = (typeof eventNames)[number]

/** These happen to everybody on the trunk at once. */
export const isForAll = (name: EventName): boolean =>
  name === "TrunkChanged" || name === "AdmittingChanged" || name === "VlanWired" || name === "SettingsChanged" ||
  name === "IdleGivenUp"

const withoutInterface: ReadonlyArray<StateName> = ["absent", "waiting", "Creating settled", "Creating wanted", "Creating unwanted"]

/** Why a pair cannot occur; undefined where it can. */
export const impossible = (state: StateName, event: EventName): string | undefined =>
  (event === "BranchHeld own" || event === "BranchDiscovered own") && withoutInterface.includes(state)
    ? "there is no interface to name"
    : undefined

export const stateName = (branch: Branch): StateName => {
  const { state } = branch
  if (state._tag !== "Creating") return state._tag
  if (state.settled) return "Creating settled"
  return state.wanted ? "Creating wanted" : "Creating unwanted"
}

export const stateOfKey = (trunk: Trunk.Trunk, key: string): StateName => {
  const branch = trunk.branches.find((candidate) => candidate?.key === key)
  if (branch !== undefined) return stateName(branch)
  return trunk.waiting.some(({ pod }) => pod.uid === key) ? "waiting" : "absent"
}

/** Whom an event is about, and which of the names it has. */
export const aboutWhom = (trunk: Trunk.Trunk, event: TrunkEvent): { readonly name: EventName; readonly key: string | undefined } => {
  switch (event._tag) {
    case "PodRequested":
      return { name: event._tag, key: event.pod.uid }
    case "BranchHeld": {
      const named = trunk.branches[Trunk.slotOfInterface(trunk, event.details.eniId)]
      const own = trunk.branches[Trunk.slotOf(trunk, event.pod.uid)]
      return named !== undefined && (own === undefined || own === named)
        ? { name: "BranchHeld own", key: named.key }
        : { name: "BranchHeld other", key: event.pod.uid }
    }
    case "BranchDiscovered": {
      const known = trunk.branches[Trunk.slotOfInterface(trunk, event.interface.eniId)]
      return known !== undefined
        ? { name: "BranchDiscovered own", key: known.key }
        : { name: "BranchDiscovered claim", key: event.claim?.pod ?? "nobody" }
    }
    case "CommandFailed":
      return { name: event.kind, key: event.key }
    case "TrunkChanged":
    case "AdmittingChanged":
    case "VlanWired":
    case "SettingsChanged":
    case "IdleGivenUp":
      return { name: event._tag, key: undefined }
    default:
      return { name: event._tag, key: event.key }
  }
}

/** How often each event met each state. */
export interface Visits {
  readonly count: (state: StateName, event: EventName) => number
  readonly record: (trunk: Trunk.Trunk, event: TrunkEvent) => void
}

export const makeVisits = (): Visits => {
  const table = new Map(states.map((state) => [state, new Map<EventName, number>(eventNames.map((event) => [event, 0]))]))
  const count = (state: StateName, event: EventName): number => table.get(state)!.get(event)!
  const add = (state: StateName, event: EventName) => table.get(state)!.set(event, count(state, event) + 1)
  return {
    count,
    record: (trunk, event) => {
      const { name, key } = aboutWhom(trunk, event)
      if (key !== undefined) {
        add(stateOfKey(trunk, key), name)
        return
      }
      const there = new Set<StateName>(["absent", ...(trunk.waiting.length > 0 ? ["waiting" as const] : [])])
      for (const branch of Trunk.branchesOf(trunk)) there.add(stateName(branch))
      for (const state of there) add(state, name)
    }
  }
}

/** The visits as text: a line for each event, a column for each state, `-` where a pair cannot occur. */
export const tableOf = (visits: Visits): string => {
  const width = 7
  const cell = (text: string) => text.slice(0, width - 1).padStart(width)
  const short = (state: StateName) => state.replace("Creating ", "Cr:")
  const head = "".padEnd(22) + states.map((state) => cell(short(state))).join("")
  const rows = eventNames.map((event) =>
    event.padEnd(22) +
    states.map((state) => cell(impossible(state, event) === undefined ? String(visits.count(state, event)) : "-")).join("")
  )
  const reasons = new Set(states.flatMap((state) => eventNames.map((event) => impossible(state, event)).filter((why) => why !== undefined)))
  return [head, ...rows, ...[...reasons].map((why) => `-: ${why}`)].join("\n")
}
