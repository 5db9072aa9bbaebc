import { Clock, Effect } from "effect"
import { Seed, type Stream, streamFor } from "../simulation/Streams.js"
import type { Call, FaultRule } from "./FaultRule.js"

/** One call that a rule struck. */
export interface Firing {
  /** Clock milliseconds. */
  readonly at: number
  readonly call: Call
  readonly rule: FaultRule
  /** Whether the call took effect: `none` before it, else whether it succeeded. */
  readonly effect: "none" | "done" | "refused"
}

/** A rule in force. */
export interface Fault {
  /** How many calls it struck: a test must see that the trouble really happened. */
  readonly fired: Effect.Effect<number>
  readonly remove: Effect.Effect<void>
}

/** A rule that strikes the present call; `settle` says what became of the call and counts it. */
export interface Strike {
  readonly rule: FaultRule
  readonly settle: (effect: Firing["effect"]) => Effect.Effect<void>
}

/** Rules for trouble on the ports, added and removed while the world runs. */
export interface Faults {
  /** The earliest added rule that is for a call, and in force, strikes. */
  readonly add: (rule: FaultRule) => Effect.Effect<Fault>
  /** Removes every rule. */
  readonly clear: Effect.Effect<void>
  readonly firings: Effect.Effect<ReadonlyArray<Firing>>
  readonly strike: (call: Call) => Effect.Effect<Strike | undefined>
}

interface RuleState {
  readonly rule: FaultRule
  readonly chance: Stream
  struck: number
  fired: number
}

const isFor = (rule: FaultRule, call: Call): boolean => {
  const { match, operation, port } = rule.on
  if (port !== call.port || (operation !== "*" && operation !== call.operation)) return false
  if (match === undefined) return true
  return typeof match === "function"
    ? match(call)
    : Object.entries(match).every(([field, value]) => call.subject[field] === value)
}

const strikes = ({ chance, rule, struck }: RuleState, call: Call, now: number): boolean =>
  isFor(rule, call) &&
  (rule.times === undefined || struck < rule.times) &&
  (rule.until === undefined || now < rule.until) &&
  (rule.probability === undefined || chance.nextDoubleUnsafe() < rule.probability)

/** No faults yet. The n-th rule draws from a stream that depends on the seed (by default the run's) and on n alone. */
export const make = Effect.fnUntraced(function*(options: { readonly seed?: string | number | undefined } = {}) {
  const seed = String(options.seed ?? (yield* Seed))
  const firings: Array<Firing> = []
  let rules: ReadonlyArray<RuleState> = []
  let added = 0

  const faults: Faults = {
    add: (rule) =>
      Effect.sync(() => {
        added += 1
        const state: RuleState = { rule, chance: streamFor(seed, `faults/${added}`), struck: 0, fired: 0 }
        rules = [...rules, state]
        return {
          fired: Effect.sync(() => state.fired),
          remove: Effect.sync(() => {
            rules = rules.filter((other) => other !== state)
          })
        }
      }),
    clear: Effect.sync(() => {
      rules = []
    }),
    firings: Effect.sync(() => [...firings]),
    strike: (call) =>
      Effect.suspend(() => rules.length === 0 ? Effect.undefined : Effect.map(Clock.currentTimeMillis, (at) => {
        const state = rules.find((candidate) => strikes(candidate, call, at))
        if (state === undefined) return undefined
        state.struck += 1
        return {
          rule: state.rule,
          settle: (effect) =>
            Effect.sync(() => {
              state.fired += 1
              firings.push({ at, call, rule: state.rule, effect })
            })
        }
      }))
  }
  return faults
})
