import { leaderLease } from "@branchline/core/model/Names"
import { leases } from "@branchline/core/model/Resource"
import { Cause, Clock, Data, Effect, Exit, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { micros } from "../../../src/kubernetes/Timestamps.js"
import { eventually } from "../../../src/simulation/Waiting.js"
import { type Arena, leader, play, seeds, specOf, termsOf } from "./Candidates.js"

const options = { latency: { min: "2 millis", max: "300 millis" } } as const
const [second, minute] = [1_000, 60_000]

/** The longest that a candidate that reads every 5 s, give or take a tenth, needs to see something, with the way there and back. */
const seen = 5.5 * second + 700

/** Two candidates, of which the answered one leads and the other waits. */
const two = Effect.fnUntraced(function*(arena: Arena) {
  const [a, b] = [yield* arena.candidate("a"), yield* arena.candidate("b")]
  const first = yield* leader([a, b])
  return { first, other: first === a ? b : a }
})

/** A Lease as somebody else has left it. */
const leave = (arena: Arena, spec: Record<string, string | number>) =>
  arena.admin.create(leases, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...leaderLease }, spec })

class Broken extends Data.TaggedError("Broken")<{ readonly message: string }> {}

describe("Candidates for leadership", () => {
  it("one of three leads, writes the Lease as client-go does, and renews it; the others wait", () => {
    const winners = seeds(15, options, (arena) =>
      Effect.gen(function*() {
        const all = yield* Effect.forEach(["a", "b", "c"], (name) => arena.candidate(name))
        const first = yield* leader(all, { within: "5 seconds" })
        const made = specOf(yield* arena.lease)
        expect(made).toEqual({
          holderIdentity: first.name,
          leaseDurationSeconds: 30,
          leaseTransitions: 0,
          acquireTime: expect.stringMatching(/^2022-09-06T08:00:0\d\.\d{6}Z$/),
          renewTime: made["acquireTime"]
        })
        let last = made["renewTime"]
        for (let round = 0; round < 5; round++) {
          yield* Effect.sleep(seen)
          const now = specOf(yield* arena.lease)
          expect(now).toEqual({ ...made, renewTime: expect.any(String) })
          expect(now["renewTime"] as string > String(last)).toBe(true)
          last = now["renewTime"]
        }
        for (const one of all) expect(yield* one.state).toMatchObject({ holder: first.name, leading: one === first, terms: one === first ? 1 : 0, transitions: 0, problem: undefined })
        expect(termsOf(yield* arena.writes).map(({ term }) => term)).toEqual([`${first.name}#1`])
        return first.name
      }))
    expect(new Set(winners).size, "the seed draws who wins").toBe(3)
  })

  it("a leader that is killed is followed after the lease, not sooner, and within a retry", () => {
    seeds(30, options, (arena, seed) =>
      Effect.gen(function*() {
        const { first, other } = yield* two(arena)
        yield* Effect.sleep(seed * 377)
        const killed = yield* Clock.currentTimeMillis
        yield* first.host.stop
        const took = yield* leader([other])
        const waited = (yield* Clock.currentTimeMillis) - killed
        expect(took.name).toBe(other.name)
        expect(waited).toBeLessThanOrEqual(30 * second + seen)
        // It was renewed at most a retry period before.
        expect(waited).toBeGreaterThanOrEqual(30 * second - seen)
        expect(specOf(yield* arena.lease)).toMatchObject({ holderIdentity: other.name, leaseTransitions: 1, leaseDurationSeconds: 30 })
        yield* Effect.sleep("5 seconds")
      }))
  })

  it("one that ends gives the Lease back as client-go does, after its work has ended, and the next one takes it at its next look", () => {
    seeds(30, options, (arena, seed) =>
      Effect.gen(function*() {
        const { first, other } = yield* two(arena)
        yield* Effect.sleep(seed * 377)
        yield* first.end
        const ended = yield* Clock.currentTimeMillis
        const released = specOf(yield* arena.lease)
        // Unless the other was quicker than this look.
        if (released["holderIdentity"] !== other.name) {
          expect(released).toEqual({
            holderIdentity: "",
            leaseDurationSeconds: 1,
            leaseTransitions: 0,
            acquireTime: expect.any(String),
            renewTime: released["acquireTime"]
          })
        }
        yield* leader([other])
        expect((yield* Clock.currentTimeMillis) - ended).toBeLessThanOrEqual(seen)
        expect(specOf(yield* arena.lease)).toMatchObject({ holderIdentity: other.name, leaseTransitions: 1 })
        yield* Effect.sleep("5 seconds")
        expect(termsOf(yield* arena.writes).map(({ candidate }) => candidate)).toEqual([first.name, other.name])
      }))
  })

  it("one that ends keeps the Lease while its work is still ending, however long that takes, and lets that work write", () => {
    seeds(10, options, (arena) =>
      Effect.gen(function*() {
        const a = yield* arena.candidate("a", { work: Effect.addFinalizer(() => Effect.sleep("50 seconds")) })
        yield* leader([a])
        const b = yield* arena.candidate("b")
        const asked = yield* Clock.currentTimeMillis
        yield* a.end
        expect((yield* Clock.currentTimeMillis) - asked).toBeGreaterThanOrEqual(50 * second)
        const last = termsOf(yield* arena.writes).at(-1)
        expect(last?.term).toBe("a#1")
        expect(last!.last - asked, "it writes to the end").toBeGreaterThan(49 * second)
        yield* leader([b])
        yield* Effect.sleep("5 seconds")
      }))
  })

  it("one whose Lease cannot be given back ends all the same, within 2 seconds", () => {
    seeds(10, options, (arena) =>
      Effect.gen(function*() {
        const a = yield* arena.candidate("a")
        yield* leader([a])
        yield* Effect.sleep("2 seconds")
        yield* a.faults.add({ on: { port: "kubernetes", operation: "*", match: { plural: "leases" } }, when: "before", reason: { _tag: "Unavailable" }, delay: "1 day" })
        const asked = yield* Clock.currentTimeMillis
        yield* a.end
        expect((yield* Clock.currentTimeMillis) - asked).toBeLessThanOrEqual(2 * second + 700)
        expect(specOf(yield* arena.lease)["holderIdentity"]).toBe("a")
        yield* Effect.sleep("1 second")
      }))
  })

  it("one that ends before it has heard that it won gives the Lease back", () => {
    seeds(20, options, (arena) =>
      Effect.gen(function*() {
        const a = yield* arena.candidate("a")
        yield* a.faults.add({ on: { port: "kubernetes", operation: "create" }, when: "after", delay: "1 day", times: 1 })
        yield* eventually("it is won", Effect.map(arena.lease, (lease) => lease), { every: "1 milli" })
        yield* a.end
        expect(specOf(yield* arena.lease)["holderIdentity"]).toBe("")
        const b = yield* arena.candidate("b")
        yield* leader([b], { within: "2 seconds" })
        yield* Effect.sleep("2 seconds")
      }))
  })

  it("work that fails ends the candidacy with its failure, and the Lease is given back", () => {
    play(options, (arena) =>
      Effect.gen(function*() {
        const broken = new Broken({ message: "no more" })
        const a = yield* arena.candidate("a", { work: Effect.andThen(Effect.sleep("3 seconds"), broken) })
        const exit = yield* a.ended
        expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toBe(broken)
        expect(specOf(yield* arena.lease)["holderIdentity"]).toBe("")
        expect((yield* a.state).leading).toBe(false)
      }), 1)
  })
})

