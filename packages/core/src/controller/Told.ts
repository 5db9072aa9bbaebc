import type { BranchKey } from "../allocation/Branch.js"

/** What has been said to a pod outside the trunk machine, so that it is said once. */
export interface Told {
  /** Whether this is the first time. */
  readonly once: (key: BranchKey, what: "unmatched" | "several") => boolean
  readonly forget: (key: BranchKey) => void
}

export const make = (): Told => {
  const told = new Map<BranchKey, Set<string>>()
  return {
    once: (key, what) => {
      const of = told.get(key) ?? new Set<string>()
      told.set(key, of)
      if (of.has(what)) return false
      of.add(what)
      return true
    },
    forget: (key) => {
      told.delete(key)
    }
  }
}
