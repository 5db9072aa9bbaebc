import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { TestClock } from "effect/testing"
import { configMaps, pods, securityGroupPolicies } from "@branchline/core/model/Resource"
import { gone, json, serve } from "../support/Server.js"
import { portTo } from "../support/Port.js"

const stored = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace: "default", uid: "1", resourceVersion: "7" } }
const key = { namespace: "default", name: "one" }
const merge = { _tag: "merge" as const, patch: { data: { a: "1" } } }

describe("what is sent", () => {
  const record = (dryRun: boolean) =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 200, stored))
      const port = yield* portTo(`${server.origin}/base/`, { dryRun, component: "tester", userAgent: "tester/1" })
      yield* port.create(configMaps, { metadata: { name: "one" }, data: { a: "1" } })
      yield* port.patch(configMaps, key, merge)
      yield* port.patch(configMaps, key, { _tag: "json", patch: [{ op: "remove", path: "/data/a" }] }, { subresource: "status" })
      yield* port.delete(configMaps, key, { uid: "1" })
      yield* port.get(configMaps, key)
      return server.seen
    })

  it.effect("paths, types and bodies", () =>
    Effect.map(record(false), (seen) => {
      expect(seen.map(({ body, headers, method, url }) => [method, url, headers["content-type"], body])).toEqual([
        ["POST", "/base/api/v1/namespaces/default/configmaps?fieldManager=tester", "application/json", JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one" }, data: { a: "1" } })],
        ["PATCH", "/base/api/v1/namespaces/default/configmaps/one?fieldManager=tester", "application/merge-patch+json", "{\"data\":{\"a\":\"1\"}}"],
        ["PATCH", "/base/api/v1/namespaces/default/configmaps/one/status?fieldManager=tester", "application/json-patch+json", "[{\"op\":\"remove\",\"path\":\"/data/a\"}]"],
        ["DELETE", "/base/api/v1/namespaces/default/configmaps/one", "application/json", "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"1\"}}"],
        ["GET", "/base/api/v1/namespaces/default/configmaps/one", undefined, ""]
      ])
      for (const { headers } of seen) expect([headers["user-agent"], headers.accept]).toEqual(["tester/1", "application/json"])
    }))

  it.effect("dryRun at every write, and at no read", () =>
    Effect.map(record(true), (seen) => {
      // A deletion says it in its body: there the server does not read the query.
      expect(seen.map(({ body, method, url }) => [method, url.includes("dryRun=All"), body.includes("\"dryRun\":[\"All\"]")])).toEqual([
        ["POST", true, false],
        ["PATCH", true, false],
        ["PATCH", true, false],
        ["DELETE", false, true],
        ["GET", false, false]
      ])
    }))

  it.effect("for an object that is not kept, which therefore has no version", () =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 201, { metadata: { name: "one", namespace: "default", uid: "1" } }))
      const create = (dryRun: boolean) => Effect.map(portTo(server.origin, { dryRun }), (port) => port.create(configMaps, { metadata: { name: "one" } }))
      expect((yield* yield* create(true)).metadata).toEqual({ name: "one", namespace: "default", uid: "1", resourceVersion: "" })
      expect((yield* Effect.flip(yield* create(false))).reason._tag).toBe("Malformed")
    }))

  it.effect("nothing where the name is none", () =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 200, stored))
      const port = yield* portTo(server.origin)
      for (const name of ["", "..", "a/b"]) {
        expect((yield* Effect.flip(port.delete(configMaps, { ...key, name }))).reason._tag).toBe("BadRequest")
        expect((yield* Effect.flip(port.delete(configMaps, { name: "one", namespace: name }))).reason._tag).toBe("BadRequest")
      }
      expect((yield* Effect.flip(port.get(configMaps, { name: "one" }))).reason._tag).toBe("BadRequest")
      expect(server.seen).toEqual([])
    }))

  it.effect("two connections at most for calls that follow each other, as many as need be for calls at once", () =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 200, stored))
      const port = yield* portTo(server.origin)
      // undici takes a connection back a turn of the event loop after the answer: who is quicker gets another one.
      for (let call = 0; call < 10; call++) yield* port.get(configMaps, key)
      expect(server.connections.opened).toBeLessThanOrEqual(2)
      yield* Effect.forEach([1, 2, 3, 4, 5], () => port.get(configMaps, key), { concurrency: "unbounded" })
      expect(server.connections.opened).toBeGreaterThanOrEqual(5)
    }))
})

