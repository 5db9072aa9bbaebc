import { describe, expect, it } from "vitest"
import type { Edit } from "./Guard.js"
import { bundle } from "./Mutant.js"
import { described, run } from "./Run.js"

const asked = "const asked = asksForTrunk(node, cniNode)"

const outcome = async (replace: string, find = asked, test = "but the older label asks, even with the value false") => {
  const edit: Edit = { file: "controller/NodeReconciler.ts", find, replace }
  return described(await run(await bundle("OtherNodes", [edit]), test))
}

describe("An edited core", () => {
  it("that does the same is green", async () => {
    expect(await outcome(`${asked} && true`)).toMatch(/^green/)
  })

  it("that does another thing is red", async () => {
    expect(await outcome("const asked = false")).toMatch(/^red: not within 300000 ms: ip-\S+ offers branches$/)
  })

  it("that is no TypeScript is not bundled", async () => {
    await expect(outcome("const asked = = true")).rejects.toThrow("Unexpected \"=\"")
  })

  it("that cannot be imported is broken", async () => {
    expect(await outcome("throw new TypeError(\"at import\")\nconst manage = ", "const manage = ")).toMatch(/^broken: .*at import/s)
  })

  it("that names what there is not is a defect, however the scenario ends", async () => {
    expect(await outcome("const asked = asksForTrunks(node, cniNode)")).toMatch(/^a defect: /)
  })

  it("is not played where there is no such test", async () => {
    expect(await outcome(asked, asked, "no such test")).toMatch(/^broken: .*no such test/)
  })
})
