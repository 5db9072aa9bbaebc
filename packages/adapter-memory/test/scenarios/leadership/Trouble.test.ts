import { leaderLease } from "@branchline/core/model/Names"
import type { KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { leases } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../../src/simulation/Waiting.js"
import { type Arena, type Candidate, leader, seeds, termsOf } from "./Candidates.js"

const options = { latency: { min: "2 millis", max: "300 millis" } } as const
const second = 1_000
/** These runs take some seconds of computing. */
const timeout = 120_000

/** Requests that take their time on the way; less than what lies between deadline and lease. */
const slow = { latency: { min: "2 millis", max: "1 second" }, ec2Latency: { min: "2 millis", max: "10 seconds" } } as const

const candidates = (arena: Arena, count: number) =>
  Effect.forEach(["a", "b", "c"].slice(0, count), (name) => arena.candidate(name))

const others = (all: ReadonlyArray<Candidate>, one: Candidate) => all.filter((other) => other !== one)

/** Trouble of one candidate with the API server, for so long. */
const cutOff = Effect.fnUntraced(function*({ faults }: Candidate, seconds: number, delay?: "1 day") {
  const until = (yield* Clock.currentTimeMillis) + seconds * second
  yield* faults.add({
    on: { port: "kubernetes", operation: "*" },
    when: "before",
    reason: { _tag: "Unavailable" },
    until,
    ...(delay === undefined ? {} : { delay })
  })
})

describe("A leader whom the API server does not answer", () => {
  it.each([
    ["with errors at once", undefined],
    ["with silence", "1 day" as const]
  ])("%s stops writing within the deadline, EC2 included, long before another starts", (_, delay) => {
    seeds(20, slow, (arena, seed) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, 2)
        const first = yield* leader(all)
        yield* Effect.sleep(15 * second + seed * 377)
        const cut = yield* Clock.currentTimeMillis
        yield* cutOff(first, 120, delay)
        const next = yield* leader(others(all, first))
        const took = yield* Clock.currentTimeMillis
        yield* Effect.sleep("20 seconds")
        const terms = termsOf(yield* arena.writes)
        expect(terms.map(({ candidate }) => candidate)).toEqual([first.name, next.name])
        // What was sent at the last moment may take its time to arrive.
        expect(terms[0]!.last - cut).toBeLessThanOrEqual(25 * second)
        expect(terms[0]!.last - cut, "it goes on as long as it may").toBeGreaterThan(5 * second)
        expect(arena.ends.get(`${first.name}#1`)! - cut, "its work ends with it").toBeLessThanOrEqual(15 * second)
        expect(took - cut).toBeLessThanOrEqual(45 * second)
        expect(yield* first.state).toMatchObject({ leading: false, terms: 1, problem: expect.any(String) })
      }))
  })

  it("for less than the deadline goes on as if nothing had been", () => {
    seeds(20, options, (arena, seed) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, 2)
        const first = yield* leader(all)
        for (let round = 0; round < 4; round++) {
          yield* Effect.sleep(10 * second + seed * 377)
          yield* cutOff(first, 8)
        }
        yield* Effect.sleep("20 seconds")
        expect(yield* first.state).toMatchObject({ leading: true, terms: 1, problem: undefined })
      }))
  })

  it("nor anybody else leads again when it is back, and nobody writes in between", () => {
    seeds(10, options, (arena) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, 3)
        yield* leader(all)
        yield* Effect.sleep("20 seconds")
        const away = yield* Clock.currentTimeMillis
        for (const one of all) yield* cutOff(one, 300)
        yield* Effect.sleep("299 seconds")
        const last = (yield* arena.writes).at(-1)
        expect(last!.at - away).toBeLessThanOrEqual(16 * second)
        yield* leader(all, { within: "8 seconds" })
        yield* Effect.sleep("5 seconds")
      }))
  })
})

