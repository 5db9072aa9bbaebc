import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Deferred, Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Call, FaultRule } from "../../src/faults/FaultRule.js"
import { textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { play, seeds } from "./Scenario.js"
import type { World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "200 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

const name = "aws-cli"
type Side = "before" | "after"

/** A call in a word: what is done and to what kind of thing. */
const labelOf = ({ operation, subject }: Call): string =>
  [operation, subject["plural"], subject["subresource"]].filter((part) => part !== undefined).join(" ")

/** A watch is open all the time and has no before and after of its own; `NamesReused` and `Watches` trouble it. */
const counts = (call: Call): boolean => call.operation !== "watch"

/** Counts the controller's calls on both ports from now on; at the one given, the controller dies, and one with empty memory starts 2 seconds later. */
const crashAt = Effect.fnUntraced(function*(world: World, boundary: { readonly index: number; readonly side: Side } | undefined) {
  const calls: Array<string> = []
  const reached = yield* Deferred.make<void>()
  const match = (call: Call): boolean => {
    if (!counts(call)) return false
    calls.push(labelOf(call))
    const isIt = calls.length - 1 === boundary?.index
    if (isIt) Deferred.doneUnsafe(reached, Effect.void)
    return isIt
  }
  // The call hangs until its caller is dead: whatever it brought about, nobody hears of it.
  const terms = { times: 1, delay: "1 day" } as const
  const rules = (port: "ec2" | "kubernetes"): FaultRule => {
    const lost = { _tag: "UnknownOutcome" } as const
    const on = { operation: "*", match } as const
    if (boundary?.side === "after") return port === "ec2" ? { on: { port, ...on }, when: "after", ...terms } : { on: { port, ...on }, when: "after", ...terms }
    return port === "ec2" ? { on: { port, ...on }, when: "before", reason: lost, ...terms } : { on: { port, ...on }, when: "before", reason: lost, ...terms }
  }
  const ec2 = yield* world.faults.add(rules("ec2"))
  const kubernetes = yield* world.faults.add(rules("kubernetes"))
  const fired = Effect.zipWith(ec2.fired, kubernetes.fired, (left, right) => left + right)
  const crash = Effect.gen(function*() {
    yield* Deferred.await(reached)
    yield* eventually("the call was struck", Effect.map(fired, (count) => count > 0 ? true : undefined), { every: "1 milli" })
    yield* world.crash
    yield* Effect.sleep("2 seconds")
    yield* world.start
  })
  yield* Effect.forkScoped(crash)
  return { calls, fired }
})

const since = (begin: number) => Effect.map(Clock.currentTimeMillis, (now) => `${((now - begin) / 1000).toFixed(0).padStart(3)} s`)

/** A pod's whole life: made, served, deleted, released; and how long it took. */
const life = Effect.fnUntraced(function*(world: World) {
  const made = yield* Clock.currentTimeMillis
  yield* world.apply(Manifests.pod(name))
  yield* world.waitForPhase(name, "Running")
  const served = yield* since(made)
  yield* Effect.sleep("20 seconds")
  yield* world.admin.delete(podResource, { namespace: "default", name })
  yield* world.waitUntilGone(name)
  const gone = yield* Clock.currentTimeMillis
  yield* Effect.sleep("40 seconds")
  yield* Oracles.atPeace(world, { within: "5 minutes", unowned: "5 minutes" })
  expect(world.witness.releases.length).toBeGreaterThan(0)
  return `runs after ${served}, branch gone after ${yield* since(gone)}`
})

const boundaries = (calls: ReadonlyArray<string>) =>
  calls.flatMap((call, index) => (["before", "after"] as const).map((side) => ({ call, index, side })))

/** The table of boundaries, one line for each call. */
const table = (title: string, calls: ReadonlyArray<string>, outcome: ReadonlyMap<string, string>): string =>
  [`${title}: died before, died after the effect`, ...calls.map((call, index) =>
    `${String(index + 1).padStart(3)} ${call.padEnd(28)} ${outcome.get(`${index}/before`) ?? "-"} | ${outcome.get(`${index}/after`) ?? "-"}`)].join("\n")

describe("A controller restarts between any two calls", () => {
  // Guarded by: controller/Ledger.ts, memories, where what EC2 has beyond the annotations is discovered.
  it("every boundary of a pod's life, from its creation to the deletion of its branch", () => {
    const prepared = (boundary: Parameters<typeof crashAt>[1]) => (world: World) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* Effect.sleep("5 seconds")
        const { calls, fired } = yield* crashAt(world, boundary)
        const story = yield* life(world)
        return { calls, story, fired: yield* fired }
      })
    for (const seed of [1, 2, 3]) {
      const { calls } = play({ nodes: 3, ...latencies }, prepared(undefined), seed)
      expect(calls).toEqual(expect.arrayContaining(["createBranch", "permitAttachment", "associateBranch", "patch pods", "disassociateBranch", "deleteInterface"]))
      const outcome = new Map<string, string>()
      for (const { index, side } of boundaries(calls)) {
        const { fired, story } = play({ nodes: 3, ...latencies }, prepared({ index, side }), seed)
        expect(fired).toBe(1)
        outcome.set(`${index}/${side}`, story)
      }
      if (seed === 1) console.log(table("a pod's life", calls, outcome))
    }
  })

  // Guarded by: the same, and allocation/step/Ledger.ts, branchDiscovered, `isClaimed`: a branch whose pod waits goes on from the step it had reached.
  it("every boundary of what the next controller does first, with a pod half served", () => {
    const prepared = (boundary: Parameters<typeof crashAt>[1]) => (world: World) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.statefulSet("web", 3))
        for (const index of [0, 1, 2]) yield* world.waitForPhase(`web-${index}`, "Running")
        // One branch cools, one pod runs on, one pod's branch is made and no more.
        const last = uidOf((yield* world.pod("web-0")) ?? {})
        yield* world.admin.delete(podResource, { namespace: "default", name: "web-0" })
        yield* eventually("another web-0 runs", Effect.map(world.pod("web-0"), (pod = {}) =>
          uidOf(pod) !== last && textAt(pod, "status", "phase") === "Running" ? true : undefined))
        const created = yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", times: 1, delay: "1 day" })
        yield* world.apply(Manifests.pod(name))
        yield* eventually("the branch is made", Effect.map(created.fired, (count) => count > 0 ? true : undefined), { every: "5 millis" })
        yield* world.crash
        const { calls, fired } = yield* crashAt(world, boundary)
        yield* world.start
        const begin = yield* Clock.currentTimeMillis
        yield* world.waitForPhase(name, "Running")
        const story = `runs after ${yield* since(begin)}`
        yield* Oracles.atPeace(world, { within: "5 minutes", unowned: "5 minutes" })
        return { calls, story, fired: yield* fired }
      })
    const { calls } = play({ nodes: 3, ...latencies }, prepared(undefined), 1)
    expect(calls).toEqual(expect.arrayContaining(["list pods", "describeInterfaces", "permitAttachment", "associateBranch", "patch pods"]))
    const outcome = new Map<string, string>()
    // A call that only reads has no effect to die after.
    for (const { index, side } of boundaries(calls).filter(({ call, side }) => side === "before" || !/^(describe|list|get|recordEvent)/.test(call))) {
      const { fired, story } = play({ nodes: 3, ...latencies }, prepared({ index, side }), 1)
      expect(fired).toBe(1)
      outcome.set(`${index}/${side}`, story)
    }
    console.log(table("a restart", calls, outcome))
  })

  // Guarded by: controller/TrunkSetup.ts, findMade: a trunk that is there is not made again.
  it("every boundary of a node's way to its trunk, with a pod that waits for it", () => {
    const prepared = (boundary: Parameters<typeof crashAt>[1]) => (world: World) =>
      Effect.gen(function*() {
        const { calls, fired } = yield* crashAt(world, boundary)
        const made = yield* Clock.currentTimeMillis
        yield* world.apply(Manifests.policy())
        yield* world.apply(Manifests.pod(name))
        yield* world.waitForPhase(name, "Running")
        const story = `runs after ${yield* since(made)}`
        yield* Oracles.atPeace(world, { within: "5 minutes", unowned: "5 minutes" })
        return { calls, story, fired: yield* fired }
      })
    const { calls } = play(latencies, prepared(undefined), 1)
    expect(calls).toEqual(expect.arrayContaining(["createTrunk", "attachTrunk", "deleteOnTermination", "create cninodes", "patch nodes status"]))
    const outcome = new Map<string, string>()
    for (const { index, side } of boundaries(calls)) {
      const { fired, story } = play(latencies, prepared({ index, side }), 1)
      expect(fired).toBe(1)
      outcome.set(`${index}/${side}`, story)
    }
    console.log(table("a node's trunk", calls, outcome))
  })

  // Guarded by: allocation/step/Ledger.ts, branchDiscovered, `cooling`: a branch without a living pod cools its full time again.
  it("a cooling branch cools at least its full time though the controller restarts twice in between", () => {
    seeds(20, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.statefulSet("web", 6))
        const names = Array.from({ length: 6 }, (_, index) => `web-${index}`)
        for (const one of names) yield* world.waitForPhase(one, "Running")
        for (const one of names) yield* world.admin.delete(podResource, { namespace: "default", name: one })
        for (const pause of ["15 seconds", "25 seconds"] as const) {
          yield* Effect.sleep(pause)
          yield* world.crash
          yield* Effect.sleep("2 seconds")
          yield* world.start
        }
        yield* Oracles.atPeace(world, { within: "5 minutes", unowned: "4 minutes" })
        const { releases } = world.witness
        expect(new Set(releases.map(({ eniId }) => eniId)).size).toBe(6)
        // The second restart came 42 seconds after the deletion, and the full time counts from there.
        for (const { cooled } of releases) expect(cooled).toBeGreaterThan(90_000)
      }))
  })
})
