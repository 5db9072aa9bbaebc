import { expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as ByteStream from "@branchline/adapter-k8s/http/ByteStream"
import { Scripted } from "../support/Scripted.js"

const request = { origin: "http://a", method: "GET", path: "/", headers: {} } as const

/** A stream whose head has come, and the other end. */
const opened = Effect.gen(function*() {
  const connection = new Scripted()
  const opening = yield* Effect.forkChild(ByteStream.open(connection, request), { startImmediately: true })
  connection.start()
  connection.head(103)
  connection.head(200)
  const stream = yield* Fiber.join(opening)
  return { connection, stream }
})

const mebibyte = 1 << 20

it.effect("tells the connection to pause when a mebibyte waits, and to go on when it is taken", () =>
  Effect.gen(function*() {
    const { connection, stream } = yield* opened
    expect(stream.status).toBe(200)
    connection.data(mebibyte)
    expect(connection.said).toEqual([])
    connection.data(1)
    expect(connection.said).toEqual(["pause"])
    expect((yield* stream.pull)?.map(({ byteLength }) => byteLength)).toEqual([mebibyte, 1])
    expect(connection.said).toEqual(["pause", "resume"])
    connection.end()
    expect(yield* stream.pull).toBeUndefined()
    // The end stays the end.
    expect(yield* stream.pull).toBeUndefined()
  }))

it.effect("does nothing to the connection while it hands a chunk over", () =>
  Effect.gen(function*() {
    const { connection, stream } = yield* opened
    const pulling = yield* Effect.forkChild(stream.pull, { startImmediately: true })
    connection.data(2 * mebibyte)
    // The parser is still at work here.
    expect(connection.said).toEqual(["pause"])
    expect((yield* Fiber.join(pulling))?.length).toBe(1)
    expect(connection.said).toEqual(["pause", "resume"])
  }))

it.effect("aborts when its scope ends, and what has not begun then as it begins", () =>
  Effect.gen(function*() {
    const connection = new Scripted()
    const late = new Scripted()
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Effect.forkScoped(ByteStream.open(connection, request), { startImmediately: true })
      yield* Effect.forkScoped(ByteStream.open(late, request), { startImmediately: true })
      connection.start()
      connection.head(200)
      expect(connection.said).toEqual([])
    }))
    expect(connection.said).toEqual(["abort"])
    expect(late.said).toEqual([])
    late.start()
    expect(late.said).toEqual(["abort"])
  }))
