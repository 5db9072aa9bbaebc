import { Effect, Latch } from "effect"
import type { Stream } from "../../simulation/Streams.js"
import type { WireResponse } from "../Dispatch.js"
import type { Form } from "../Form.js"
import type { WireFault } from "./WireFault.js"

/** What the caller gets; `cut` is the end of the connection. */
export type Reply = WireResponse | "cut"

/** How a fault does. */
export interface FaultState {
  readonly id: string
  readonly rule: WireFault
  /** Calls struck. */
  readonly fired: number
  /** Of those, calls that are held at this moment. */
  readonly held: number
}

export interface WireFaults {
  /** Answers the fault's id. The earliest that is for a call strikes it. */
  readonly add: (rule: WireFault) => string
  readonly remove: (id: string) => void
  readonly clear: () => void
  readonly state: (id: string) => FaultState | undefined
  readonly all: () => ReadonlyArray<FaultState>
  /** Returns when the fault has struck so many calls. */
  readonly fired: (id: string, count: number) => Effect.Effect<void>
  /** Lets held calls go on, or cuts them: those of `before` then have no effect. Calls that come later are not held any more. */
  readonly release: (id: string, as: "go" | "cut") => void
  /** A call with the faults in its way; `refuse` makes EC2's error document and notes it. */
  readonly around: (
    action: string,
    form: Form,
    call: Effect.Effect<WireResponse>,
    refuse: (code: string, message: string, status: number | undefined) => Effect.Effect<WireResponse>
  ) => Effect.Effect<Reply>
}

interface Entry {
  readonly id: string
  readonly rule: WireFault
  readonly released: Latch.Latch
  as: "go" | "cut" | undefined
  seen: number
  fired: number
  held: number
  waiting: ReadonlyArray<{ readonly count: number; readonly latch: Latch.Latch }>
}

const isFor = ({ rule }: Entry, action: string, form: Form): boolean =>
  (rule.action === "*" || rule.action === action) && Object.entries(rule.match ?? {}).every(([name, value]) => form.text(name) === value)

export const makeWireFaults = (stream: Stream): WireFaults => {
  const entries = new Map<string, Entry>()
  let added = 0

  const strike = (action: string, form: Form): Entry | undefined => {
    for (const entry of entries.values()) {
      const { probability, skip = 0, times = Infinity } = entry.rule
      if (!isFor(entry, action, form) || (entry.rule.answer === "hold" && entry.as !== undefined)) continue
      if (entry.seen++ < skip || entry.fired >= times || (probability !== undefined && stream.nextDoubleUnsafe() >= probability)) continue
      entry.fired++
      return entry
    }
    return undefined
  }
  const announce = (entry: Entry): void => {
    for (const { count, latch } of entry.waiting) if (entry.fired >= count) latch.openUnsafe()
  }
  const release = (entry: Entry, as: "go" | "cut"): void => {
    entry.as ??= as
    entry.released.openUnsafe()
  }
  const stateOf = ({ fired, held, id, rule }: Entry): FaultState => ({ id, rule, fired, held })

  const held = (entry: Entry): Effect.Effect<"go" | "cut"> =>
    Effect.suspend(() => {
      entry.held++
      announce(entry)
      return Effect.ensuring(Effect.map(entry.released.await, () => entry.as ?? "go"), Effect.sync(() => entry.held--))
    })

  return {
    add: (rule) => {
      const id = String(++added)
      entries.set(id, { id, rule, released: Latch.makeUnsafe(false), as: undefined, seen: 0, fired: 0, held: 0, waiting: [] })
      return id
    },
    remove: (id) => {
      const entry = entries.get(id)
      entries.delete(id)
      if (entry !== undefined) release(entry, "go")
    },
    clear: () => {
      for (const entry of entries.values()) release(entry, "go")
      entries.clear()
    },
    state: (id) => {
      const entry = entries.get(id)
      return entry === undefined ? undefined : stateOf(entry)
    },
    all: () => [...entries.values()].map(stateOf),
    fired: (id, count) =>
      Effect.suspend(() => {
        const entry = entries.get(id)
        if (entry === undefined || entry.fired >= count) return Effect.void
        const latch = Latch.makeUnsafe(false)
        entry.waiting = [...entry.waiting, { count, latch }]
        return latch.await
      }),
    release: (id, as) => {
      const entry = entries.get(id)
      if (entry !== undefined) release(entry, as)
    },
    around: Effect.fnUntraced(function*(action, form, call, refuse): Effect.fn.Return<Reply> {
      const entry = strike(action, form)
      if (entry === undefined) return yield* call
      const { answer, delay, when } = entry.rule
      const answered = when === "after" ? yield* call : undefined
      if (answer === "hold") {
        const as = yield* held(entry)
        return as === "cut" ? "cut" : answered ?? (yield* call)
      }
      announce(entry)
      if (delay !== undefined) yield* Effect.sleep(delay)
      return answer === "lost" ? "cut" : yield* refuse(answer.code, answer.message ?? `${answer.code}: injected ${when} the effect`, answer.status)
    })
  }
}
