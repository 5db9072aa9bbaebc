/** What has been said about an object outside the trunk machine, so that it is said once. */
export interface Told {
  /** Whether this is the first time. */
  readonly once: (uid: string, what: "unmatched" | "several" | "node not ready" | "not let go" | "not removed") => boolean
  readonly forget: (uid: string) => void
}

export const make = (): Told => {
  const told = new Map<string, Set<string>>()
  return {
    once: (uid, what) => {
      const of = told.get(uid) ?? new Set<string>()
      told.set(uid, of)
      if (of.has(what)) return false
      of.add(what)
      return true
    },
    forget: (uid) => {
      told.delete(uid)
    }
  }
}
