import type { World } from "@branchline/adapter-memory/World"
import { annotationOf } from "@branchline/core/controller/Ledger"
import { controllerIdentities, podEni } from "@branchline/core/model/Names"
import { pods } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { pod } from "../support/Documents.js"
import { played } from "../support/Live.js"
import { healthy, watching } from "./Beside.js"

const annotationText = Effect.fnUntraced(function*(world: World, name: string) {
  const { items } = yield* world.kubernetes.portFor("kubernetes-admin").list(pods)
  return items.find(({ metadata }) => metadata.name === name)!.metadata.annotations![podEni]!
})

/** Another controller that serves a pod, with the annotation of one that is no more. */
const serve = (world: World, name: string, annotation: string) =>
  world.kubernetes.server.as(controllerIdentities[0]!).patch(pods, { namespace: "default", name }, { _tag: "merge", patch: { metadata: { annotations: { [podEni]: annotation } } } })

/** A pod's id is given to the next pod so long after the one has gone, at looks that are so far apart. */
const handedOn = (after: `${number} seconds`, every: number) =>
  played(Effect.gen(function*() {
    const { world } = yield* healthy()
    yield* world.apply(pod("first"))
    yield* world.waitForPhase("first", "Running")
    const annotation = yield* annotationText(world, "first")
    const watch = yield* watching(world, { every })
    yield* watch.rounds(2)
    yield* world.crash
    yield* Effect.forkScoped(Effect.gen(function*() {
      yield* Effect.sleep("20 seconds")
      yield* world.admin.delete(pods, { namespace: "default", name: "first" })
      yield* world.waitUntilGone("first")
      yield* Effect.sleep(after)
      yield* world.apply(pod("second"))
      yield* Effect.sleep("1 second")
      yield* serve(world, "second", annotation)
    }))
    const seen = []
    for (let round = 0; round < 30; round++) {
      yield* watch.rounds(1)
      seen.push(yield* watch.is("VlanIdsRested"))
    }
    const { items } = yield* world.kubernetes.portFor("kubernetes-admin").list(pods)
    return { vlanId: annotationOf(items.find(({ metadata }) => metadata.name === "second")!)?.vlanId, seen, lines: watch.lines.filter((line) => line.includes("VLAN id")) }
  }))

describe("VLAN ids that are used again", () => {
  it("are told where the next pod has one within the cooldown of the last, for ten minutes", () => {
    const { lines, seen, vlanId } = handedOn("5 seconds", 30_000)
    expect(vlanId).toBe(1)
    const bad = seen.filter(({ status }) => status === "False")
    expect(bad[0]).toMatchObject({
      reason: "VlanReusedEarly",
      message: expect.stringMatching(/^VLAN id 1 on ip-\S+ went from pod default\/first to pod default\/second within \d+ s, and an id rests 1 min: /)
    })
    expect(bad).toHaveLength(20)
    expect(seen.at(-1)?.status).toBe("True")
    expect(lines.filter((line) => line.startsWith("WARN differs"))).toHaveLength(1)
  })

  it("are not told where the cooldown was kept", () => {
    const { lines, seen, vlanId } = handedOn("65 seconds", 30_000)
    expect(vlanId).toBe(1)
    expect(seen.every(({ status }) => status === "True")).toBe(true)
    expect(lines).toEqual(["INFO condition VlanIdsRested is True, was Unknown: no VLAN id went to another pod within its cooldown"])
  })

  it("are told only where it is certain: looks that are too far apart leave open when the one was gone and the other had the id", () => {
    const told = (every: number): boolean => handedOn("50 seconds", every).seen.some(({ status }) => status === "False")
    expect([told(5_000), told(90_000)]).toEqual([true, false])
  })

  it("are told where two living pods have one at once", () => {
    const { during, rested } = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* world.apply(pod("first"))
      yield* world.waitForPhase("first", "Running")
      const watch = yield* watching(world)
      yield* watch.rounds(2)
      yield* world.crash
      yield* world.apply(pod("second"))
      yield* Effect.sleep("1 second")
      yield* serve(world, "second", yield* annotationText(world, "first"))
      yield* watch.rounds(2)
      return { during: yield* watch.is("VlanIdsDistinct"), rested: yield* watch.is("VlanIdsRested") }
    }))
    expect(during).toMatchObject({ status: "False", reason: "VlanShared", message: expect.stringContaining("pods default/first and default/second") })
    expect(rested.status).toBe("True")
  })
})
