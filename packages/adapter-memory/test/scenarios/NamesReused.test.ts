import { controllerIdentities, instanceIdTag } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type Document, textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import { group, type World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

const key = (name: string) => ({ namespace: "default", name })

/** The pod of that name runs, and it is not the one of that UID. */
const succeeded = (world: World, name: string, uid: string) =>
  eventually(`a new ${name} runs`, Effect.map(world.pod(name), (pod) =>
    pod !== undefined && uidOf(pod) !== uid && textAt(pod, "status", "phase") === "Running" ? pod : undefined), { within: "10 minutes" })

/** How often a name came back on another pod before its last pod's branch had cooled. */
const reusedWithin = (world: World, cooldown: number): number => {
  const tenancies = world.witness.tenancies()
  return tenancies.filter((next) =>
    tenancies.some((last) => last.podName === next.podName && last.endedAt !== undefined && next.since >= last.endedAt - 1000 &&
      next.since - last.endedAt < cooldown)
  ).length
}

describe("Node names and pod names are reused within seconds", () => {
  // Guarded by: controller/Reflector.ts, tell, where another UID under a known name is one object gone and another one there; and
  // allocation/step/Ending.ts, leave, where what was announced cools.
  it("pods of a StatefulSet, again and again, over three nodes", () => {
    const reused = seeds(6, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const names = Array.from({ length: 6 }, (_, index) => `web-${index}`)
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.statefulSet("web", names.length))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        for (let round = 0; round < 4; round++) {
          const before = yield* Effect.forEach(names, (name) => Effect.map(world.pod(name), (pod) => [name, uidOf(pod ?? {})] as const))
          if (round === 2) {
            // For a while nothing is seen; the next list has other pods under the same names.
            const until = (yield* Clock.currentTimeMillis) + 8_000
            yield* world.faults.add({ on: { port: "kubernetes", operation: "list", match: { plural: "pods" } }, when: "before", reason: { _tag: "Unavailable" }, until })
            yield* world.kubernetes.watches.breakWatches({ _tag: "Expired" }, { plural: "pods", username: controllerIdentities[0]! })
          }
          // Some leave gracefully, some at once: then the name is free while the old pod's network still stands.
          for (const [index, name] of names.entries()) {
            yield* world.admin.delete(podResource, key(name), index % 2 === 0 ? {} : { gracePeriodSeconds: 0 })
          }
          for (const [name, uid] of before) yield* succeeded(world, name, uid)
        }
        yield* Oracles.atPeace(world)
        expect((yield* world.faults.firings).length).toBeGreaterThan(0)
        return reusedWithin(world, 60_000)
      }))
    for (const count of reused) expect(count).toBeGreaterThanOrEqual(12)
  })

  // Guarded by: patch/PodPatch.ts, uid and resourceVersion in podAnnotation: without them the annotation lands on the pod that has the name now, which
  // has other groups or is on another node.
  it("a pod that is replaced while its annotation is on its way", () => {
    const other = "sg-0123456789abcdef0"
    const hits = seeds(20, { nodes: 3, securityGroups: [group, other], ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* world.apply(Manifests.policy({ name: "db", groups: [other], match: { app: "db" } }))
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.pod("web-0"))
        // The watches tell late, so that the controller goes on for a pod that is no more.
        yield* world.kubernetes.watches.lagWatches("4 seconds")
        const isDb = (pod: Document) => textAt(pod, "metadata", "labels", "app") === "db"
        for (let round = 0; round < 4; round++) {
          const old = yield* eventually("web-0 is bound", Effect.map(world.pod("web-0"), (pod) =>
            textAt(pod ?? {}, "spec", "nodeName") === undefined ? undefined : pod), { every: "20 millis" })
          // The successor stands on the same node and gets other groups, or on another node.
          const before = textAt(old, "spec", "nodeName") ?? ""
          const elsewhere = [...world.nodes.keys()].find((name) => name !== before) ?? ""
          const labels = round % 2 === 0 && !isDb(old) ? { app: "db" } : Manifests.labels
          yield* Effect.sleep(4_000 + round * 300)
          yield* world.admin.delete(podResource, key("web-0"), { gracePeriodSeconds: 0 })
          yield* world.apply(Manifests.pod("web-0", { metadata: { labels }, spec: { nodeName: round % 2 === 0 ? before : elsewhere } }))
        }
        yield* world.kubernetes.watches.lagWatches(0)
        yield* world.waitForPhase("web-0", "Running")
        const refused = (yield* world.kubernetes.audit.events).filter(({ objectRef, responseStatus, user, verb }) =>
          verb === "patch" && objectRef.name === "web-0" && user.username === controllerIdentities[0] && [409, 422].includes(responseStatus.code)).length
        yield* Oracles.atPeace(world, { groups: (pod) => [isDb(pod) ? other : group] })
        return refused
      }))
    expect(hits.filter((count) => count > 0).length).toBeGreaterThan(10)
  })

  // Guarded by: controller/Retirement.ts, clear, where everything that a terminated instance's tag names is deleted; and
  // controller/NodeReconciler.ts, inherited, where a CNINode that goes speaks for its own instance only (seed 15).
  it("a spot instance that is replaced under its node's name, once while no controller runs", () => {
    seeds(16, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.statefulSet("web", 9))
        const names = Array.from({ length: 9 }, (_, index) => `web-${index}`)
        for (const name of names) yield* world.waitForPhase(name, "Running")
        const gone: Array<string> = []
        for (const [index, nodeName] of [...world.nodes.keys()].slice(0, 2).entries()) {
          const old = world.nodes.get(nodeName)!
          if (index === 1) yield* world.crash
          const replaced = yield* world.replaceNode(nodeName)
          expect(replaced.nodeName).toBe(nodeName)
          expect(replaced.instanceId).not.toBe(old.instanceId)
          gone.push(old.instanceId)
          yield* Effect.sleep("3 seconds")
        }
        yield* world.start
        expect(world.witness.tenancies().filter(({ endedAt }) => endedAt !== undefined).length).toBeGreaterThan(0)
        for (const name of names) yield* world.waitForPhase(name, "Running", { within: "10 minutes" })
        yield* Oracles.ready(world)
        yield* Oracles.atPeace(world)
        const { interfaces } = yield* world.ec2.control.snapshot
        expect(interfaces.filter(({ tags }) => gone.includes(tags[instanceIdTag] ?? ""))).toEqual([])
      }))
  })
})
