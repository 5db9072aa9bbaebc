import { Effect } from "effect"
import { delayAfter, workBackoff } from "./Backoff.js"
import { steadyNow } from "./Steady.js"

/** Backoff per subnet, not per pod: while a subnet has no address left, one create at a time finds out whether that is still so. */
export interface SubnetGate {
  /**
   * Until when nobody need ask, milliseconds since the epoch, and why; undefined where the subnet is open, or where its time has come: then
   * whoever asked goes and finds out.
   */
  readonly closedUntil: (subnetId: string, now: number) => { readonly until: number; readonly why: string } | undefined
  /** The subnet was full just now. */
  readonly close: (subnetId: string, why: string) => Effect.Effect<void>
  /** A create succeeded. Answers whether the gate was closed before. */
  readonly open: (subnetId: string) => boolean
}

interface Gate {
  readonly until: number
  readonly failures: number
  readonly why: string
  /** Somebody is finding out. */
  readonly probed: boolean
}

/** How long one create is given to find out before the next may try: longer than EC2 usually takes to answer. */
const probe = 2_000

export const make = (): SubnetGate => {
  const closed = new Map<string, Gate>()
  return {
    closedUntil: (subnetId, now) => {
      const gate = closed.get(subnetId)
      if (gate === undefined || gate.until > now) return gate
      closed.set(subnetId, { ...gate, until: now + probe, probed: true })
      return undefined
    },
    close: (subnetId, why) =>
      Effect.gen(function*() {
        const now = yield* steadyNow
        const gate = closed.get(subnetId)
        // A late answer to a create that was under way when the gate closed: it says nothing new, and a burst of them is one failure.
        if (gate !== undefined && !gate.probed && gate.until > now) return
        const failures = (gate?.failures ?? 0) + 1
        closed.set(subnetId, { until: now + (yield* delayAfter(failures, workBackoff)), failures, why, probed: false })
      }),
    open: (subnetId) => closed.delete(subnetId)
  }
}
