import { counted, duration, plain } from "@branchline/core/explain/Words"
import { Effect } from "effect"
import { conditionOf } from "./Conditions.js"
import type { Transition } from "./ConditionsNow.js"
import type { Judgement } from "./Judge.js"
import type { Condition, Standing } from "./Memory.js"
import { observedSubject, observedText } from "./Observed.js"

/** One line of the log. */
export interface Line {
  readonly level: "Info" | "Warn"
  readonly message: string
  /** Whom and what it is about, by the keys that logs carry. */
  readonly about: Readonly<Record<string, string | number>>
}

const aboutOne = ({ what }: Standing) => ({ ...observedSubject(what), kind: what._tag, condition: conditionOf.get(what._tag) ?? "" })

const appeared = (one: Standing): Line => ({ level: "Warn", message: `differs: ${observedText(one.what)}`, about: aboutOne(one) })

const ended = (one: Standing, now: number): Line => ({
  level: "Info",
  message: `differs no more, after ${duration(now - one.since)}: ${observedText(one.what)}`,
  about: aboutOne(one)
})

const changed = ({ from, to: { count, message, reason, status, type } }: Transition): Line => ({
  level: status === "False" ? "Warn" : "Info",
  // The differences have their own lines.
  message: `condition ${type} is ${status}${from === undefined ? "" : `, was ${from}`}: ${status === "False" && count > 0 ? `${counted(count, "difference")}, ${reason}` : plain(message)}`,
  about: { condition: type, status, reason, count }
})

const listOf = (conditions: ReadonlyArray<Condition>, status: Condition["status"]): string => {
  const found = conditions.filter((condition) => condition.status === status)
  return `${found.length} ${status}${status === "True" || found.length === 0 ? "" : ` (${found.map(({ type }) => type).join(", ")})`}`
}

const standing = (conditions: ReadonlyArray<Condition>): string => (["True", "False", "Unknown"] as const).map((status) => listOf(conditions, status)).join(", ")

const isLookFailed = ({ from, to }: Transition, before: Judgement | undefined): boolean =>
  to.reason === "LookFailed" || (from === "Unknown" && before?.conditions.find(({ type }) => type === to.type)?.reason === "LookFailed")

/**
 * What is said after a look: each difference when it appears and when it goes, each condition when its status changes, and nothing where nothing has changed. That a
 * look failed makes all conditions unknown, which is one line; so is that looks succeed again.
 */
export const linesOf = (judgement: Judgement, before: Judgement | undefined, now: number): ReadonlyArray<Line> => {
  const { conditions, news, over, transitions } = judgement
  const differences = [...news.map(appeared), ...over.map((one) => ended(one, now))]
  if (before === undefined) {
    const seen = conditions.find(({ type }) => type === "ClusterSeen")
    return [...differences, { level: seen?.status === "False" ? "Warn" : "Info", message: `the first look: ${standing(conditions)}; ${plain(seen?.message ?? "")}`, about: {} }]
  }
  const folded = transitions.filter((one) => isLookFailed(one, before) && one.to.type !== "ClusterSeen")
  return [
    ...differences,
    ...transitions.filter((one) => !folded.includes(one)).map(changed),
    ...(folded.length === 0 ? [] : [{ level: "Info" as const, message: `conditions: ${standing(conditions)}`, about: {} }])
  ]
}

/** Says the lines. */
export const say = (lines: ReadonlyArray<Line>): Effect.Effect<void> =>
  Effect.forEach(lines, ({ about, level, message }) => Effect.annotateLogs(level === "Warn" ? Effect.logWarning(message) : Effect.logInfo(message), about), { discard: true })
