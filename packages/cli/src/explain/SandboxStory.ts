import type { ToldEvent } from "@branchline/core/explain/Events"
import { ago, counted } from "@branchline/core/explain/Words"
import { Schema } from "effect"
import type { ToneRow } from "../output/Rows.js"

/** The attempts to make a pod's sandbox that failed. */
export const Sandbox = Schema.Struct({
  attempts: Schema.Int.annotate({ description: "That failed, as events count them; events are kept an hour by default" }),
  last: Schema.optionalKey(Schema.String.annotate({ description: "RFC 3339" })),
  message: Schema.optionalKey(Schema.String)
})
export type Sandbox = typeof Sandbox.Type

const reason = "FailedCreatePodSandBox"

/** What the events tell of a pod's sandbox. */
export const sandboxOf = (events: ReadonlyArray<ToldEvent>): Sandbox => {
  const failed = events.filter((event) => event.reason === reason)
  const last = failed.at(-1)
  return {
    attempts: failed.reduce((sum, { count }) => sum + count, 0),
    ...(last?.at === undefined ? {} : { last: new Date(last.at).toISOString() }),
    ...(last === undefined ? {} : { message: last.message })
  }
}

/** What the plugin says as long as there is no annotation it could read: each attempt fails so until then, and that is no cause of anything (contract §1.7). */
const waits = /failed to assign an IP address to container/

export const sandboxRows = ({ attempts, last, message }: Sandbox, isAnnotated: boolean, now: number): ReadonlyArray<ToneRow> => {
  if (attempts === 0) return []
  const when = last === undefined ? "" : `, the last ${ago(Date.parse(last), now)}`
  const symptom = message !== undefined && waits.test(message) && !isAnnotated
  return [
    { label: "Sandbox", text: `${counted(attempts, "attempt")} failed${when}` },
    ...(message === undefined ? [] : [{ label: "last word", text: message, under: true }]),
    ...(symptom ? [{ label: "meaning", text: "a symptom: each attempt fails until the annotation is there", under: true, tone: "faint" as const }] : [])
  ]
}
