import { priorities, type Priority } from "../../ports/Priority.js"
import type { Grant } from "./Bucket.js"

/** One call that waits. Times are milliseconds since the epoch. */
export interface Waiter {
  readonly priority: Priority
  readonly since: number
  /** From then on it would rather fail than wait for an EC2 that refuses. */
  readonly heldUntil: number
  /** Lets it go; undefined: it is to fail. */
  readonly go: (grant: Grant | undefined) => void
}

/** Of so many calls one is of a lower priority that waits: releases and upkeep go on under a storm of new pods. */
const share = 4

/** Those who wait for one action: the more urgent first, each priority in order of arrival, none for ever behind another. */
export interface Line {
  readonly add: (waiter: Waiter) => void
  /** Ahead of all others of its priority: what EC2 threw back. */
  readonly addFirst: (waiter: Waiter) => void
  /** Whether it was there. */
  readonly remove: (waiter: Waiter) => boolean
  readonly take: () => Waiter | undefined
  /** Those whose patience is over, taken out. */
  readonly takeImpatient: (now: number) => ReadonlyArray<Waiter>
  readonly counts: () => Readonly<Record<Priority, number>>
  readonly length: () => number
}

/** Those of one priority. */
interface Queue {
  /** In order of arrival. */
  readonly arrived: Set<Waiter>
  readonly thrownBack: Set<Waiter>
}

const takeFirst = (waiters: Set<Waiter>): Waiter | undefined => {
  const [first] = waiters
  if (first !== undefined) waiters.delete(first)
  return first
}

export const make = (): Line => {
  const queue = (): Queue => ({ arrived: new Set(), thrownBack: new Set() })
  const queues: Readonly<Record<Priority, Queue>> = { allocation: queue(), release: queue(), upkeep: queue() }
  const lengthOf = (priority: Priority): number => queues[priority].arrived.size + queues[priority].thrownBack.size
  const isWaiting = (priority: Priority): boolean => lengthOf(priority) > 0
  let taken = 0
  return {
    add: (waiter) => void queues[waiter.priority].arrived.add(waiter),
    addFirst: (waiter) => void queues[waiter.priority].thrownBack.add(waiter),
    remove: (waiter) => queues[waiter.priority].arrived.delete(waiter) || queues[waiter.priority].thrownBack.delete(waiter),
    take: () => {
      const chosen = ++taken % share === 0 ? priorities.findLast(isWaiting) : priorities.find(isWaiting)
      return chosen === undefined ? undefined : takeFirst(queues[chosen].thrownBack) ?? takeFirst(queues[chosen].arrived)
    },
    takeImpatient: (now) => {
      const impatient = Object.values(queues).flatMap(({ arrived, thrownBack }) => [...thrownBack, ...arrived]).filter(({ heldUntil }) => heldUntil <= now)
      for (const waiter of impatient) {
        queues[waiter.priority].arrived.delete(waiter)
        queues[waiter.priority].thrownBack.delete(waiter)
      }
      return impatient
    },
    counts: () => ({ allocation: lengthOf("allocation"), release: lengthOf("release"), upkeep: lengthOf("upkeep") }),
    length: () => priorities.reduce((sum, priority) => sum + lengthOf(priority), 0)
  }
}
