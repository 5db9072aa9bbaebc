import { expect, it } from "@effect/vitest"
import { Arbitrary, Clock, Duration, Effect, Exit, Fiber, Schema, Stream } from "effect"
import { configMaps, pods, securityGroupPolicies } from "@branchline/core/model/Resource"
import type { WatchEnd } from "@branchline/core/ports/Kubernetes"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import type { Options } from "../../src/kubernetes/MemoryKubernetes.js"
import { simulate, simulated } from "../../src/simulation/Simulation.js"

/** A server, a watch of the ConfigMaps since its beginning, and what that watch said so far. */
const world = (options: Options = {}) =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make({ bookmarkInterval: "1 hour", ...options })
    const port = memory.portFor("watcher")
    const told: Array<string> = []
    const started = yield* Clock.currentTimeMillis
    const watch = (resourceVersion: string) =>
      port.watch(configMaps, { resourceVersion }).pipe(
        Stream.runForEach((event) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            const what = event._tag === "Bookmark" ? event.resourceVersion : event._tag === "Malformed" ? "?" : event.object.metadata.name
            told.push(`${now - started} ${event._tag} ${what}`)
          })
        ),
        Effect.flip
      )
    const from = (yield* port.list(configMaps)).resourceVersion
    const watching = yield* Effect.forkChild(watch(from), { startImmediately: true })
    yield* Effect.sleep(1)
    const put = (name: string) => port.create(configMaps, { metadata: { name } })
    return { memory, port, told, watch, watching, from, put }
  })

it.effect("closes a watch in good order after its time", () =>
  Effect.gen(function*() {
    const { watching } = yield* world({ watchTimeout: "5 minutes" })
    expect(yield* Fiber.join(watching)).toEqual({ _tag: "Closed" })
  }).pipe(simulated()))

it.effect("draws a watch's time from 5 to 10 minutes", () =>
  Effect.gen(function*() {
    const { watching } = yield* world()
    const from = yield* Clock.currentTimeMillis
    yield* Fiber.join(watching)
    const minutes = Duration.toMinutes((yield* Clock.currentTimeMillis) - from)
    expect(minutes).toBeGreaterThan(4.9)
    expect(minutes).toBeLessThan(10)
  }).pipe(simulated()))

it.effect("brings a bookmark with the kind's last version at every interval after something happened to the kind", () =>
  Effect.gen(function*() {
    const { told, port, put } = yield* world({ bookmarkInterval: "1 minute" })
    yield* port.create(pods, { metadata: { name: "web" }, spec: { containers: [{ name: "main" }] } })
    yield* Effect.sleep("90 seconds")
    expect(told).toEqual([])
    const { metadata } = yield* put("one")
    yield* Effect.sleep("90 seconds")
    const version = metadata.resourceVersion
    expect(told).toEqual(["90001 Added one", `120000 Bookmark ${version}`, `180000 Bookmark ${version}`])
  }).pipe(simulated()))

it.effect("breaks the watches that a filter names, with the end that a test wants", () =>
  Effect.gen(function*() {
    const { memory, port, watching } = yield* world()
    const other = yield* Effect.forkChild(
      Stream.runDrain(port.watch(pods, { resourceVersion: "0" })).pipe(Effect.flip),
      { startImmediately: true }
    )
    yield* Effect.sleep(1)
    expect(yield* memory.watches.open).toBe(2)
    const expired: WatchEnd = { _tag: "Expired" }
    yield* memory.watches.breakWatches(expired, { plural: "configmaps" })
    expect(yield* Fiber.join(watching)).toEqual(expired)
    expect(yield* memory.watches.open).toBe(1)
    yield* memory.watches.breakWatches()
    expect(yield* Fiber.join(other)).toEqual({ _tag: "Closed" })
    expect(yield* memory.watches.open).toBe(0)
  }).pipe(simulated()))

it.effect("lets a watch fall silent for ever, while a new one hears", () =>
  Effect.gen(function*() {
    const { memory, told, watch, from, put, watching } = yield* world({ watchTimeout: "5 minutes" })
    yield* memory.watches.silenceWatches({ username: "watcher" })
    yield* put("unheard")
    yield* Effect.sleep("1 hour")
    expect(told).toEqual([])
    expect(watching.pollUnsafe()).toBeUndefined()
    yield* Effect.forkChild(watch(from))
    yield* Effect.sleep("1 second")
    expect(told).toEqual([expect.stringContaining("Added unheard")])
  }).pipe(simulated()))

it.effect("tells changes late while the watches lag, and at once when they no longer do", () =>
  Effect.gen(function*() {
    const { memory, told, put } = yield* world()
    yield* memory.watches.lagWatches("10 seconds")
    yield* put("late")
    yield* Effect.sleep("5 seconds")
    yield* put("later")
    expect(told).toEqual([])
    yield* Effect.sleep("6 seconds")
    expect(told).toEqual(["10001 Added late"])
    yield* memory.watches.lagWatches(0)
    yield* Effect.sleep(1)
    expect(told).toEqual(["10001 Added late", "11001 Added later"])
  }).pipe(simulated()))

it.effect("tells old news again", () =>
  Effect.gen(function*() {
    const { memory, told, put } = yield* world()
    yield* put("a")
    yield* put("b")
    yield* put("c")
    // Until then it may not have been told of the last one, which is then no old news.
    yield* Effect.sleep(1)
    yield* memory.watches.replayWatches(2)
    yield* Effect.sleep(1)
    expect(told.map((line) => line.split(" ").slice(1).join(" "))).toEqual(["Added a", "Added b", "Added c", "Added b", "Added c"])
  }).pipe(simulated()))

