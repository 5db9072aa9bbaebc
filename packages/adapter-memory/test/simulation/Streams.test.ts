import { describe, expect, it } from "vitest"
import { Effect, Exit, Random } from "effect"
import { simulate } from "../../src/simulation/Simulation.js"
import { below, hex, stream, type Stream, streamFor, withStream } from "../../src/simulation/Streams.js"

const take = (source: Stream, count: number): ReadonlyArray<number> => Array.from({ length: count }, () => source.nextDoubleUnsafe())

describe("streams", () => {
  it("a stream follows from seed and name alone", () => {
    expect(take(streamFor("7", "ec2"), 100)).toEqual(take(streamFor("7", "ec2"), 100))
    const others = [streamFor("8", "ec2"), streamFor("7", "kubelet"), streamFor("7e", "c2")].map((source) => take(source, 5).join())
    expect(new Set([take(streamFor("7", "ec2"), 5).join(), ...others]).size).toBe(4)
  })

  it("doubles are in [0, 1) and evenly spread, whatever the seed", () => {
    for (let seed = 0; seed < 200; seed++) {
      const numbers = take(streamFor(String(seed), "spread"), 2000)
      expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true)
      const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length
      // Six standard deviations of the mean of 2,000 uniform numbers.
      expect(Math.abs(mean - 0.5)).toBeLessThan(6 * Math.sqrt(1 / 12 / 2000))
    }
  })

  it("first draws of neighbouring seeds and names are unrelated", () => {
    const firsts = Array.from({ length: 1000 }, (_, n) => streamFor(String(n), `node-${n}`).nextDoubleUnsafe())
    const buckets = Array.from({ length: 10 }, () => 0)
    for (const x of firsts) buckets[Math.floor(x * 10)]!++
    for (const count of buckets) expect(count).toBeGreaterThan(60)
  })

  it("integers are safe and of both signs", () => {
    const source = streamFor("1", "integers")
    const numbers = Array.from({ length: 1000 }, () => source.nextIntUnsafe())
    expect(numbers.every(Number.isSafeInteger)).toBe(true)
    expect(numbers.some((x) => x < 0) && numbers.some((x) => x > 0)).toBe(true)
  })

  it("hex and below stay in their ranges", () => {
    const source = streamFor("1", "hex")
    expect(hex(source, 64)).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(Array.from({ length: 200 }, () => below(source, 3)))).toEqual(new Set([0, 1, 2]))
  })

  it("a draw more in one concern shifts nothing in another", () => {
    const program = (extra: number) =>
      Effect.gen(function*() {
        const ec2 = yield* stream("ec2")
        take(ec2, extra)
        yield* Random.next.pipe(Effect.repeat({ times: extra }))
        return yield* Effect.all([Random.next, Random.next]).pipe(withStream("kubelet"))
      })
    const few = simulate(program(1), { seed: 5 }).exit
    expect(Exit.isSuccess(few)).toBe(true)
    expect(simulate(program(50), { seed: 5 }).exit).toEqual(few)
  })
})
