import { type Context, valuesOf } from "./Context.js"
import { fill } from "./Variables.js"
import { like } from "./Wildcard.js"

interface Operator {
  readonly compare: (held: string, wanted: string) => boolean
  /** It holds where the comparison does not, and where the key is absent. */
  readonly isNegated?: true
  readonly isPattern?: true
}

/** What is no number compares with nothing. */
const numbers = (compare: (a: number, b: number) => boolean): Operator["compare"] => (held, wanted) =>
  /\d/.test(held) && /\d/.test(wanted) && compare(Number(held), Number(wanted))

const sameLetters: Operator["compare"] = (held, wanted) => held.toLowerCase() === wanted.toLowerCase()

/** The parts of an ARN; what stands behind the fifth colon is one. */
const partsOf = (arn: string): ReadonlyArray<string> => {
  const parts = arn.split(":")
  return [...parts.slice(0, 5), parts.slice(5).join(":")]
}

/** Each part fits on its own: a star does not reach over a colon. */
const likeArn: Operator["compare"] = (held, wanted) => {
  const parts = partsOf(held)
  return partsOf(wanted).every((pattern, index) => like(pattern, parts[index] ?? ""))
}

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". */
const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["StringEquals", { compare: (held, wanted) => held === wanted }],
  ["StringNotEquals", { compare: (held, wanted) => held === wanted, isNegated: true }],
  ["StringEqualsIgnoreCase", { compare: sameLetters }],
  ["StringNotEqualsIgnoreCase", { compare: sameLetters, isNegated: true }],
  ["StringLike", { compare: (held, wanted) => like(wanted, held), isPattern: true }],
  ["StringNotLike", { compare: (held, wanted) => like(wanted, held), isNegated: true, isPattern: true }],
  ["ArnEquals", { compare: likeArn, isPattern: true }],
  ["ArnLike", { compare: likeArn, isPattern: true }],
  ["ArnNotEquals", { compare: likeArn, isNegated: true, isPattern: true }],
  ["ArnNotLike", { compare: likeArn, isNegated: true, isPattern: true }],
  ["Bool", { compare: sameLetters }],
  ["NumericEquals", { compare: numbers((a, b) => a === b) }],
  ["NumericNotEquals", { compare: numbers((a, b) => a === b), isNegated: true }],
  ["NumericLessThan", { compare: numbers((a, b) => a < b) }],
  ["NumericLessThanEquals", { compare: numbers((a, b) => a <= b) }],
  ["NumericGreaterThan", { compare: numbers((a, b) => a > b) }],
  ["NumericGreaterThanEquals", { compare: numbers((a, b) => a >= b) }]
])

const form = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

/** The operators that there are; each may follow `ForAllValues:` or `ForAnyValue:`, and all but Null end in `IfExists`. */
export const operatorNames: ReadonlyArray<string> = [...operators.keys(), "Null"]

/** Whether a policy may use it. */
export const isOperator = (text: string): boolean => {
  const [, , name = "", ifExists] = form.exec(text) ?? []
  return operators.has(name) || (name === "Null" && ifExists === undefined)
}

/** One line of a condition block: `operator: { key: wanted }`. */
export interface Line {
  readonly operator: string
  readonly key: string
  readonly wanted: ReadonlyArray<string>
  /** Whether `${…}` is a variable. */
  readonly hasVariables: boolean
}

/**
 * Whether a line holds. An operator that there is not never does. Source: IAM User Guide, "Condition operators" and "Set operators for multivalued context keys":
 * without values ForAllValues holds, ForAnyValue does not.
 */
export const holds = ({ hasVariables, key, operator, wanted }: Line, context: Context): boolean => {
  const held = valuesOf(context, key) ?? []
  const [, set, name = "", ifExists] = form.exec(operator) ?? []
  if (name === "Null") return (held.length === 0) === (wanted[0]?.toLowerCase() === "true")
  const known = operators.get(name)
  if (known === undefined) return false
  const { compare, isNegated = false, isPattern = false } = known
  if (held.length === 0) return ifExists !== undefined || (set === undefined ? isNegated : set === "ForAllValues")
  const filled = hasVariables ? wanted.flatMap((one) => fill(one, context, isPattern) ?? []) : wanted
  const passes = (value: string): boolean => filled.some((one) => compare(value, one)) !== isNegated
  return set === "ForAllValues" ? held.every(passes) : held.some(passes)
}
