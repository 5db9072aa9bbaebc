import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { steadyMillis, steadyNow } from "../../src/controller/Steady.js"

/** A wall clock that can be set, over one that cannot. */
const settable = Effect.map(Clock.Clock, (clock) => {
  let ahead = 0
  const host: typeof Clock.Clock.Service = { ...clock, currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + ahead }
  return { host, set: (millis: number) => void (ahead = millis) }
})

describe("steady time", () => {
  it.effect("goes on as time passes, whatever the wall clock is set to", () =>
    Effect.gen(function*() {
      const { host, set } = yield* settable
      set(5_000)
      const begin = steadyMillis(host)
      assert.strictEqual(begin, 5_000, "the wall clock's when it was first asked")
      set(-3_600_000)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(steadyMillis(host) - begin, 10_000)
      set(3_600_000)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Effect.provideService(steadyNow, Clock.Clock, host), begin + 20_000)
    }))
})
