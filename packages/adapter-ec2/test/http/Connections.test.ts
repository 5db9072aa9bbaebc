import { Agent } from "node:http"
import { Socket } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import type { EniId } from "@branchline/core/model/Ids"
import { EC2Client, DescribeSubnetsCommand } from "@aws-sdk/client-ec2"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import { Deferred, Effect, Fiber } from "effect"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { lost } from "../../src/errors/Lost.js"
import { withCredentials } from "../support/Credentials.js"
import { answer, answering, isWhole, serve } from "../support/RawServer.js"

withCredentials({ AWS_MAX_ATTEMPTS: "5" })

const settings = { region: "eu-west-1", account: "111122223333" }
const deleted = answer(200, "<DeleteNetworkInterfaceResponse><return>true</return></DeleteNetworkInterfaceResponse>")
const eni = (index: number) => `eni-${String(index).padStart(17, "0")}` as EniId

describe("connections", () => {
  it.live("256 calls go at once", () =>
    Effect.gen(function*() {
      const waiting: Array<() => void> = []
      const { requests, url } = yield* serve((socket, received) => {
        if (!isWhole(received)) return
        waiting.push(() => socket.write(deleted))
        // The first is answered when the last has come.
        if (waiting.length === 256) for (const go of waiting) go()
      })
      const { port } = yield* AwsEc2.make({ ...settings, endpoint: url })
      yield* Effect.forEach(Array.from({ length: 256 }, (_, index) => eni(index)), (id) => port.deleteInterface(id), { concurrency: "unbounded", discard: true })
      expect(requests()).toHaveLength(256)
    }))

  it.live("are kept for the next call, and are as many as the settings say", () =>
    Effect.gen(function*() {
      const { connections, requests, url } = yield* serve(answering(() => deleted))
      const { port } = yield* AwsEc2.make({ ...settings, endpoint: url, connections: 2 })
      yield* Effect.forEach(Array.from({ length: 20 }, (_, index) => eni(index)), (id) => port.deleteInterface(id), { concurrency: "unbounded", discard: true })
      yield* port.deleteInterface(eni(20))
      expect(requests()).toHaveLength(21)
      expect(connections()).toBe(2)
    }))

  it.live("end with the scope", () =>
    Effect.gen(function*() {
      const ended = yield* Deferred.make<void>()
      const context = yield* Effect.context<never>()
      const { url } = yield* serve((socket, received) => {
        socket.on("close", () => Effect.runForkWith(context)(Deferred.succeed(ended, undefined)))
        if (isWhole(received)) socket.write(deleted)
      })
      yield* Effect.scoped(Effect.flatMap(AwsEc2.make({ ...settings, endpoint: url }), ({ port }) => port.deleteInterface(eni(0))))
      yield* Deferred.await(ended)
    }))

  it.live("interrupting a call cuts it", () =>
    Effect.gen(function*() {
      const context = yield* Effect.context<never>()
      const come = yield* Deferred.make<void>()
      const cut = yield* Deferred.make<void>()
      const { url } = yield* serve((socket, received) => {
        if (!isWhole(received)) return
        socket.on("close", () => Effect.runForkWith(context)(Deferred.succeed(cut, undefined)))
        Effect.runForkWith(context)(Deferred.succeed(come, undefined))
      })
      const { port } = yield* AwsEc2.make({ ...settings, endpoint: url })
      const call = yield* Effect.forkChild(port.deleteInterface(eni(0)))
      yield* Deferred.await(come)
      yield* Fiber.interrupt(call)
      yield* Deferred.await(cut)
    }))

  it.live("an answer whose head comes byte by byte is waited for no longer than another", () =>
    Effect.gen(function*() {
      const sockets = new Set<Socket>()
      const { url } = yield* serve((socket, received) => {
        if (!isWhole(received)) return
        socket.write("HTTP/1.1 200 OK\r\nx: ")
        sockets.add(socket)
      })
      const drip = Effect.sync(() => {
        for (const socket of sockets) socket.write("y")
      })
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(drip, Effect.sleep("50 millis"))))
      const { port } = yield* AwsEc2.make({ ...settings, endpoint: url, requestTimeout: 300 })
      expect(yield* Effect.flip(port.deleteInterface(eni(0)))).toMatchObject({ code: "ETIMEDOUT", reason: { _tag: "UnknownOutcome" } })
    }))

  it.live("a refusal is not tried again: that is the core's, whatever the environment says", () =>
    Effect.gen(function*() {
      const { requests, url } = yield* serve(answering(() => answer(503, "")))
      const { port } = yield* AwsEc2.make({ ...settings, endpoint: url })
      yield* Effect.flip(port.deleteInterface(eni(0)))
      expect(requests()).toHaveLength(1)
    }))

  it.live("one that does not come about in time was surely not used: unavailable, also for a call that changes something", () =>
    Effect.gen(function*() {
      // A host that does not answer, as no machine can be told to be: a socket that goes on connecting.
      const httpAgent = new Agent()
      Object.assign(httpAgent, { createConnection: () => Object.assign(new Socket(), { connecting: true }) })
      const client = new EC2Client({ region: "eu-west-1", endpoint: "http://127.0.0.1:1", maxAttempts: 1, requestHandler: new NodeHttpHandler({ connectionTimeout: 50, httpAgent }) })
      const thrown = yield* Effect.flip(Effect.tryPromise({ try: () => client.send(new DescribeSubnetsCommand({})), catch: (error) => error }))
      expect(lost(thrown, true)).toMatchObject({ code: "ConnectTimeout", reason: { _tag: "Unavailable" }, mend: "check the endpoint, and that the network lets this machine reach it" })
    }))
})
