import { pods } from "@branchline/core/model/Resource"
import type { WatchEvent } from "@branchline/core/ports/Kubernetes"
import { Duration, Effect, Exit, Fiber, Stream } from "effect"
import { describe, expect, it } from "vitest"
import * as MemoryKubernetes from "../../../src/kubernetes/MemoryKubernetes.js"
import { clear, coalesced, reordered, seenThrough } from "../../../src/simulation/perturb/Sight.js"
import { simulate } from "../../../src/simulation/Simulation.js"
import { streamFor } from "../../../src/simulation/Streams.js"

interface Thing {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly resourceVersion: string }
}
const thing = (name: string, resourceVersion: number): Thing => ({ metadata: { name, namespace: "default", uid: name, resourceVersion: String(resourceVersion) } })
const event = (tag: "Added" | "Modified" | "Deleted", name: string, version: number): WatchEvent<Thing> => ({ _tag: tag, object: thing(name, version) })
const words = (events: ReadonlyArray<WatchEvent<Thing>>) => events.map((one) => "object" in one && one._tag !== "Malformed" ? `${one._tag} ${one.object.metadata.name}@${one.object.metadata.resourceVersion}` : one._tag)

describe("states that nobody sees", () => {
  it("of each object only the last is told", () => {
    expect(words(coalesced([event("Modified", "a", 1), event("Modified", "b", 2), event("Modified", "a", 3)]))).toEqual(["Modified b@2", "Modified a@3"])
  })
  it("what is new is new in its last state, and what came and went is not told", () => {
    expect(words(coalesced([event("Added", "a", 1), event("Modified", "a", 2), event("Added", "b", 3), event("Deleted", "b", 4)]))).toEqual(["Added a@2"])
  })
  it("what was made anew under its name ends and begins", () => {
    expect(words(coalesced([event("Modified", "a", 1), event("Deleted", "a", 2), event("Added", "a", 3)]))).toEqual(["Deleted a@2", "Added a@3"])
  })
})

describe("another order", () => {
  it("of different objects, drawn; of one object the order stays, and bookmarks come last", () => {
    const events = [event("Added", "a", 1), event("Modified", "a", 2), event("Added", "b", 3), { _tag: "Bookmark", resourceVersion: "4" } as const, event("Added", "c", 5)]
    const orders = Array.from({ length: 50 }, (_, seed) => words(reordered(events, streamFor(String(seed), "order"))))
    for (const order of orders) {
      expect([...order].sort()).toEqual(words(events).sort())
      expect(order.indexOf("Added a@1")).toBeLessThan(order.indexOf("Modified a@2"))
      expect(order.at(-1)).toBe("Bookmark")
    }
    expect(new Set(orders.map((order) => order.join())).size).toBeGreaterThan(5)
  })
})

describe("a port seen through it", () => {
  const manifest = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "default" }, spec: { containers: [{ name: "main", image: "pause" }] } }
  const watched = (sight: ReturnType<typeof clear>) =>
    Effect.gen(function*() {
      const memory = yield* MemoryKubernetes.make()
      const port = seenThrough(memory.portFor("kubernetes-admin"), sight, streamFor("1", "order"))
      const { resourceVersion } = yield* port.list(pods)
      const watch = yield* Effect.forkScoped(Stream.runHead(port.watch(pods, { resourceVersion })))
      yield* Effect.sleep("1 second")
      yield* port.create(pods, manifest)
      yield* Fiber.join(watch)
    })

  it("told at once, and late by the lag", () => {
    const at = (lag: number) => Duration.toMillis(simulate(watched({ ...clear(), lag })).duration)
    expect(at(0)).toBe(1_000)
    expect(at(7_000)).toBe(8_000)
  })

  it("lists what it listed before while that is not too old, and what is there afterwards", () => {
    const run = simulate(Effect.gen(function*() {
      const memory = yield* MemoryKubernetes.make()
      const sight = clear()
      const port = seenThrough(memory.portFor("kubernetes-admin"), sight, streamFor("1", "order"))
      const count = Effect.map(port.list(pods), ({ items }) => items.length)
      yield* count
      yield* port.create(pods, manifest)
      sight.stale = 10_000
      const stale = yield* count
      const got = yield* port.get(pods, { namespace: "default", name: "web" })
      yield* Effect.sleep("11 seconds")
      return [stale, got.metadata.name, yield* count]
    }))
    expect(Exit.isSuccess(run.exit) ? run.exit.value : run.exit).toEqual([0, "web", 1])
  })
})
