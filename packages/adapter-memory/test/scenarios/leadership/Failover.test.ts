import { pods as podResource } from "@branchline/core/model/Resource"
import { podEni } from "@branchline/core/model/Names"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt } from "../../../src/kubernetes/Document.js"
import { eventually } from "../../../src/simulation/Waiting.js"
import * as Manifests from "../Manifests.js"
import * as Oracles from "../Oracles.js"
import * as Seen from "../Seen.js"
import type { World } from "../World.js"
import { neverMixed, play, type Replica, type Replicas } from "./Replicas.js"

const options = {
  nodes: 3,
  instanceType: "m5.4xlarge",
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const
const second = 1_000
const count = 50
/** A run takes some seconds of computing. */
const timeout = 120_000

const leading = ({ replicas }: Replicas) =>
  eventually("a replica leads", Effect.gen(function*() {
    for (const one of replicas) if ((yield* one.election).leading) return one
    return undefined
  }), { within: "2 minutes" })

const other = ({ replicas: [a, b] }: Replicas, one: Replica): Replica => one === a ? b : a

/** Waits until the one that is not named leads. */
const takesOver = Effect.fnUntraced(function*(all: Replicas, one: Replica) {
  const next = other(all, one)
  yield* eventually(`${next.name} leads`, Effect.map(next.election, ({ leading }) => leading ? true : undefined), { within: "2 minutes" })
  return next
})

const annotated = (world: World) =>
  Effect.map(world.pods(), (pods) => pods.filter((pod) => textAt(pod, "metadata", "annotations", podEni) !== undefined).length)

const running = (world: World) =>
  Effect.map(world.pods(), (pods) => pods.filter((pod) => textAt(pod, "status", "phase") === "Running").length)

/** Fifty pods are applied within a second, and the answer comes when so many of them have their annotation. */
const halfStarted = Effect.fnUntraced(function*(world: World, so: number) {
  yield* Effect.forEach(Seen.names("web", count), (name, index) =>
    Effect.andThen(Effect.sleep(index * 20), world.apply(Manifests.pod(name))), { concurrency: "unbounded", discard: true })
  yield* eventually(`${so} are served`, Effect.map(annotated(world), (now) => now >= so ? true : undefined), { every: "5 millis" })
  expect(yield* annotated(world), "in the middle").toBeLessThan(count)
})

const allServed = (world: World, within: "1 minute" | "2 minutes" = "2 minutes") =>
  eventually("all are served", Effect.map(running(world), (now) => now === count ? true : undefined), { within, every: "1 second" })

const prepared = Effect.fnUntraced(function*(all: Replicas) {
  yield* all.world.apply(Manifests.policy())
  yield* Oracles.ready(all.world)
  return yield* leading(all)
})

describe("The leader of two replicas, in the middle of fifty pods starting,", () => {
  // Guarded by: leadership/Election.ts; controller/Ledger.ts, by which the next one knows what the first one did.
  it("is killed: the other takes over, all are served, nothing leaks, no VLAN id is held twice", () => {
    for (let seed = 1; seed <= 4; seed++) {
      play(options, (all) =>
        Effect.gen(function*() {
          const { world } = all
          const first = yield* prepared(all)
          yield* halfStarted(world, 1 + seed * 9)
          yield* first.kill
          const killed = yield* Clock.currentTimeMillis
          // Whoever does not lead answers the webhooks all the same.
          yield* world.apply(Manifests.pod("meanwhile"))
          expect(JSON.stringify((yield* world.pod("meanwhile"))?.["spec"])).toContain(podEni)
          yield* world.admin.delete(podResource, { namespace: "default", name: "meanwhile" }, { gracePeriodSeconds: 0 })
          const next = yield* takesOver(all, first)
          expect((yield* Clock.currentTimeMillis) - killed).toBeLessThanOrEqual(36 * second)
          expect((yield* next.election).transitions).toBe(1)
          yield* allServed(world, "1 minute")
          yield* Oracles.atPeace(world, { within: "5 minutes", unowned: "4 minutes" })
          yield* neverMixed(all)
        }), seed)
    }
  }, timeout)

  // Guarded by: controller/WorkQueue.ts, drain; controller/Controller.ts, drain; leadership/Election.ts, release.
  it("ends in good order: what it had begun is done, nothing is done twice, and the other goes on within a retry", () => {
    for (let seed = 1; seed <= 4; seed++) {
      play(options, (all) =>
        Effect.gen(function*() {
          const { world } = all
          const first = yield* prepared(all)
          yield* halfStarted(world, 1 + seed * 9)
          const asked = yield* Clock.currentTimeMillis
          yield* first.end
          const ended = yield* Clock.currentTimeMillis
          expect(ended - asked, "an end takes").toBeLessThanOrEqual(4 * second)
          // Nothing is half done: every branch that was begun has been announced.
          const made = (yield* Seen.calls(world, { action: "CreateNetworkInterface", since: asked - 60 * second }))
            .filter(({ parameters }) => parameters["Description"] === "aws-k8s-branch-eni")
          expect(yield* annotated(world), "every branch begun is announced").toBe(made.length)
          yield* leading(all)
          expect((yield* Clock.currentTimeMillis) - ended).toBeLessThanOrEqual(6 * second)
          yield* allServed(world, "1 minute")
          const creates = (yield* Seen.calls(world, { action: "CreateNetworkInterface" }))
            .filter(({ parameters }) => parameters["Description"] === "aws-k8s-branch-eni")
          expect(creates.length, "one create a pod").toBe(count)
          for (const name of Seen.names("web", count)) expect(yield* Seen.messages(world, name, "ResourceAllocated"), name).toHaveLength(1)
          yield* Oracles.atPeace(world)
          yield* neverMixed(all)
        }), seed)
    }
  }, timeout)

  // Guarded by: leadership/Fence.ts; leadership/Election.ts, watch.
  it("is stopped past its lease, goes on when the other leads, and both ways once more: nothing is written by who does not lead", () => {
    for (let seed = 1; seed <= 4; seed++) {
      play(options, (all) =>
        Effect.gen(function*() {
          const { world } = all
          const first = yield* prepared(all)
          yield* halfStarted(world, 1 + seed * 9)
          yield* first.host.stop
          yield* takesOver(all, first)
          yield* Effect.sleep(seed * 400)
          yield* first.host.resume
          yield* allServed(world)
          yield* neverMixed(all)
          for (const name of Seen.names("web", 20)) yield* world.admin.delete(podResource, { namespace: "default", name }, { gracePeriodSeconds: 0 })
          yield* Effect.sleep(seed * 500)
          for (const one of all.replicas) yield* one.host.stop
          yield* Effect.sleep("45 seconds")
          for (const one of all.replicas) yield* one.host.resume
          yield* leading(all)
          yield* Oracles.atPeace(world, { within: "5 minutes", unowned: "6 minutes" })
        }), seed)
    }
  }, timeout)

  // Guarded by: controller/Controller.ts, make: each term has a memory of its own, over the process's one Admitting.
  it("loses the API server for a minute, and leads again later in the same process, with what is true then", () => {
    for (let seed = 1; seed <= 4; seed++) {
      play(options, (all) =>
        Effect.gen(function*() {
          const { world } = all
          const first = yield* prepared(all)
          yield* halfStarted(world, 1 + seed * 9)
          const before = first.controller()
          const away = yield* first.faults.add({ on: { port: "kubernetes", operation: "*" }, when: "before", reason: { _tag: "Unavailable" } })
          const next = yield* takesOver(all, first)
          yield* away.remove
          yield* allServed(world)
          yield* neverMixed(all)
          // What changes while it does not lead is in force when it does.
          yield* world.apply(Manifests.configMap({ "branch-eni-cooldown": "90" }))
          yield* world.apply(Manifests.policy({ name: "broken", groups: [] }))
          for (const name of Seen.names("web", 25)) yield* world.admin.delete(podResource, { namespace: "default", name }, { gracePeriodSeconds: 0 })
          yield* Effect.sleep("20 seconds")
          yield* next.end
          yield* takesOver(all, next)
          expect((yield* first.election).terms).toBe(2)
          expect(first.controller()).not.toBe(before)
          yield* eventually("it says which policy is ignored", Effect.map(Seen.messages(world, "broken", "InvalidSecurityGroupPolicy"), (told) => told.length === 2 ? true : undefined))
          const released = world.witness.releases.length
          yield* Oracles.atPeace(world, { within: "8 minutes", unowned: "8 minutes" })
          const cooled = world.witness.releases.slice(released).map((one) => one.cooled)
          expect(cooled.length).toBeGreaterThan(0)
          for (const one of cooled) expect(one).toBeGreaterThanOrEqual(90 * second)
        }), seed)
    }
  }, timeout)
})
