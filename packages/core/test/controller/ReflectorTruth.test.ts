import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Logger, Random, Schema } from "effect"
import { TestClock } from "effect/testing"
import { type Change, reflect } from "../../src/controller/Reflector.js"
import { Kubernetes } from "../../src/ports/Kubernetes.js"
import { kubernetesError, make, type ScriptedKubernetes, type Thing, things } from "./ScriptedKubernetes.js"

const unavailable = { _tag: "Failed", error: kubernetesError({ _tag: "Unavailable" }) } as const

/** What happens in the cluster, and what goes wrong on the way to us. */
const Deed = Schema.Literals([
  "put", "put", "put", "remove", "remove", "anew", "break", "mend",
  "close", "expire", "fail", "silence", "replay", "lag", "compact", "refuse lists", "allow lists", "bookmark"
])
interface Step {
  readonly deed: typeof Deed.Type
  readonly name: string
  readonly number: number
  /** How long after the step before, milliseconds. */
  readonly after: number
}
const step: Arbitrary.Arbitrary<Step> = Arbitrary.all({
  deed: Arbitrary.schema(Deed),
  name: Arbitrary.schema(Schema.Literals(["a", "b", "c", "d"])),
  number: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))),
  after: Arbitrary.schema(Schema.Literals([0, 0, 1, 1, 7, 300, 2_000, 40_000]))
})

const perform = (server: ScriptedKubernetes, { deed, name, number }: Step): Effect.Effect<void> => {
  const isMalformed = typeof server.truth().get(name)?.value === "string"
  switch (deed) {
    case "put":
      return isMalformed ? Effect.void : server.put(name, number)
    case "remove":
      return server.remove(name)
    case "anew":
      return isMalformed ? Effect.void : Effect.andThen(server.remove(name), server.put(name, number))
    case "break":
      return server.truth().has(name) ? server.put(name, "many") : Effect.void
    case "mend":
      return isMalformed ? server.put(name, number) : Effect.void
    case "close":
      return server.end({ _tag: "Closed" })
    case "expire":
      return server.end({ _tag: "Expired" })
    case "fail":
      return server.end(unavailable)
    case "silence":
      return server.silence
    case "replay":
      return server.replay(number)
    case "lag":
      return server.lag(number * 500)
    case "compact":
      return server.compact
    case "refuse lists":
      return Effect.sync(() => {
        server.trouble.list = { _tag: "Unavailable" }
      })
    case "allow lists":
      return Effect.sync(() => {
        server.trouble.list = undefined
      })
    case "bookmark":
      return server.bookmark
  }
}

/** The objects as the changes alone tell them; fails where a change contradicts those before it. */
const fold = (changes: ReadonlyArray<Change<Thing>>): ReadonlyMap<string, Thing> => {
  const there = new Map<string, Thing>()
  const gone = new Set<string>()
  for (const change of changes) {
    const { name, uid } = change.object.metadata
    switch (change._tag) {
      case "Appeared":
        assert.isFalse(there.has(name), `${name} is there when ${uid} appears`)
        assert.isFalse(gone.has(uid), `${uid} appears again`)
        there.set(name, change.object)
        break
      case "Changed":
        assert.deepStrictEqual(there.get(name), change.before)
        assert.strictEqual(change.before.metadata.uid, uid)
        assert.isBelow(Number(change.before.metadata.resourceVersion), Number(change.object.metadata.resourceVersion))
        there.set(name, change.object)
        break
      case "Vanished":
        assert.strictEqual(there.get(name)?.metadata.uid, uid)
        there.delete(name)
        gone.add(uid)
    }
  }
  return there
}

const byName = (objects: Iterable<Thing>) => Object.fromEntries([...objects].map((object) => [object.metadata.name, object]))

describe("a reflector under a watch that is cut, silent, late and repeats itself", () => {
  const seen = new Map<string, number>()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)

  it.effect.prop("tells a consistent story, and has the truth when the trouble is over", {
    steps: Arbitrary.array(step, { minLength: 60, maxLength: 60 })
  }, ({ steps }) =>
    Effect.gen(function*() {
      const server = make()
      const changes: Array<Change<Thing>> = []
      const cache = yield* reflect(things, {
        onChange: (change) => {
          changes.push(change)
          count(change._tag)
          // Who is told takes its time now and then.
          return change.object.value === 9 ? Effect.sleep(500) : Effect.void
        },
        onMalformed: () => Effect.sync(() => count("malformed"))
      }).pipe(Effect.provideService(Kubernetes, server.port))
      for (const one of steps) {
        yield* TestClock.adjust(one.after)
        yield* perform(server, one)
        count(one.deed)
      }
      server.trouble.list = undefined
      yield* server.lag(0)
      yield* TestClock.adjust("10 minutes")
      const truth = [...server.truth().values()]
      const well = truth.filter(({ value }) => typeof value === "number")
      const unwell = new Set(truth.filter(({ value }) => typeof value === "string").map(({ metadata }) => metadata.name))
      assert.deepStrictEqual<unknown>(
        byName([...cache.values()].filter(({ metadata }) => !unwell.has(metadata.name))),
        Object.fromEntries(well.map((document) => [document.metadata.name, document]))
      )
      assert.deepStrictEqual(byName(cache.values()), byName(fold(changes).values()))
    }).pipe(Effect.scoped, Random.withSeed("watch"), Effect.provide(Logger.layer([]))), { arbitrary: { runs: 400, seed: 1 } })

  it("was given every trouble there is, often", () => {
    for (const what of [...Deed.literals, "Appeared", "Changed", "Vanished", "malformed"]) {
      assert.isAtLeast(seen.get(what) ?? 0, 100, what)
    }
  })
})
