import { priorities, type Priority, type Request, type Verdict } from "../../src/controller/WorkQueue.js"

/** A key that is asked for at a time, milliseconds. */
export interface Ask {
  readonly time: number
  readonly key: string
  readonly request: Request
}

/** What the nth run of all does: how long it takes, milliseconds, and what it says at its end. */
export interface Work {
  readonly duration: (run: number) => number
  readonly verdict: (run: number, now: number) => Verdict
}

export interface Start {
  readonly time: number
  readonly key: string
}

interface Entry {
  readonly key: string
  priority: Priority
  dueAt: number
  /** Since when it could have been taken, and the how manieth it was to be put in line. */
  place: readonly [time: number, order: number]
  backingOff: boolean
  run: { readonly number: number; readonly endsAt: number } | undefined
  again: ReadonlyArray<Request>
}

const urgency = (priority: Priority): number => priorities.indexOf(priority)
const mostUrgent = (all: ReadonlyArray<Priority>): Priority => priorities.find((one) => all.includes(one)) ?? "upkeep"

/**
 * The starts that a queue whose every backoff takes `backoff` must make, found by looking at everything at every moment. Two things never
 * happen at the same moment, or the order among them would have to be a promise.
 */
export const starts = (asks: ReadonlyArray<Ask>, work: Work, concurrency: number, backoff: number): ReadonlyArray<Start> => {
  const entries = new Map<string, Entry>()
  const made: Array<Start> = []
  const toCome = [...asks]
  let orders = 0

  const line = (entry: Entry, now: number): void => {
    entry.place = [Math.max(entry.dueAt, now), orders++]
  }
  const ask = (key: string, { priority, at, hasten }: Request, now: number): void => {
    const entry = entries.get(key)
    if (entry === undefined) {
      const fresh: Entry = { key, priority, dueAt: at ?? now, place: [0, 0], backingOff: false, run: undefined, again: [] }
      entries.set(key, fresh)
      line(fresh, now)
    } else if (entry.run !== undefined) {
      entry.again = [...entry.again, { priority, at, hasten }]
    } else {
      const dueAt = entry.backingOff && hasten !== true ? entry.dueAt : Math.min(entry.dueAt, at ?? now)
      const higher = mostUrgent([entry.priority, priority])
      const changes = dueAt !== entry.dueAt || higher !== entry.priority
      Object.assign(entry, { dueAt, priority: higher })
      if (changes) line(entry, now)
    }
  }
  const end = (entry: Entry, verdict: Verdict, now: number): void => {
    const { again } = entry
    Object.assign(entry, { run: undefined, again: [], backingOff: false })
    const isHastened = again.some(({ hasten }) => hasten === true)
    if (verdict._tag === "Failed" && !isHastened) {
      entry.backingOff = true
      entry.dueAt = Math.max(now + backoff, verdict.notBefore ?? 0)
      entry.priority = mostUrgent([entry.priority, ...again.map(({ priority }) => priority)])
    } else {
      const reasons = [...again, ...(verdict._tag === "LookAgain" ? [verdict] : [])]
      if (reasons.length === 0) {
        entries.delete(entry.key)
        return
      }
      entry.dueAt = Math.min(...reasons.map(({ at }) => at ?? now))
      entry.priority = mostUrgent(reasons.map(({ priority }) => priority))
    }
    line(entry, now)
  }

  for (let now = 0; now < Infinity;) {
    const running = [...entries.values()].filter(({ run }) => run !== undefined)
    const waiting = [...entries.values()].filter(({ dueAt, run }) => run === undefined && dueAt <= now)
    const next = waiting.sort((a, b) =>
      urgency(a.priority) - urgency(b.priority) || a.place[0] - b.place[0] || a.place[1] - b.place[1]
    )[0]
    if (next !== undefined && running.length < concurrency) {
      next.run = { number: made.length, endsAt: now + work.duration(made.length) }
      made.push({ time: now, key: next.key })
      continue
    }
    now = Math.min(
      toCome[0]?.time ?? Infinity,
      ...running.map(({ run }) => run?.endsAt ?? Infinity),
      ...[...entries.values()].filter(({ dueAt, run }) => run === undefined && dueAt > now).map(({ dueAt }) => dueAt)
    )
    for (const entry of running) if (entry.run?.endsAt === now) end(entry, work.verdict(entry.run.number, now), now)
    while (toCome[0]?.time === now) {
      const { key, request } = toCome.shift()!
      ask(key, request, now)
    }
  }
  return made
}
