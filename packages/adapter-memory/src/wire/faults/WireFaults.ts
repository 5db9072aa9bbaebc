import { Effect, Latch } from "effect"
import type { Stream } from "../../simulation/Streams.js"
import type { WireResponse } from "../Dispatch.js"
import type { Form } from "../Form.js"
import { messageOf } from "./Codes.js"
import type { WireFault } from "./WireFault.js"

/** What the caller gets; `cut` is the end of the connection. */
export type Reply = WireResponse | "cut"

/** How a fault does. */
export interface FaultState {
  readonly id: string
  readonly rule: WireFault
  /** Calls struck: of `after`, those whose effect has taken place. */
  readonly fired: number
  /** Of those, calls that are held at this moment. */
  readonly held: number
}

/** What a call would come to, and who has to hear of what became of it instead. */
export interface Way {
  readonly call: Effect.Effect<WireResponse>
  /** Notes a call that did not come to its effect; answers its request id. */
  readonly never: (code: string, struck: string) => Effect.Effect<string>
  /** Notes what was done to a call that did; answers its request id. */
  readonly struck: (answer: WireResponse, struck: string) => Effect.Effect<string>
  /** The service's error document. */
  readonly document: (requestId: string, error: { readonly code: string; readonly message: string; readonly status: number | undefined }) => Effect.Effect<WireResponse>
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
  /** A call with the faults in its way. */
  readonly around: (action: string, form: Form, way: Way) => Effect.Effect<Reply>
}

interface Entry {
  readonly id: string
  readonly rule: WireFault
  readonly released: Latch.Latch
  as: "go" | "cut" | undefined
  seen: number
  /** Calls that it has chosen; of them those have `fired` that have come to where it strikes. */
  chosen: number
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
      if (entry.seen++ < skip || entry.chosen >= times || (probability !== undefined && stream.nextDoubleUnsafe() >= probability)) continue
      entry.chosen++
      return entry
    }
    return undefined
  }
  const announce = (entry: Entry): void => {
    entry.fired++
    for (const { count, latch } of entry.waiting) if (entry.fired >= count) latch.openUnsafe()
    entry.waiting = entry.waiting.filter(({ count }) => entry.fired < count)
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
      entries.set(id, { id, rule, released: Latch.makeUnsafe(false), as: undefined, seen: 0, chosen: 0, fired: 0, held: 0, waiting: [] })
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
    around: Effect.fnUntraced(function*(action, form, way): Effect.fn.Return<Reply> {
      const entry = strike(action, form)
      if (entry === undefined) return yield* way.call
      const { answer, delay = 0, when } = entry.rule
      const place = `${when} the effect`
      const answered = when === "after" ? yield* way.call : undefined
      const ended = (code: string, struck: string): Effect.Effect<string> => answered === undefined ? way.never(code, struck) : way.struck(answered, struck)
      const goOn = (struck: string): Effect.Effect<WireResponse> =>
        Effect.tap(answered === undefined ? way.call : Effect.succeed(answered), (one) => way.struck(one, struck))

      if (answer === "hold") {
        if ((yield* held(entry)) === "go") return yield* goOn(`held ${place}`)
        yield* ended("lost", `held ${place}, then cut`)
        return "cut"
      }
      announce(entry)
      if (delay > 0) yield* Effect.sleep(delay)
      if (answer === undefined) return yield* goOn(`late ${place}`)
      if (answer === "lost") {
        yield* ended("lost", `lost ${place}`)
        return "cut"
      }
      const { code, message = messageOf(code), status } = answer
      const requestId = yield* ended(code, `${code} ${place}`)
      return yield* way.document(requestId, { code, message, status })
    })
  }
}
