import { Agent } from "node:https"
import { createServer, connect as connectPlain } from "node:net"
import { connect } from "node:tls"
import { expect, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Scope, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import { servingPair } from "../../src/webhook/TlsSource.js"
import * as WebhookServer from "../../src/webhook/WebhookServer.js"
import { call, makePair, sourceOf } from "./support.js"

type Options = Partial<WebhookServer.WebhookServerOptions>

const echo = ({ body, path }: { readonly body: string; readonly path: string }) => Effect.succeed({ status: 200 as const, body: `${path} ${body}` })

const serve = Effect.fnUntraced(function*(options: Options = {}) {
  const { ca, pair } = yield* makePair()
  const tls = options.tls ?? (yield* sourceOf(pair))
  const server = yield* WebhookServer.make({
    host: "127.0.0.1",
    port: 0,
    admit: echo,
    ready: Effect.succeed(true),
    ...options,
    limits: { linger: Duration.zero, ...options.limits },
    tls
  })
  return { ...server, ca, tls, to: { port: server.port, ca } }
})

it.live("gives the body to the webhook that is called, whatever the query, and its answer back as JSON of known length", () =>
  Effect.gen(function*() {
    const { to } = yield* serve()
    const answer = yield* call({ ...to, path: "/validate-v1-node?timeout=10s", body: "ü" })
    expect(answer).toMatchObject({
      status: 200,
      body: "/validate-v1-node ü",
      headers: { "content-type": "application/json", "content-length": "20" }
    })
  }))

it.live("refuses what is no call of a webhook, with the reason", () =>
  Effect.gen(function*() {
    const { figures, to } = yield* serve()
    const method = yield* call({ ...to, method: "GET" })
    expect(method).toMatchObject({ status: 405, headers: { allow: "POST" } })
    expect(yield* call({ ...to, path: "/mutate" })).toMatchObject({ status: 404, body: "there is no webhook at /mutate" })
    expect(yield* call({ ...to, headers: { "Content-Type": "text/yaml" } })).toMatchObject({ status: 415, body: expect.stringContaining("text/yaml") })
    expect(yield* call({ ...to, headers: { "Content-Encoding": "gzip" } })).toMatchObject({ status: 415, body: expect.stringContaining("gzip") })
    expect(yield* call({ ...to, headers: { "Content-Type": "Application/JSON; charset=utf-8" } })).toMatchObject({ status: 200 })
    expect(yield* call({ ...to, body: Buffer.from([0x22, 0xff, 0x22]) })).toMatchObject({ status: 400, body: expect.stringContaining("UTF-8") })
    expect((yield* figures).answers).toContainEqual({ path: "other", status: 404, count: 1 })
  }))

it.live("tells its own health by GET", () =>
  Effect.gen(function*() {
    const { to } = yield* serve({ ready: Effect.succeed(false) })
    expect(yield* call({ ...to, path: "/healthz", method: "GET" })).toMatchObject({ status: 200, body: "ok" })
    expect(yield* call({ ...to, path: "/healthz" })).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } })
  }))

it.live("refuses a body that is too large, announced or not, and goes on to serve", () =>
  Effect.gen(function*() {
    const { figures, to } = yield* serve({ limits: { bodyBytes: 1_000 } })
    const large = "x".repeat(1_001)
    expect(yield* call({ ...to, body: large })).toMatchObject({ status: 413, headers: { connection: "close" } })
    expect(yield* call({ ...to, body: large, headers: { "Transfer-Encoding": "chunked" } })).toMatchObject({ status: 413 })
    expect(yield* call({ ...to, body: "x".repeat(1_000) })).toMatchObject({ status: 200 })
    expect(yield* figures).toMatchObject({ heldBytes: 0, inFlight: 0 })
  }))

it.live("answers 503 as long as the policies are not known, so that failurePolicy decides", () =>
  Effect.gen(function*() {
    let isReady = false
    const { to } = yield* serve({ ready: Effect.sync(() => isReady) })
    expect(yield* call(to)).toMatchObject({ status: 503, headers: { "retry-after": "1" }, body: "the policies are not known yet" })
    isReady = true
    expect(yield* call(to)).toMatchObject({ status: 200 })
  }))

