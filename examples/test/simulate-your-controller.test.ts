import { violationLine } from "@branchline/adapter-memory/simulation"
import { describe, expect, it } from "vitest"
import { find } from "../src/simulate-your-controller/Find.js"
import { mix } from "../src/simulate-your-controller/mix.js"
import { correct, planted } from "../src/simulate-your-controller/Versions.js"

/** Any other will do. */
const first = 1_000

const broken = (subject: typeof correct, seeds: number) => find(subject, mix, first, seeds).found?.violations.map(violationLine)

describe("a controller of one's own in the simulator", () => {
  it("breaks no rule as it should be", () => {
    expect(broken(correct, 20)).toBeUndefined()
  })

  for (const { bug, subject, within } of planted) {
    it(`is found out within ${within} seeds when it ${bug}`, () => {
      expect(broken(subject, within)).toBeDefined()
    })
  }
})
