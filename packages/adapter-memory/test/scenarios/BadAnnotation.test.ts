import { podEni, validatePodWebhook } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import { detailsOf } from "./Witness.js"
import type { World } from "./World.js"

const options = {
  nodes: 3,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

const vlan4096 = JSON.stringify([{
  eniId: "eni-09a7a909e06fc4be6",
  ifAddress: "02:b0:01:6c:b5:79",
  privateIp: "192.168.26.162",
  vlanId: 4096,
  subnetCidr: "192.168.0.0/19"
}])

/** What nobody can read, the CNI plugin as little as the controller. */
const unreadable: Readonly<Record<string, string | null>> = {
  "vlan-4096": vlan4096,
  "vlan-0": vlan4096.replace("4096", "0"),
  "vlan-text": vlan4096.replace("4096", "\"abc\""),
  "no-json": "eni-09a7a909e06fc4be6",
  "empty-array": "[]",
  "wrong-type": vlan4096.replace("4096", "\"1\""),
  "removed": null
}
const cases = Object.keys(unreadable)

const annotationOf = (world: World, name: string) =>
  Effect.map(world.pod(name), (pod) => textAt(pod ?? {}, "metadata", "annotations", podEni))

/** Whoever may change pods changes the annotation while the webhook is away, for which the API server does not wait (failurePolicy Ignore). */
const spoil = (world: World, name: string) =>
  Effect.gen(function*() {
    const value = unreadable[name] ?? null
    const patch = { metadata: { annotations: { [podEni]: value } } }
    const spoilt = yield* world.admin.patch(podResource, { namespace: "default", name }, { _tag: "merge", patch })
    expect(textAt(spoilt, "metadata", "annotations", podEni)).toBe(value ?? undefined)
  })

const withoutWebhook = (world: World) =>
  world.kubernetes.unregisterWebhook("vpc-resource-validating-webhook", validatePodWebhook.name)

describe("An annotation holds VLAN 4096 or no JSON at all", () => {
  // Guarded by: model/Ids.ts, VlanId, whose range ends at 4094, so that the annotation counts as none.
  it("from the pod's creation: it is served, and what cannot be read replaced", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* withoutWebhook(world)
        for (const name of cases) {
          const value = unreadable[name]
          yield* world.apply(Manifests.pod(name, { metadata: { annotations: typeof value === "string" ? { [podEni]: value } : {} } }))
        }
        for (const name of cases) yield* world.waitForPhase(name, "Running")
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/BranchReconciler.ts, isBroken and mendAnnotation: the trunk knows what the annotation said.
  it("over the good one of a pod that runs: it is written again as it was", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        for (const name of cases) yield* world.apply(Manifests.pod(name))
        for (const name of cases) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("40 seconds")
        yield* withoutWebhook(world)
        for (const name of cases) {
          const good = yield* annotationOf(world, name)
          yield* spoil(world, name)
          yield* eventually(`${name} is mended`, Effect.map(annotationOf(world, name), (text) => text === good ? true : undefined))
        }
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Ledger.ts, tagsOf, `claim`: the allocation tag says whose branch it is, and allocation/step/Ledger.ts,
  // branchDiscovered, has it announced again.
  it("while no controller is there: the next one finds the branch by its tag", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        for (const name of cases) yield* world.apply(Manifests.pod(name))
        for (const name of cases) yield* world.waitForPhase(name, "Running")
        const good = new Map<string, ReturnType<typeof detailsOf>>()
        for (const name of cases) good.set(name, detailsOf((yield* world.pod(name)) ?? {}))
        yield* withoutWebhook(world)
        yield* world.crash
        for (const name of cases) yield* spoil(world, name)
        yield* Effect.sleep("5 seconds")
        yield* world.start
        yield* eventually("all are mended", Effect.gen(function*() {
          for (const name of cases) if (detailsOf((yield* world.pod(name)) ?? {}) === undefined) return undefined
          return true
        }))
        for (const name of cases) {
          const { eniId, vlanId } = detailsOf((yield* world.pod(name)) ?? {}) ?? {}
          expect({ name, eniId, vlanId }).toEqual({ name, eniId: good.get(name)?.eniId, vlanId: good.get(name)?.vlanId })
        }
        yield* Effect.sleep("2 minutes")
        yield* Oracles.atPeace(world)
      }))
  })
})