describe("a list", () => {
  const page = (items: ReadonlyArray<unknown>, more?: string) => ({ metadata: { resourceVersion: "42", continue: more }, items })
  const policy = (name: string, id: string) => ({ metadata: { ...stored.metadata, name }, spec: { securityGroups: { groupIds: [id] } } })

  it.effect("is all its pages, malformed documents apart", () =>
    Effect.gen(function*() {
      const server = yield* serve(({ url }, response) => {
        const token = new URL(url, "http://a").searchParams.get("continue")
        if (token === null) json(response, 200, page([policy("a", "sg-1"), policy("b", "")], "t/1=="))
        else if (token === "t/1==") json(response, 200, page([], "t2"))
        else json(response, 200, page([policy("c", "sg-3"), null]))
      })
      const listing = yield* (yield* portTo(server.origin)).list(securityGroupPolicies, { namespace: "default", fieldSelector: "metadata.name!=z" })
      expect(listing.items.map(({ metadata }) => metadata.name)).toEqual(["a", "c"])
      expect(listing.malformed.map(({ key }) => key)).toEqual([{ namespace: "default", name: "b" }, { namespace: undefined, name: "" }])
      expect(listing.malformed[0]?.problem).toContain("groupIds")
      expect(listing.resourceVersion).toBe("42")
      for (const { url } of server.seen) expect(url).toContain("fieldSelector=metadata.name%21%3Dz&limit=100")
    }))

  it.effect.each<[string, unknown]>([
    ["no object", null],
    ["what a proxy says of itself", { status: "ok" }],
    ["a list without items", { metadata: { resourceVersion: "7" } }],
    ["a list without a version", { metadata: {}, items: [] }]
  ])("is not empty because something else was answered: %s", ([, body]) =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 200, body))
      const error = yield* Effect.flip((yield* portTo(server.origin)).list(configMaps))
      expect([error.reason._tag, error.message]).toEqual(["Unavailable", expect.stringMatching(/^what http.* answered is no list: is it an API server\?$/)])
    }))

  it.effect("is empty where Go wrote no items", () =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 200, { metadata: { resourceVersion: "7" }, items: null }))
      expect(yield* (yield* portTo(server.origin)).list(configMaps)).toEqual({ items: [], malformed: [], resourceVersion: "7" })
    }))

  it.effect("is Expired where a page's token is", () =>
    Effect.gen(function*() {
      const server = yield* serve(({ url }, response) =>
        url.includes("continue")
          ? json(response, 410, { kind: "Status", code: 410, reason: "Expired", message: "The provided continue parameter is too old" })
          : json(response, 200, page([policy("a", "sg-1")], "t1")))
      const error = yield* Effect.flip((yield* portTo(server.origin)).list(securityGroupPolicies))
      expect([error.reason._tag, error.operation, error.message]).toEqual(["Expired", "list securitygrouppolicies", "The provided continue parameter is too old"])
    }))
})

describe("an answer that does not come", () => {
  /** How a read and a write end where the server does this. */
  const ends = (handler: Parameters<typeof serve>[0]) =>
    Effect.gen(function*() {
      const server = yield* serve(handler)
      const port = yield* portTo(server.origin)
      const read = yield* Effect.flip(port.get(configMaps, key))
      const write = yield* Effect.flip(port.patch(configMaps, key, merge))
      expect(server.seen).toHaveLength(2)
      return [read.reason._tag, write.reason._tag]
    })

  it.effect("because the connection is reset: of the write nobody knows", () =>
    Effect.map(ends((_, response) => response.destroy()), (tags) => expect(tags).toEqual(["Unavailable", "UnknownOutcome"])))

  it.effect("whole: of the write nobody knows", () =>
    Effect.map(
      ends((_, response) => {
        response.writeHead(200, { "content-length": "1000" })
        response.write("{\"metadata\":", () => response.destroy())
      }),
      (tags) => expect(tags).toEqual(["Unavailable", "UnknownOutcome"])
    ))

  it.effect("as JSON: of the write nobody knows", () =>
    Effect.map(ends((_, response) => response.end("<html>log in</html>")), (tags) => expect(tags).toEqual(["Unavailable", "UnknownOutcome"])))

  it.effect("in time: of the write nobody knows, and its connection is closed", () =>
    Effect.gen(function*() {
      const came = Latch.makeUnsafe(false)
      const server = yield* serve(() => came.openUnsafe())
      const port = yield* portTo(server.origin, { requestTimeout: "10 seconds" })
      const end = (call: Effect.Effect<unknown, { readonly reason: { readonly _tag: string }; readonly message: string }>) =>
        Effect.gen(function*() {
          came.closeUnsafe()
          const calling = yield* Effect.forkChild(Effect.flip(call))
          yield* came.await
          yield* TestClock.adjust("10 seconds")
          const error = yield* Fiber.join(calling)
          expect(error.message).toContain("no answer within 10s")
          return error.reason._tag
        })
      expect(yield* end(port.get(configMaps, key))).toBe("Unavailable")
      expect(yield* end(port.patch(configMaps, key, merge))).toBe("UnknownOutcome")
      yield* gone(server.connections.open)
    }))

  it.effect("because nobody is there: nothing was done, and the message says where and what to do", () =>
    Effect.gen(function*() {
      const origin = yield* Effect.scoped(Effect.map(serve(() => {}), (server) => server.origin))
      const error = yield* Effect.flip((yield* portTo(origin)).create(pods, { metadata: { name: "a" } }))
      expect(error.reason._tag).toBe("Unavailable")
      expect(error.message).toMatch(new RegExp(`^cannot reach ${origin} \\(context test of .*config\\): nothing listens there: correct the kubeconfig's server, or start it \\(connect ECONNREFUSED`))
    }))

  it.effect("because nobody waits any more: the connection is closed", () =>
    Effect.gen(function*() {
      const came = Latch.makeUnsafe(false)
      const server = yield* serve(() => came.openUnsafe())
      const port = yield* portTo(server.origin)
      const calling = yield* Effect.forkChild(port.get(configMaps, key))
      yield* came.await
      expect(server.connections.open.size).toBe(1)
      yield* Fiber.interrupt(calling)
      yield* gone(server.connections.open)
    }))
})

