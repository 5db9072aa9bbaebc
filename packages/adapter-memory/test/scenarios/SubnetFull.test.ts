import { pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
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

const action = "CreateNetworkInterface"
const code = "InsufficientFreeAddressesInSubnet"
const why = "failed to allocate branch ENI to pod: CreateNetworkInterface: InsufficientFreeAddressesInSubnet: " +
  "There are not enough free addresses in subnet '"

describe("The subnet has no address left", () => {
  // Guarded by: controller/SubnetGate.ts, closedUntil, which lets one create find out for all; allocation/step/Failure.ts, stay, where the
  // reason that was told is not told again; controller/Execute.ts, wakeSubnet, by which the first address wakes everybody.
  it("while twelve pods start on three nodes, and those of another subnet are served meanwhile", () => {
    const subnets = [{ cidr: "192.168.0.0/19", zone: "eu-west-1a" }, { cidr: "192.168.32.0/19", zone: "eu-west-1a" }] as const
    seeds(8, { nodes: 3, subnets, ...latencies }, (world) =>
      Effect.gen(function*() {
        const [full, roomy] = world.subnets.map(({ subnetId }) => subnetId)
        const other = yield* world.addNode({ subnetId: roomy! })
        const crowded = [...world.nodes.keys()].filter((nodeName) => nodeName !== other.nodeName)
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.ec2.control.setFreeAddresses(full!, 2)
        const begin = yield* Clock.currentTimeMillis
        const starved = Seen.names("web", 12)
        for (const [index, name] of starved.entries()) {
          yield* world.apply(Manifests.pod(name, { spec: { nodeName: crowded[index % crowded.length]! } }))
        }
        yield* Effect.sleep("2 minutes")
        yield* world.apply(Manifests.pod("elsewhere", { spec: { nodeName: other.nodeName } }))
        yield* world.waitForPhase("elsewhere", "Running", { within: "20 seconds" })
        yield* Effect.sleep("3 minutes")

        const refused = yield* Seen.calls(world, { action, code, since: begin })
        expect(refused.length, "the subnet was full").toBeGreaterThan(8)
        // What was under way when the gate closed, and then one look for all: 0.2 s to 60 s apart, about a dozen in five minutes.
        expect(refused.length).toBeLessThanOrEqual(12 + 18)
        const late = yield* Seen.calls(world, { action, code, since: begin + 120_000 })
        expect(late.length, "one pod's backoff, not ten pods'").toBeLessThanOrEqual(7)
        expect(late.length).toBeGreaterThanOrEqual(2)
        const waiting = []
        for (const name of starved) {
          const told = yield* Seen.messages(world, name, "BranchAllocationFailed")
          if ((yield* world.podPhase(name)) === "Running") continue
          waiting.push(name)
          expect(told).toHaveLength(1)
          expect(told[0]).toContain(why + full)
        }
        expect(waiting).toHaveLength(10)

        yield* world.ec2.control.setFreeAddresses(full!, Infinity)
        const back = yield* Clock.currentTimeMillis
        for (const name of waiting) yield* world.waitForPhase(name, "Running", { within: "90 seconds" })
        const times = (yield* Seen.calls(world, { action, since: back })).filter(({ outcome }) => outcome._tag === "done").map(({ at }) => at)
        expect(Math.max(...times) - Math.min(...times), "the first that gets one wakes the others").toBeLessThan(1_500)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Execute.ts, closeSubnet, IdleGivenUp.
  it("and idle branches of that subnet are given up first", () => {
    const other = "sg-0123456789abcdef0"
    const settings = { allocation: { cooldown: 60_000, vlanQuarantine: 300_000, vlanRest: 60_000, idle: { regroup: false, timeToLive: 3_600_000, cap: 9 } } }
    const subnets = [{ cidr: "192.168.0.0/19", zone: "eu-west-1a" }, { cidr: "192.168.32.0/19", zone: "eu-west-1a" }] as const
    seeds(10, { nodes: 3, subnets, securityGroups: [group, other], settings, ...latencies }, (world) =>
      Effect.gen(function*() {
        const [full, roomy] = world.subnets.map(({ subnetId }) => subnetId)
        const apart = yield* world.addNode({ subnetId: roomy! })
        const nodeNames = [...world.nodes.keys()]
        yield* world.apply(Manifests.policy())
        yield* world.apply(Manifests.policy({ name: "db", groups: [other], match: { app: "db" } }))
        yield* Oracles.ready(world)
        const first = Seen.names("web", 4)
        for (const [index, name] of first.entries()) {
          yield* world.apply(Manifests.pod(name, { spec: { nodeName: nodeNames[index]! } }))
        }
        for (const name of first) yield* world.waitForPhase(name, "Running")
        for (const name of first) yield* world.admin.delete(podResource, { namespace: "default", name }, {})
        yield* Effect.sleep("2 minutes")
        const idle = (yield* world.ec2.control.snapshot).interfaces.filter(({ type }) => type === "branch")
        expect(idle, "all four branches stay idle").toHaveLength(4)

        yield* world.ec2.control.setFreeAddresses(full!, 0)
        const begin = yield* Clock.currentTimeMillis
        const second = Seen.names("db", 3)
        for (const [index, name] of second.entries()) {
          yield* world.apply(Manifests.pod(name, { metadata: { labels: { app: "db" } }, spec: { nodeName: nodeNames[index]! } }))
        }
        for (const name of second) yield* world.waitForPhase(name, "Running", { within: "90 seconds" })
        expect((yield* Seen.calls(world, { action, code, since: begin })).length, "the subnet was full").toBeGreaterThan(0)
        const left = (yield* world.ec2.control.snapshot).interfaces.map(({ eniId }) => eniId)
        expect(idle.filter(({ eniId }) => left.includes(eniId)).map(({ subnetId }) => subnetId), "the other subnet's idle branch stays").toEqual([roomy])
        expect(apart.nodeName).toBe(nodeNames[3])

        // Without a policy that names its groups the last idle branch goes too.
        yield* world.admin.delete(securityGroupPolicies, { namespace: "default", name: "web" })
        yield* Oracles.atPeace(world, { groups: () => [other], unowned: "6 minutes" })
      }))
  })
})
