import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Option, References } from "effect"
import * as Fleet from "../../src/controller/Fleet.js"
import * as PodStore from "../../src/controller/PodStore.js"
import { about, subjectOf } from "../../src/controller/Subject.js"
import { done } from "../../src/controller/WorkQueue.js"
import { details, discovered, eni, held, instanceId, pod as identity, trunkId } from "../allocation/Fixtures.js"
import { member, pod } from "./Fixtures.js"

const uid = identity("a").uid

const known = () => {
  const fleet = Fleet.make()
  const one = member()
  fleet.add(one)
  fleet.apply(one, { _tag: "TrunkChanged", trunkId, now: 0 })
  return { fleet, one, pods: PodStore.make() }
}

describe("what a piece of work is about", () => {
  it("is of a pod: its name, namespace and node, and its branch once there is one", () => {
    const { fleet, one, pods } = known()
    assert.deepStrictEqual(subjectOf({ fleet, pods }, `branch/${uid}`), {})
    pods.note({ _tag: "Appeared", object: pod("a") })
    assert.deepStrictEqual(subjectOf({ fleet, pods }, `branch/${uid}`), { pod: "a", namespace: "shop", node: "node-1" })
    fleet.apply(one, held(identity("a"), details(1, 7), 0))
    const whole = { pod: "a", namespace: "shop", node: "node-1", instance: instanceId, eni: eni(1) }
    assert.deepStrictEqual(subjectOf({ fleet, pods }, `branch/${uid}`), whole)
    pods.note({ _tag: "Vanished", object: pod("a"), seen: true })
    assert.deepStrictEqual(subjectOf({ fleet, pods }, `branch/${uid}`), whole, "its last owner, as long as the branch is there")
  })

  it("is of a branch without a pod, a node, an instance, and nobody for the sweep", () => {
    const { fleet, one, pods } = known()
    fleet.apply(one, discovered(2, { vlanId: 9, now: 0 }))
    assert.deepStrictEqual(subjectOf({ fleet, pods }, `branch/${eni(2)}`), { node: "node-1", instance: instanceId, eni: eni(2) })
    assert.deepStrictEqual(subjectOf({ fleet, pods }, "node/node-1"), { node: "node-1", instance: instanceId })
    assert.deepStrictEqual(subjectOf({ fleet, pods }, "node/node-2"), { node: "node-2" })
    assert.deepStrictEqual(subjectOf({ fleet, pods }, `instance/${instanceId}`), { instance: instanceId })
    assert.deepStrictEqual(subjectOf({ fleet, pods }, "sweep"), {})
  })

  it.effect("is on what the work logs, and on a trace of its own", () =>
    Effect.gen(function*() {
      const { fleet, pods } = known()
      pods.note({ _tag: "Appeared", object: pod("a") })
      const logged: Array<unknown> = []
      const logger = Logger.make(({ fiber }) => void logged.push(fiber.getRef(References.CurrentLogAnnotations)))
      const work = Effect.gen(function*() {
        yield* Effect.logInfo("something")
        const { attributes, name, parent } = yield* Effect.currentSpan
        logged.push({ name, hasParent: Option.isSome(parent), key: attributes.get("key"), pod: attributes.get("pod") })
        return done
      }).pipe(Effect.orDie)
      yield* about({ fleet, pods }, `branch/${uid}`, work).pipe(Effect.withSpan("all of a term"), Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(logged, [
        { pod: "a", namespace: "shop", node: "node-1" },
        { name: "reconcile branch", hasParent: false, key: `branch/${uid}`, pod: "a" }
      ])
    }))

  it.effect("is on a defect, which counts as a failure", () =>
    Effect.gen(function*() {
      const { fleet, pods } = known()
      const logged: Array<unknown> = []
      const logger = Logger.make(({ fiber, logLevel }) => void logged.push({ logLevel, ...fiber.getRef(References.CurrentLogAnnotations) }))
      const verdict = yield* Effect.provide(about({ fleet, pods }, "node/node-1", Effect.die("broken")), Logger.layer([logger]))
      assert.deepStrictEqual(verdict, { _tag: "Failed" })
      assert.deepStrictEqual(logged, [{ logLevel: "Error", key: "node/node-1", node: "node-1", instance: instanceId }])
    }))
})
