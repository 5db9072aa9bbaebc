import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { branchline } from "../../../src/simulation/life/Branchline.js"
import { type Life, live } from "../../../src/simulation/life/Live.js"
import { usual } from "../../../src/simulation/life/Mix.js"
import { rough } from "../../../src/simulation/life/Rough.js"
import { planOfLineage } from "../../../src/simulation/search/Mutate.js"
import { parseScenario } from "../../../src/simulation/search/ScenarioFile.js"
import { make } from "../../../src/simulation/search/Search.js"
import { violationLine } from "../../../src/simulation/search/Shrink.js"
import { timeline } from "../../../src/simulation/search/Timeline.js"
import { replayOn, replayProgram } from "./Replay.js"

const subject = branchline()

const isWell = (life: Life): void => {
  expect(life.violations.map(violationLine), timeline(life, 80).join("\n")).toEqual([])
}

describe("lives", () => {
  it("of the first ten seeds: no rule is broken, and each is a real piece of life", () => {
    const lives = Array.from({ length: 10 }, (_, index) => live(planOfLineage(String(index + 1), usual), subject))
    lives.forEach(isWell)
    for (const { figures } of lives) {
      expect(figures.nodes).toBeGreaterThanOrEqual(3)
      expect(figures.quiet).toBeGreaterThanOrEqual(600)
    }
    const median = (of: (life: Life) => number): number => lives.map(of).toSorted((a, b) => a - b)[5] ?? 0
    expect(median(({ figures }) => figures.podLives)).toBeGreaterThanOrEqual(30)
    expect(median(({ figures }) => figures.faults)).toBeGreaterThanOrEqual(5)
  })

  it("of the first ten seeds of the rough mix: no rule is broken", () => {
    const lives = Array.from({ length: 10 }, (_, index) => live(planOfLineage(String(index + 1), rough), subject))
    lives.forEach(isWell)
    expect(lives.filter(({ figures }) => figures.faults > 0).length).toBeGreaterThan(8)
  })

  it("the same journal, byte for byte, in another process", () => {
    const lineages = ["3", "5.1"]
    const here = lineages.map((lineage) => live(planOfLineage(lineage, usual), subject).journal.join("\n")).join("\n\n")
    expect(replayOn(process.execPath, replayProgram(), lineages).toString()).toBe(here)
  })

  it("what a search comes to can be lived again from its name", () => {
    const search = make({ subject, mix: usual })
    const lives = Array.from({ length: 8 }, (_, index) => search.next(1_000 + index))
    const changed = lives.find(({ plan }) => plan.seed.includes("."))
    expect(changed, "half of all lives are changes of others").toBeDefined()
    expect(live(planOfLineage(changed?.plan.seed ?? "", usual), subject).journal).toEqual(changed?.journal)
    expect(search.cells.size).toBeGreaterThan(50)
  })
})

const regressions = fileURLToPath(new URL("../regressions/", import.meta.url))

describe("what went wrong once does not go wrong again", () => {
  it.each(readdirSync(regressions).filter((name) => name.endsWith(".yaml")))("%s", (name) => {
    const { plan } = Result.getOrThrow(parseScenario(name, readFileSync(`${regressions}${name}`, "utf8")))
    isWell(live(plan, subject))
  })
})
