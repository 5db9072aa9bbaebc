import { plain } from "@branchline/core/explain/Words"
import { DateTime, Schema } from "effect"
import type { Answer } from "../output/Answer.js"
import type { Page } from "../output/Page.js"
import { rowsText, type ToneRow } from "../output/Rows.js"
import { type Cell, tableText } from "../output/Table.js"
import { conditionOf, conditionTypes, observedKinds } from "./Conditions.js"
import type { Judgement } from "./Judge.js"
import type { Condition, Standing } from "./Memory.js"
import { observedSubject, observedText } from "./Observed.js"

/** What `--once` prints, and what `/conditions` serves. */
export const Observation = Schema.Struct({
  takenAt: Schema.String.annotate({ description: "When the last look that saw something was taken, RFC 3339; empty before the first" }),
  conditions: Schema.Array(Schema.Struct({
    type: Schema.Literals(conditionTypes),
    status: Schema.Literals(["True", "False", "Unknown"]).annotate({ description: "True is well; Unknown is what nobody could see" }),
    reason: Schema.String.annotate({ description: "One word: the kind of the differences, SeveralKinds, NotSeen, NotAsked, FirstLook, LookFailed, AsItShouldBe, AllSeen, Narrowed" }),
    message: Schema.String,
    lastTransitionTime: Schema.String.annotate({ description: "When the status became what it is, RFC 3339" }),
    count: Schema.Int.annotate({ description: "How many differences, or unseen sources, make it what it is" })
  })),
  differences: Schema.Array(Schema.Struct({
    kind: Schema.Literals(observedKinds),
    condition: Schema.Literals(conditionTypes).annotate({ description: "The condition that it makes False" }),
    since: Schema.String.annotate({ description: "The first look that saw it, RFC 3339" }),
    text: Schema.String,
    pod: Schema.optionalKey(Schema.String.annotate({ description: "namespace/name" })),
    node: Schema.optionalKey(Schema.String),
    eni: Schema.optionalKey(Schema.String),
    instance: Schema.optionalKey(Schema.String)
  }))
})
export type Observation = typeof Observation.Type

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const conditionData = ({ lastTransitionTime, ...condition }: Condition): Observation["conditions"][number] => ({ ...condition, lastTransitionTime: iso(lastTransitionTime) })

const differenceData = ({ since, what }: Standing): Observation["differences"][number] => ({
  kind: what._tag,
  condition: conditionOf.get(what._tag) ?? "ClusterSeen",
  since: iso(since),
  text: observedText(what),
  ...observedSubject(what)
})

/** A judgement as data. */
export const observationOf = ({ conditions, differences, memory: { lastLook } }: Pick<Judgement, "conditions" | "differences" | "memory">): Observation => ({
  takenAt: lastLook === undefined ? "" : iso(lastLook),
  conditions: conditions.map(conditionData),
  differences: differences.map(differenceData)
})

const tones = { True: "good", False: "bad", Unknown: "faint" } as const

const conditionCells = ({ count, reason, status, type }: Observation["conditions"][number]): ReadonlyArray<Cell> => [
  type,
  { text: status, tone: tones[status] },
  reason,
  count === 0 ? "" : String(count)
]

/** Conditions as a table; below it what differs, and why what is unknown is so. */
const text = ({ conditions, differences }: Observation, page: Page): string => {
  const unknown = new Map<string, Array<string>>()
  for (const { message, status, type } of conditions) if (status === "Unknown") unknown.set(message, [...unknown.get(message) ?? [], type])
  const narrowed = conditions.find(({ reason }) => reason === "Narrowed")
  const rows: ReadonlyArray<ToneRow> = [
    ...differences.map(({ kind, text: what }): ToneRow => ({ label: kind, text: what, tone: "bad" })),
    ...(narrowed === undefined ? [] : [{ label: "Narrowed", text: plain(narrowed.message), tone: "warning" } as const]),
    ...[...unknown].map(([why, types]): ToneRow => ({ label: "Unknown", text: `${types.join(", ")}: ${plain(why)}`, tone: "faint" }))
  ]
  return [
    tableText(["CONDITION", "STATUS", "REASON", "COUNT"], conditions.map(conditionCells), page),
    ...(rows.length === 0 ? [] : [rowsText(rows, page)])
  ].join("\n\n")
}

/** What `--once` answers: there is something to look into where a condition is False. */
export const answerOf = (judgement: Judgement): Answer<Observation> => {
  const data = observationOf(judgement)
  return { data, text: (page) => text(data, page), found: data.conditions.some(({ status }) => status === "False") }
}
