import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { streamFor } from "../../src/simulation/Streams.js"
import type { WireResponse } from "../../src/wire/Dispatch.js"
import { knownCodes, messageOf } from "../../src/wire/faults/Codes.js"
import type { WireFault } from "../../src/wire/faults/WireFault.js"
import { makeWireFaults, type Way } from "../../src/wire/faults/WireFaults.js"
import { readForm } from "../../src/wire/Form.js"

/** Faults in front of calls that only tell what they did. */
const world = (seed = "0") => {
  const faults = makeWireFaults(streamFor(seed, "wire/faults"))
  const told: Array<string> = []
  const answered = (body: string): WireResponse => ({ status: 200, headers: {}, body })
  const tell = (text: string) => Effect.sync(() => void told.push(text))
  const way = (name: string): Way => ({
    call: Effect.as(tell(`${name} done`), answered(name)),
    never: (code, struck) => Effect.as(tell(`${name} never: ${code}, ${struck}`), "1"),
    struck: ({ body }, struck) => Effect.as(tell(`${body} struck: ${struck}`), "2"),
    document: (requestId, { code, message, status }) => Effect.succeed(answered(`${code} ${status ?? ""} ${message} (${requestId})`))
  })
  const call = (action: string, parameters = "") =>
    Effect.map(faults.around(action, readForm(parameters), way(action)), (reply) => reply === "cut" ? "cut" : reply.body)
  return { faults, told, call }
}

const once: WireFault = { action: "CreateTags", when: "before", answer: "lost", times: 1 }

describe("a call that is struck", () => {
  it.effect("before its effect has none; after it has, and its caller hears the same", () =>
    Effect.gen(function*() {
      const { call, faults, told } = world()
      for (const when of ["before", "after"] as const) {
        for (const answer of ["lost", { code: "InternalError" }, { code: "Odd", message: "why", status: 418 }] as const) faults.add({ ...once, when, answer })
      }
      const heard = yield* Effect.forEach(Array.from({ length: 7 }), () => call("CreateTags"))
      expect(heard).toEqual([
        "cut",
        "InternalError  An internal error has occurred (1)",
        "Odd 418 why (1)",
        "cut",
        "InternalError  An internal error has occurred (2)",
        "Odd 418 why (2)",
        "CreateTags"
      ])
      expect(told).toEqual([
        "CreateTags never: lost, lost before the effect",
        "CreateTags never: InternalError, InternalError before the effect",
        "CreateTags never: Odd, Odd before the effect",
        "CreateTags done",
        "CreateTags struck: lost after the effect",
        "CreateTags done",
        "CreateTags struck: InternalError after the effect",
        "CreateTags done",
        "CreateTags struck: Odd after the effect",
        "CreateTags done"
      ])
    }))

  it.effect("late is late on its side of the effect, and otherwise as ever", () =>
    Effect.gen(function*() {
      const { call, faults, told } = world()
      faults.add({ action: "*", when: "before", delay: 100, times: 1 })
      faults.add({ action: "*", when: "after", delay: 100, times: 1 })
      const early = yield* Effect.forkChild(call("A"))
      const late = yield* Effect.forkChild(call("B"))
      yield* TestClock.adjust("99 millis")
      expect(told).toEqual(["B done"])
      expect(early.pollUnsafe()).toBeUndefined()
      expect(late.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 millis")
      expect([yield* Fiber.join(early), yield* Fiber.join(late)]).toEqual(["A", "B"])
      expect(told.toSorted()).toEqual(["A done", "A struck: late before the effect", "B done", "B struck: late after the effect"])
    }))

  it.effect("can be late and then told something else", () =>
    Effect.gen(function*() {
      const { call, faults } = world()
      faults.add({ ...once, delay: 50 })
      const fiber = yield* Effect.forkChild(call("CreateTags"))
      yield* TestClock.adjust("49 millis")
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(fiber)).toBe("cut")
    }))
})

