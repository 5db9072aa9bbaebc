/**
 * Values by key, with what they were a moment ago: EC2's describes are eventually consistent (contract §6), so a read may look back.
 * `horizon` is how far, in milliseconds, at each moment; older versions are forgotten.
 */
export interface Versions<K, V> {
  readonly current: ReadonlyMap<K, V>
  readonly set: (key: K, value: V, now: number) => void
  readonly delete: (key: K, now: number) => void
  /** What a look at `time` would have found. */
  readonly at: (key: K, time: number) => V | undefined
  /** All that a look at `time` would have found, in no promised but always the same order. */
  readonly allAt: (time: number) => ReadonlyArray<V>
}

/** What a key held (`undefined`: nothing) until it changed. */
interface Past<V> {
  readonly until: number
  readonly value: V | undefined
}

export const makeVersions = <K, V>(horizon: () => number): Versions<K, V> => {
  const current = new Map<K, V>()
  const past = new Map<K, Array<Past<V>>>()

  const remember = (key: K, now: number): void => {
    if (horizon() === 0) return
    const kept = (past.get(key) ?? []).filter(({ until }) => until > now - horizon())
    kept.push({ until: now, value: current.get(key) })
    past.set(key, kept)
  }
  const at = (key: K, time: number): V | undefined => {
    const older = past.get(key)?.find(({ until }) => until > time)
    return older === undefined ? current.get(key) : older.value
  }

  return {
    current,
    set: (key, value, now) => {
      remember(key, now)
      current.set(key, value)
    },
    delete: (key, now) => {
      remember(key, now)
      current.delete(key)
    },
    at,
    allAt: (time) => {
      if (past.size === 0) return [...current.values()]
      // Time only goes on: what no later look can see is dropped here, so that deleted keys do not pile up.
      for (const [key, versions] of past) {
        if (versions.every(({ until }) => until <= time - horizon())) past.delete(key)
      }
      const gone = [...past.keys()].filter((key) => !current.has(key))
      return [...current.keys(), ...gone].map((key) => at(key, time)).filter((value) => value !== undefined)
    }
  }
}
