import { clusterTag, clusterTagValue, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import type { World, WorldOptions } from "./World.js"

const options: WorldOptions = {
  nodes: 3,
  settings: { sweepInterval: 60_000 },
  ec2: { latency: { min: "50 millis", max: "300 millis" } }
}

const isThere = (world: World, eniId: string) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.some((one) => one.eniId === eniId))

/** When the sweep looked for what is available. */
const looks = (world: World, since: number) =>
  Effect.map(Seen.calls(world, { action: "DescribeNetworkInterfaces", since }), (calls) =>
    calls.filter(({ parameters }) => parameters["status"] === "available").map(({ at }) => at))

const nextLook = Effect.fnUntraced(function*(world: World) {
  const since = yield* Clock.currentTimeMillis
  yield* eventually("the sweep looks", Effect.map(looks(world, since), (all) => all.length > 0 ? true : undefined), { within: "2 minutes" })
})

describe("The sweep's two looks", () => {
  // Guarded by: controller/Sweep.ts, sweepInterfaces, `suspects.has(eniId)`.
  it("spare an interface that the first saw between its create and its association", () => {
    seeds(5, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* nextLook(world)
        yield* Effect.sleep("50 seconds")
        // EC2 makes the branch at once, but its answer is still awaited when the sweep looks.
        const fault = yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", delay: "30 seconds", times: 1 })
        const since = yield* Clock.currentTimeMillis
        yield* world.apply(Manifests.pod("web-0"))
        const made = yield* eventually("the branch is made", Effect.map(Seen.calls(world, { action: "CreateNetworkInterface", since }), ([call]) =>
          call?.outcome._tag === "done" ? call.outcome.answer : undefined))
        yield* nextLook(world)
        expect(yield* Seen.calls(world, { action: "AssociateTrunkInterface", since }), "the look fell in between").toEqual([])
        const pod = yield* world.waitForPhase("web-0", "Running")
        expect(yield* fault.fired).toBe(1)
        expect(detailsOf(pod)?.eniId).toBe(made)
        yield* nextLook(world)
        yield* nextLook(world)
        expect(yield* isThere(world, made)).toBe(true)
        expect(yield* Seen.calls(world, { action: "DeleteNetworkInterface", since })).toEqual([])
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Sweep.ts, sweepInterfaces, `suspects.has(eniId)`; suspects are nobody's memory but this process's.
  it("start again with the controller, and let nothing go that another VPC has", () => {
    seeds(5, options, (world) =>
      Effect.gen(function*() {
        yield* Oracles.ready(world)
        const tags = { [clusterTag("seed")]: clusterTagValue, [ownerTag]: ownerTagValue }
        const elsewhere = yield* world.ec2.control.addSubnet({ cidr: "10.9.0.0/24", zone: "eu-west-1a", vpcId: "vpc-0fedcba9876543210" })
        const { eniId: foreign } = yield* world.ec2.control.createForeignInterface({ subnetId: elsewhere.subnetId, tags })
        const { eniId: orphan } = yield* world.ec2.control.createForeignInterface({ subnetId: world.subnets[0]!.subnetId, tags })
        const since = yield* Clock.currentTimeMillis
        yield* nextLook(world)
        yield* Effect.sleep("5 seconds")
        expect(yield* isThere(world, orphan), "seen once").toBe(true)
        yield* world.crash
        yield* world.start
        yield* eventually("the next controller has looked", Effect.map(looks(world, since), (all) => all.length > 1 ? true : undefined), { within: "2 minutes" })
        yield* Effect.sleep("5 seconds")
        expect(yield* isThere(world, orphan), "seen once by this one").toBe(true)
        yield* nextLook(world)
        yield* Effect.sleep("5 seconds")
        expect(yield* isThere(world, orphan)).toBe(false)
        yield* nextLook(world)
        yield* nextLook(world)
        expect(yield* isThere(world, foreign), "another VPC's").toBe(true)
        yield* world.ec2.control.deleteInterfaceByHand(foreign)
        yield* Oracles.atPeace(world, { unowned: "10 minutes" })
      }))
  })
})
