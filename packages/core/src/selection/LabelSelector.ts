import { Result } from "effect"
import type { LabelSelector, LabelSelectorRequirement } from "../model/LabelSelector.js"
import { keyProblems, quote, type SyntaxProblem, valueProblems } from "./LabelSyntax.js"

/** An object's labels. */
export type Labels = Readonly<Record<string, string>>

/** The four operators of `metav1.LabelSelectorRequirement`. */
export type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist"

/** One condition on one label. An entry of `matchLabels` is an `In` of one value. */
export interface Requirement {
  /** Where it is written: `spec.podSelector.matchLabels[role]`, `spec.podSelector.matchExpressions[1]`. */
  readonly path: string
  readonly key: string
  readonly operator: Operator
  /** At least one for `In` and `NotIn`, none for the others. */
  readonly values: ReadonlyArray<string>
}

/** A selector whose every requirement is well formed: all must hold, none is no condition. */
export type CompiledSelector = ReadonlyArray<Requirement>

/** One thing that is wrong with a selector, and where: the path is a document's (`spec.podSelector.matchExpressions[1].operator`). */
export interface SelectorProblem extends SyntaxProblem {
  readonly code: "InvalidKey" | "InvalidValue" | "UnknownOperator" | "ValuesMissing" | "ValuesNotAllowed"
  readonly path: string
}

/** A requirement that does not hold, with the value that the label has instead; `undefined` where it is absent. */
export interface Mismatch extends Requirement {
  readonly actual: string | undefined
}

// Membership of the empty set: holds for no labels.
const nothing: CompiledSelector = [{ path: "", key: "", operator: "In", values: [] }]

/**
 * A selector in the form that {@link matches} reads, or everything that is wrong with it. `null` and `undefined` match nothing, `{}`
 * matches everything. Problems are final: somebody has to mend the document.
 *
 * ```ts
 * compile({ matchLabels: { role: "db" } }, "spec.podSelector")
 * ```
 *
 * Source: `metav1.LabelSelectorAsSelector`, which stops at the first problem; all are told here.
 */
export const compile = (
  selector: LabelSelector | null | undefined,
  path: string
): Result.Result<CompiledSelector, ReadonlyArray<SelectorProblem>> => {
  if (selector === null || selector === undefined) return Result.succeed(nothing)
  const requirements: Array<Requirement> = []
  const problems: Array<SelectorProblem> = []
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const at = `${path}.matchLabels[${key}]`
    report(problems, "InvalidKey", at, keyProblems(key))
    report(problems, "InvalidValue", at, valueProblems(value))
    requirements.push({ path: at, key, operator: "In", values: [value] })
  }
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) {
    const requirement = compileExpression(expression, `${path}.matchExpressions[${i}]`, problems)
    if (requirement !== undefined) requirements.push(requirement)
  }
  return problems.length === 0 ? Result.succeed(requirements) : Result.fail(problems)
}

const report = (
  into: Array<SelectorProblem>,
  code: SelectorProblem["code"],
  path: string,
  found: ReadonlyArray<SyntaxProblem>
): void => {
  for (const { mend, message } of found) into.push({ code, path, message, mend })
}

const compileExpression = (
  expression: LabelSelectorRequirement,
  path: string,
  problems: Array<SelectorProblem>
): Requirement | undefined => {
  const { key } = expression
  const values = expression.values ?? []
  const operator = operatorOf(expression.operator)
  report(problems, "InvalidKey", `${path}.key`, keyProblems(key))
  if (operator === undefined) {
    problems.push({
      code: "UnknownOperator",
      path: `${path}.operator`,
      message: `${quote(expression.operator)} is no operator`,
      mend: "write In, NotIn, Exists or DoesNotExist, in just these letters"
    })
  } else if (values.length === 0 && (operator === "In" || operator === "NotIn")) {
    problems.push({
      code: "ValuesMissing",
      path: `${path}.values`,
      message: `operator ${operator} needs at least one value`,
      mend: `list the values, or use ${operator === "In" ? "Exists" : "DoesNotExist"}`
    })
  } else if (values.length > 0 && (operator === "Exists" || operator === "DoesNotExist")) {
    problems.push({
      code: "ValuesNotAllowed",
      path: `${path}.values`,
      message: `operator ${operator} takes no values`,
      mend: `remove them, or use ${operator === "Exists" ? "In" : "NotIn"}`
    })
  }
  for (const [i, value] of values.entries()) {
    report(problems, "InvalidValue", `${path}.values[${i}]`, valueProblems(value))
  }
  return operator === undefined ? undefined : { path, key, operator, values }
}

const operatorOf = (text: string): Operator | undefined => {
  switch (text) {
    case "In":
    case "NotIn":
    case "Exists":
    case "DoesNotExist":
      return text
    default:
      return undefined
  }
}

// Own properties only: `constructor` is a valid label key.
const valueOf = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined)

// A label that is absent satisfies NotIn.
const holds = (requirement: Requirement, actual: string | undefined): boolean => {
  switch (requirement.operator) {
    case "In":
      return actual !== undefined && requirement.values.includes(actual)
    case "NotIn":
      return actual === undefined || !requirement.values.includes(actual)
    case "Exists":
      return actual !== undefined
    case "DoesNotExist":
      return actual === undefined
  }
}

/**
 * Whether all requirements of a selector hold for these labels.
 *
 * ```ts
 * Result.map(compile({ matchLabels: { role: "db" } }, "spec.podSelector"), (s) => matches(s, { role: "db" })) // success: true
 * ```
 */
export const matches = (selector: CompiledSelector, labels: Labels): boolean => {
  for (const requirement of selector) {
    if (!holds(requirement, valueOf(labels, requirement.key))) return false
  }
  return true
}

/** Every requirement of a selector that does not hold for these labels, in the selector's order; empty when it {@link matches}. */
export const mismatches = (selector: CompiledSelector, labels: Labels): ReadonlyArray<Mismatch> =>
  selector.flatMap((requirement) => {
    const actual = valueOf(labels, requirement.key)
    return holds(requirement, actual) ? [] : [{ ...requirement, actual }]
  })
