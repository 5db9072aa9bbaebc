import { describe, expect, it } from "vitest"
import { Effect, type Scope } from "effect"
import { type ConfigMap } from "@branchline/core/model/ConfigMap"
import { configMaps } from "@branchline/core/model/Resource"
import { follow } from "../../src/kubernetes/informer/Informer.js"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import { simulate } from "../../src/simulation/Simulation.js"
import { advance } from "../../src/simulation/Waiting.js"

type World = Effect.Success<typeof world>

/** A follower's picture of the ConfigMaps, kept by its handler alone. */
const world = Effect.gen(function*() {
  const kubernetes = yield* MemoryKubernetes.make()
  const admin = kubernetes.server.as("admin")
  const picture = new Map<string, string>()
  const log: Array<string> = []
  const nameOf = ({ metadata }: ConfigMap) => metadata.name
  yield* Effect.forkScoped(follow(kubernetes.portFor("follower"), configMaps, { namespace: "default" }, {
    upsert: (object, previous) =>
      Effect.sync(() => {
        log.push(`${previous === undefined ? "+" : "~"}${nameOf(object)}=${object.data?.["v"]}`)
        picture.set(object.metadata.uid, `${nameOf(object)}=${object.data?.["v"]}`)
      }),
    remove: (object) =>
      Effect.sync(() => {
        log.push(`-${nameOf(object)}`)
        picture.delete(object.metadata.uid)
      })
  }))
  yield* advance("1 second")
  log.length = 0
  picture.clear()
  const put = (name: string, v: string) =>
    admin.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { v } })
  const remove = (name: string) => admin.delete(configMaps, { namespace: "default", name })
  return { kubernetes, put, remove, log, seen: () => [...picture.values()].sort() }
})

const story = (body: (world: World) => Effect.Effect<void, unknown, Scope.Scope>) => {
  for (let seed = 0; seed < 10; seed++) {
    expect(simulate(Effect.flatMap(world, body), { seed }).exit).toMatchObject({ _tag: "Success" })
  }
}

describe("what a follower is told", () => {
  it("comings, changes and goings, each once", () => {
    story(({ log, put, remove }) =>
      Effect.gen(function*() {
        yield* put("a", "1")
        yield* put("a", "2")
        yield* remove("a")
        yield* advance("1 second")
        expect(log).toEqual(["+a=1", "~a=2", "-a"])
      }))
  })

  it("after a watch that expired: what came, changed and went meanwhile", () => {
    story(({ kubernetes, put, remove, seen }) =>
      Effect.gen(function*() {
        yield* put("a", "1")
        yield* put("b", "1")
        yield* advance("1 second")
        yield* kubernetes.watches.breakWatches({ _tag: "Expired" })
        yield* put("a", "2")
        yield* remove("b")
        yield* put("c", "1")
        yield* advance("1 second")
        expect(seen()).toEqual(["a=2", "c=1"])
      }))
  })

  it("after a silent watch: it lists again within minutes", () => {
    story(({ kubernetes, put, remove, seen }) =>
      Effect.gen(function*() {
        yield* put("a", "1")
        yield* advance("1 second")
        yield* kubernetes.watches.silenceWatches()
        yield* remove("a")
        yield* put("b", "1")
        yield* advance("1 minute")
        expect(seen()).toEqual(["a=1"])
        yield* advance("3 minutes")
        expect(seen()).toEqual(["b=1"])
      }))
  })

  it("old news that is told again changes nothing", () => {
    story(({ kubernetes, log, put, remove }) =>
      Effect.gen(function*() {
        yield* put("a", "1")
        yield* remove("a")
        yield* put("a", "2")
        yield* advance("1 second")
        const before = [...log]
        yield* kubernetes.watches.replayWatches(10)
        yield* advance("1 second")
        expect(log).toEqual(before)
      }))
  })

  it("another object of the same name, when the going was missed, is a going and a coming", () => {
    story(({ kubernetes, log, put, remove, seen }) =>
      Effect.gen(function*() {
        yield* put("a", "1")
        yield* advance("1 second")
        yield* kubernetes.watches.silenceWatches()
        yield* remove("a")
        yield* put("a", "2")
        yield* advance("4 minutes")
        expect(log).toEqual(["+a=1", "-a", "+a=2"])
        expect(seen()).toEqual(["a=2"])
      }))
  })

  it("a watch that ends in good order or fails goes on where it was", () => {
    story(({ kubernetes, log, put }) =>
      Effect.gen(function*() {
        yield* put("a", "1")
        yield* kubernetes.watches.breakWatches()
        yield* put("b", "1")
        yield* advance("1 second")
        yield* kubernetes.watches.breakWatches({ _tag: "Closed" })
        yield* put("c", "1")
        yield* advance("1 second")
        expect(log).toEqual(["+a=1", "+b=1", "+c=1"])
      }))
  })
})