describe("A leader that is stopped (SIGSTOP) and goes on", () => {
  it("after the lease writes nothing, whatever wakes it first, until it leads anew", () => {
    const again = seeds(60, options, (arena, seed) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, 2)
        const first = yield* leader(all)
        yield* Effect.sleep(3 * second + seed * 211)
        yield* first.host.stop
        const next = yield* leader(others(all, first))
        yield* Effect.sleep(seed % 3 === 0 ? "100 millis" : "7 seconds")
        yield* first.host.resume
        yield* Effect.sleep("20 seconds")
        expect(yield* first.state).toMatchObject({ leading: false, holder: next.name })
        // And the other way round, at once.
        yield* next.host.stop
        yield* leader([first])
        yield* next.host.resume
        yield* Effect.sleep("10 seconds")
        expect(termsOf(yield* arena.writes).map(({ candidate }) => candidate)).toEqual([first.name, next.name, first.name])
        return (yield* first.state).terms
      }))
    expect(new Set(again)).toEqual(new Set([2]))
  })

  it("just then, at the end of the lease, leads on in a new term or not at all", () => {
    const terms = seeds(60, options, (arena, seed) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, 3)
        const first = yield* leader(all)
        yield* Effect.sleep(3 * second + seed * 211)
        yield* first.host.stop
        yield* Effect.sleep(25 * second + seed * 170)
        yield* first.host.resume
        yield* leader(all)
        yield* Effect.sleep("15 seconds")
        return termsOf(yield* arena.writes).map(({ candidate }) => candidate === first.name)
      }))
    const last = terms.map((one) => one.at(-1))
    expect(last).toContain(true)
    expect(last).toContain(false)
    for (const one of terms) expect(one.length, "a new term in any case").toBe(2)
  })

  it("just as it wins, hears of it when another leads already, and writes nothing", () => {
    const terms = seeds(20, options, (arena) =>
      Effect.gen(function*() {
        const first = yield* arena.candidate("a")
        // The server's own log tells it before the answer is there.
        const won = Effect.map(arena.kubernetes.audit.events, (events) => events.find(({ objectRef }) => objectRef.resource === "leases"))
        yield* eventually("it is won", won, { every: "1 milli" })
        yield* first.host.stop
        const next = yield* arena.candidate("b")
        yield* leader([next])
        yield* Effect.sleep("3 seconds")
        yield* first.host.resume
        yield* Effect.sleep("20 seconds")
        expect(yield* first.state).toMatchObject({ leading: false, holder: "b" })
        expect(termsOf(yield* arena.writes).map(({ term }) => term)).toEqual(["b#1"])
        return (yield* first.state).terms
      }))
    // Where the timeout wakes it before the answer does, it reads the Lease and knows better.
    expect(new Set(terms)).toEqual(new Set([0, 1]))
  })

  it("together with all the others, past the lease: one leads, and nothing of two is mixed", () => {
    seeds(30, options, (arena, seed) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, 3)
        yield* leader(all)
        for (let round = 0; round < 4; round++) {
          yield* Effect.sleep(5 * second + seed * 377)
          for (const one of all) yield* one.host.stop
          yield* Effect.sleep(25 * second + seed * 400)
          for (const one of all) yield* one.host.resume
          yield* leader(all, { within: "40 seconds" })
        }
        yield* Effect.sleep("5 seconds")
      }))
  })
})

