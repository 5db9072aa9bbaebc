import type { Metrics } from "@branchline/adapter-k8s/operations/Metrics"
import type { Difference } from "@branchline/core/explain/Differences"
import type { Standing } from "@branchline/core/explain/DifferencesBook"
import { differenceSubject, differenceText } from "@branchline/core/explain/DifferencesText"
import { goDuration } from "@branchline/core/controller/GoDuration"
import { counted } from "@branchline/core/explain/Words"
import { Console, Effect } from "effect"
import { type Step, stepDocument, stepText } from "../dry-run/Plan.js"
import { kindOfStep, subjectOfStep } from "./Steps.js"

/** How things stand, for the summary. Times are milliseconds. */
export interface Standings {
  /** Steps that would have been taken since the start, by kind. */
  readonly would: ReadonlyMap<string, number>
  readonly due: number
  readonly waiting: number
  /** Differences that are there, by kind, and those that are over. */
  readonly differences: ReadonlyMap<string, number>
  readonly mended: number
  readonly looks: number
  readonly sinceLook: number
}

/** Tells people and machines what is observed. */
export interface Saying {
  readonly would: (step: Standing<Step>) => Effect.Effect<void>
  /** The step is not due any more: somebody has taken it, or what it was for is gone. */
  readonly settled: (step: Standing<Step>, now: number) => Effect.Effect<void>
  readonly differs: (difference: Standing<Difference>) => Effect.Effect<void>
  readonly mended: (difference: Standing<Difference>, now: number) => Effect.Effect<void>
  readonly summary: (standings: Standings) => Effect.Effect<void>
}

const lasted = (since: number, now: number): string => goDuration(Math.max(0, Math.round((now - since) / 100) * 100))

const stepLine = (step: Step): string => stepText(step).replace(/ {2,}/, " ")

const counts = (of: ReadonlyMap<string, number>): string => [...of].toSorted(([a], [b]) => a < b ? -1 : 1).map(([kind, count]) => `${kind} ${count}`).join(", ")

const total = (of: ReadonlyMap<string, number>): number => [...of.values()].reduce((sum, count) => sum + count, 0)

const inBrackets = (text: string): string => text === "" ? "" : ` (${text})`

/** How things stand, as one sentence. */
export const summaryText = ({ differences, due, looks, mended, sinceLook, waiting, would }: Standings): string =>
  `so far ${counted(total(would), "step")} would have been taken${inBrackets(counts(would))}; due now: ${due}; waiting: ${counted(waiting, "pod")}; ` +
  `${counted(total(differences), "difference")}${inBrackets(counts(differences))}, over: ${mended}; ` +
  (looks === 0 ? "EC2 has not been read yet" : `EC2 was read ${counted(looks, "time")}, the last time ${goDuration(Math.round(sinceLook / 1000) * 1000)} ago`)

/** Log lines, or with `json` one object a line on standard output. */
export const saying = ({ json, metrics }: { readonly json: boolean; readonly metrics: Pick<Metrics, "wouldDo"> }): Saying => {
  const line = (document: object): Effect.Effect<void> => Console.log(JSON.stringify(document))
  return {
    would: ({ since, what }) =>
      Effect.suspend(() => {
        if (what._tag !== "Waits") metrics.wouldDo(kindOfStep(what))
        return json
          ? line({ say: "would", since, ...stepDocument(what) })
          : Effect.annotateLogs(Effect.logInfo(what._tag === "Waits" ? stepLine(what) : `would: ${stepLine(what)}`), subjectOfStep(what))
      }),
    settled: ({ since, what }, now) =>
      json
        ? line({ say: "settled", since, lasted: now - since, ...stepDocument(what) })
        : Effect.annotateLogs(Effect.logInfo(`no longer due, after ${lasted(since, now)}: ${stepLine(what)}`), subjectOfStep(what)),
    differs: ({ since, what }) =>
      json
        ? line({ say: "differs", since, text: differenceText(what), ...what })
        : Effect.annotateLogs(Effect.logWarning(`differs: ${differenceText(what)}`), differenceSubject(what)),
    mended: ({ since, what }, now) =>
      json
        ? line({ say: "mended", since, lasted: now - since, text: differenceText(what), ...what })
        : Effect.annotateLogs(Effect.logInfo(`differs no more, after ${lasted(since, now)}: ${differenceText(what)}`), differenceSubject(what)),
    summary: (standings) =>
      json
        ? line({ say: "summary", ...standings, would: Object.fromEntries(standings.would), differences: Object.fromEntries(standings.differences) })
        : Effect.logInfo(summaryText(standings))
  }
}