it.effect("gives a decision its time and not more, and interrupts it then", () =>
  Effect.gen(function*() {
    const asked = yield* Deferred.make<void>()
    let interrupted = false
    const stuck = Deferred.succeed(asked, undefined).pipe(
      Effect.andThen(Effect.never),
      Effect.onInterrupt(() => Effect.sync(() => void (interrupted = true)))
    )
    const { to } = yield* serve({ admit: () => stuck })
    const answer = yield* Effect.forkChild(call(to))
    yield* Deferred.await(asked)
    // The decision runs in the turn that asked: after it the clock of its time runs, too.
    yield* Effect.yieldNow
    yield* TestClock.adjust("8 seconds")
    expect(yield* Fiber.join(answer)).toMatchObject({ status: 503, body: "there was no decision within 8 s" })
    expect(interrupted).toBe(true)
  }))

it.live("waits for a decision that takes its time, and for no more of them at once than it may", () =>
  Effect.gen(function*() {
    const asked = yield* Deferred.make<void>()
    const open = yield* Deferred.make<void>()
    const { to } = yield* serve({
      admit: (request) => Deferred.succeed(asked, undefined).pipe(Effect.andThen(Deferred.await(open)), Effect.andThen(echo(request))),
      limits: { requests: 1 }
    })
    const waiting = yield* Effect.forkChild(call(to))
    yield* Deferred.await(asked)
    expect(yield* call(to)).toMatchObject({ status: 503, body: "1 reviews are being decided already" })
    yield* Deferred.succeed(open, undefined)
    expect(yield* Fiber.join(waiting)).toMatchObject({ status: 200 })
    expect(yield* call(to)).toMatchObject({ status: 200 })
  }))

it.live("holds no more bytes of bodies than it may", () =>
  Effect.gen(function*() {
    const { to } = yield* serve({ limits: { heldBytes: 10 } })
    expect(yield* call({ ...to, body: "x".repeat(11) })).toMatchObject({ status: 503, body: "too many bytes are being received" })
    expect(yield* call({ ...to, body: "x".repeat(10) })).toMatchObject({ status: 200 })
  }))

it.live("survives a decision that fails unexpectedly", () =>
  Effect.gen(function*() {
    const { to } = yield* serve({ admit: ({ body }) => body === "bad" ? Effect.die(new Error("boom")) : echo({ body, path: "" }) })
    expect(yield* call({ ...to, body: "bad" })).toMatchObject({ status: 500 })
    expect(yield* call(to)).toMatchObject({ status: 200 })
  }))

it.live("survives a decision that throws before there is an effect, once it is ready and before", () =>
  Effect.gen(function*() {
    const broken = (): never => {
      throw new Error("boom")
    }
    const { to } = yield* serve({ admit: ({ body }) => body === "bad" ? broken() : echo({ body, path: "" }) })
    expect(yield* call({ ...to, body: "bad" })).toMatchObject({ status: 500 })
    expect(yield* call(to)).toMatchObject({ status: 200 })
    expect(yield* call({ ...to, body: "bad" })).toMatchObject({ status: 500 })
    expect(yield* call(to)).toMatchObject({ status: 200 })
  }))

