import { Result } from "effect"
import type { SecurityGroupId } from "../model/Ids.js"
import type { SecurityGroupPolicy } from "../model/SecurityGroupPolicy.js"
import { compile, type CompiledSelector, type SelectorProblem } from "./LabelSelector.js"
import type { SyntaxProblem } from "./LabelSyntax.js"

/** One thing that is wrong with a policy: where, what, and what to do about it. */
export type PolicyProblem =
  | SelectorProblem
  | SyntaxProblem & { readonly code: "NoSelector" | "NoGroups"; readonly path: string }

/** A policy that takes part in selection. One of its selectors at least is there; an absent one is no condition (contract §3). */
export interface ValidPolicy {
  readonly _tag: "Valid"
  readonly namespace: string
  readonly name: string
  readonly podSelector: CompiledSelector | undefined
  readonly serviceAccountSelector: CompiledSelector | undefined
  /** Without duplicates, in the policy's order. */
  readonly groups: ReadonlyArray<SecurityGroupId>
}

/** A policy that is ignored, and why. */
export interface InvalidPolicy {
  readonly _tag: "Invalid"
  readonly namespace: string
  readonly name: string
  readonly problems: ReadonlyArray<PolicyProblem>
}

/** What a policy means. */
export type CompiledPolicy = ValidPolicy | InvalidPolicy

/**
 * A policy, judged once and ready for many pods. It never fails: a policy that means nothing becomes an {@link InvalidPolicy} with
 * everything that is wrong with it (contract §3).
 */
export const compilePolicy = ({ metadata: { name, namespace }, spec }: SecurityGroupPolicy): CompiledPolicy => {
  const problems: Array<PolicyProblem> = []
  const selectorAt = (field: "podSelector" | "serviceAccountSelector"): CompiledSelector | undefined => {
    const selector = spec?.[field]
    if (selector === null || selector === undefined) return undefined
    const compiled = compile(selector, `spec.${field}`)
    if (Result.isSuccess(compiled)) return compiled.success
    // One by one: a document may hold more problems than a call may have arguments.
    for (const problem of compiled.failure) problems.push(problem)
    return undefined
  }
  if ((spec?.podSelector ?? spec?.serviceAccountSelector ?? null) === null) {
    problems.push({
      code: "NoSelector",
      path: "spec",
      message: "it has neither a podSelector nor a serviceAccountSelector",
      mend: "add one of them; {} selects everything in the namespace"
    })
  }
  const podSelector = selectorAt("podSelector")
  const serviceAccountSelector = selectorAt("serviceAccountSelector")
  const groups = [...new Set(spec?.securityGroups?.groupIds ?? [])]
  if (groups.length === 0) {
    problems.push({
      code: "NoGroups",
      path: "spec.securityGroups.groupIds",
      message: "it names no security group",
      mend: "list at least one group id"
    })
  }
  return problems.length === 0
    ? { _tag: "Valid", namespace, name, podSelector, serviceAccountSelector, groups }
    : { _tag: "Invalid", namespace, name, problems }
}
