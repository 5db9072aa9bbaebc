import { type Fact, isRefused, type PodFact } from "../facts/Fact.js"

/** One bearer of a name, and what was done to it, in order. */
export interface Bearer {
  readonly uid: string | undefined
  readonly facts: ReadonlyArray<PodFact>
}

/** Whole seconds are cut off downwards: in that second, what is told may have happened after everything else. */
export const orderOf = (fact: Fact): number => {
  const { at } = fact.deed
  if (at === undefined) return -Infinity
  return fact._tag === "EventTold" && fact.coarse ? at + 999 : at
}

interface Open {
  uid: string | undefined
  facts: Array<PodFact>
  created: boolean
}

/**
 * Tells the bearers of one name apart, oldest first: by UID, and where a record has none, by time. A creation that was granted begins another bearer; one that was refused
 * is told with the bearer of that time.
 */
export const bearers = (facts: ReadonlyArray<PodFact>): ReadonlyArray<Bearer> => {
  const all: Array<Open> = []
  const begin = (uid: string | undefined): Open => {
    const bearer: Open = { uid, facts: [], created: false }
    all.push(bearer)
    return bearer
  }
  const bearerOf = (fact: PodFact): Open => {
    const { uid } = fact.pod
    const creates = fact._tag === "PodCreated" && !isRefused(fact.deed)
    const last = all.at(-1)
    if (uid !== undefined) {
      const same = all.find((bearer) => bearer.uid === uid)
      if (same !== undefined) return same
      // One that was made without telling its UID has the first that is heard of.
      return last !== undefined && last.uid === undefined && !creates ? last : begin(uid)
    }
    if (last === undefined || creates && (last.created || last.uid !== undefined)) return begin(undefined)
    return last
  }
  for (const fact of facts.toSorted((a, b) => orderOf(a) === orderOf(b) ? 0 : orderOf(a) - orderOf(b))) {
    const bearer = bearerOf(fact)
    bearer.uid ??= fact.pod.uid
    if (fact._tag === "PodCreated" && !isRefused(fact.deed)) bearer.created = true
    bearer.facts.push(fact)
  }
  return all.map(({ facts: told, uid }) => ({ uid, facts: told }))
}
