import { Schema } from "effect"
import { field, StringMap } from "./Fields.js"

/**
 * One requirement of a selector. `operator` is any text: the custom resource's schema does not check it, so a wrong one reaches us and
 * `selection/` says what is wrong with it (contract §3).
 */
export const LabelSelectorRequirement = Schema.Struct({
  key: Schema.String,
  operator: Schema.String,
  values: field(Schema.Array(Schema.String))
})
export type LabelSelectorRequirement = typeof LabelSelectorRequirement.Type

/** `metav1.LabelSelector`: `matchLabels` and `matchExpressions`, ANDed. */
export const LabelSelector = Schema.Struct({
  matchLabels: field(StringMap),
  matchExpressions: field(Schema.Array(LabelSelectorRequirement))
})
export type LabelSelector = typeof LabelSelector.Type
