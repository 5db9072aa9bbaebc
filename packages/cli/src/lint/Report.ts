import { Schema } from "effect"
import type { Place } from "./Place.js"
import { Severity } from "./Severity.js"

const PlaceShape = Schema.Struct({
  object: Schema.String.annotate({ description: "Kind, namespace and name: `Deployment shop/web`; empty for a text that is no object" }),
  field: Schema.String.annotate({ description: "`spec.podSelector.matchLabels.app`; empty for the object as a whole" }),
  file: Schema.optionalKey(Schema.String.annotate({ description: "Absent for an object of a cluster; `-` for the standard input" })),
  line: Schema.optionalKey(Schema.Int.annotate({ description: "From 1" })),
  column: Schema.optionalKey(Schema.Int.annotate({ description: "From 1" })),
  template: Schema.optionalKey(Schema.String.annotate({ description: "The chart's template from which helm made the document" }))
})
export type PlaceShape = typeof PlaceShape.Type

export const Finding = Schema.Struct({
  rule: Schema.String,
  severity: Severity,
  message: Schema.String.annotate({ description: "What is wrong, in one sentence" }),
  why: Schema.String.annotate({ description: "What comes of it" }),
  mend: Schema.String,
  documentation: Schema.String.annotate({ description: "The rule's page, from the top of Branchline's sources" }),
  source: Schema.String.annotate({ description: "Address of the page that the fact is from" }),
  place: PlaceShape,
  related: Schema.Array(Schema.Struct({ message: Schema.String, place: PlaceShape }))
})
export type Finding = typeof Finding.Type

/** What `branchline lint` found: its `--output json|yaml`. */
export const Report = Schema.Struct({
  findings: Schema.Array(Finding),
  looked: Schema.Struct({ objects: Schema.Int, policies: Schema.Int, workloads: Schema.Int }),
  silenced: Schema.Int.annotate({ description: "Findings that a comment keeps quiet" }),
  unjudged: Schema.Array(Schema.Struct({ rule: Schema.String, lacks: Schema.String })).annotate({
    description: "Rules that could not judge, and what they lack: what they would find is not known"
  }),
  notLooked: Schema.Array(Schema.String).annotate({ description: "What could not be looked at, in sentences" })
})
export type Report = typeof Report.Type

export const shapeOf = ({ field, object, position }: Place): PlaceShape => ({ object, field, ...position })

/** `shop.yaml:12:7`, or the object and its field where there is no text. */
export const placeText = ({ column, field, file, line, object }: PlaceShape): string =>
  file !== undefined && line !== undefined && column !== undefined ? `${file}:${line}:${column}` : field === "" ? object : `${object}: ${field}`

const ranks: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 }

/** Whether something is at least as severe as `least`. */
export const atLeast = (severity: Severity, least: Severity): boolean => ranks[severity] >= ranks[least]
