import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Schema } from "effect"
import { delayAfter, delayAfterError, watchBackoff, workBackoff } from "../../src/controller/Backoff.js"
import { kubernetesError } from "./ScriptedKubernetes.js"

const draws = (failures: number) => Effect.forEach(Array.from({ length: 200 }), () => delayAfter(failures, workBackoff))

describe("a backoff", () => {
  it("is 0.2 s to 60 s for work, 0.2 s to 30 s for watches", () => {
    assert.deepStrictEqual(workBackoff, { base: 200, cap: 60_000 })
    assert.deepStrictEqual(watchBackoff, { base: 200, cap: 30_000 })
  })

  it.effect("doubles, and its upper half is drawn", () =>
    Effect.gen(function*() {
      for (const [failures, least, most] of [[1, 200, 400], [2, 400, 800], [5, 3_200, 6_400], [9, 30_000, 60_000]] as const) {
        const delays = yield* draws(failures)
        const width = most - least
        assert.isAtLeast(Math.min(...delays), least)
        assert.isAtMost(Math.min(...delays), least + width / 10)
        assert.isAtMost(Math.max(...delays), most)
        assert.isAtLeast(Math.max(...delays), most - width / 10)
      }
    }).pipe(Random.withSeed("backoff")))

  it.effect.prop("is never outside its bounds and always whole", {
    failures: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5_000 })),
    base: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 })),
    factor: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 }))
  }, ({ base, factor, failures }) =>
    Effect.gen(function*() {
      const delay = yield* delayAfter(failures, { base, cap: base * factor })
      assert.isTrue(Number.isInteger(delay) && delay >= base && delay <= base * factor, `${delay}`)
    }), { arbitrary: { runs: 500 } })

  it.effect("waits as long as a 429 asks, and not less than it would have", () =>
    Effect.gen(function*() {
      const after = (retryAfter: number | undefined) =>
        delayAfterError(kubernetesError({ _tag: "TooManyRequests", retryAfter }), 1, workBackoff)
      assert.strictEqual(yield* after(5_000), 5_000)
      assert.isAtLeast(yield* after(1), 200)
      assert.isAtMost(yield* after(undefined), 400)
      assert.isAtMost(yield* delayAfterError(kubernetesError({ _tag: "Unavailable" }), 1, workBackoff), 400)
    }))
})
