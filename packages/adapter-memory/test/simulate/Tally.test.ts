import { describe, expect, it } from "vitest"
import { doubts, makeTally, shallow } from "../../src/simulate/Tally.js"

const figures = { nodes: 3, podLives: 30, answers: 40, faults: 5, quiet: 600, seconds: 1_800, millis: 20 }
const tallyOf = (...lives: ReadonlyArray<Partial<typeof figures>>) => {
  const tally = makeTally()
  tally.add({ lives: lives.map((changes) => ({ ...figures, ...changes })), cells: [], failures: [], isDone: true })
  return tally
}

describe("what a run came to", () => {
  it("adds up its lives", () => {
    const tally = tallyOf({}, { podLives: 10, answers: 0 })
    expect([tally.lives(), tally.podLives(), tally.answers(), tally.hours()]).toEqual([2, 40, 40, 1])
  })

  it("is thin where a median is below its floor", () => {
    expect(shallow(tallyOf({}, {}, { nodes: 1 }))).toEqual([])
    expect(shallow(tallyOf({ nodes: 2, podLives: 29, faults: 4, quiet: 599 }))).toEqual([
      "the median life has 2 nodes, and not 3",
      "the median life has 29 pod lives, and not 30",
      "the median life has 4 faults, and not 5",
      "the median life has 599 seconds of quiet, and not 600"
    ])
    expect(shallow(makeTally())).toEqual(["nothing was lived"])
    expect(shallow(tallyOf({ nodes: 2, podLives: 15 }), { nodes: 2, podLives: 16, faults: 5, quiet: 600 })).toEqual(["the median life has 15 pod lives, and not 16"])
  })

  it("is in doubt where the controller never was ready, and where no pod was served", () => {
    expect(doubts({ answers: 1, podLives: 1 })).toEqual([])
    expect(doubts({ answers: 7, podLives: 0 })).toEqual(["no pod was served in any life"])
    expect(doubts({ answers: 0, podLives: 0 })).toEqual([
      "the controller never was ready: it answered no webhook, so no pod asked for a branch. Its process has to call `answer`, with an effect that says true in the end",
      "no pod was served in any life"
    ])
  })
})
