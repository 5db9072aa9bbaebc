import { HashMap, Option } from "effect"
import type { SecurityGroupPolicy } from "../model/SecurityGroupPolicy.js"
import { type CompiledPolicy, compilePolicy } from "./Policy.js"

/**
 * All policies of a cluster, compiled, by namespace; a value that no function changes. Within a namespace they are sorted by name, so what
 * is selected does not depend on the order in which policies arrived. Which of them a pod's labels may match at all, `Candidates` knows.
 */
export interface PolicyIndex {
  readonly byNamespace: HashMap.HashMap<string, ReadonlyArray<CompiledPolicy>>
}

/** No policies. */
export const empty: PolicyIndex = { byNamespace: HashMap.empty() }

/** An index of these policies; of two with the same namespace and name, the later counts. */
export const fromPolicies = (policies: Iterable<SecurityGroupPolicy>): PolicyIndex => {
  let index = empty
  for (const policy of policies) index = upsert(index, policy)
  return index
}

/** The index with this policy added, or put in the place of the one with its namespace and name. */
export const upsert = (index: PolicyIndex, policy: SecurityGroupPolicy): PolicyIndex => {
  const { name, namespace } = policy.metadata
  const before = inNamespace(index, namespace)
  const at = position(before, name)
  const replaced = before[at]?.name === name ? 1 : 0
  const after = before.toSpliced(at, replaced, compilePolicy(policy))
  return { byNamespace: HashMap.set(index.byNamespace, namespace, after) }
}

/** The index without this policy; the same index where it was not there. */
export const remove = (
  index: PolicyIndex,
  { name, namespace }: { readonly namespace: string; readonly name: string }
): PolicyIndex => {
  const before = inNamespace(index, namespace)
  const at = position(before, name)
  if (before[at]?.name !== name) return index
  return {
    byNamespace: before.length === 1
      ? HashMap.remove(index.byNamespace, namespace)
      : HashMap.set(index.byNamespace, namespace, before.toSpliced(at, 1))
  }
}

const none: ReadonlyArray<CompiledPolicy> = []

/** The policies of a namespace, sorted by name. */
export const inNamespace = (index: PolicyIndex, namespace: string): ReadonlyArray<CompiledPolicy> =>
  Option.getOrElse(HashMap.get(index.byNamespace, namespace), () => none)

/** Where a name is in a sorted list, or where it belongs. */
const position = (policies: ReadonlyArray<CompiledPolicy>, name: string): number => {
  let low = 0
  let high = policies.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const policy = policies[middle]
    if (policy !== undefined && policy.name < name) low = middle + 1
    else high = middle
  }
  return low
}
