import { Clock, Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { readAddress } from "../../src/observe/Address.js"
import { Observation } from "../../src/observe/Report.js"
import { routes, serve } from "../../src/observe/Serve.js"
import { atStart, type State } from "../../src/observe/State.js"
import { pod } from "../support/Documents.js"
import { played } from "../support/Live.js"
import { healthy, watching } from "./Beside.js"
import { samplesOf } from "./Exposition.js"

const observed = played(Effect.gen(function*() {
  const { world } = yield* healthy()
  const watch = yield* watching(world)
  yield* watch.rounds(2)
  yield* world.serveWebhooks(() => Effect.fail("away"))
  yield* world.apply(pod("slipped"))
  yield* watch.rounds(2)
  return yield* watch.observer.state
}))

const page = (state: State, path: string) => routes(Effect.succeed(state)).find((route) => route.path === path)!.page([])

describe("what is served", () => {
  it("is conditions and differences as the schema says, the same that --once prints", () => {
    const { body, contentType, status } = Effect.runSync(page(observed, "/conditions"))!
    expect([status, contentType]).toEqual([200, "application/json; charset=utf-8"])
    const { conditions, differences, takenAt } = Schema.decodeUnknownSync(Observation)(JSON.parse(body))
    expect(takenAt).toMatch(/^2022-09-06T08:\d\d:\d\d\.\d{3}Z$/)
    expect(conditions.find(({ type }) => type === "PodsAsk")).toMatchObject({ status: "False", reason: "RequestMissing", count: 1, lastTransitionTime: takenAt })
    expect(differences).toMatchObject([{ kind: "RequestMissing", condition: "PodsAsk", pod: "default/slipped" }])
  })

  it("is healthy while rounds go on, and ready once something has been seen", () => {
    const at = (millis: number, path: string) =>
      played(Effect.gen(function*() {
        const started = atStart(60_000, yield* Clock.currentTimeMillis)
        yield* Effect.sleep(millis)
        return (yield* page(started, path))?.status
      }))
    expect([at(0, "/healthz"), at(11 * 60_000 - 1, "/healthz"), at(11 * 60_000, "/healthz")]).toEqual([200, 200, 503])
    expect(at(0, "/readyz")).toBe(503)
    expect(Effect.runSync(page(observed, "/readyz"))?.status).toBe(200)
  })

  it("is reached over HTTP until the scope ends", async () => {
    const { after, body, status } = await Effect.runPromise(Effect.gen(function*() {
      const url = (port: number) => `http://127.0.0.1:${port}/metrics`
      const [port, answer] = yield* Effect.scoped(Effect.gen(function*() {
        const port = yield* serve(Effect.succeed(observed), { host: "127.0.0.1", port: 0 })
        const answer = yield* Effect.promise(() => fetch(url(port)).then(async (response) => ({ status: response.status, body: await response.text() })))
        return [port, answer] as const
      }))
      return { ...answer, after: yield* Effect.promise(() => fetch(url(port)).then(() => "answered", () => "refused")) }
    }))
    expect(status).toBe(200)
    expect(samplesOf(body).find(({ labels, name }) => name === "branchline_observe_differences" && labels["kind"] === "RequestMissing")?.value).toBe(1)
    expect(after).toBe("refused")
  })

  it("cannot be served at a port that is taken, and says so", async () => {
    const message = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const port = yield* serve(Effect.succeed(observed), { host: "127.0.0.1", port: 0 })
      return yield* Effect.flip(serve(Effect.succeed(observed), { host: "127.0.0.1", port }))
    })))
    expect(message).toMatchObject({ message: expect.stringMatching(/^port in use: cannot listen on 127\.0\.0\.1:\d+/), mend: "choose another --listen" })
  })
})

describe("an address", () => {
  it.each([
    ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
    ["localhost:0", { host: "localhost", port: 0 }],
    [":8080", { host: "0.0.0.0", port: 8080 }],
    ["8080", { host: "0.0.0.0", port: 8080 }],
    ["[::1]:8080", { host: "::1", port: 8080 }]
  ])("%s is read", (text, address) => {
    expect(readAddress(text)).toMatchObject({ _tag: "Success", success: address })
  })

  it.each(["", ":", "localhost", "localhost:", "a:b", "1.2.3.4:70000", "::1:80", "http://x:80"])("%j is refused", (text) => {
    expect(readAddress(text)._tag).toBe("Failure")
  })
})
