import { it } from "@effect/vitest"
import type { Step } from "../../../src/controller/dry-run/Plan.js"
import { saying, type Standings, summaryText } from "../../../src/controller/observe/Saying.js"
import { keyOfStep } from "../../../src/controller/observe/Steps.js"
import { Effect, Logger } from "effect"
import { describe, expect } from "vitest"

const standings: Standings = {
  would: new Map([["CreateBranch", 5], ["CreateTrunk", 1]]),
  due: 2,
  waiting: 1,
  differences: new Map([["VlanShared", 1]]),
  mended: 3,
  looks: 40,
  sinceLook: 12_300
}

const trunk = (index: number): Step => ({ _tag: "Trunk", node: "node-1", call: `create a trunk in subnet-1 with sg-1 and attach it at device index ${index}` })

describe("what is said", () => {
  it("how things stand is one sentence", () => {
    expect(summaryText(standings)).toBe(
      "so far 6 steps would have been taken (CreateBranch 5, CreateTrunk 1); due now: 2; waiting: 1 pod; 1 difference (VlanShared 1), over: 3; " +
        "EC2 was read 40 times, the last time 12s ago"
    )
    expect(summaryText({ ...standings, looks: 0 })).toMatch(/EC2 has not been read yet$/)
  })

  it("a step that would come with another index or id is the same step", () => {
    expect(keyOfStep(trunk(2))).toBe(keyOfStep(trunk(1)))
    expect(keyOfStep({ _tag: "Trunk", node: "node-1", call: "delete eni-1, which is nobody's" })).not.toBe(keyOfStep({ _tag: "Trunk", node: "node-1", call: "delete eni-2, which is nobody's" }))
  })

  it.effect("log lines say what would be done, what differs, and how long it did", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${[message].flat().join(" ")}`))
      const counted: Array<string> = []
      const says = saying({ json: false, metrics: { wouldDo: (step) => void counted.push(step) } })
      yield* Effect.gen(function*() {
        yield* says.would({ since: 0, what: trunk(2) })
        yield* says.settled({ since: 0, what: trunk(2) }, 61_000)
        yield* says.would({ since: 0, what: { _tag: "Waits", pod: "default/web-1", why: "a node" } })
        yield* says.differs({ since: 0, what: { _tag: "CniNodeMissing", node: "node-1" } })
        yield* says.mended({ since: 0, what: { _tag: "CniNodeMissing", node: "node-1" } }, 1_500)
      }).pipe(Effect.provide(Logger.layer([logger])))
      expect(lines).toEqual([
        "Info would: ec2 node node-1: create a trunk in subnet-1 with sg-1 and attach it at device index 2",
        "Info no longer due, after 1m1s: ec2 node node-1: create a trunk in subnet-1 with sg-1 and attach it at device index 2",
        "Info waits pod default/web-1 for a node",
        "Warn differs: node node-1 has no CNINode: its agent cannot ask for a trunk",
        "Info differs no more, after 1.5s: node node-1 has no CNINode: its agent cannot ask for a trunk"
      ])
      expect(counted).toEqual(["CreateTrunk"])
    }))
})
