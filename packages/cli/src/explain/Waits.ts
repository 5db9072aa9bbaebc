import type { Cause, WaitsFor } from "@branchline/core/explain/Cause"
import { causeText } from "@branchline/core/explain/CauseText"
import { Schema } from "effect"
import type { ToneRow } from "../output/Rows.js"
import { documentationOf } from "./Documentation.js"

/** What somebody or something waits for now. */
export const Waits = Schema.Struct({
  cause: Schema.String.annotate({ description: "What kind of cause it is: AdmissionMissed, SlotCooling, Served, …" }),
  text: Schema.String.annotate({ description: "The cause in a sentence that goes on from \"waits for\"" }),
  actor: Schema.Literals(["nobody", "time", "controller", "scheduler", "kubelet", "person"]).annotate({ description: "Whose move it is" }),
  next: Schema.String.annotate({ description: "The next step for a person" }),
  fine: Schema.Boolean.annotate({ description: "Nothing is to be looked into" }),
  documentation: Schema.optionalKey(Schema.Struct({ title: Schema.String, url: Schema.String }))
})
export type Waits = typeof Waits.Type

/** Nothing is owed, and nothing is another than policies say. */
export const isFine = ({ actor, cause }: WaitsFor<Cause>): boolean => actor === "nobody" && !(cause._tag === "Served" && cause.wouldGet !== undefined)

export const waitsOf = (waitsFor: WaitsFor<Cause>, now: number): Waits => {
  const { actor, cause, next } = waitsFor
  const documentation = documentationOf(cause)
  return {
    cause: cause._tag,
    text: causeText(cause, now),
    actor,
    next,
    fine: isFine(waitsFor),
    ...(documentation === undefined ? {} : { documentation: { ...documentation } })
  }
}

/** How a story ends. */
export const waitsRows = ({ actor, documentation, fine, next, text }: Waits): ReadonlyArray<ToneRow> => [
  { label: "Waits for", text, tone: fine ? "good" : actor === "person" ? "bad" : "warning" },
  { label: "Next", text: next },
  ...(documentation === undefined ? [] : [{ label: "See", text: documentation.title }, { label: "", text: documentation.url, under: true, tone: "faint" as const }])
]