describe("Candidates whose clocks differ", () => {
  it("by hours follow one another as if they did not", () => {
    seeds(15, options, (arena) =>
      Effect.gen(function*() {
        const hour = 3_600_000
        const all = [yield* arena.candidate("a", { ahead: 5 * hour }), yield* arena.candidate("b", { ahead: -5 * hour }), yield* arena.candidate("c")]
        for (let round = 0; round < 3; round++) {
          const first = yield* leader(all, { within: "40 seconds" })
          yield* Effect.sleep("70 seconds")
          expect((yield* first.state).leading, "nobody takes the Lease of one who renews").toBe(true)
          yield* first.host.stop
          yield* leader(others(all, first), { within: "37 seconds" })
          yield* first.host.resume
        }
        yield* Effect.sleep("5 seconds")
        expect(termsOf(yield* arena.writes).length).toBe(4)
      }))
  })

  it("in speed, by a quarter this way and that, are never mixed", () => {
    seeds(30, options, (arena, seed) =>
      Effect.gen(function*() {
        const all = [yield* arena.candidate("a", { rate: 0.8 }), yield* arena.candidate("b", { rate: 1.25 })]
        const [slowOne, fastOne] = all as [Candidate, Candidate]
        yield* leader(all)
        yield* fastOne.host.stop
        yield* leader([slowOne])
        yield* fastOne.host.resume
        yield* Effect.sleep(seed * 377)
        yield* cutOff(slowOne, 60)
        yield* leader([fastOne])
        yield* Effect.sleep("20 seconds")
        expect(termsOf(yield* arena.writes).at(-1)?.candidate).toBe("b")
      }))
  })
})

describe("Candidates whose calls fail in every way", () => {
  const reasons: ReadonlyArray<KubernetesReason> = [
    { _tag: "Unavailable" },
    { _tag: "UnknownOutcome" },
    { _tag: "Conflict" },
    { _tag: "TooManyRequests", retryAfter: 3 * second }
  ]

  /** Every call on the Lease may be refused, delayed or lost, its answer too. */
  const troubled = Effect.fnUntraced(function*({ faults }: Candidate, until: number) {
    const on = { port: "kubernetes", operation: "*", match: { plural: "leases" } } as const
    yield* faults.add({ on, when: "after", probability: 0.15, until })
    yield* faults.add({ on, when: "after", probability: 0.1, delay: "8 seconds", until })
    yield* faults.add({ on, when: "before", reason: { _tag: "UnknownOutcome" }, probability: 0.1, delay: "8 seconds", until })
    for (const reason of reasons) yield* faults.add({ on, when: "before", reason, probability: 0.08, until })
  })

  it.each([[2], [3]])("%i of them: nothing of two is ever mixed, somebody leads again and again, and in peace one stays", (count) => {
    const runs = seeds(16, slow, (arena, seed) =>
      Effect.gen(function*() {
        const all = yield* candidates(arena, count)
        const until = (yield* Clock.currentTimeMillis) + 600 * second
        for (const one of all) yield* troubled(one, until)
        // Now and then one is stopped, cut off, or ends and comes back, or the Lease is touched.
        for (let round = 0; round < 10; round++) {
          const one = all[(round * 7 + seed) % count]!
          if (round % 3 === 0) yield* one.host.stop
          if (round % 3 === 1) yield* cutOff(one, 25)
          if (round % 3 === 2) yield* Effect.ignore(arena.admin.patch(leases, leaderLease, { _tag: "merge", patch: { metadata: { annotations: { round: String(round) } } } }))
          yield* Effect.sleep(10 * second + ((seed * 7 + round * 13) % 50) * second)
          yield* one.host.resume
        }
        yield* Effect.sleep(Math.max(0, until - (yield* Clock.currentTimeMillis)))
        yield* leader(all, { within: "45 seconds" })
        yield* Effect.sleep("20 seconds")
        const first = yield* leader(all, { within: "0 seconds" })
        const before = (yield* first.state).terms
        yield* Effect.sleep("2 minutes")
        expect(yield* first.state).toMatchObject({ leading: true, terms: before, problem: undefined })
        const struck = yield* Effect.forEach(all, ({ faults }) => Effect.map(faults.firings, (firings) => firings.length))
        return { terms: termsOf(yield* arena.writes).length, struck: Math.min(...struck) }
      }))
    expect(Math.min(...runs.map(({ struck }) => struck)), "the trouble was there").toBeGreaterThan(20)
    expect(Math.min(...runs.map(({ terms }) => terms)), "somebody leads again and again").toBeGreaterThan(1)
    expect(Math.max(...runs.map(({ terms }) => terms))).toBeGreaterThan(4)
  }, timeout)
})
