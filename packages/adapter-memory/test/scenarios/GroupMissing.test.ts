import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { group } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

const missing = "sg-0123456789abcdef0"
const why = `failed to allocate branch ENI to pod: CreateNetworkInterface: InvalidGroup.NotFound: The security group '${missing}' does not exist`
const action = "CreateNetworkInterface"
const code = "InvalidGroup.NotFound"

describe("A SecurityGroupPolicy names a group that does not exist", () => {
  // Guarded by: controller/Execute.ts, needsMending (tries a minute apart); allocation/step/Failure.ts, stay (told once);
  // controller/PolicyWatch.ts, policyChanged, hasten; allocation/step/Request.ts, again, where other groups get a new token.
  it("and is mended after five minutes", () => {
    seeds(10, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy({ groups: [group, missing] }))
        yield* world.apply(Manifests.policy({ name: "db", match: { app: "db" } }))
        yield* Oracles.ready(world)
        const begin = yield* Clock.currentTimeMillis
        const names = Seen.names("web", 6)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        yield* world.apply(Manifests.pod("db-0", { metadata: { labels: { app: "db" } } }))
        yield* world.waitForPhase("db-0", "Running", { within: "20 seconds" })
        yield* Effect.sleep("5 minutes")
        const refused = yield* Seen.calls(world, { action, code, since: begin })
        expect(refused.length, "every pod was refused").toBeGreaterThanOrEqual(6)
        expect(refused.length, "a try a minute for each pod").toBeLessThanOrEqual(6 * 6)
        for (const name of names) {
          expect(yield* Seen.messages(world, name, "BranchAllocationFailed")).toEqual([why])
          expect(yield* world.podPhase(name)).toBe("Pending")
        }
        yield* world.apply(Manifests.policy())
        for (const name of names) yield* world.waitForPhase(name, "Running", { within: "30 seconds" })
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Execute.ts, untilMended: it is looked at again, once a minute, without a change of policies.
  it("and the group is made", () => {
    seeds(5, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy({ groups: [missing] }))
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.pod("web-0"))
        yield* Effect.sleep("150 seconds")
        expect((yield* Seen.calls(world, { action, code })).length).toBeGreaterThan(1)
        yield* world.ec2.control.addSecurityGroup({ groupId: missing as SecurityGroupId })
        yield* world.waitForPhase("web-0", "Running", { within: "80 seconds" })
        expect(yield* Seen.messages(world, "web-0", "BranchAllocationFailed")).toEqual([why])
        yield* Oracles.atPeace(world, { groups: () => [missing] })
      }))
  })

  // Guarded by: controller/Execute.ts, kindOf and needsMending, where a refused create is settled and leaves nothing to look for.
  it("and is never mended: the pod is told why and nothing else is held up", () => {
    seeds(5, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy({ groups: [missing] }))
        yield* world.apply(Manifests.policy({ name: "db", match: { app: "db" } }))
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
        for (const name of Seen.names("db", 8)) {
          yield* world.apply(Manifests.pod(name, { metadata: { labels: { app: "db" } }, spec: { nodeName } }))
        }
        for (const name of Seen.names("db", 8)) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("20 minutes")
        expect((yield* Seen.calls(world, { action, code })).length).toBeGreaterThan(1)
        yield* Oracles.atPeace(world, { told: { "web-0": new RegExp(`${missing}' does not exist$`) } })
      }))
  })
})
