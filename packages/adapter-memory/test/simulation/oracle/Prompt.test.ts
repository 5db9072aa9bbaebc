import { describe, expect, it } from "vitest"
import { prompt } from "../../../src/simulation/oracle/Prompt.js"
import { instance, naming, nodeChange, scene } from "./Scene.js"

/** Two minutes, and the cooldown. */
const bound = 180_000

const after = (excused: ReadonlyArray<string> = []) => {
  const one = scene()
  const oracle = prompt(new Set(excused))
  one.pod("web")
  one.later(1_000)
  one.recover()
  return { ...one, oracle, atWrite: () => one.written(oracle, nodeChange(undefined, {})), atCall: () => one.done(oracle, "DescribeInstances", {}) }
}

describe("after an outage", () => {
  it("whoever waited is served within moments, and is told of once, at the next write or call", () => {
    for (const look of ["atWrite", "atCall"] as const) {
      const one = after()
      one.later(bound - 1)
      expect(one[look]()).toBeUndefined()
      one.later(1)
      expect([one[look](), one[look]()]).toEqual([`default/web is not served ${bound} ms after the outage`, undefined])
    }
  })

  it("the cooldown is waited for", () => {
    const { atCall, cool, later } = after()
    cool(90_000)
    later(bound)
    expect(atCall()).toBeUndefined()
    later(30_000)
    expect(atCall()).toBeDefined()
  })

  it("another outage is another matter", () => {
    const { atCall, later, recover } = after()
    later(bound)
    expect(atCall()).toBeDefined()
    recover()
    later(bound)
    expect(atCall()).toBeDefined()
  })

  it.each<readonly [string, (one: ReturnType<typeof after>) => void]>([
    ["a pod that is served", ({ pod }) => void pod("web", { details: naming("a", 1) })],
    ["one that asks for nothing", ({ pod }) => void pod("web", { asks: false })],
    ["one that was bound afterwards", ({ book, pod }) => void pod("web", { boundAt: book.now() })],
    ["one that is not bound", ({ pod }) => void pod("web", { boundAt: undefined })],
    ["one that is over", ({ end }) => void end("web")],
    ["one that somebody harmed", ({ excuse }) => excuse("web")],
    ["one whose node is another instance", ({ launch, rename }) => {
      launch("2", "t2")
      rename("node-1", "2")
    }],
    ["one on a full node", ({ branch }) => {
      for (let index = 1; index <= 9; index++) branch(`b${index}`, index)
    }]
  ])("%s is not waited for", (_, bring) => {
    const one = after()
    bring(one)
    one.later(bound)
    expect(one.atCall()).toBeUndefined()
  })

  it("nothing is expected of a node that was excused", () => {
    const { atCall, later } = after([instance("1")])
    later(bound)
    expect(atCall()).toBeUndefined()
  })

  it("that was none, nothing is asked", () => {
    const one = scene()
    one.pod("web")
    one.later(10 * bound)
    expect(one.done(prompt(new Set()), "DescribeInstances", {})).toBeUndefined()
  })
})
