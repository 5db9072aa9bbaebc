import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { afterAll, describe, expect, it } from "vitest"
import { expectedOf } from "./Expected.js"
import { type Fault, faults, type TermName } from "./Faults.js"
import { page } from "./Page.js"
import { play, type Played } from "./Play.js"
import { type Counter, type Situation, situations } from "./Situations.js"

const all: ReadonlyArray<Fault> = Object.values(faults)

/** In ten minutes: what is paced looks every five seconds, what is not backs off to a minute. */
const mostCalls = 160

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`

const hasGrown = ({ labels = {}, name }: Counter, { grown }: Played): boolean =>
  [...grown].some((key) => key.startsWith(`${name}[`) && Object.entries(labels).every((label) => key.includes(JSON.stringify(label))))

/** A cell in a line: what came of it. */
const lineOf = (term: TermName, { served, told, trouble }: Played): string => {
  const events = told.map(({ after, kind, reason }) => `${kind} ${reason} after ${seconds(after)}`)
  return `${term}: ${trouble.struck} calls, well ${served === 0 ? "meanwhile" : `after ${seconds(served)}`}, ${events.length === 0 ? "no event" : events.join(", ")}`
}

const check = (situation: Situation, fault: Fault, term: TermName): string => {
  const played = play(situation, fault, term)
  const { bound, counters, events, logged } = expectedOf(situation, fault, term)
  const cell = `${fault.title}, ${term}`
  const { told, trouble } = played
  expect(trouble.struck, `${cell}: the trouble happened`).toBeGreaterThan(0)
  expect(played.served, `${cell}: all is well in time`).toBeLessThanOrEqual(bound)
  const due = events.filter(({ isMaybe, kind, reason }) => isMaybe !== true || told.some((one) => one.kind === kind && one.reason === reason))
  expect(told.map(({ kind, reason }) => `${kind} ${reason}`).sort(), `${cell}: who was told, once each`).toEqual(due.map(({ kind, reason }) => `${kind} ${reason}`).sort())
  const code = fault.code(situation.operation)
  const mend = fault.mend?.(situation.operation) ?? ""
  for (const { kind, names, reason, within } of due) {
    const { after, message } = told.find((one) => one.kind === kind && one.reason === reason)!
    expect(after, `${cell}: ${reason} in time`).toBeLessThanOrEqual(within)
    if (names) expect(message, `${cell}: ${reason}`).toContain(code)
    // Its text is contract §7's.
    if (names && reason !== "TrunkENICreationFailed") expect(message, `${cell}: ${reason} says what to do`).toContain(mend)
  }
  if (logged) {
    const said = played.journal.some((line) => line.includes("warn") && line.includes(code) && line.includes(mend))
    expect(said, `${cell}: the log says ${code}, and what to do`).toBe(true)
  }
  expect(trouble.struck, `${cell}: EC2 is not asked without end`).toBeLessThanOrEqual(mostCalls)
  expect(counters.filter((counter) => !hasGrown(counter, played)), `${cell}: the metrics that tell`).toEqual([])
  return lineOf(term, played)
}

const lines: Array<string> = []

describe("Every fault of every operation is survived, and told", () => {
  for (const situation of situations) {
    const action = ec2Actions[situation.operation]
    it(`${action}, ${situation.when}`, () => {
      lines.push(`${action}, ${situation.when}`)
      const wrong: Array<string> = []
      for (const fault of all) {
        if (fault.impossible(situation.operation) !== undefined) continue
        for (const term of fault.terms(situation.operation)) {
          try {
            lines.push(`  ${fault.title.padEnd(26)} ${check(situation, fault, term)}`)
          } catch (error) {
            wrong.push(error instanceof Error ? error.message : String(error))
          }
        }
      }
      expect(wrong.join("\n\n")).toBe("")
    })
  }

  it("is what packages/core/docs/faults.md says (vitest run test/faults -u writes it)", async () => {
    await expect(page()).toMatchFileSnapshot("../../packages/core/docs/faults.md")
  })

  it("no operation is left out", () => {
    expect(new Set(situations.map(({ operation }) => operation))).toEqual(new Set(Object.keys(ec2Actions)))
  })

  afterAll(() => console.log(lines.join("\n")))
})
