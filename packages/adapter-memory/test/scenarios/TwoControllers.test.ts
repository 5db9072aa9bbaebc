import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { allocationTag } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, Exit, Scope } from "effect"
import { describe, expect, it } from "vitest"
import { textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import type { Sight } from "./Blurred.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { play, seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import type { World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "300 millis" }, describeLag: { min: 0, max: "1 second" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

/** Each controller finds out by EC2's refusal what the other took. */
const observed = ["vlan-taken", "over-limit"] as const

const settings = { ...defaults, clusterName: "seed", sweepInterval: 60_000 }

/** A second controller, with a memory of its own, to which EC2 looks as `sight` says; the answer ends it. */
const second = Effect.fnUntraced(function*(world: World, sight: Sight = (ec2) => ec2) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  yield* Controller.make(settings).pipe(Effect.updateService(Ec2, sight), Effect.provide(world.ports), Scope.provide(scope))
  return Scope.close(scope, Exit.void)
})

/** Who looks for what was made for a pod finds nothing: EC2 does not show it yet. */
const findingNothing = (isSo: () => boolean): Sight => (ec2) => ({
  ...ec2,
  describeInterfaces: (filter) =>
    Effect.map(ec2.describeInterfaces(filter), (found) => isSo() && filter.tags !== undefined && allocationTag in filter.tags ? [] : found)
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

/** From now on the first is one id ahead: its first pod has the id of the second's second. */
const oneAhead = Effect.fnUntraced(function*(world: World) {
  yield* world.apply(Manifests.pod("early"))
  yield* world.waitForPhase("early", "Running")
  yield* world.admin.delete(podResource, key("early"), { gracePeriodSeconds: 0 })
  yield* Effect.sleep("2 minutes")
})

const announcing = (name: string) => ({ on: { port: "kubernetes", operation: "patch", match: { plural: "pods", name } } }) as const

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
  // Guarded by: controller/Controller.ts, podChanged, by which what the other
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
          let isBlind = true
          const endSecond = yield* second(world, findingNothing(() => isBlind))
          yield* Effect.sleep("20 seconds")
          yield* world.apply(Manifests.statefulSet("web", 12))
          yield* Effect.sleep(100 + index * 120)
          yield* index % 2 === 0 ? world.crash : endSecond
          const count = yield* quarrels(world)
          // Longer than anybody waits for what is not shown.
          yield* Effect.sleep("20 seconds")
          isBlind = false
          for (const name of Seen.names("web", 12)) yield* world.waitForPhase(name, "Running", { within: "2 minutes" })
          yield* Oracles.atPeace(world, { observed, within: "10 minutes", unowned: "12 minutes" })
          return count
        }), index + 1))
    expect(counts.filter(({ all }) => all > 0).length, "they got in each other's way").toBeGreaterThan(5)
  })

  // Guarded by: controller/Announce.ts, judge: the first annotation stays.
  it("and each has made a branch for the same pod: the first annotation stays", () => {
    seeds(5, { nodes: 1, settings, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* oneAhead(world)
        const tooLate: Sight = (ec2) => ({
          ...findingNothing(() => true)(ec2),
          createBranch: (branch) => Effect.andThen(Effect.sleep("2 seconds"), ec2.createBranch(branch))
        })
        yield* second(world, tooLate)
        yield* Effect.sleep("20 seconds")
        // The first is held up as it announces, and sees too late that the second has done it.
        const { fired } = yield* world.faults.add({ ...announcing("web"), when: "before", reason: { _tag: "UnknownOutcome" }, times: 1, delay: "22 seconds" })
        yield* world.apply(Manifests.pod("web"))
        yield* eventually("the first is about to announce", Effect.map(fired, (count) => count > 0 ? true : undefined), { every: "5 millis" })
        yield* world.kubernetes.watches.lagWatches("30 seconds")
        const eniIds = Effect.map(world.pod("web"), (pod) => detailsOf(pod ?? {})?.eniId)
        const first = yield* eventually("the second has announced", eniIds, { within: "21 seconds" })
        yield* Effect.sleep("20 seconds")
        yield* world.kubernetes.watches.lagWatches(0)
        const made = yield* Seen.calls(world, { action: "AssociateTrunkInterface" })
        expect(new Set(made.map(({ parameters }) => parameters["BranchInterfaceId"])).size, "each has one, beside that of the early pod").toBe(3)
        yield* world.waitForPhase("web", "Running")
        expect(yield* eniIds).toBe(first)
        yield* Oracles.atPeace(world, { observed, within: "10 minutes", unowned: "12 minutes" })
      }))
  })

  // Guarded by: controller/Announced.ts, noteAnnouncement: what the other announced is in use here although its key is busy, so that it cools.
  it("and the second is stuck in a call that fails in the end", () => {
    const stuck: Sight = (ec2) => ({
      ...ec2,
      permitAttachment: () =>
        Effect.andThen(
          Effect.sleep("20 seconds"),
          new Ec2Error({ action: "CreateNetworkInterfacePermission", code: "ServiceUnavailable", reason: { _tag: "Unavailable" }, message: "not available" })
        )
    })
    seeds(5, { nodes: 3, settings, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* second(world, stuck)
        yield* Effect.sleep("20 seconds")
        const names = Seen.names("web", 6)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("2 seconds")
        for (const name of names) yield* world.admin.delete(podResource, key(name), { gracePeriodSeconds: 0 })
        yield* Oracles.atPeace(world, { observed, within: "10 minutes", unowned: "12 minutes" })
        expect(new Set(world.witness.releases.map(({ eniId }) => eniId)).size).toBe(names.length)
      }))
  })

  // Guarded by: controller/Execute.ts, `isElsewhere`: "associated already" says nothing of the id where the tags and this trunk's slots disagree.
  it("and the first dies with a branch associated under an id that is another pod's at the second", () => {
    seeds(5, { nodes: 1, settings, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* oneAhead(world)
        let other = ""
        const slowForOne: Sight = (ec2) => ({
          ...ec2,
          createBranch: (branch) => Effect.andThen(branch.clientToken.startsWith(other) ? Effect.sleep("2 minutes") : Effect.void, ec2.createBranch(branch))
        })
        yield* second(world, slowForOne)
        yield* Effect.sleep("20 seconds")
        const { fired } = yield* world.faults.add({
          ...announcing("web"),
          when: "before",
          reason: { _tag: "UnknownOutcome" },
          times: 1,
          delay: "1 day"
        })
        yield* world.apply(Manifests.pod("web"))
        other = uidOf(yield* world.apply(Manifests.pod("other")))
        yield* eventually("the first is about to announce", Effect.map(fired, (count) => count > 0 ? true : undefined), { every: "5 millis" })
        yield* world.crash
        yield* world.waitForPhase("web", "Running")
        yield* world.waitForPhase("other", "Running")
        yield* Oracles.atPeace(world, { observed, within: "10 minutes", unowned: "12 minutes" })
      }))
  })
})
