import type { Labels } from "./LabelSelector.js"
import type { CompiledPolicy, ValidPolicy } from "./Policy.js"

/** The valid policies of a namespace, each under a label that its pods must have, or beside them where there is none that they must. */
interface ByLabel {
  readonly labels: ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<Placed>>>
  readonly others: ReadonlyArray<Placed>
}

interface Placed {
  readonly position: number
  readonly policy: ValidPolicy
}

const byLabel = (policies: ReadonlyArray<CompiledPolicy>): ByLabel => {
  const labels = new Map<string, Map<string, Array<Placed>>>()
  const others: Array<Placed> = []
  for (const [position, policy] of policies.entries()) {
    if (policy._tag === "Invalid") continue
    const placed = { position, policy }
    const must = policy.podSelector?.find(({ operator }) => operator === "In")
    if (must === undefined) {
      others.push(placed)
      continue
    }
    let values = labels.get(must.key)
    if (values === undefined) labels.set(must.key, values = new Map())
    for (const value of new Set(must.values)) {
      const there = values.get(value)
      if (there === undefined) values.set(value, [placed])
      else there.push(placed)
    }
  }
  return { labels, others }
}

/** A list of policies is a value, so what was made of it holds for as long as the list is in use. */
const made = new WeakMap<ReadonlyArray<CompiledPolicy>, ByLabel>()

/**
 * The valid policies among these whose pod selector may match the labels, in the same order: all others surely do not. Of a thousand
 * applications' policies it is those of one, and what is not looked at need not be in the processor's cache.
 */
export const candidates = (policies: ReadonlyArray<CompiledPolicy>, labels: Labels): ReadonlyArray<ValidPolicy> => {
  let index = made.get(policies)
  if (index === undefined) made.set(policies, index = byLabel(policies))
  const found = [...index.others]
  for (const key of Object.keys(labels)) {
    for (const placed of index.labels.get(key)?.get(labels[key] ?? "") ?? []) found.push(placed)
  }
  return found.sort((a, b) => a.position - b.position).map(({ policy }) => policy)
}
