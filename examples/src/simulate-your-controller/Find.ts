import { type Life, live, type Mix, planOfLineage, type Subject } from "@branchline/adapter-memory/simulation"

/** What came of looking. */
export interface Looked {
  /** Lives that were lived. */
  readonly seeds: number
  /** The first that broke a rule. */
  readonly found: Life | undefined
}

/** Lives one seed after the other, until a rule is broken or there were enough. */
export const find = (subject: Subject, mix: Mix, first: number, seeds: number): Looked => {
  for (let lived = 0; lived < seeds; lived++) {
    const life = live(planOfLineage(String(first + lived), mix), subject)
    if (life.violations.length > 0) return { seeds: lived + 1, found: life }
  }
  return { seeds, found: undefined }
}