describe("A Lease that is there already", () => {
  it.each([
    ["with times of the past", -3_600_000],
    ["with times of the future", 3_600_000]
  ])("%s is respected for its duration since it was first seen, and its other fields stay", (_, shift) => {
    seeds(20, options, (arena) =>
      Effect.gen(function*() {
        const time = micros((yield* Clock.currentTimeMillis) + shift)
        yield* leave(arena, {
          holderIdentity: "ip-10-0-0-1_5f0c", leaseDurationSeconds: 20, acquireTime: time, renewTime: time, leaseTransitions: 7,
          strategy: "OldestEmulationVersion", preferredHolder: "ip-10-0-0-2_7a1b"
        })
        const a = yield* arena.candidate("a")
        const begin = yield* Clock.currentTimeMillis
        yield* leader([a])
        const waited = (yield* Clock.currentTimeMillis) - begin
        expect(waited).toBeGreaterThanOrEqual(20 * second)
        expect(waited).toBeLessThanOrEqual(22 * second)
        expect(specOf(yield* arena.lease)).toMatchObject({
          holderIdentity: "a", leaseDurationSeconds: 30, leaseTransitions: 8, strategy: "OldestEmulationVersion", preferredHolder: "ip-10-0-0-2_7a1b"
        })
        yield* Effect.sleep("10 seconds")
        expect(specOf(yield* arena.lease)).toMatchObject({ holderIdentity: "a", strategy: "OldestEmulationVersion" })
      }))
  })

  it("is respected for as long as it is renewed, and taken when it is not", () => {
    play(options, (arena) =>
      Effect.gen(function*() {
        yield* leave(arena, { holderIdentity: "other", leaseDurationSeconds: 30, renewTime: micros(0), leaseTransitions: 0 })
        const a = yield* arena.candidate("a")
        for (let renewal = 1; renewal <= 20; renewal++) {
          yield* Effect.sleep("20 seconds")
          expect(yield* a.state).toMatchObject({ leading: false, holder: "other" })
          yield* arena.admin.patch(leases, leaderLease, { _tag: "merge", patch: { spec: { renewTime: micros(renewal) } } })
        }
        const last = yield* Clock.currentTimeMillis
        yield* leader([a])
        const waited = (yield* Clock.currentTimeMillis) - last
        expect(waited).toBeGreaterThanOrEqual(30 * second)
        expect(waited).toBeLessThanOrEqual(30 * second + seen)
        yield* Effect.sleep("1 second")
      }), 1)
  })

  it.each([
    ["that was given back", { holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 3 }, 4],
    ["that nobody ever filled in", {}, 1]
  ])("%s is taken at once", (_, spec, transitions) => {
    play(options, (arena) =>
      Effect.gen(function*() {
        yield* leave(arena, spec)
        const a = yield* arena.candidate("a")
        yield* leader([a], { within: "1500 millis" })
        expect(specOf(yield* arena.lease)).toMatchObject({ holderIdentity: "a", leaseTransitions: transitions })
        yield* Effect.sleep("1 second")
      }), 1)
  })

  it("may be labelled and annotated all the time by others: its leader keeps it", () => {
    seeds(10, options, (arena) =>
      Effect.gen(function*() {
        const { first, other } = yield* two(arena)
        for (let touch = 0; touch < 300; touch++) {
          yield* arena.admin.patch(leases, leaderLease, { _tag: "merge", patch: { metadata: { annotations: { touch: String(touch) } } } })
          yield* Effect.sleep("200 millis")
        }
        expect(yield* first.state).toMatchObject({ leading: true, terms: 1, problem: undefined })
        expect((yield* other.state).terms).toBe(0)
      }))
  })

  it("that somebody deletes is made anew by its leader; who waits does not mistake it for a free one", () => {
    seeds(10, options, (arena, seed) =>
      Effect.gen(function*() {
        const { first, other } = yield* two(arena)
        for (let round = 0; round < 5; round++) {
          yield* Effect.sleep(7_000 + seed * 377)
          yield* arena.admin.delete(leases, leaderLease)
          yield* eventually("it is there again", arena.lease, { within: "8 seconds" })
          expect(specOf(yield* arena.lease)).toMatchObject({ holderIdentity: first.name, leaseTransitions: 0 })
        }
        expect(yield* first.state).toMatchObject({ leading: true, terms: 1 })
        expect((yield* other.state).terms).toBe(0)
      }))
  })

  it("that somebody gives to another is left at the next renewal, and the work ends", () => {
    play(options, (arena) =>
      Effect.gen(function*() {
        const { first } = yield* two(arena)
        yield* arena.admin.patch(leases, leaderLease, { _tag: "merge", patch: { spec: { holderIdentity: "operator" } } })
        yield* eventually("it leads no more", Effect.map(first.state, ({ leading }) => leading ? undefined : true), { within: "6 seconds" })
        expect((yield* first.state).holder).toBe("operator")
        const before = (yield* arena.writes).length
        yield* Effect.sleep("20 seconds")
        expect((yield* arena.writes).length, "what was on its way at the most").toBeLessThanOrEqual(before + 4)
      }), 1)
  })

  it("that somebody gives to another while its leader's work is still ending is left, too: the rest of that work may not write", () => {
    seeds(10, options, (arena) =>
      Effect.gen(function*() {
        const a = yield* arena.candidate("a", { work: Effect.addFinalizer(() => Effect.sleep("30 seconds")) })
        yield* leader([a])
        const ending = yield* Effect.forkScoped(a.end)
        yield* Effect.sleep("1 second")
        yield* arena.admin.patch(leases, leaderLease, { _tag: "merge", patch: { spec: { holderIdentity: "operator" } } })
        yield* eventually("it leads no more", Effect.map(a.state, ({ leading }) => leading ? undefined : true), { within: seen })
        const left = yield* Clock.currentTimeMillis
        yield* Fiber.join(ending)
        const late = (yield* arena.writes).filter(({ at }) => at > left + second)
        expect(late, "what was on its way at the most").toEqual([])
        expect(specOf(yield* arena.lease)["holderIdentity"], "nor is it given back").toBe("operator")
      }))
  })
})

describe("A candidate that may not", () => {
  it.each(["get", "create", "patch"] as const)("%s the Lease says what it needs, asks no oftener, and leads as soon as it may", (operation) => {
    play(options, (arena) =>
      Effect.gen(function*() {
        if (operation === "patch") yield* leave(arena, {})
        const a = yield* arena.candidate("a")
        const forbidden = yield* a.faults.add({ on: { port: "kubernetes", operation, match: { plural: "leases" } }, when: "before", reason: { _tag: "Forbidden" } })
        yield* Effect.sleep(minute)
        expect(yield* a.state).toMatchObject({ leading: false, problem: expect.stringMatching(/get and patch on the Lease kube-system\/cp-vpc-resource-controller, and create on leases.*deploy\/base/) })
        expect(yield* forbidden.fired).toBeLessThanOrEqual(14)
        yield* forbidden.remove
        yield* leader([a], { within: seen })
        expect(yield* a.state).toMatchObject({ leading: true, problem: undefined })
        yield* Effect.sleep("1 second")
      }), 1)
  })
})