describe("a held call", () => {
  it.effect("goes on when it is released, on its side of the effect", () =>
    Effect.gen(function*() {
      const { call, faults, told } = world()
      const ids = (["before", "after"] as const).map((when) => faults.add({ action: "*", when, answer: "hold", times: 1 }))
      const fibers = [yield* Effect.forkChild(call("A")), yield* Effect.forkChild(call("B"))]
      yield* Effect.forEach(ids, (id) => faults.fired(id, 1))
      expect(told).toEqual(["B done"])
      expect(ids.map((id) => faults.state(id)?.held)).toEqual([1, 1])
      for (const id of ids) faults.release(id, "go")
      expect(yield* Effect.forEach(fibers, Fiber.join)).toEqual(["A", "B"])
      expect(ids.map((id) => faults.state(id)).map((state) => [state?.fired, state?.held])).toEqual([[1, 0], [1, 0]])
      expect(told.toSorted()).toEqual(["A done", "A struck: held before the effect", "B done", "B struck: held after the effect"])
    }))

  it.effect("that is cut had its effect only where it was held after it", () =>
    Effect.gen(function*() {
      const { call, faults, told } = world()
      const ids = (["before", "after"] as const).map((when) => faults.add({ action: "*", when, answer: "hold", times: 1 }))
      const fibers = [yield* Effect.forkChild(call("A")), yield* Effect.forkChild(call("B"))]
      yield* Effect.forEach(ids, (id) => faults.fired(id, 1))
      for (const id of ids) faults.release(id, "cut")
      expect(yield* Effect.forEach(fibers, Fiber.join)).toEqual(["cut", "cut"])
      expect(told.toSorted()).toEqual(["A never: lost, held before the effect, then cut", "B done", "B struck: held after the effect, then cut"])
    }))

  it.effect("is the last one: after the release calls pass", () =>
    Effect.gen(function*() {
      const { call, faults } = world()
      const id = faults.add({ action: "*", when: "before", answer: "hold" })
      faults.release(id, "cut")
      expect(yield* call("A")).toBe("A")
    }))

  it.effect("goes on when its fault is removed, and when all are", () =>
    Effect.gen(function*() {
      const { call, faults } = world()
      for (const letGo of [(id: string) => faults.remove(id), () => faults.clear()]) {
        const id = faults.add({ action: "*", when: "before", answer: "hold" })
        const fiber = yield* Effect.forkChild(call("A"))
        yield* faults.fired(id, 1)
        letGo(id)
        expect(yield* Fiber.join(fiber)).toBe("A")
        expect(faults.all()).toEqual([])
      }
    }))
})

describe("a fault is for", () => {
  it.effect("its action and the parameters that it names", () =>
    Effect.gen(function*() {
      const { call, faults } = world()
      faults.add({ action: "AssociateTrunkInterface", when: "before", answer: "lost", match: { VlanId: "7", "Tag.1.Key": "a" } })
      expect(yield* call("AssociateTrunkInterface", "VlanId=7")).toBe("AssociateTrunkInterface")
      expect(yield* call("AssociateTrunkInterface", "VlanId=8&Tag.1.Key=a")).toBe("AssociateTrunkInterface")
      expect(yield* call("CreateTags", "VlanId=7&Tag.1.Key=a")).toBe("CreateTags")
      expect(yield* call("AssociateTrunkInterface", "VlanId=7&Tag.1.Key=a")).toBe("cut")
    }))

  it.effect("so many calls, after so many others that would match", () =>
    Effect.gen(function*() {
      const { call, faults } = world()
      const id = faults.add({ ...once, skip: 2, times: 2 })
      const heard: Array<string> = []
      for (const action of ["CreateTags", "DeleteTags", "CreateTags", "CreateTags", "CreateTags", "CreateTags"]) heard.push(yield* call(action))
      expect(heard).toEqual(["CreateTags", "DeleteTags", "CreateTags", "cut", "cut", "CreateTags"])
      expect(faults.state(id)?.fired).toBe(2)
    }))

  it.effect("the share of calls that chance gives it, the same share for the same seed", () =>
    Effect.gen(function*() {
      const struck = (seed: string) =>
        Effect.suspend(() => {
          const { call, faults } = world(seed)
          faults.add({ action: "*", when: "before", answer: "lost", probability: 0.3 })
          return Effect.map(Effect.forEach(Array.from({ length: 1_000 }), () => call("A")), (heard) => heard.map((one) => one === "cut"))
        })
      const first = yield* struck("1")
      expect(first.filter(Boolean).length).toBeGreaterThan(250)
      expect(first.filter(Boolean).length).toBeLessThan(350)
      expect(yield* struck("1")).toEqual(first)
      expect(yield* struck("2")).not.toEqual(first)
    }))

  it.effect("whoever comes first: the earliest fault strikes, the next has the next call", () =>
    Effect.gen(function*() {
      const { call, faults } = world()
      faults.add({ ...once, answer: { code: "InternalError" } })
      faults.add({ ...once, action: "*" })
      expect((yield* call("CreateTags")).split(" ")[0]).toBe("InternalError")
      expect(yield* call("CreateTags")).toBe("cut")
    }))
})

describe("who waits for a fault", () => {
  it.effect("goes on when it has struck so often; of `after`, not before the effect is there", () =>
    Effect.gen(function*() {
      const { call, faults, told } = world()
      const id = faults.add({ action: "*", when: "after", answer: "lost" })
      const waiting = yield* Effect.forkChild(faults.fired(id, 2))
      yield* call("A")
      yield* Effect.yieldNow
      expect(waiting.pollUnsafe()).toBeUndefined()
      yield* call("B")
      yield* Fiber.join(waiting)
      expect(told).toContain("B done")
      yield* faults.fired(id, 2)
    }))

  it.effect("for one that there is not goes on at once", () => world().faults.fired("7", 1))
})

describe("the codes of a controller's life", () => {
  it("have words of their own; others are told to be a fault's", () => {
    for (const [code, message] of Object.entries(knownCodes)) expect([code, messageOf(code)]).toEqual([code, message])
    expect(messageOf("Odd")).toBe("Odd: answered by a fault.")
  })
})