it.live("lets go of a decision whose client has gone", () =>
  Effect.gen(function*() {
    const asked = yield* Deferred.make<void>()
    const dropped = yield* Deferred.make<void>()
    const { figures, to } = yield* serve({
      admit: () => Deferred.succeed(asked, undefined).pipe(Effect.andThen(Effect.never), Effect.onInterrupt(() => Deferred.succeed(dropped, undefined))),
      // Not because its time is over.
      limits: { decision: Duration.hours(1) }
    })
    const socket = connect({ host: "127.0.0.1", port: to.port, ca: to.ca })
    socket.on("error", () => undefined)
    socket.write("POST /mutate-v1-pod HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    yield* Deferred.await(asked)
    socket.destroy()
    yield* Deferred.await(dropped)
    expect((yield* figures).inFlight).toBe(0)
  }))

it.live("cuts off a client that sends too slowly", () =>
  Effect.gen(function*() {
    const { to } = yield* serve({ limits: { receiving: Duration.millis(200) } })
    const text = yield* Effect.callback<string>((resume) => {
      const socket = connect({ host: "127.0.0.1", port: to.port, ca: to.ca })
      let heard = ""
      socket.on("data", (chunk: Buffer) => (heard += chunk.toString()))
      socket.on("close", () => resume(Effect.succeed(heard)))
      socket.write("POST /mutate-v1-pod HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    })
    expect(text).toMatch(/^HTTP\/1.1 408 /)
  }))

it.live("takes no more connections than it may", () =>
  Effect.gen(function*() {
    const { to } = yield* serve({ limits: { connections: 1 } })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(yield* call({ ...to, agent })).toMatchObject({ status: 200 })
    expect(["ECONNRESET", "EPIPE"]).toContain(yield* Effect.flip(call(to)))
    expect(yield* call({ ...to, agent })).toMatchObject({ status: 200 })
    agent.destroy()
  }))

it.live("finishes what is in flight when it ends, and closes the connection after it", () =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const asked = yield* Deferred.make<void>()
    const open = yield* Deferred.make<void>()
    const slow = Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(open))
    const { to } = yield* Effect.provideService(
      serve({ admit: (request) => Effect.andThen(request.body === "slow" ? slow : Effect.void, echo(request)) }),
      Scope.Scope,
      scope
    )
    const agent = new Agent({ keepAlive: true })
    const waiting = yield* Effect.forkChild(call({ ...to, agent, body: "slow" }))
    yield* Deferred.await(asked)
    const ending = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    const refused = yield* Effect.flip(Effect.repeat(call(to), { times: 1_000 }))
    expect(refused).toBe("ECONNREFUSED")
    yield* Deferred.succeed(open, undefined)
    expect(yield* Fiber.join(waiting)).toMatchObject({ status: 200, headers: { connection: "close" } })
    yield* Fiber.join(ending)
  }))

it.live("cuts what does not finish in time", () =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const asked = yield* Deferred.make<void>()
    const { to } = yield* Effect.provideService(
      serve({ admit: () => Effect.andThen(Deferred.succeed(asked, undefined), Effect.never), limits: { finishing: Duration.millis(50) } }),
      Scope.Scope,
      scope
    )
    const waiting = yield* Effect.forkChild(Effect.flip(call(to)))
    yield* Deferred.await(asked)
    yield* Scope.close(scope, Exit.void)
    expect(yield* Fiber.join(waiting)).toBe("ECONNRESET")
  }))

it.effect("serves for a while after its end was asked for: API servers hear of it later", () =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const { to } = yield* Effect.provideService(serve({ limits: { linger: Duration.seconds(30) } }), Scope.Scope, scope)
    const ending = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* TestClock.adjust("29 seconds")
    expect(yield* call(to)).toMatchObject({ status: 200 })
    yield* TestClock.adjust("1 second")
    yield* Fiber.join(ending)
    expect(yield* Effect.flip(call(to))).toBe("ECONNREFUSED")
  }))

it.live("serves a new certificate to new connections, and keeps those that there are", () =>
  Effect.gen(function*() {
    const { tls, to } = yield* serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const before = yield* call({ ...to, agent })
    const other = yield* makePair()
    const pair = servingPair(other.pair)
    if (pair._tag === "Failure") return expect.fail(pair.failure)
    yield* SubscriptionRef.set(tls.pair, pair.success)
    yield* Effect.yieldNow
    expect(yield* call({ ...to, ca: other.ca })).toMatchObject({ status: 200 })
    expect(yield* Effect.flip(call(to))).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/)
    expect(yield* call({ ...to, agent })).toMatchObject({ status: 200, fingerprint: before.fingerprint })
    agent.destroy()
  }))

it.live("counts handshakes that fail, and is not troubled by them", () =>
  Effect.gen(function*() {
    const { figures, to } = yield* serve()
    yield* Effect.callback<void>((resume) => {
      const socket = connectPlain({ host: "127.0.0.1", port: to.port })
      socket.on("error", () => undefined)
      socket.on("close", () => resume(Effect.void))
      socket.write("GET / HTTP/1.1\r\n\r\n")
    })
    expect((yield* figures).failedHandshakes).toBe(1)
    expect(yield* call(to)).toMatchObject({ status: 200 })
  }))

it.live("says what to do about an address that cannot be had", () =>
  Effect.gen(function*() {
    const taken = createServer()
    const port = yield* Effect.callback<number>((resume) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    })
    const inUse = yield* Effect.flip(serve({ port }))
    expect(inUse).toMatchObject({ reason: "Address", isRetryable: true })
    expect(inUse.message).toBe(`the webhook's address 127.0.0.1:${port} is in use: stop the program that listens there, or choose another port`)
    taken.close()
    expect((yield* Effect.flip(serve({ host: "192.0.2.1" }))).message).toContain("is no address of this machine")
    expect((yield* Effect.flip(serve({ port: 70_000 }))).message).toContain("cannot listen at 127.0.0.1:70000")
  }))
