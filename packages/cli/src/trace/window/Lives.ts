import type { PodRef } from "../facts/Fact.js"
import { isTold, type Life, newLife } from "./Life.js"

/** How far the clocks of two API servers may be apart, in milliseconds. */
const skew = 1_000
/** How many that wait are passed over before the oldest is dropped all the same. */
const secondChances = 64

/** All pods that are kept at once: a name may have several, one after the other. */
export interface Lives {
  /** The pod that a record at this time is about; begun where it is not known. `create` where the record makes it. */
  readonly of: (pod: PodRef, at: number | undefined, place: string, create: boolean) => Life
  readonly all: () => Iterable<Life>
  readonly size: () => number
}

const began = ({ created, first }: Life): number => created ?? first

const byTime = (lives: ReadonlyArray<Life>, at: number | undefined): Life | undefined => {
  if (at === undefined || lives.length < 2) return lives.at(-1)
  let best: Life | undefined
  for (const life of lives) if (began(life) <= at + skew && (best === undefined || began(life) >= began(best))) best = life
  return best ?? lives[0]
}

const isFor = (life: Life, uid: string | undefined, at: number | undefined, create: boolean): boolean => {
  if (uid !== undefined && life.uid !== undefined) return life.uid === uid
  if (!create) return true
  // What was heard of a name before its pod was made is about another one.
  return life.created === undefined && (at === undefined || life.first >= at - skew)
}

/**
 * Keeps at most `most` pods. Whose story is told goes first, oldest first; of those that wait, the oldest goes when all of the oldest wait. `leaves` is told each that goes,
 * and whether it was dropped.
 */
export const lives = (most: number, leaves: (life: Life, dropped: boolean) => void): Lives => {
  const byName = new Map<string, Array<Life>>()
  /** In the order of coming, or of being passed over. */
  const order = new Set<Life>()

  const remove = (life: Life, dropped: boolean): void => {
    order.delete(life)
    const key = `${life.namespace}/${life.name}`
    const rest = (byName.get(key) ?? []).filter((other) => other !== life)
    if (rest.length === 0) byName.delete(key)
    else byName.set(key, rest)
    leaves(life, dropped)
  }

  const makeRoom = (): void => {
    let passed = 0
    for (const life of order) {
      if (isTold(life)) return remove(life, false)
      if (passed++ >= secondChances) return remove(life, true)
      order.delete(life)
      order.add(life)
    }
  }

  return {
    of: (pod, at, place, create) => {
      const key = `${pod.namespace}/${pod.name}`
      const named = byName.get(key) ?? []
      const exact = pod.uid === undefined ? undefined : named.find(({ uid }) => uid === pod.uid)
      const found = exact ?? byTime(named.filter((life) => isFor(life, pod.uid, at, create)), at)
      if (found !== undefined) {
        found.uid ??= pod.uid
        if (at !== undefined && at < found.first) found.first = at
        return found
      }
      if (order.size >= most) makeRoom()
      const life = newLife(pod.namespace, pod.name, pod.uid, at ?? 0, place)
      byName.set(key, [...byName.get(key) ?? [], life])
      order.add(life)
      return life
    },
    all: () => order,
    size: () => order.size
  }
}
