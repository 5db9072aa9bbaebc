import { afterAll, describe, expect, it } from "vitest"
import type { Guard } from "./Guard.js"
import { failures, guards } from "./Guards.js"
import { bundle, occurrences, sourceOf } from "./Mutant.js"
import { pool } from "./Pool.js"
import { described, type Outcome, run } from "./Run.js"

/** Each plays in a process of its own; all of them wait here for one. */
const timeout = 900_000

const inTurn = pool(2)
const red: Array<string> = []

const played = new Map<string, Promise<Outcome>>()

/** The scenario with all guards in; many ask for the same. */
const intact = (scenario: string, test: string, seed: number | undefined): Promise<Outcome> => {
  const key = JSON.stringify([scenario, test, seed])
  const known = played.get(key) ?? bundle(scenario, []).then((code) => run(code, test, seed))
  played.set(key, known)
  return known
}

/** With the guard out the scenario is red, and with it in, the same run of it is not. */
const kill = async ({ edits, failure, id, prevents, scenario, test }: Guard): Promise<void> => {
  const began = performance.now()
  const mutated = await run(await bundle(scenario, edits), test)
  const took = Math.round(performance.now() - began)
  expect(described(mutated)).toMatch(prevents === "defect" ? /^a defect: / : /^(red: |hung$)/)
  const seed = mutated._tag === "red" ? mutated.report.seed : undefined
  red.push(`${String(failure).padStart(2)} ${id}: ${scenario}, ${seed === undefined ? "all seeds" : `seed ${seed}`}, ${took} ms, ${described(mutated)}`.slice(0, 220))
  const whole = await intact(scenario, test, seed)
  // What is counted over many runs cannot be counted over one.
  const isOverOne = whole._tag === "red" && seed !== undefined && whole.report.seed === undefined
  expect(isOverOne ? "green" : whole._tag, `with the guard in: ${described(whole)}`).toBe("green")
}

describe("The guards of the core", () => {
  afterAll(() => console.log(red.toSorted().join("\n")))

  it("are against every known failure, each under a name of its own", () => {
    expect(new Set(guards.map(({ failure }) => failure))).toEqual(new Set(Object.keys(failures).map(Number)))
    expect(new Set(guards.map(({ id }) => id)).size).toBe(guards.length)
  })

  it.each(guards)("stand where the table says, once: $id", async ({ edits }) => {
    for (const { file, find, replace } of edits) {
      expect(occurrences(await sourceOf(file), find), `in ${file}: ${find}`).toBe(1)
      expect(replace).not.toBe(find)
    }
  })

  it.concurrent.each(guards)("$failure: without it the scenario goes red: $id", { timeout }, (guard) => inTurn(() => kill(guard)))
})
