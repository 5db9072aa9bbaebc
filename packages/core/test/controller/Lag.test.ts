/** What describes that lag behind, and work that is overtaken, must not do to a trunk. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import * as Trunk from "../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import * as Fleet from "../../src/controller/Fleet.js"
import * as Ledger from "../../src/controller/Ledger.js"
import * as PodStore from "../../src/controller/PodStore.js"
import { ensureTrunk } from "../../src/controller/TrunkSetup.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import type { InstanceId } from "../../src/model/Ids.js"
import { instanceIdTag } from "../../src/model/Names.js"
import { details, discovered, eni, face, groups, held, instanceId, pod as id, released, requested, subnetId, trunkId } from "../allocation/Fixtures.js"
import { annotation, clusterName, instance, member, networkInterface, noEc2, parts, pod, together } from "./Fixtures.js"

const ready = (limit = 9) => {
  const fleet = Fleet.make()
  const one = member({ recovered: false, trunk: Trunk.empty(instanceId, limit) })
  fleet.add(one)
  const up: ReadonlyArray<TrunkEvent> = [{ _tag: "TrunkChanged", trunkId, now: 0 }, { _tag: "AdmittingChanged", admitting: true, now: 0 }]
  for (const event of up) fleet.apply(one, event)
  return { fleet, one }
}

/** A restart at which a living pod has a branch that the look at its instance does not show; `elsewhere` is what a look at the branch itself shows. */
const restarted = (elsewhere: ReadonlyArray<ReturnType<typeof networkInterface>>) =>
  Effect.gen(function*() {
    const { fleet, one } = ready()
    const pods = PodStore.make()
    pods.note({ _tag: "Appeared", object: pod("old", { annotation: annotation(1, 1) }) })
    const ec2 = { ...noEc2, describeInterfaces: ({ eniIds }: { readonly eniIds?: unknown }) => Effect.succeed(eniIds === undefined ? [] : elsewhere) }
    const ledger = Ledger.make(ec2, clusterName)
    yield* together(Ledger.recover({ ec2, fleet, ledger, pods }, one, (of, event) => Effect.sync(() => void fleet.apply(of, event))))
    fleet.apply(one, requested(id("new")))
    return { old: Trunk.branchOf(one.trunk, pod("old").metadata.uid), fresh: Trunk.branchOf(one.trunk, id("new").uid) }
  })

describe("a restart at which EC2 lags", () => {
  it.effect("leaves a living pod its VLAN id though no describe shows its branch", () =>
    Effect.gen(function*() {
      const { fresh, old } = yield* restarted([])
      assert.strictEqual(old?.vlanId, 1)
      assert.notStrictEqual(fresh?.vlanId, 1)
    }))

  it.effect("takes nothing for a promise that an annotation says of another instance's branch", () =>
    Effect.gen(function*() {
      const other = "i-0fffffffffffffff0" as InstanceId
      const { old } = yield* restarted([networkInterface(1, { tags: { [instanceIdTag]: other } })])
      assert.isUndefined(old)
    }))

  it.effect("makes no second trunk while the instance does not show the first", () =>
    Effect.gen(function*() {
      let created = 0
      const lagging = parts({
        ec2: {
          ...noEc2,
          describeInstances: () => Effect.succeed([instance()]),
          describeInterfaces: ({ status }) =>
            Effect.succeed([networkInterface(1, { type: "trunk", status: "in-use" })].filter((one) => status === undefined || one.status === status)),
          createTrunk: () => Effect.suspend(() => {
            created++
            return Effect.die("a second trunk")
          })
        }
      })
      const wish = { instance: instance(), limits: publishedLimits.get("m5.large")!, subnetId, groups, tags: {} }
      const exit = yield* Effect.exit(Effect.timeout(ensureTrunk(lagging, wish), 0))
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(created, 0)
    }))
})

describe("a fleet", () => {
  it("knows the holder of every key, also of a branch that an annotation made go on under another name", () => {
    const { fleet, one } = ready()
    // The pod is not in the cache yet, so its first branch cools under its name; then the pod comes with another branch.
    fleet.apply(one, discovered(1, { vlanId: 1, associated: true, claim: { pod: id("a").uid, attempt: 1 } }))
    const { renamed } = fleet.apply(one, held(id("a"), details(2, 2)))
    assert.deepStrictEqual(renamed, [eni(1)])
    for (const { key } of Trunk.branchesOf(one.trunk)) assert.deepStrictEqual(fleet.holders(key), [one], key)
  })

  it("keeps no command for a key that has gone before its worker came", () => {
    const { fleet, one } = ready(1)
    const [a, b] = [id("a"), id("b")]
    fleet.apply(one, requested(a))
    fleet.apply(one, requested(b))
    fleet.apply(one, { _tag: "BranchCreated", key: a.uid, interface: face(1), now: 0 })
    fleet.apply(one, released(a.uid))
    fleet.apply(one, { _tag: "BranchDeleted", key: a.uid, now: 0 })
    fleet.apply(one, released(b.uid))
    assert.deepStrictEqual(fleet.takeLeft(one, b.uid), [])
  })
})
