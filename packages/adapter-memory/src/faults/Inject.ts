import { Effect, Exit } from "effect"
import type { Call, FaultRule } from "./FaultRule.js"
import type { Faults, Strike } from "./Faults.js"

/** The way to a struck call and back: without a delay it still yields, as every call on a memory port does. */
export const travel = (rule: FaultRule): Effect.Effect<void> =>
  rule.delay === undefined ? Effect.yieldNow : Effect.sleep(rule.delay)

/** A call on a port with the faults in its way; `failure` is what the caller sees of a rule that strikes. */
export const inject = <A, E>(
  faults: Faults,
  call: Call,
  failure: (rule: FaultRule) => E,
  effect: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.flatMap(faults.strike(call), (strike) => strike === undefined ? effect : struck(strike, failure, effect))

const struck: <A, E>(
  strike: Strike,
  failure: (rule: FaultRule) => E,
  effect: Effect.Effect<A, E>
) => Effect.Effect<A, E> = Effect.fnUntraced(function*(strike, failure, effect) {
  if (strike.rule.when === "before") {
    yield* Effect.yieldNow
    yield* strike.settle("none")
  } else {
    const exit = yield* Effect.exit(effect)
    yield* strike.settle(Exit.isSuccess(exit) ? "done" : "refused")
  }
  yield* travel(strike.rule)
  return yield* Effect.fail(failure(strike.rule))
})
