import { describe, expect, it } from "vitest"
import * as Told from "../../src/controller/Told.js"

describe("what has been said about an object", () => {
  it("is said once, until it is forgotten", () => {
    const told = Told.make()
    expect([told.once("a", "several"), told.once("a", "several"), told.once("a", "unmatched"), told.once("b", "several")]).toEqual([true, false, true, true])
    told.forget("a")
    expect([told.once("a", "several"), told.once("b", "several")]).toEqual([true, false])
  })

  it("is said again of a pod's groups only where they are others than before", () => {
    const told = Told.make()
    const said = (...groups: ReadonlyArray<string>) => told.newGroups("a", groups)
    expect([said("sg-1", "sg-2"), said("sg-1", "sg-2"), said("sg-1"), said("sg-1", "sg-2"), told.newGroups("b", ["sg-1"])]).toEqual([true, false, true, true, true])
    told.forget("a")
    expect([said("sg-1", "sg-2"), told.newGroups("b", ["sg-1"])]).toEqual([true, false])
  })
})
