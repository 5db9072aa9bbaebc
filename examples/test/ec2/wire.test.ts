import { createServer } from "node:net"
import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { NewInterface } from "@branchline/core/ports/Ec2"
import { it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { describe, expect } from "vitest"
import { acceptAnyGroup } from "../../src/ec2/AnyGroup.js"
import { makeBridge } from "../../src/ec2/Bridge.js"
import { connect } from "../../src/ec2/Client.js"
import { serve } from "../../src/ec2/Server.js"

const branch = (subnetId: string, more: Partial<NewInterface> = {}): NewInterface => ({
  subnetId,
  groups: [],
  description: "",
  tags: {},
  clientToken: "once",
  ...more
})

const eniId = "eni-0ffffffffffffffff" as EniId

/** A server that takes a connection and hangs up in the middle of the answer, or at once. */
const rude = (answer: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
      const server = createServer((socket) => socket.once("data", () => socket.end(answer)).on("error", () => undefined))
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed({ port: typeof address === "object" && address !== null ? address.port : 0, close: () => server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const bridge = (path: string, body: string) => Effect.flatMap(MemoryEc2.make(), (ec2) => makeBridge(ec2)(path, body))

describe("the wire to an EC2 in memory", () => {
  it.live("nobody listens: surely nothing was done", () =>
    Effect.gen(function*() {
      const server = yield* Effect.scoped(rude(""))
      const { port } = yield* connect(`http://127.0.0.1:${server.port}`)
      const error = yield* Effect.flip(port.createBranch(branch("subnet-0")))
      expect(error.action).toBe("CreateNetworkInterface")
      expect(error.reason).toEqual({ _tag: "Unavailable" })
      expect(error.message).toMatch(/^nobody answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/)
      expect(error.isRetryable).toBe(true)
    }).pipe(Effect.scoped))

  it.live.each([["before", ""], ["in the middle of", "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"ans"]])(
    "the connection ends %s the answer: nobody knows",
    ([, answer]) =>
      Effect.gen(function*() {
        const server = yield* rude(answer ?? "")
        const { port } = yield* connect(`http://127.0.0.1:${server.port}`)
        const error = yield* Effect.flip(port.deleteInterface(eniId))
        expect({ action: error.action, reason: error.reason }).toEqual({ action: "DeleteNetworkInterface", reason: { _tag: "UnknownOutcome" } })
      }).pipe(Effect.scoped)
  )

  it.live("an answer that is no reply of ours is a refusal that quotes it", () =>
    Effect.gen(function*() {
      const server = yield* rude("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
      const { port } = yield* connect(`http://127.0.0.1:${server.port}`)
      const error = yield* Effect.flip(port.permitAttachment(eniId))
      expect(error.reason).toEqual({ _tag: "Rejected" })
      expect(error.message).toContain("answered 200: hello")
    }).pipe(Effect.scoped))

  it.live("a call whose caller hangs up is done all the same, and its token says so", () =>
    Effect.gen(function*() {
      const arrived = yield* Deferred.make<void>()
      const memory = yield* MemoryEc2.make({ throttle: "off", latency: "200 millis" })
      const inner = makeBridge(memory)
      const served = yield* serve(0, (path, body) =>
        Effect.andThen(path === "/port/createBranch" ? Deferred.succeed(arrived, undefined) : Effect.void, inner(path, body)))
      const { control, port } = yield* connect(`http://127.0.0.1:${served}`)
      const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/24" })
      const call = yield* Effect.forkChild(port.createBranch(branch(subnetId)))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(call)
      const again = yield* port.createBranch(branch(subnetId))
      const { interfaces } = yield* control.snapshot
      expect(interfaces.map((found) => found.eniId)).toEqual([again.eniId])
      const answers = (yield* control.calls).filter(({ action }) => action === "CreateNetworkInterface").map(({ outcome }) => outcome)
      expect(answers).toEqual([{ _tag: "done", answer: again.eniId }, { _tag: "done", answer: again.eniId }])
    }).pipe(Effect.scoped))

  it.live("free addresses can be given back: what JSON cannot write arrives", () =>
    Effect.gen(function*() {
      const { control } = yield* connect(`http://127.0.0.1:${yield* serve(0, makeBridge(yield* MemoryEc2.make()))}`)
      const { freeAddresses, subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/28" })
      const left = Effect.map(control.snapshot, ({ subnets }) => subnets[0]?.freeAddresses)
      yield* control.setFreeAddresses(subnetId, 0)
      expect(yield* left).toBe(0)
      yield* control.setFreeAddresses(subnetId, Infinity)
      expect(yield* left).toBe(freeAddresses)
    }).pipe(Effect.scoped))

  it.effect.each([
    ["/port/launchInstance", "[]", 404, "there is no /port/launchInstance; there is /port/describeInstances"],
    ["/port/toString", "[]", 404, "there is no /port/toString"],
    ["/port", "[]", 404, "there is no /port;"],
    ["/control/addSubnet", "{}", 400, "the body has to be a JSON array"],
    ["/control/addSubnet", "[", 400, "the body has to be a JSON array"],
    ["/control/addSubnet", "[null]", 400, "/control/addSubnet cannot take these arguments"]
  ] as const)("%s with %s: %i", ([path, body, status, message]) =>
    Effect.gen(function*() {
      const answer = yield* bridge(path, body)
      expect(answer.status).toBe(status)
      expect(answer.body).toContain(message)
    }))

  it.effect("any group is known from the moment that it is named, where that was asked for", () =>
    Effect.gen(function*() {
      const memory = yield* MemoryEc2.make()
      const { subnetId } = yield* memory.control.addSubnet({ cidr: "10.0.0.0/24" })
      const groups = ["sg-079157a483bcb371f" as SecurityGroupId]
      const refusal = yield* Effect.flip(memory.port.createBranch(branch(subnetId, { groups })))
      expect(refusal.reason).toMatchObject({ _tag: "NotFound", thing: "security group" })
      const created = yield* acceptAnyGroup(memory).port.createBranch(branch(subnetId, { groups, clientToken: "two" }))
      expect(created.groups).toEqual(groups)
    }))
})
