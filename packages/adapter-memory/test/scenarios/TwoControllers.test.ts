import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect, Exit, Scope } from "effect"
import { describe, expect, it } from "vitest"
import { textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { play, seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "300 millis" }, describeLag: { min: 0, max: "1 second" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

/** Each controller finds out by EC2's refusal what the other took. */
const observed = ["vlan-taken", "over-limit"] as const

const settings = { ...defaults, clusterName: "seed", sweepInterval: 60_000 }

/** A second controller, with a memory of its own; the answer ends it. */
const second = Effect.fnUntraced(function*(world: World) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  yield* Controller.make(settings).pipe(Effect.provide(world.ports), Scope.provide(scope))
  return Scope.close(scope, Exit.void)
})

const key = (name: string) => ({ namespace: "default", name })

const anew = (world: World, name: string, uid: string) =>
  eventually(`a new ${name} runs`, Effect.map(world.pod(name), (pod) =>
    pod !== undefined && uidOf(pod) !== uid && textAt(pod, "status", "phase") === "Running" ? pod : undefined), { within: "10 minutes" })

/** The first controller hands ids out and takes them back; of those the second will know nothing, and choose others than the first. */
const diverge = Effect.fnUntraced(function*(world: World) {
  const names = Seen.names("early", 9)
  for (const name of names) yield* world.apply(Manifests.pod(name))
  for (const name of names) yield* world.waitForPhase(name, "Running")
  for (const name of names) yield* world.admin.delete(podResource, key(name), { gracePeriodSeconds: 0 })
  yield* Effect.sleep("2 minutes")
})

/** Pods come and go under both. */
const churn = Effect.fnUntraced(function*(world: World, names: ReadonlyArray<string>, rounds: number) {
  for (let round = 0; round < rounds; round++) {
    const before = yield* Effect.forEach(names, (name) => Effect.map(world.pod(name), (pod) => [name, uidOf(pod ?? {})] as const))
    for (const [index, name] of names.entries()) {
      if ((index + round) % 2 === 0) yield* world.admin.delete(podResource, key(name), index % 3 === 0 ? { gracePeriodSeconds: 0 } : {})
    }
    for (const [index, [name, uid]] of before.entries()) if ((index + round) % 2 === 0) yield* anew(world, name, uid)
  }
})

/** How often EC2 was asked for the same thing twice, or asked for what the other had already: two at work on the same things. */
const quarrels = Effect.fnUntraced(function*(world: World) {
  const calls = yield* Seen.calls(world)
  const refused = calls.filter(({ outcome }) => outcome._tag === "refused" && outcome.code !== "RequestLimitExceeded")
  const tokens = calls.flatMap(({ parameters }) => parameters["ClientToken"] ?? [])
  return {
    all: refused.length + tokens.length - new Set(tokens).size,
    codes: [...new Set(refused.map(({ outcome }) => outcome._tag === "refused" ? outcome.code : ""))]
  }
})

describe("Two controllers run at once for a while", () => {
  // Guarded by: controller/Announce.ts, judge (the first annotation stays); controller/Controller.ts, podChanged, by which what the other
  // announced is in use here at once, and cools; controller/Execute.ts, create, whose client token is the claim, and behind it
  // controller/Sweep.ts, sweepStrays.
  it.each([["first"], ["second"]] as const)("over pods that come and go, and the %s ends", (ends) => {
    const counts = seeds(8, { nodes: 3, settings, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* diverge(world)
        const endSecond = yield* second(world)
        yield* world.apply(Manifests.statefulSet("web", 12))
        const names = Seen.names("web", 12)
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* churn(world, names, 4)
        const count = yield* quarrels(world)
        expect(count.codes, "a token that the other has spent").toContain("IdempotentParameterMismatch")
        yield* ends === "first" ? world.crash : endSecond
        yield* churn(world, names, 2)
        yield* Oracles.atPeace(world, { observed, within: "10 minutes", unowned: "12 minutes" })
        return count
      }))
    for (const count of counts) expect(count.all, "they got in each other's way").toBeGreaterThan(0)
  })

  // Guarded by: controller/Sweep.ts, sweepStrays; controller/Execute.ts, `isElsewhere`; allocation/step/Failure.ts, `patience`, together with
  // controller/Promised.ts, promised.
  it("and one of them dies in the middle of serving", () => {
    const counts = Array.from({ length: 20 }, (_, index) =>
      play({ nodes: 3, settings, ...latencies }, (world) =>
        Effect.gen(function*() {
          yield* world.apply(Manifests.policy())
          yield* Oracles.ready(world)
          yield* world.apply(Manifests.statefulSet("old", 6))
          for (const name of Seen.names("old", 6)) yield* world.waitForPhase(name, "Running")
          yield* diverge(world)
          const endSecond = yield* second(world)
          yield* Effect.sleep("20 seconds")
          yield* world.apply(Manifests.statefulSet("web", 12))
          yield* Effect.sleep(100 + index * 120)
          yield* index % 2 === 0 ? world.crash : endSecond
          const count = yield* quarrels(world)
          for (const name of Seen.names("web", 12)) yield* world.waitForPhase(name, "Running")
          yield* Oracles.atPeace(world, { observed, within: "10 minutes", unowned: "12 minutes" })
          return count
        }), index + 1))
    expect(counts.filter(({ all }) => all > 0).length, "they got in each other's way").toBeGreaterThan(5)
  })
})
