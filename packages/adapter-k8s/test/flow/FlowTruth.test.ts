import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Schema } from "effect"
import { type Lane, lanes, share } from "../../src/flow/Lanes.js"
import { answerOf, type Seen, scripted, tooMany } from "./Script.js"

/** A call: when it comes, what the server does with it, and whether its caller gives up. Times in milliseconds. */
interface Plan {
  readonly lane: Lane
  readonly at: number
  readonly latency: number
  readonly refused: number
  readonly patience: number
}

const number = (minimum: number, maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))
const plan: Arbitrary.Arbitrary<Plan> = Arbitrary.all({
  lane: Arbitrary.schema(Schema.Literals(lanes)),
  at: number(0, 3000),
  latency: Arbitrary.schema(Schema.Literals([0, 1, 20, 400])),
  // One call in twenty is answered with a 429.
  refused: Arbitrary.map(number(0, 19), (one) => (one === 0 ? 300 : 0)),
  patience: Arbitrary.schema(Schema.Literals([1, 50, 100_000, 100_000, 100_000]))
})

interface Told {
  readonly plan: Plan
  readonly name: string
  readonly came: number
  /** When it reached the server; undefined where it never did. */
  readonly sent: Seen | undefined
}

const run = (plans: ReadonlyArray<Plan>, limits: { readonly qps: number; readonly burst: number; readonly atOnce: number }, seed: number) =>
  answerOf(Effect.gen(function*() {
    const of = (name: string) => plans[Number(name.slice(1))]!
    const script = yield* scripted(limits, (name) => ({
      latency: of(name).latency,
      reason: of(name).refused > 0 ? tooMany(of(name).refused) : undefined
    }))
    const came = new Map<string, number>()
    const order: Array<string> = []
    yield* Effect.forEach(plans, (one, index) =>
      Effect.gen(function*() {
        const name = `c${index}`
        yield* Effect.sleep(one.at)
        const fiber = yield* Effect.forkChild(Effect.suspend(() => {
          came.set(name, one.at)
          order.push(name)
          return Effect.ignore(script.call(one.lane, name))
        }))
        yield* Effect.raceFirst(Fiber.await(fiber), Effect.sleep(one.patience))
        yield* Fiber.interrupt(fiber)
      }), { concurrency: "unbounded" })
    const told: ReadonlyArray<Told> = order.map((name) => ({
      name,
      plan: of(name),
      came: came.get(name)!,
      sent: script.seen.find(({ what }) => what === name)
    }))
    return { told, figures: yield* script.figures, seen: script.seen }
  }), seed)

const seen = new Map<string, number>()
const count = (what: string, by = 1) => seen.set(what, (seen.get(what) ?? 0) + by)

