import { wildcard } from "./Wildcard.js"

/** Condition keys of a request, with their values; a key that is absent is not here. Names are compared without regard to case. */
export type Context = Readonly<Record<string, ReadonlyArray<string>>>

type Compare = (held: string, wanted: string) => boolean

const numbers = (compare: (a: number, b: number) => boolean): Compare => (held, wanted) => compare(Number(held), Number(wanted))

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". A negated one holds where the key is absent. */
const operators: Readonly<Record<string, { readonly compare: Compare; readonly negated?: true }>> = {
  StringEquals: { compare: (held, wanted) => held === wanted },
  StringNotEquals: { compare: (held, wanted) => held === wanted, negated: true },
  StringEqualsIgnoreCase: { compare: (held, wanted) => held.toLowerCase() === wanted.toLowerCase() },
  StringNotEqualsIgnoreCase: { compare: (held, wanted) => held.toLowerCase() === wanted.toLowerCase(), negated: true },
  StringLike: { compare: (held, wanted) => wildcard(wanted)(held) },
  StringNotLike: { compare: (held, wanted) => wildcard(wanted)(held), negated: true },
  ArnEquals: { compare: (held, wanted) => wildcard(wanted)(held) },
  ArnLike: { compare: (held, wanted) => wildcard(wanted)(held) },
  ArnNotEquals: { compare: (held, wanted) => wildcard(wanted)(held), negated: true },
  ArnNotLike: { compare: (held, wanted) => wildcard(wanted)(held), negated: true },
  Bool: { compare: (held, wanted) => held.toLowerCase() === wanted.toLowerCase() },
  NumericEquals: { compare: numbers((a, b) => a === b) },
  NumericNotEquals: { compare: numbers((a, b) => a === b), negated: true },
  NumericLessThan: { compare: numbers((a, b) => a < b) },
  NumericLessThanEquals: { compare: numbers((a, b) => a <= b) },
  NumericGreaterThan: { compare: numbers((a, b) => a > b) },
  NumericGreaterThanEquals: { compare: numbers((a, b) => a >= b) }
}

const valuesOf = (context: Context, key: string): ReadonlyArray<string> | undefined => {
  const lower = key.toLowerCase()
  const name = Object.keys(context).find((one) => one.toLowerCase() === lower)
  return name === undefined ? undefined : context[name]
}

/** Whether one line of a condition block holds: `operator: { key: wanted }`. An operator that there is not never holds. */
export const holds = (operator: string, key: string, wanted: ReadonlyArray<string>, context: Context): boolean => {
  const held = valuesOf(context, key)
  const [, set, name = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  if (name === "Null") return (held === undefined || held.length === 0) === (wanted[0]?.toLowerCase() === "true")
  const known = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (known === undefined) return false
  if (held === undefined || (held.length === 0 && set === undefined)) return ifExists !== undefined || set === "ForAllValues" || known.negated === true
  const passes = (value: string): boolean => wanted.some((one) => known.compare(value, one)) !== (known.negated === true)
  return set === "ForAllValues" ? held.every(passes) : held.some(passes)
}
