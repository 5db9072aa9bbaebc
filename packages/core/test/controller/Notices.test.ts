import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Trunk from "../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import { ensure } from "../../src/controller/CniNodes.js"
import * as Fleet from "../../src/controller/Fleet.js"
import * as Ledger from "../../src/controller/Ledger.js"
import { type Notice, Notices } from "../../src/controller/Notices.js"
import * as PodStore from "../../src/controller/PodStore.js"
import { noLooks, retire } from "../../src/controller/Retirement.js"
import { sweep } from "../../src/controller/Sweep.js"
import type { EniId } from "../../src/model/Ids.js"
import { cniOwnerTagValue, ownerTag, trunkDescription } from "../../src/model/Names.js"
import { cniNodes } from "../../src/model/Resource.js"
import { document } from "../../src/patch/CNINodePatch.js"
import type { Ec2, NetworkInterface } from "../../src/ports/Ec2.js"
import type { Ec2Reason } from "../../src/ports/Ec2Error.js"
import type { KubernetesReason } from "../../src/ports/KubernetesError.js"
import { eni, group, instanceId, requested, pod as identity, trunkId } from "../allocation/Fixtures.js"
import { clusterName, ec2Error, instance, member, networkInterface, noEc2, parts, together } from "./Fixtures.js"
import { kubernetesError, listing, noKubernetes } from "./ScriptedKubernetes.js"

/** What an effect notices. */
const noticed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.suspend(() => {
    const notices: Array<Notice> = []
    return Effect.map(
      Effect.result(Effect.provideService(effect, Notices, (one) => void notices.push(one))),
      (result) => ({ notices, result })
    )
  })

describe("a trunk that was found", () => {
  const found = (facts: Partial<NetworkInterface>) => {
    const trunk = networkInterface(0xa, { type: "trunk", status: "in-use", description: trunkDescription, ...facts })
    const ec2: Ec2["Service"] = { ...noEc2, describeInterfaces: () => Effect.succeed([trunk]) }
    return noticed(together(Ledger.recover({ ec2, fleet: Fleet.make(), ledger: Ledger.make(ec2, clusterName), pods: PodStore.make() }, member({ recovered: false }), () => Effect.void)))
  }

  it.effect("is told in what it differs from one that would be made today", () =>
    Effect.gen(function*() {
      const differs = (attribute: "security_groups" | "subnet"): Notice => ({ _tag: "TrunkDiffers", node: "node-1", instanceId, attribute })
      assert.deepStrictEqual((yield* found({})).notices, [])
      assert.deepStrictEqual((yield* found({ groups: [group("other")] })).notices, [differs("security_groups")])
      assert.deepStrictEqual((yield* found({ subnetId: "subnet-2", groups: [] })).notices, [differs("security_groups"), differs("subnet")])
      assert.deepStrictEqual((yield* found({ subnetId: "subnet-2", status: "available" })).notices, [], "one that is attached to nothing is no trunk of the node's")
    }))
})

describe("a CNINode", () => {
  const facts = { node: { name: "node-1", uid: "node-uid", os: "linux" }, instanceId, clusterName }
  const make = (previous: boolean, refusal?: KubernetesReason) => {
    const shared = parts({
      kubernetes: {
        ...noKubernetes,
        list: listing({ metadata: { name: "node-1", uid: "node-uid", resourceVersion: "1" } }),
        create: (of, json) =>
          refusal === undefined
            ? Effect.succeed(Result.getOrThrow(of.decode({ ...json, metadata: { ...(json["metadata"] as object), uid: "new", resourceVersion: "9" } })))
            : Effect.fail(kubernetesError(refusal))
      },
      cniNodes: { get: () => undefined, values: () => [] }
    })
    const before = Result.getOrThrow(cniNodes.decode({ ...document(facts), metadata: { name: "node-1", uid: "old", resourceVersion: "5" } }))
    const node = { metadata: { name: "node-1", uid: "node-uid", resourceVersion: "1" } }
    return noticed(ensure(shared, node, "linux", instanceId, previous ? before : undefined))
  }

  it.effect("that is made again is noticed, and one that could not be; not one that is new, or that the watch will bring", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* make(true)).notices, [{ _tag: "CniNodeRemade", node: "node-1", failed: false }])
      assert.deepStrictEqual((yield* make(true, { _tag: "Unavailable" })).notices, [{ _tag: "CniNodeRemade", node: "node-1", failed: true }])
      assert.deepStrictEqual((yield* make(false)).notices, [])
      assert.deepStrictEqual((yield* make(false, { _tag: "Unavailable" })).notices, [])
      assert.deepStrictEqual((yield* make(true, { _tag: "AlreadyExists" })).notices, [])
    }))
})

