import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Stream } from "effect"
import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { setImmediate } from "node:timers"
import { configMaps } from "@branchline/core/model/Resource"
import type { WatchEnd } from "@branchline/core/ports/Kubernetes"
import { portTo } from "../support/Port.js"
import { gone, json, serve } from "../support/Server.js"

const object = (name: string, resourceVersion = "8") => ({ metadata: { name, namespace: "default", uid: name, resourceVersion }, data: { text: "ä€😀" } })
const line = (type: string, body: unknown): string => `${JSON.stringify({ type, object: body })}\n`

/** A server whose lists are at version 7, and whose watches do as the test says. */
const watched = (onWatch: (response: ServerResponse, url: URL) => void) =>
  Effect.gen(function*() {
    const server = yield* serve(({ url }, response) => {
      const asked = new URL(url, "http://a")
      if (asked.searchParams.has("watch")) onWatch(response, asked)
      else json(response, 200, { metadata: { resourceVersion: "7" }, items: [] })
    })
    const port = yield* portTo(server.origin, { watchTimeout: "1 minute" })
    return { server, watch: port.watch(configMaps, { namespace: "default", resourceVersion: "7" }), port }
  })

/** What a watch told, and how it ended. */
const story = (onWatch: (response: ServerResponse, url: URL) => void) =>
  Effect.gen(function*() {
    const { watch } = yield* watched(onWatch)
    const told: Array<string> = []
    const end: WatchEnd = yield* Effect.flip(Stream.runForEach(watch, (event) =>
      Effect.sync(() => {
        told.push(event._tag === "Bookmark" ? `Bookmark ${event.resourceVersion}` : event._tag === "Malformed" ? "Malformed" : `${event._tag} ${event.object.metadata.name}`)
      })))
    return { told, end }
  })

/** Writes the parts one after the other, so that each is a chunk of its own. */
const inParts = (response: ServerResponse, parts: ReadonlyArray<string | Buffer>, end: () => void): void => {
  const [part, ...others] = parts
  if (part === undefined) end()
  else response.write(part, () => setImmediate(() => inParts(response, others, end)))
}

const failed = (tag: string, message: string) => ({
  _tag: "Failed",
  error: { operation: "watch configmaps default", reason: { _tag: tag }, message: expect.stringContaining(message) as string }
})

