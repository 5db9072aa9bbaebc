import { counted, listed } from "@branchline/core/explain/Words"
import { conditionTypes, type ConditionRule, type ConditionType, rules } from "./Conditions.js"
import type { Condition, Memory, Standing } from "./Memory.js"
import { type ObservedKind, observedText } from "./Observed.js"
import { isSeen, type Source } from "./Sources.js"
import { type Extents, judgedKinds } from "./Standing.js"

/** A condition that has another status than before; `from` is undefined at the first look. */
export interface Transition {
  readonly from: Condition["status"] | undefined
  readonly to: Condition
}

type Said = Omit<Condition, "lastTransitionTime" | "type">

/** What a look means for conditions. */
export type Outcome =
  | { readonly _tag: "Failed"; readonly why: string }
  | {
    readonly _tag: "Seen"
    readonly extents: Extents
    readonly standing: Memory["standing"]
    /** No earlier look is remembered. */
    readonly first: boolean
    /** Interfaces that are nobody's, and may be cooling. */
    readonly unclaimed: number
  }

type Seen = Extract<Outcome, { readonly _tag: "Seen" }>

/** Named in messages; the rest is counted. */
const shown = 2

const falseBy = (standing: ReadonlyArray<Standing>): Said => {
  const kinds = [...new Set(standing.map(({ what }) => what._tag))]
  const texts = standing.slice(0, shown).map(({ what }) => observedText(what))
  const more = standing.length - texts.length
  return {
    status: "False",
    reason: kinds.length === 1 ? kinds[0]! : "SeveralKinds",
    message: [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join("; "),
    count: standing.length
  }
}

const sourcesOf = ({ kinds }: ConditionRule): ReadonlyArray<Source> => [...new Set(Object.values(kinds).flat().map((need) => need.replace("?", "") as Source))]

const saidOf = (rule: ConditionRule, { extents, first, standing, unclaimed }: Seen, judged: ReadonlySet<ObservedKind>): Said => {
  const mine = [...standing.values()].filter(({ what }) => what._tag in rule.kinds)
  const sure = mine.filter(({ what }) => judged.has(what._tag))
  if (sure.length > 0) return falseBy(sure)
  const unseen = sourcesOf(rule).filter((source) => extents[source].extent !== "whole")
  if (unseen.length > 0) {
    const reasons = [...new Set(unseen.map((source) => extents[source].reason))]
    const last = mine.length === 0 ? "" : `; ${counted(mine.length, "difference")} of an earlier look cannot be looked after`
    return { status: "Unknown", reason: unseen.every((source) => extents[source].unasked) ? "NotAsked" : "NotSeen", message: `${reasons.join("; ")}${last}`, count: mine.length }
  }
  if (first && rule.onSecondLook === "always") return { status: "Unknown", reason: "FirstLook", message: "it takes a second look to tell", count: 0 }
  if (first && rule.onSecondLook === "unclaimed" && unclaimed > 0) {
    return { status: "Unknown", reason: "FirstLook", message: `${counted(unclaimed, "interface is", "interfaces are")} nobody's: a later look tells whether they only cool down`, count: unclaimed }
  }
  return { status: "True", reason: "AsItShouldBe", message: rule.well, count: 0 }
}

const seenSaid = ({ extents }: Seen): Said => {
  const less = (Object.entries(extents) as ReadonlyArray<[Source, Extents[Source]]>).filter(([, extent]) => !isSeen(extent) && extent.unasked !== true)
  return less.length === 0
    ? { status: "True", reason: "AllSeen", message: "all that was asked for has been seen", count: 0 }
    : { status: "True", reason: "Narrowed", message: `not, or not wholly, seen: ${listed(less.map(([source, { reason }]) => `${source} (${reason})`))}`, count: less.length }
}

const unknownSince = (why: string): Said => ({ status: "Unknown", reason: "LookFailed", message: why, count: 0 })

/** The conditions after a look, in a fixed order, and those among them whose status is another. Only a status that changes is a transition, as with Kubernetes' own. */
export const conditionsNow = (
  before: Memory["conditions"],
  outcome: Outcome,
  now: number
): { readonly conditions: ReadonlyMap<ConditionType, Condition>; readonly transitions: ReadonlyArray<Transition> } => {
  const judged = outcome._tag === "Seen" ? judgedKinds(outcome.extents) : new Set<ObservedKind>()
  const ruleOf = new Map(rules.map((rule) => [rule.type as ConditionType, rule]))
  const said = (type: ConditionType): Said => {
    const rule = ruleOf.get(type)
    if (rule === undefined) return outcome._tag === "Failed" ? { ...unknownSince(outcome.why), status: "False" } : seenSaid(outcome)
    return outcome._tag === "Failed" ? unknownSince(outcome.why) : saidOf(rule, outcome, judged)
  }
  const transitions: Array<Transition> = []
  const conditions = new Map(conditionTypes.map((type): [ConditionType, Condition] => {
    const known = before.get(type)
    const to = said(type)
    const condition = { type, ...to, lastTransitionTime: known?.status === to.status ? known.lastTransitionTime : now }
    if (known?.status !== to.status) transitions.push({ from: known?.status, to: condition })
    return [type, condition]
  }))
  return { conditions, transitions }
}
