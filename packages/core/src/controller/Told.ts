/** What has been said about an object, so that it is said once. */
export interface Told {
  /** Whether this is the first time. */
  readonly once: (uid: string, what: "unmatched" | "several" | "node not ready" | "not let go" | "not removed") => boolean
  /** Whether a pod's groups are others than those that it was told last. */
  readonly newGroups: (uid: string, groups: ReadonlyArray<string>) => boolean
  readonly forget: (uid: string) => void
}

export const make = (): Told => {
  const told = new Map<string, Set<string>>()
  const groupsTold = new Map<string, string>()
  return {
    once: (uid, what) => {
      const of = told.get(uid) ?? new Set<string>()
      told.set(uid, of)
      if (of.has(what)) return false
      of.add(what)
      return true
    },
    newGroups: (uid, groups) => {
      const text = groups.join()
      if (groupsTold.get(uid) === text) return false
      groupsTold.set(uid, text)
      return true
    },
    forget: (uid) => {
      told.delete(uid)
      groupsTold.delete(uid)
    }
  }
}