describe("a sweep", () => {
  /** Two of the controller's interfaces and one of the plugin's, all seen once before. */
  const swept = (refusals: Readonly<Record<EniId, Ec2Reason>>) => {
    const leaked = [networkInterface(1), networkInterface(2), networkInterface(3, { tags: { [ownerTag]: cniOwnerTagValue } })]
    const asked: Array<EniId> = []
    const fleet = Fleet.make()
    fleet.add(member())
    const shared = parts({
      fleet,
      ec2: {
        ...noEc2,
        describeInterfaces: ({ status }) => Effect.succeed(status === "available" ? leaked : []),
        deleteInterface: (eniId) =>
          Effect.suspend(() => {
            asked.push(eniId)
            const reason = refusals[eniId]
            return reason === undefined ? Effect.void : Effect.fail(ec2Error(reason))
          })
      }
    })
    const suspects = new Set(leaked.map(({ eniId }) => eniId))
    return Effect.map(noticed(sweep(shared, suspects)), ({ notices, result }) => ({
      asked,
      notices,
      verdict: Result.isSuccess(result) ? result.success._tag : "none",
      suspects: [...suspects]
    }))
  }

  it.effect("tells how many interfaces of whom it found without an owner", () =>
    Effect.gen(function*() {
      const { notices, suspects, verdict } = yield* swept({})
      assert.deepStrictEqual(notices, [{ _tag: "Swept", own: 2, cni: 1, left: 0 }])
      assert.deepStrictEqual([verdict, suspects], ["LookAgain", []])
    }))

  it.effect("goes past one that cannot be deleted, and tells that it is left", () =>
    Effect.gen(function*() {
      const { asked, notices, suspects, verdict } = yield* swept({ [eni(1)]: { _tag: "Rejected" } })
      assert.deepStrictEqual(asked, [eni(1), eni(2), eni(3)])
      assert.deepStrictEqual(notices, [{ _tag: "Swept", own: 2, cni: 1, left: 1 }])
      assert.deepStrictEqual([verdict, suspects], ["Failed", [eni(1)]])
    }))

  it.effect("stops where EC2 is in trouble, and takes the rest up at the next", () =>
    Effect.gen(function*() {
      const { asked, notices, suspects } = yield* swept({ [eni(2)]: { _tag: "Throttled" } })
      assert.deepStrictEqual(asked, [eni(1), eni(2)])
      assert.deepStrictEqual(notices, [{ _tag: "Swept", own: 2, cni: 1, left: 2 }])
      assert.deepStrictEqual(suspects, [eni(2), eni(3)])
    }))
})

describe("a terminated instance", () => {
  it.effect("whose interfaces cannot be removed is noticed; one that cannot be described is not", () =>
    Effect.gen(function*() {
      const fleet = Fleet.make()
      fleet.add(member({ nodeName: undefined }))
      const ec2: Ec2["Service"] = {
        ...noEc2,
        describeInstances: () => Effect.succeed([instance({ state: "terminated" })]),
        describeInterfaces: () => Effect.succeed([networkInterface(1)]),
        deleteInterface: () => Effect.fail(ec2Error({ _tag: "Throttled" }))
      }
      const { notices, result } = yield* noticed(retire(parts({ fleet, ec2 }), noLooks(), instanceId))
      assert.deepStrictEqual(notices, [{ _tag: "CleanupFailed", instanceId }])
      assert.deepStrictEqual(Result.getOrThrow(result), { _tag: "Failed" })
      const blind = { ...ec2, describeInstances: () => Effect.fail(ec2Error({ _tag: "Throttled" })) }
      assert.deepStrictEqual((yield* noticed(retire(parts({ fleet, ec2: blind }), noLooks(), instanceId))).notices, [])
    }))
})

describe("an observer of steps", () => {
  it("is told what the trunk was before the step, and what it is after it", () => {
    const told: Array<readonly [TrunkEvent["_tag"], boolean, boolean]> = []
    const fleet = Fleet.make((_, event, { trunk }, before) => told.push([event._tag, before.trunkId !== undefined, trunk.trunkId !== undefined]))
    const one = member({ trunk: Trunk.empty(instanceId, 9) })
    fleet.add(one)
    fleet.apply(one, { _tag: "TrunkChanged", trunkId, now: 0 })
    fleet.apply(one, requested(identity("a"), 1))
    assert.deepStrictEqual(told, [["TrunkChanged", false, true], ["PodRequested", true, true]])
  })
})
