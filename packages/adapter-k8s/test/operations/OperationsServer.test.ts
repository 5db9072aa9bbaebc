import { createServer, request, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { networkInterfaces } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { health } from "../../src/operations/server/Health.js"
import type * as Metrics from "../../src/operations/Metrics.js"
import * as OperationsServer from "../../src/operations/OperationsServer.js"
import { play, pod, policy } from "./support/MeasuredWorld.js"
import { parse, sampleOf } from "./support/PrometheusText.js"

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A plain HTTP client; the connection is not kept. */
const ask = (port: number, path: string, options: { readonly method?: string; readonly host?: string } = {}): Effect.Effect<Answer, Error> =>
  Effect.callback((resume) => {
    const outgoing = request({ host: options.host ?? "127.0.0.1", port, path, method: options.method ?? "GET", agent: false }, (incoming) => {
      const parts: Array<Buffer> = []
      incoming.on("data", (part: Buffer) => parts.push(part))
      incoming.on("end", () => resume(Effect.succeed({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts).toString("utf8") })))
      incoming.on("error", (error) => resume(Effect.fail(error)))
    })
    outgoing.on("error", (error) => resume(Effect.fail(error)))
    outgoing.end()
  })

const anywhere = { host: "127.0.0.1", port: 0 }
const nothing: OperationsServer.OperationsOptions = { of: { text: () => Effect.succeed("") }, sources: {} }

/** A controller that has served a pod, in a world that stands still now. */
const served = () => {
  const world = play({}, (of) =>
    Effect.gen(function*() {
      yield* of.apply(policy())
      yield* of.offering
      yield* of.apply(pod("web-0"))
      yield* of.waitForPhase("web-0", "Running")
      return of
    }))
  return { world, nodeName: [...world.nodes.keys()][0]! }
}

/** The addresses of this machine that others reach. */
const outsideAddresses = Object.values(networkInterfaces()).flatMap((all = []) =>
  all.flatMap(({ address, family, internal }) => (family === "IPv4" && !internal ? [address] : [])))

/** A free port, as far as one can know. */
const freePort = Effect.callback<number>((resume) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address() as AddressInfo
    probe.close(() => resume(Effect.succeed(port)))
  })
})

