import { Effect, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Look } from "../../src/cluster/Look.js"
import { readSnapshot } from "../../src/cluster/SnapshotFile.js"
import { pod, policy } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const look = played(Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* world.apply(policy("db", [database]))
  yield* world.apply(pod("web-1"))
  yield* Effect.sleep("1 minute")
  return yield* lookAt(world, { aws: true })
}))
const whole = JSON.stringify(Schema.encodeSync(Look)(look), null, 1)

const refusal = (text: string): string => Result.match(readSnapshot("cluster.json", text), { onFailure: ({ message }) => message, onSuccess: () => "read" })

describe("a snapshot's file", () => {
  it("is read as the look that was written", () => {
    expect(Result.getOrThrow(readSnapshot("cluster.json", whole))).toEqual(look)
  })

  it("that was cut off says so, wherever it was cut", () => {
    const cuts = Array.from({ length: 50 }, (_, at) => Math.floor((whole.length * (at + 1)) / 52))
    for (const cut of cuts) {
      const said = refusal(whole.slice(0, cut))
      expect(said).not.toBe("read")
      expect(said.split("\n")).toHaveLength(1)
      expect(said).toMatch(/^cluster\.json: /)
    }
    expect(refusal(whole.slice(0, 1_000))).toBe("cluster.json: the snapshot ends in the middle, after 1000 characters")
  })

  it.each([
    ["nothing", "", "cluster.json: the snapshot is empty"],
    ["YAML", "a: b", "cluster.json: a snapshot is JSON, and this is not"],
    ["another document", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", "cluster.json: this is a Pod, and no snapshot of branchline's"],
    ["a list", "[]", "cluster.json: this is JSON, but no snapshot of branchline's"],
    ["a later format", JSON.stringify({ ...look, apiVersion: "branchline.dev/snapshot/v9" }), "cluster.json: the snapshot has the format branchline.dev/snapshot/v9, and this branchline reads branchline.dev/snapshot/v1"],
    ["a damaged one", JSON.stringify({ ...look, cluster: { ...look.cluster, pods: 7 } }), "cluster.json: the snapshot is damaged"]
  ])("that is %s is told in one line", (_, text, said) => {
    expect(refusal(text)).toContain(said)
    expect(refusal(text).split("\n")).toHaveLength(1)
  })
})
