import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import { controllerIdentities } from "@branchline/core/model/Names"
import { cniNodes, pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt, uidOf } from "../../src/kubernetes/Document.js"
import type { FaultRule } from "../../src/faults/FaultRule.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { play, seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { group, type World } from "./World.js"

const otherGroup = "sg-0a1b2c3d4e5f60718"

const world = {
  nodes: 3,
  securityGroups: [group, otherGroup],
  ec2: { latency: { min: "50 millis", max: "200 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

/** A world in which branches may idle and get other groups. */
const reusing = {
  ...world,
  settings: { allocation: { ...defaultAllocationSettings, idle: { regroup: true, timeToLive: 60_000, cap: 4 } } }
} as const

const names = Array.from({ length: 6 }, (_, index) => `web-${index}`)
const groupsOf = (pod: Parameters<typeof textAt>[0]) => [textAt(pod, "metadata", "labels", "app") === "api" ? otherGroup : group]

/** A story in which every operation of both ports is called: nodes and pods come and go, and branches change hands and groups. */
const story = (fault: FaultRule, also: ReadonlyArray<FaultRule>) => (world: World) =>
  Effect.gen(function*() {
    yield* world.apply(Manifests.policy())
    yield* world.apply(Manifests.policy({ name: "api", groups: [otherGroup], match: { app: "api" } }))
    yield* Oracles.ready(world)
    const { fired } = yield* world.faults.add(fault)
    for (const rule of also) yield* world.faults.add(rule)
    yield* world.crash
    yield* world.start
    yield* Effect.forEach([1, 2], () => world.addNode())
    yield* world.apply(Manifests.statefulSet("web", names.length))
    for (const name of names) yield* world.waitForPhase(name, "Running", { within: "10 minutes" })
    for (const name of names.slice(0, 3)) {
      const uid = uidOf((yield* world.pod(name)) ?? {})
      yield* world.admin.delete(podResource, { namespace: "default", name })
      yield* eventually(`another ${name} runs`, Effect.map(world.pod(name), (pod) =>
        pod !== undefined && uidOf(pod) !== uid && textAt(pod, "status", "phase") === "Running" ? true : undefined), { within: "10 minutes" })
    }
    for (const name of world.nodes.keys()) yield* world.admin.delete(cniNodes, { name })
    // By now what the deleted pods left behind has cooled.
    yield* Effect.sleep("65 seconds")
    for (let index = 0; index < 4; index++) yield* world.apply(Manifests.pod(`api-${index}`, { metadata: { labels: { app: "api" } } }))
    for (let index = 0; index < 4; index++) yield* world.waitForPhase(`api-${index}`, "Running", { within: "10 minutes" })
    yield* Oracles.atPeace(world, { within: "6 minutes", unowned: "5 minutes", groups: groupsOf })
    return yield* fired
  })

/** Makes EC2 refuse some VLAN ids, so that tags have to be rewritten. */
const refusals: FaultRule = {
  on: { port: "ec2", operation: "associateBranch" },
  when: "before",
  reason: { _tag: "Taken", what: "vlan" },
  times: 4
}

const ec2Operations = [
  "describeInstances", "describeSubnets", "describeInterfaces", "createTrunk", "createBranch", "permitAttachment", "attachTrunk",
  "deleteOnTermination", "associateBranch", "disassociateBranch", "deleteInterface", "setGroups", "tagInterface"
] as const

const kubernetesOperations = [
  ["list", {}], ["get", {}], ["create", { plural: "cninodes" }], ["patch", { plural: "pods" }], ["patch", { plural: "nodes", subresource: "status" }],
  ["patch", { plural: "cninodes" }], ["watch", { plural: "pods" }], ["recordEvent", {}]
] as const

const repeatedly = 4
/** How long a caller waits for an answer that does not come. */
const delay = "2 seconds"

describe("A PATCH or an EC2 call succeeds but its answer is lost", () => {
  // Guarded by: controller/TrunkSetup.ts, findMade (a trunk); allocation/step/Failure.ts, "association gone" and "interface gone" (releases);
  // controller/Execute.ts, perform, the token and "AlreadyAssociated" (associations: each alone is enough).
  for (const [index, operation] of ec2Operations.entries()) {
    it(`EC2's ${operation}, once and repeatedly`, () => {
      for (const times of [1, repeatedly]) {
        const lost: FaultRule = { on: { port: "ec2", operation }, when: "after", times, delay }
        const fired = play(operation === "setGroups" ? reusing : world, story(lost, operation === "tagInterface" ? [refusals] : []), index + times)
        expect(fired).toBeGreaterThanOrEqual(Math.min(times, 2))
      }
    })
  }

  // Guarded by: controller/WorkQueue.ts, settle, where a key that failed is tried again (get); controller/Reflector.ts, loop, where a failed list is (list).
  for (const [index, [operation, match]] of kubernetesOperations.entries()) {
    it(`Kubernetes' ${[operation, ...Object.values(match)].join(" ")}, once and repeatedly`, () => {
      for (const times of [1, repeatedly]) {
        const lost: FaultRule = { on: { port: "kubernetes", operation, match }, when: "after", times, delay }
        const fired = play(world, story(lost, []), index + times)
        expect(fired).toBeGreaterThanOrEqual(Math.min(times, 2))
      }
    })
  }

  // Guarded by: controller/Announce.ts, announce, which reads the pod afresh after an answer that was lost, and judge, for which an annotation that says
  // what it should is done.
  it("the annotation's patch, several times: it is written once, and told once", () => {
    seeds(5, world, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const { fired } = yield* world.faults.add({ on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, when: "after", times: 4, delay })
        for (const name of names) yield* world.apply(Manifests.pod(name))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("1 minute")
        expect(yield* fired).toBe(4)
        const patches = (yield* world.kubernetes.audit.events).filter(({ objectRef, responseStatus, user, verb }) =>
          verb === "patch" && objectRef.resource === "pods" && responseStatus.code === 200 && user.username === controllerIdentities[0])
        expect(patches.map(({ objectRef }) => objectRef.name).sort()).toEqual(names)
        for (const name of names) expect(yield* Seen.messages(world, name, "ResourceAllocated")).toHaveLength(1)
        yield* Oracles.atPeace(world)
      }))
  })

  const lost = { when: "after", times: 1, delay: "6 seconds" } as const
  const steps: ReadonlyArray<FaultRule> = [
    { on: { port: "ec2", operation: "createBranch" }, ...lost },
    { on: { port: "ec2", operation: "permitAttachment" }, ...lost },
    { on: { port: "ec2", operation: "associateBranch" }, ...lost },
    { on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, ...lost }
  ]

  // Guarded by: allocation/step/Failure.ts, commandFailed, where an unknown outcome leaves a create unsettled, so that EC2 is asked what there
  // is; and allocation/step/Step.ts, enter, where a branch counts as announced from the moment its annotation may have been written.
  for (const rule of steps) {
    it(`${rule.on.operation}, and the pod is deleted before anybody hears of it`, () => {
      seeds(5, world, (world) =>
        Effect.gen(function*() {
          yield* world.apply(Manifests.policy())
          yield* Oracles.ready(world)
          const { fired } = yield* world.faults.add(rule)
          yield* world.apply(Manifests.pod("aws-cli"))
          yield* eventually("the answer is lost", Effect.map(fired, (count) => count > 0 ? true : undefined), { every: "5 millis" })
          yield* Effect.sleep("2 seconds")
          yield* world.admin.delete(podResource, { namespace: "default", name: "aws-cli" }, { gracePeriodSeconds: 0 })
          yield* Effect.sleep("10 seconds")
          yield* Oracles.atPeace(world)
          expect((yield* world.ec2.calls).filter(({ action, outcome }) => action === "DeleteNetworkInterface" && outcome._tag === "done")).toHaveLength(1)
        }))
    })
  }
})
