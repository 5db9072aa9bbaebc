import { assert, describe, it } from "@effect/vitest"
import { drain, full, take } from "../../src/flow/Bucket.js"

describe("a token bucket", () => {
  it("has a token again exactly when it says so, at any rate", () => {
    for (const rate of [0.3, 1, 3, 7, 20, 333, 999, 1000]) {
      const bucket = full(rate, 1, 1_700_000_000_000)
      let now = 1_700_000_000_000
      assert.strictEqual(take(bucket, now), 0)
      for (let round = 0; round < 100; round++) {
        const wait = take(bucket, now)
        assert.isAbove(wait, 0)
        if (wait > 1) assert.isAbove(take(bucket, now + wait - 1), 0, `${rate}/s, one millisecond early`)
        now += wait
        assert.strictEqual(take(bucket, now), 0, `${rate}/s`)
      }
    }
  })

  it("gives no more than its burst and what came since, however it is asked", () => {
    const bucket = full(3, 5, 0)
    let taken = 0
    for (let now = 0; now <= 10_000; now++) {
      while (take(bucket, now) === 0) taken++
      assert.isAtMost(taken, 5 + Math.floor((now * 3) / 1000 + 1e-3))
    }
    assert.strictEqual(taken, 35)
  })

  it("a clock that went back brings no tokens, and goes on from there", () => {
    const bucket = full(1, 1, 10_000)
    take(bucket, 10_000)
    assert.strictEqual(take(bucket, 4_000), 1000)
    assert.strictEqual(take(bucket, 4_999), 1)
    assert.strictEqual(take(bucket, 5_000), 0)
  })

  it("that was drained is empty; one without a rate never is", () => {
    const bucket = full(10, 100, 0)
    drain(bucket, 0)
    assert.strictEqual(take(bucket, 0), 100)
    const free = full(0, 1, 0)
    drain(free, 0)
    for (let count = 0; count < 100; count++) assert.strictEqual(take(free, 0), 0)
  })

  it("holds one token at least, and whole ones", () => {
    for (const burst of [0, -3, 1.9]) {
      const bucket = full(1, burst, 0)
      assert.strictEqual(take(bucket, 0), 0)
      assert.isAbove(take(bucket, 0), 0)
    }
  })
})
