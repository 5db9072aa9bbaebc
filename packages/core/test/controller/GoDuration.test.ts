import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { goDuration } from "../../src/controller/GoDuration.js"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** What Go's ParseDuration would make of it, milliseconds. */
const parse = (text: string): number =>
  [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0)

describe("a duration as Go prints it", () => {
  it.for([
    [0, "0s"],
    [1, "1ms"],
    [999, "999ms"],
    [1_000, "1s"],
    [1_500, "1.5s"],
    [1_050, "1.05s"],
    [30_000, "30s"],
    [60_000, "1m0s"],
    [90_000, "1m30s"],
    [3_600_000, "1h0m0s"],
    [3_661_001, "1h1m1.001s"],
    [360_000_000, "100h0m0s"]
  ] as const)("%s ms is %s", ([millis, text]) => {
    assert.strictEqual(goDuration(millis), text)
  })

  it.prop("says all of it and nothing twice", { millis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e10 })) }, ({ millis }) => {
    const text = goDuration(millis)
    assert.strictEqual(Math.round(parse(text)), millis)
    assert.match(text, /^(\d+h)?(\d+m)?(\d+(\.\d{0,2}[1-9])?s|\d+ms)$/)
  }, { arbitrary: { runs: 500 } })
})
