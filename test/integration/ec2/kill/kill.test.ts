import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { print, table } from "../support/Table.js"
import { bothSides, type Case, recordRelease, recordService } from "./Boundaries.js"
import { killAt, killAtAll, type Outcome } from "./Killing.js"
import { type Lane, openLane } from "./Lane.js"

// Of a kill most is waiting: several worlds wait side by side.
const laneCount = 3

const compiled = mkdtempSync(join(tmpdir(), "branchline-compiled-"))
let lanes: ReadonlyArray<Lane> = []
beforeAll(async () => {
  lanes = await Promise.all(Array.from({ length: laneCount }, () => openLane(compiled)))
}, 180_000)
afterAll(async () => {
  await Promise.all(lanes.map(({ close }) => close()))
  rmSync(compiled, { recursive: true, force: true })
})

const nameOf = ({ call, of, phase, side }: Case): string => `${phase}: ${of}: ${side} ${call}`

describe("kill -9 at every call of one pod's life", () => {
  it("each time the pod is served, or released, and in the end nothing is leaked", async () => {
    const [first, ...others] = lanes
    if (first === undefined) throw new Error("there is no lane")
    const service = await recordService(first)
    const left = [...bothSides(service)]
    const outcomes: Array<Outcome> = []
    const wrong: Array<string> = []
    const work = async (lane: Lane): Promise<void> => {
      for (let row = left.shift(); row !== undefined; row = left.shift()) outcomes.push(await killAt(lane, row))
      await lane.deletePods()
      await lane.allReleased(90_000).catch((error: Error) => wrong.push(`left in the end: ${String(error.cause ?? error)}`))
      wrong.push(...(await lane.wrong()))
    }
    const releases = async () => {
      const boundaries = await recordRelease(first)
      outcomes.push(...(await killAtAll(first, bothSides(boundaries))))
      await work(first)
      return boundaries
    }
    const [release] = await Promise.all([releases(), ...others.map(work)])
    const boundaries = [...service, ...release]

    const order = new Map(bothSides(boundaries).map((row, index) => [nameOf(row), index]))
    const rows = [...outcomes].sort((a, b) => (order.get(nameOf(a.row)) ?? 0) - (order.get(nameOf(b.row)) ?? 0))
    print(`kill -9 at ${boundaries.length} calls, before and after their effect`, table(["while", "asks", "call", "killed", "became", "seconds"], rows.map(({ became, row, seconds }) => [
      row.phase, row.of, row.call, row.side, became, seconds.toFixed(1)
    ])))
    expect.soft(outcomes).toHaveLength(boundaries.length * 2)
    expect.soft(outcomes.filter(({ isGood }) => !isGood).map(({ became, row }) => `${nameOf(row)}: ${became}`)).toEqual([])
    expect.soft(wrong).toEqual([])
    // What a pod's life is made of (contract §6): a recording that lacks any of it has recorded something else.
    for (const call of ["AttachNetworkInterface", "CreateNetworkInterface", "AssociateTrunkInterface", "DisassociateTrunkInterface", "DeleteNetworkInterface", "patch pods", "patch nodes/status", "create cninodes", "create leases"]) {
      expect(boundaries.map((boundary) => boundary.call)).toContain(call)
    }
  }, 900_000)
})
