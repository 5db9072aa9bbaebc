import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import { type Sight, startSeeing } from "./Blurred.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"

const options = {
  nodes: 1,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

/** EC2's lists leave out what `isHidden` says. */
const without = (isHidden: (eniId: string) => boolean): Sight => (ec2) => ({
  ...ec2,
  describeInterfaces: (filter) => Effect.map(ec2.describeInterfaces(filter), (found) => found.filter(({ eniId }) => !isHidden(eniId)))
})

describe("An interface is missing from EC2's list after a restart", () => {
  // Guarded by: controller/Ledger.ts, memories, where an annotation is believed although EC2 does not show its interface, before anything is
  // allocated; else the next pod gets its VLAN id.
  it("the branch of a pod that runs: it is kept, and nobody gets its VLAN id", () => {
    seeds(8, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const names = Seen.names("web", 4)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        const details = (yield* Effect.forEach(names, (name) => world.pod(name))).flatMap((pod) => detailsOf(pod ?? {}) ?? [])
        const highest = details.toSorted((a, b) => b.vlanId - a.vlanId)[0]!
        yield* world.crash
        // They are bound while nobody is there, and wait when the next controller begins.
        const late = Seen.names("late", 4)
        for (const name of late) yield* world.apply(Manifests.pod(name))
        yield* Effect.sleep("5 seconds")
        let isBlind = true
        yield* startSeeing(world, without((eniId) => isBlind && eniId === highest.eniId))
        for (const name of late) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("1 minute")
        isBlind = false
        yield* Oracles.atPeace(world)
        const ids = (yield* Effect.forEach([...names, ...late], (name) => world.pod(name))).map((pod) => detailsOf(pod ?? {})?.vlanId)
        expect(new Set(ids).size).toBe(8)
        // It can be given back like any other.
        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name })
        for (const name of names) yield* world.waitUntilGone(name)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Execute.ts, create, whose client token is the pod's claim: where EC2 does not show what was made, it gives it again.
  it("the branch of a pod that waits: it is not made twice", () => {
    seeds(8, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const fault = yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", times: 1, delay: "1 day" })
        const since = yield* Clock.currentTimeMillis
        yield* world.apply(Manifests.pod("web-0"))
        yield* eventually("the branch is made", Effect.map(fault.fired, (count) => count > 0 ? true : undefined), { every: "5 millis" })
        const [call] = yield* Seen.calls(world, { action: "CreateNetworkInterface", since })
        const made = call?.outcome._tag === "done" ? call.outcome.answer : ""
        let isBlind = true
        yield* startSeeing(world, without((eniId) => isBlind && eniId === made))
        const pod = yield* world.waitForPhase("web-0", "Running", { within: "30 seconds" })
        isBlind = false
        expect(detailsOf(pod)?.eniId).toBe(made)
        yield* Oracles.atPeace(world, { within: "10 seconds" })
      }))
  })

  // Guarded by: allocation/step/Outcome.ts, branchMissing, where what a spent token made is waited for, and madeRoom, by which pods that wait for theirs
  // do not wait for one another's VLAN ids.
  it("the branches of pods that wait, under other VLAN ids than they would get now: each gets its own", () => {
    seeds(8, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        // Its id is free again, and the next controller begins with it.
        yield* world.apply(Manifests.pod("first"))
        yield* world.waitForPhase("first", "Running")
        yield* world.admin.delete(podResource, { namespace: "default", name: "first" })
        yield* world.waitUntilGone("first")
        yield* Oracles.atPeace(world)
        const since = yield* Clock.currentTimeMillis
        const until = since + 20_000
        const isPods = ({ subject }: { readonly subject: Readonly<Record<string, unknown>> }) => subject["plural"] === "pods"
        yield* world.faults.add({ on: { port: "kubernetes", operation: "patch", match: isPods }, when: "before", reason: { _tag: "Unavailable" }, until })
        const names = Seen.names("web", 4)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        const associations = Seen.calls(world, { action: "AssociateTrunkInterface", since })
        yield* eventually("all are associated", Effect.map(associations, ({ length }) => length === 4 ? true : undefined))
        const made = (yield* Seen.calls(world, { action: "CreateNetworkInterface", since })).map(({ outcome }) => outcome._tag === "done" ? outcome.answer : "")
        let isBlind = true
        yield* startSeeing(world, without((eniId) => isBlind && made.includes(eniId)))
        yield* Effect.sleep("10 seconds")
        isBlind = false
        for (const name of names) yield* world.waitForPhase(name, "Running", { within: "20 seconds" })
        const served = (yield* Effect.forEach(names, (name) => world.pod(name))).map((pod) => detailsOf(pod ?? {})?.eniId)
        expect(served.toSorted()).toEqual(made.toSorted())
        expect(yield* Seen.calls(world, { action: "AssociateTrunkInterface", code: "InvalidParameterValue" })).toEqual([])
        yield* Oracles.atPeace(world)
      }))
  })
})
