import { expect, it } from "@effect/vitest"
import { MayLeave } from "@branchline/core/ports/MayLeave"
import { Duration, Effect, Fiber } from "effect"
import { exchange } from "@branchline/adapter-k8s/http/Exchange"
import { Scripted } from "../support/Scripted.js"

const request = { origin: "http://a", method: "GET", path: "/", headers: {} } as const

/** An exchange under way, the other end, and whether anything went on after it. */
const asking = Effect.gen(function*() {
  const connection = new Scripted()
  let wentOn = false
  const fiber = yield* Effect.forkChild(
    Effect.ensuring(Effect.result(exchange(connection, request, Duration.seconds(1))), Effect.sync(() => {
      wentOn = true
    })),
    { startImmediately: true }
  )
  return { connection, fiber, wentOn: () => wentOn }
})

it.effect("goes on only when undici's callback has returned, with an answer", () =>
  Effect.gen(function*() {
    const { connection, fiber, wentOn } = yield* asking
    connection.start()
    connection.head(200)
    connection.data(2)
    connection.end()
    expect(wentOn()).toBe(false)
    expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Success", success: { status: 200, body: "\u0000\u0000" } })
    expect(wentOn()).toBe(true)
  }))

it.effect("goes on only when undici's callback has returned, with an error too", () =>
  Effect.gen(function*() {
    const { connection, fiber, wentOn } = yield* asking
    connection.start()
    connection.fail(new Error("reset"))
    expect(wentOn()).toBe(false)
    expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Failure", failure: { sent: true } })
  }))

it.effect("that nobody waits for any more is aborted as it begins", () =>
  Effect.gen(function*() {
    const { connection, fiber } = yield* asking
    yield* Fiber.interrupt(fiber)
    expect(connection.said).toEqual([])
    connection.start()
    expect(connection.said).toEqual(["abort"])
  }))

it.effect("that may not leave any more when its connection stands is not sent", () =>
  Effect.gen(function*() {
    let leads = true
    const connection = new Scripted()
    const asked = Effect.result(exchange(connection, request, Duration.seconds(1))).pipe(Effect.provideService(MayLeave, () => leads))
    const fiber = yield* Effect.forkChild(asked, { startImmediately: true })
    leads = false
    connection.start()
    expect(connection.said).toEqual(["abort"])
    connection.fail(new Error("not sent"))
    expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Failure", failure: { sent: false } })
  }))