it.effect("ends Expired where more was written than it remembers", () =>
  Effect.gen(function*() {
    const { put, watch, from, port } = yield* world({ history: 3 })
    const early = yield* put("early")
    for (const name of ["a", "b", "c", "d", "e", "f"]) yield* put(name)
    expect(yield* watch(from)).toEqual({ _tag: "Expired" })
    expect(yield* watch(early.metadata.resourceVersion)).toEqual({ _tag: "Expired" })
    // The history of other kinds is theirs.
    const policies = port.watch(securityGroupPolicies, { resourceVersion: from })
    expect(Exit.isFailure(yield* Effect.exit(Stream.runDrain(policies).pipe(Effect.timeout("1 second"))))).toBe(true)
    expect(yield* Effect.flip(Stream.runDrain(policies).pipe(Effect.timeout("1 second")))).toMatchObject({ _tag: "TimeoutError" })
  }).pipe(simulated()))

it.effect("keeps a watch alive past any number of changes that its selector leaves out", () =>
  Effect.gen(function*() {
    const { port } = yield* world({ history: 3 })
    const { resourceVersion } = yield* port.list(configMaps)
    const watching = yield* port.watch(configMaps, { resourceVersion, fieldSelector: "metadata.name=mine" }).pipe(
      Stream.runHead,
      Effect.forkChild({ startImmediately: true })
    )
    yield* Effect.sleep(1)
    for (let index = 0; index < 20; index++) yield* port.create(configMaps, { metadata: { name: `theirs-${index}` } })
    yield* port.create(configMaps, { metadata: { name: "mine" } })
    expect(yield* Fiber.join(watching)).toMatchObject({ value: { _tag: "Added", object: { metadata: { name: "mine" } } } })
  }).pipe(simulated()))

it.effect("ends Expired after a compaction, also for a kind that never changed, while an open watch goes on", () =>
  Effect.gen(function*() {
    const { memory, port, put, told, from } = yield* world()
    yield* put("before")
    yield* Effect.sleep(1)
    yield* memory.watches.compact
    const end = yield* Effect.flip(Stream.runDrain(port.watch(pods, { resourceVersion: from })))
    expect(end).toEqual({ _tag: "Expired" })
    yield* put("after")
    yield* Effect.sleep(1)
    expect(told).toEqual([expect.stringContaining("Added before"), expect.stringContaining("Added after")])
  }).pipe(simulated()))

it.effect("fails a watch of a kind that is not installed", () =>
  Effect.gen(function*() {
    const { port } = yield* world()
    const unknown = { ...configMaps, group: "example.com", plural: "widgets" }
    const end = yield* Effect.flip(Stream.runDrain(port.watch(unknown, { resourceVersion: "0" })))
    expect(end).toMatchObject({ _tag: "Failed", error: { reason: { _tag: "NotFound" } } })
  }).pipe(simulated()))

const Write = Schema.Struct({
  verb: Schema.Literals(["create", "patch", "delete"]),
  name: Schema.Literals(["a", "b", "c", "d"]),
  value: Schema.Literals(["1", "2"])
})

it.prop(
  "a list and the watch from its version give the state at every later time",
  { writes: Arbitrary.array(Arbitrary.schema(Write), { minLength: 1, maxLength: 40 }), seed: Arbitrary.schema(Schema.Int) },
  ({ writes, seed }) => {
    const program = Effect.gen(function*() {
      const memory = yield* MemoryKubernetes.make({ watchTimeout: "1 hour", bookmarkInterval: "1 hour" })
      const port = memory.portFor("writer")
      const namespace = "default"
      const write = ({ verb, name, value }: typeof Write.Type) => {
        switch (verb) {
          case "create":
            return port.create(configMaps, { metadata: { name, namespace }, data: { value } })
          case "patch":
            return port.patch(configMaps, { namespace, name }, { _tag: "merge", patch: { data: { value } } })
          case "delete":
            return port.delete(configMaps, { namespace, name })
        }
      }
      const state = new Map<string, unknown>()
      const half = Math.floor(writes.length / 2)
      yield* Effect.forEach(writes.slice(0, half), (one) => Effect.ignore(write(one)), { concurrency: 3 })
      const { items, resourceVersion } = yield* port.list(configMaps)
      for (const item of items) state.set(item.metadata.name, item)
      yield* port.watch(configMaps, { resourceVersion }).pipe(
        Stream.runForEach((event) =>
          Effect.sync(() => {
            if (event._tag === "Added" || event._tag === "Modified") {
              // An object is only modified when it is known, and only added when it is not.
              if ((event._tag === "Modified") !== state.has(event.object.metadata.name)) state.set("unexpected", event)
              state.set(event.object.metadata.name, event.object)
            }
            if (event._tag === "Deleted" && !state.delete(event.object.metadata.name)) state.set("unexpected", event)
          })
        ),
        Effect.forkChild
      )
      yield* Effect.forEach(writes.slice(half), (one) => Effect.ignore(write(one)), { concurrency: 3 })
      yield* Effect.sleep(1)
      const now = yield* port.list(configMaps)
      return { watched: [...state.values()], listed: now.items }
    })
    const { exit } = simulate(program, { seed })
    const result = Exit.isSuccess(exit) ? exit.value : undefined
    expect(result).toBeDefined()
    expect(result?.watched).toHaveLength(result?.listed.length ?? -1)
    expect(result?.watched).toEqual(expect.arrayContaining([...result?.listed ?? []]))
  }
)