describe("a flow, whatever comes", () => {
  it.prop("keeps to its limits and its order, and forgets nobody", {
    plans: Arbitrary.array(plan, { minLength: 80, maxLength: 80 }),
    qps: Arbitrary.schema(Schema.Literals([5, 50, 200])),
    burst: Arbitrary.schema(Schema.Literals([1, 10])),
    atOnce: Arbitrary.schema(Schema.Literals([1, 3, 64])),
    seed: number(0, 1_000_000)
  }, ({ atOnce, burst, plans, qps, seed }) => {
    const { figures, seen: server, told } = run(plans, { qps, burst, atOnce }, seed)

    for (const { sent: own, plan: { patience } } of told) {
      if (own === undefined) count("left")
      assert.isTrue(own !== undefined || patience < 100_000, "a patient caller was never served")
    }
    // Limits.
    for (const [index, { at }] of server.entries()) {
      const first = server[Math.max(0, index - burst)]!
      if (index >= burst) assert.isAtLeast(at - first.at, Math.floor(1000 / qps), "burst and rate")
      const flying = server.slice(0, index + 1).filter(({ at: begin, end }) => begin <= at && (end ?? Infinity) > at)
      assert.isAtMost(flying.length, atOnce, "at once")
    }
    // First come, first served, within a lane.
    for (const lane of lanes) {
      const names = told.filter(({ plan, sent }) => plan.lane === lane && sent !== undefined).map(({ name }) => name)
      const served = server.map(({ what }) => what).filter((what) => names.includes(what))
      assert.deepStrictEqual(served, names, lane)
    }
    // A 429 holds what it concerns.
    const byName = new Map(told.map((one) => [one.name, one]))
    const laneOf = ({ what }: Seen) => byName.get(what)!.plan.lane
    for (const one of server) {
      const { lane, patience, refused } = byName.get(one.what)!.plan
      const { end } = one
      // Whose caller gave up may have done so in the moment in which the answer came.
      if (refused === 0 || end === undefined || patience < 100_000) continue
      count("refused")
      for (const other of server) {
        if (other.at > end && other.at < end + refused) {
          assert.isBelow(lanes.indexOf(laneOf(other)), lanes.indexOf(lane), `${other.what} went in ${one.what}'s pause`)
        }
      }
    }
    // Who went while somebody else waited: that one was not more urgent, or had had its turns.
    const overtaken = new Map<string, number>()
    const pausedAt = (lane: Lane, at: number) =>
      server.some(({ at: begin, end, what }) => {
        const { plan } = byName.get(what)!
        return plan.refused > 0 && end !== undefined && end >= begin + plan.latency && lanes.indexOf(plan.lane) <= lanes.indexOf(lane) &&
          end <= at && at <= end + plan.refused
      })
    for (const one of server) {
      const lane = laneOf(one)
      // Only who surely stood in line before and after this moment.
      const inLine = told.filter(({ came, plan, sent }) =>
        came < one.at && (sent === undefined ? came + plan.patience > one.at : sent.at > one.at) && !pausedAt(plan.lane, one.at))
      if (lane === "events") {
        assert.notInclude(inLine.map(({ plan }) => plan.lane), "allocation", "an event went before an annotation")
      }
      for (const { name, plan } of inLine) {
        if (lanes.indexOf(plan.lane) < lanes.indexOf(lane)) count("claimed")
        overtaken.set(name, (overtaken.get(name) ?? 0) + (plan.lane === lane ? 0 : 1))
      }
    }
    // What is less urgent gets its share: between two turns of a lane that waits there are fewer than `share` and one for each lower lane.
    for (const lane of ["release", "upkeep"] as const) {
      const own = told.filter(({ plan, sent }) => plan.lane === lane && sent !== undefined)
      for (const [index, { came, sent }] of own.entries()) {
        const since = Math.max(came, own[index - 1]?.sent?.at ?? 0)
        if (pausedAt(lane, since) || pausedAt(lane, sent!.at)) continue
        const between = server.filter(({ at }) => at > since && at < sent!.at).length
        if (between >= share - 1) count("shared")
        assert.isAtMost(between, share + 1, `${lane} waited too long`)
      }
    }
    // Figures.
    assert.strictEqual(figures.inFlight, 0)
    for (const lane of lanes) {
      const own = told.filter(({ plan }) => plan.lane === lane)
      const { left, sent, waited, waiting } = figures.lanes[lane]
      assert.strictEqual(waiting, 0)
      assert.strictEqual(sent, own.filter((one) => one.sent !== undefined).length)
      assert.strictEqual(left, own.filter((one) => one.sent === undefined).length)
      assert.strictEqual(waited.millis, own.reduce((sum, one) => sum + (one.sent === undefined ? 0 : one.sent.at - one.came), 0))
    }
  }, { timeout: 60_000, arbitrary: { runs: 300, seed: 1 } })

  it("was asked for everything there is, often", () => {
    for (const what of ["left", "refused", "claimed", "shared"]) assert.isAtLeast(seen.get(what) ?? 0, 100, what)
  })

  it("is the same run for the same seed", () => {
    const plans = Array.from({ length: 60 }, (_, index): Plan => ({
      lane: lanes[index % 4]!, at: (index * 37) % 200, latency: index % 7, refused: index % 20 === 3 ? 50 : 0, patience: index % 5 === 1 ? 30 : 100_000
    }))
    const once = run(plans, { qps: 50, burst: 3, atOnce: 2 }, 7)
    assert.deepStrictEqual(run(plans, { qps: 50, burst: 3, atOnce: 2 }, 7), once)
  })
})
