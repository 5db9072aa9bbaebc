import * as Admitting from "@branchline/core/controller/Admitting"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { podEni } from "@branchline/core/model/Names"
import { configMaps, securityGroupPolicies } from "@branchline/core/model/Resource"
import { Cause, Effect, Exit, Random, Scope } from "effect"
import { describe, expect, it } from "vitest"
import * as Cluster from "../../src/Cluster.js"
import { simulate } from "../../src/simulation/Simulation.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import { group } from "./World.js"

const settings = { ...defaults, clusterName: "seed" }
const latency = { latency: { min: "1 milli", max: "30 millis" } } as const

const play = <A, E>(story: (cluster: Cluster.Cluster) => Effect.Effect<A, E, Scope.Scope>, seed: number): A => {
  const run = simulate(Effect.flatMap(Cluster.make({ securityGroups: [group], kubernetes: latency }), story), { seed })
  if (Exit.isSuccess(run.exit)) return run.exit.value
  throw new Error(`seed ${seed}: ${Cause.pretty(run.exit.cause)}`, { cause: Cause.squash(run.exit.cause) })
}

const policyKey = (name: string) => ({ namespace: "default", name })

/** Names of policies, as a follower gathers them. */
const gathering = () => {
  const names = new Set<string>()
  const cooldowns: Array<number | undefined> = []
  const told: Array<string> = []
  const follower: Admitting.Follower = {
    policy: ({ _tag, object: { metadata: { name } } }) =>
      Effect.sync(() => {
        told.push(`${_tag} ${name}`)
        if (_tag === "Vanished") names.delete(name)
        else names.add(name)
      }).pipe(Effect.andThen(Effect.yieldNow)),
    serviceAccount: () => Effect.yieldNow,
    configMap: ({ settings: { cooldown } }) => Effect.sync(() => void cooldowns.push(cooldown))
  }
  return { names, cooldowns, told, follower }
}

describe("What every replica knows", () => {
  // Guarded by: controller/Admitting.ts, follow.
  it("is told to whoever begins to follow, and every change after that, while policies come and go", () => {
    for (let seed = 1; seed <= 30; seed++) {
      play((cluster) =>
        Effect.gen(function*() {
          const admitting = yield* Admitting.make(settings).pipe(Effect.provide(cluster.ports))
          const churn = Effect.gen(function*() {
            for (let index = 0; index < 30; index++) {
              yield* cluster.apply(Manifests.policy({ name: `policy-${index}` }))
              if (index % 3 === 2) yield* cluster.admin.delete(securityGroupPolicies, policyKey(`policy-${index - (seed % 3)}`))
            }
          })
          const changes = yield* Effect.forkChild(churn)
          const followers = [gathering(), gathering(), gathering()]
          for (const { follower } of followers) {
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 400))
            yield* admitting.follow(follower)
          }
          yield* eventually("the churn is over", Effect.sync(() => changes.pollUnsafe()))
          yield* Effect.sleep("1 second")
          const { items } = yield* cluster.admin.list(securityGroupPolicies)
          const truth = items.map(({ metadata }) => (metadata as { name: string }).name).sort()
          expect(truth.length).toBe(20)
          for (const { names } of followers) expect([...names].sort()).toEqual(truth)
        }), seed)
    }
  })

  it("is told no more to one whose scope has ended, and goes on being told to the rest", () => {
    play((cluster) =>
      Effect.gen(function*() {
        const admitting = yield* Admitting.make(settings).pipe(Effect.provide(cluster.ports))
        const [left, stays] = [gathering(), gathering()]
        const scope = yield* Scope.make()
        yield* Scope.provide(admitting.follow(left.follower), scope)
        yield* admitting.follow(stays.follower)
        yield* cluster.apply(Manifests.policy({ name: "one" }))
        yield* cluster.apply(Manifests.configMap({ "branch-eni-cooldown": "45" }))
        yield* Effect.sleep("1 second")
        yield* Scope.close(scope, Exit.void)
        yield* cluster.apply(Manifests.policy({ name: "two" }))
        yield* cluster.apply(Manifests.configMap({ "branch-eni-cooldown": "50" }))
        yield* cluster.admin.delete(configMaps, { namespace: "kube-system", name: "amazon-vpc-cni" })
        yield* Effect.sleep("1 second")
        expect([left.told, left.cooldowns]).toEqual([["Appeared one"], [45_000]])
        expect([stays.told, stays.cooldowns]).toEqual([["Appeared one", "Appeared two"], [45_000, 50_000, undefined]])
        // Who comes late is told what is, not what was.
        const late = gathering()
        yield* admitting.follow(late.follower)
        expect([late.told.toSorted(), late.cooldowns]).toEqual([["Appeared one", "Appeared two"], []])
      }), 1)
  })

  it("answers webhooks without a controller, writes nothing, and is not ready before it knows the policies", () => {
    play((cluster) =>
      Effect.gen(function*() {
        const away = yield* cluster.faults.add({ on: { port: "kubernetes", operation: "list" }, when: "before", reason: { _tag: "Unavailable" } })
        const admitting = yield* Admitting.make(settings).pipe(Effect.provide(cluster.ports))
        yield* cluster.serveWebhooks(admitting.admit)
        yield* cluster.apply(Manifests.policy({ groups: [] }))
        yield* cluster.apply(Manifests.policy({ name: "good" }))
        yield* cluster.apply(Manifests.configMap({ "branch-eni-cooldown": "abc" }))
        yield* Effect.sleep("1 second")
        expect(yield* admitting.isReady).toBe(false)
        yield* away.remove
        yield* admitting.ready
        expect(yield* admitting.isReady).toBe(true)
        yield* cluster.apply(Manifests.pod("aws-cli"))
        expect(JSON.stringify(yield* cluster.pod("aws-cli"))).toContain(podEni)
        yield* Effect.sleep("1 minute")
        const users = (yield* cluster.kubernetes.audit.events).map(({ user }) => user.username)
        expect(users.filter((name) => name.includes("vpc-resource-controller"))).toEqual([])
      }), 1)
  })

  it("is in force at once for a controller that is made on it, the ConfigMap's cooldown too", () => {
    play((cluster) =>
      Effect.gen(function*() {
        yield* cluster.apply(Manifests.policy({ groups: [] }))
        yield* cluster.apply(Manifests.configMap({ "branch-eni-cooldown": "abc", "enable-windows-ipam": "true" }))
        const admitting = yield* Admitting.make(settings).pipe(Effect.provide(cluster.ports))
        yield* admitting.ready
        yield* Effect.sleep("1 second")
        for (const times of [1, 2]) {
          const scope = yield* Scope.make()
          const controller = yield* Controller.make(settings, { admitting }).pipe(Effect.provide(cluster.ports), Scope.provide(scope))
          expect(controller.knowledge.policies()).toBe(admitting.policies())
          expect(admitting.configMap()).toEqual({ cooldown: undefined, windowsIpam: true })
          const told = (name: string) => Effect.map(cluster.events(name), (events) => events.length)
          // Each says it anew: one that leads knows not what the last one said.
          yield* eventually("it says which policy is ignored", Effect.map(told("web"), (count) => count === times ? true : undefined))
          yield* eventually("and which value of the ConfigMap", Effect.map(told("amazon-vpc-cni"), (count) => count === times ? true : undefined))
          expect(yield* controller.drain("5 seconds")).toBe(true)
          yield* Scope.close(scope, Exit.void)
        }
      }), 1)
  })
})