describe("a watch", () => {
  it.effect("asks for bookmarks, an end that is drawn, and what comes after the version", () =>
    Effect.gen(function*() {
      const asked: Array<URLSearchParams> = []
      yield* story((response, url) => {
        asked.push(url.searchParams)
        response.end()
      })
      const { timeoutSeconds, ...others } = Object.fromEntries(asked[0] ?? [])
      expect(others).toEqual({ watch: "true", allowWatchBookmarks: "true", resourceVersion: "7" })
      expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(60)
      expect(Number(timeoutSeconds)).toBeLessThanOrEqual(120)
    }))

  it.effect("tells what comes, however it is cut, and ends Closed in good order", () =>
    Effect.gen(function*() {
      const all = Buffer.from(line("ADDED", object("one")) + line("MODIFIED", object("one", "9")) + line("BOOKMARK", { metadata: { resourceVersion: "10" } }) + line("DELETED", object("one", "11")))
      const parts = [all.subarray(0, 5), all.subarray(5, 110), all.subarray(110, 121), all.subarray(121)]
      const { end, told } = yield* story((response) => inParts(response, parts, () => response.end()))
      expect(told).toEqual(["Added one", "Modified one", "Bookmark 10", "Deleted one"])
      expect(end).toEqual({ _tag: "Closed" })
    }))

  it.effect("that is reset in the middle of a line is Failed, and the line is not told", () =>
    Effect.gen(function*() {
      const parts = [line("ADDED", object("one")), line("ADDED", object("two")).slice(0, -1)]
      const { end, told } = yield* story((response) => inParts(response, parts, () => response.destroy()))
      expect(told).toEqual(["Added one"])
      expect(end).toMatchObject(failed("Unavailable", "no answer from"))
    }))

  it.effect("that ends in the middle of a line is Failed, and the line is not told", () =>
    Effect.gen(function*() {
      const parts = [line("ADDED", object("one")), line("ADDED", object("two")).slice(0, -1)]
      const { end, told } = yield* story((response) => inParts(response, parts, () => response.end()))
      expect(told).toEqual(["Added one"])
      expect(end).toMatchObject(failed("Unavailable", "in the middle of a line"))
    }))

  it.effect("tells what came before an error in the same chunk, and nothing after it", () =>
    Effect.gen(function*() {
      const gone = line("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" })
      const { end, told } = yield* story((response) => response.end(line("ADDED", object("one")) + gone + line("ADDED", object("two"))))
      expect(told).toEqual(["Added one"])
      expect(end).toEqual({ _tag: "Expired" })
    }))

  it.effect("says what a line was that is no JSON", () =>
    Effect.gen(function*() {
      const { end, told } = yield* story((response) => response.end(`${line("ADDED", object("one"))}{"type":\n${line("ADDED", object("two"))}`))
      expect(told).toEqual(["Added one"])
      expect(end).toMatchObject(failed("Unavailable", "no JSON, and what it said is lost: {\"type\":"))
    }))

  it.effect.each<[number, Readonly<Record<string, string>>, unknown]>([
    [401, {}, failed("Forbidden", "does not accept our credentials")],
    [403, {}, failed("Forbidden", "words")],
    [410, {}, { _tag: "Expired" }],
    [429, { "retry-after": "3" }, { _tag: "Failed", error: { reason: { _tag: "TooManyRequests", retryAfter: 3000 } } }],
    [500, {}, failed("Unavailable", "words")],
    [503, {}, failed("Unavailable", "words")]
  ])("that is refused with %s", ([status, headers, expected]) =>
    Effect.gen(function*() {
      const { end, told } = yield* story((response) => json(response, status, { kind: "Status", code: status, message: "words" }, headers))
      expect(told).toEqual([])
      expect(end).toMatchObject(expected as object)
    }))

  it.effect("from a version that the server has not reached is Expired", () =>
    Effect.gen(function*() {
      const { port } = yield* watched((response) => response.flushHeaders())
      expect(yield* Effect.flip(Stream.runDrain(port.watch(configMaps, { resourceVersion: "8" })))).toEqual({ _tag: "Expired" })
    }))

  it.effect("has a connection of its own, which is closed when nobody listens any more", () =>
    Effect.gen(function*() {
      const told = Latch.makeUnsafe(false)
      const open = new Set<Socket>()
      const { port, watch } = yield* watched((response) => {
        const { socket } = response
        if (socket !== null) {
          open.add(socket)
          socket.on("close", () => open.delete(socket))
        }
        response.write(line("ADDED", object("one")))
      })
      const watching = yield* Effect.forEach([1, 2, 3], () =>
        Effect.forkChild(Stream.runForEach(watch, () => Effect.sync(() => open.size === 3 && told.openUnsafe()))))
      yield* told.await
      // Calls are served while watches are open.
      yield* port.list(configMaps)
      expect(open.size).toBe(3)
      yield* Effect.forEach(watching, Fiber.interrupt)
      yield* gone(open)
      yield* port.list(configMaps)
    }))

  // Where something goes on inside of a callback of undici's, the watch is resumed inside its parser, which ends the process.
  it.effect("holds back what nobody takes, and loses nothing of it", () =>
    Effect.gen(function*() {
      const count = 400
      const big = { ...object("big"), data: { text: "x".repeat(16_384) } }
      const { watch } = yield* watched((response) => {
        for (let each = 0; each < count; each++) response.write(line("MODIFIED", big))
        response.end()
      })
      let told = 0
      const end = yield* Effect.flip(Stream.runForEach(watch, () =>
        Effect.map(Effect.yieldNow, () => {
          told += 1
        })))
      expect([told, end]).toEqual([count, { _tag: "Closed" }])
    }))
})