describe("The operations server", () => {
  it.live("serves metrics that a scraper reads", () =>
    Effect.gen(function*() {
      const { world } = served()
      const ports = yield* OperationsServer.make({ metrics: anywhere, of: world.metrics, sources: world.sources })
      const { body, headers, status } = yield* ask(ports.metrics!, "/metrics")
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
      assert.strictEqual(sampleOf(parse(body), "branchline_branches", { state: "InUse" }), 1)
      assert.deepStrictEqual([ports.health, ports.introspection], [undefined, undefined])
    }))

  it.live("answers HEAD with the length and without the body", () =>
    Effect.gen(function*() {
      const { world } = served()
      const ports = yield* OperationsServer.make({ metrics: anywhere, health: anywhere, introspection: anywhere, of: world.metrics, sources: world.sources })
      for (const [port, path] of [[ports.metrics, "/metrics"], [ports.health, "/healthz"], [ports.introspection, "/introspect"]] as const) {
        const whole = yield* ask(port!, path)
        const head = yield* ask(port!, path, { method: "HEAD" })
        assert.deepStrictEqual([head.status, head.body], [200, ""])
        assert.strictEqual(head.headers["content-type"], whole.headers["content-type"])
        assert.isAbove(Number(head.headers["content-length"]), 0)
      }
    }))

  it.live("answers an unknown path with those that there are, and another method with those that there are", () =>
    Effect.gen(function*() {
      const ports = yield* OperationsServer.make({ ...nothing, health: anywhere })
      const lost = yield* ask(ports.health!, "/health")
      assert.strictEqual(lost.status, 404)
      assert.strictEqual(lost.body, "404: no such path; there are:\n  /healthz\n  /readyz\n")
      assert.strictEqual((yield* ask(ports.health!, "/healthz/")).status, 404)
      const posted = yield* ask(ports.health!, "/healthz", { method: "POST" })
      assert.deepStrictEqual([posted.status, posted.headers["allow"]], [405, "GET, HEAD"])
      assert.strictEqual((yield* ask(ports.health!, "/healthz?verbose")).status, 200)
    }))

  it.live("tells which check fails, and why: also one that hangs, and one that breaks", () =>
    Effect.gen(function*() {
      let filled = false
      const ports = yield* OperationsServer.make({
        ...nothing,
        health: anywhere,
        alive: [OperationsServer.whether("event loop", Effect.succeed(true), "it stands")],
        ready: [
          OperationsServer.whether("policies", Effect.sync(() => filled), "the policies have not been listed yet"),
          { name: "certificate", verify: Effect.sync(() => (filled ? undefined : "/tls/tls.crt does not exist")) },
          { name: "slow", verify: Effect.suspend(() => (filled ? Effect.succeed(undefined) : Effect.never)) },
          { name: "broken", verify: Effect.suspend(() => (filled ? Effect.succeed(undefined) : Effect.die(new Error("no such table")))) }
        ]
      })
      const before = yield* ask(ports.health!, "/readyz")
      assert.strictEqual(before.status, 503)
      assert.deepStrictEqual(before.body.trimEnd().split("\n"), [
        "[-] policies: the policies have not been listed yet",
        "[-] certificate: /tls/tls.crt does not exist",
        "[-] slow: it did not answer within 800 millis",
        "[-] broken: it failed: Error: no such table",
        "readyz check failed"
      ])
      assert.strictEqual((yield* ask(ports.health!, "/healthz")).body, "[+] event loop: ok\nhealthz check passed\n")
      filled = true
      const after = yield* ask(ports.health!, "/readyz")
      assert.deepStrictEqual([after.status, after.body.split("\n")[0]], [200, "[+] policies: ok"])
    }))

  it.effect("gives a check no more time than a probe has", () =>
    Effect.gen(function*() {
      const probe = yield* Effect.forkChild(health([{ name: "slow", verify: Effect.never }], "passed", "failed"))
      yield* TestClock.adjust("900 millis")
      const page = yield* Fiber.join(probe)
      assert.deepStrictEqual([page.status, page.body], [503, "[-] slow: it did not answer within 800 millis\nfailed\n"])
    }))

  it.live("lets one look into it: everything, a node, a pod, and what there is not", () =>
    Effect.gen(function*() {
      const { nodeName, world } = served()
      const ports = yield* OperationsServer.make({ introspection: anywhere, of: world.metrics, sources: world.sources, version: "1.2.3" })
      const get = (path: string) => ask(ports.introspection!, path)
      const Everything = Schema.Struct({ version: Schema.String, trunks: Schema.Array(Schema.Struct({ node: Schema.String })) })
      const all = yield* get("/introspect")
      assert.match(all.headers["content-type"] ?? "", /^application\/json/)
      assert.deepStrictEqual(Schema.decodeUnknownSync(Everything)(JSON.parse(all.body)), { version: "1.2.3", trunks: [{ node: nodeName }] })
      assert.include((yield* get(`/introspect/nodes/${nodeName}`)).body, `"node": "${nodeName}"`)
      assert.include((yield* get("/introspect/pods/default/web%2D0")).body, '"_tag": "Served"')
      const nobody = yield* get("/introspect/pods/default/nobody")
      assert.deepStrictEqual([nobody.status, nobody.body], [404, "404: the controller knows no pod default/nobody\n"])
      assert.strictEqual((yield* get("/introspect/nodes/nobody")).status, 404)
      assert.include((yield* get("/introspect/nodes/")).body, "  /introspect/nodes/<name>\n")
      assert.strictEqual((yield* get("/introspect/nodes/%ff%")).status, 404)
    }))

  it.live("sends one to the leader where no controller runs", () =>
    Effect.gen(function*() {
      const sources: Metrics.Sources = { controller: Effect.succeed(undefined), leadership: Effect.succeed({ leading: false, holder: "branchline-1" }) }
      const ports = yield* OperationsServer.make({ ...nothing, sources, introspection: anywhere })
      assert.include((yield* ask(ports.introspection!, "/introspect")).body, '"holder": "branchline-1"')
      assert.strictEqual((yield* ask(ports.introspection!, "/introspect/nodes/any")).status, 503)
    }))

  it.live("shares one server where the ports are equal, and introspection still answers on loopback alone", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const ports = yield* OperationsServer.make({
        ...nothing,
        metrics: { host: "0.0.0.0", port },
        health: { host: "0.0.0.0", port },
        introspection: { host: "127.0.0.1", port }
      })
      assert.deepStrictEqual(ports, { metrics: port, health: port, introspection: port })
      for (const path of ["/metrics", "/healthz", "/introspect"]) assert.strictEqual((yield* ask(port, path)).status, 200)
      for (const host of outsideAddresses) {
        assert.strictEqual((yield* ask(port, "/healthz", { host })).status, 200)
        const shut = yield* ask(port, "/introspect", { host })
        assert.strictEqual(shut.status, 404)
        assert.notInclude(shut.body, "/introspect")
      }
    }))

  it.live("names the port that is in use, and the mend", () =>
    Effect.gen(function*() {
      const first = yield* OperationsServer.make({ ...nothing, metrics: anywhere })
      const second = yield* Effect.result(OperationsServer.make({ ...nothing, metrics: { host: "127.0.0.1", port: first.metrics! } }))
      if (second._tag === "Success") return assert.fail("both listen")
      assert.deepStrictEqual(
        [second.failure._tag, second.failure.reason, second.failure.port, second.failure.message],
        [
          "OperationsServerError",
          "PortInUse",
          first.metrics,
          `port in use: cannot listen on 127.0.0.1:${first.metrics} (/metrics); end the process that has it, or choose another port`
        ]
      )
      const nowhere = yield* Effect.result(OperationsServer.make({ ...nothing, metrics: { host: "198.51.100.1", port: 0 } }))
      assert.strictEqual(nowhere._tag === "Failure" && nowhere.failure.reason, "AddressUnavailable")
    }))

  it.live("gives the answer that is under way before it closes, and frees the port", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const text = () => Deferred.succeed(asked, undefined).pipe(Effect.andThen(Deferred.await(go)), Effect.as("late 1\n"))
      const ports = yield* OperationsServer.make({ ...nothing, of: { text }, metrics: anywhere }).pipe(Scope.provide(scope))
      const answer = yield* Effect.forkChild(ask(ports.metrics!, "/metrics"))
      yield* Deferred.await(asked)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual((yield* Fiber.join(answer)).body, "late 1\n")
      yield* Fiber.join(closing)
      assert.strictEqual((yield* Effect.result(ask(ports.metrics!, "/metrics")))._tag, "Failure")
      const again = yield* OperationsServer.make({ ...nothing, metrics: { host: "127.0.0.1", port: ports.metrics! } })
      assert.strictEqual(again.metrics, ports.metrics)
    }))
})
