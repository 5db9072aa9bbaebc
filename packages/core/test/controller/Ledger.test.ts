import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import * as Fleet from "../../src/controller/Fleet.js"
import * as Ledger from "../../src/controller/Ledger.js"
import * as PodStore from "../../src/controller/PodStore.js"
import type { InstanceId } from "../../src/model/Ids.js"
import {
  allocationTag,
  branchDescription,
  clusterTag,
  clusterTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  trunkDescription,
  trunkEniIdTag,
  vlanIdTag
} from "../../src/model/Names.js"
import type { Pod } from "../../src/model/Pod.js"
import type { InterfaceFilter, NetworkInterface } from "../../src/ports/Ec2.js"
import { details, eni, instanceId, trunkId } from "../allocation/Fixtures.js"
import { annotation, clusterName, ec2Error, member, networkInterface, noEc2, pod, together } from "./Fixtures.js"

const otherId = "i-00000002" as InstanceId

describe("the ledger", () => {
  const scripted = (interfaces: ReadonlyArray<NetworkInterface>) => {
    const asked: Array<InterfaceFilter> = []
    const ledger = Ledger.make({
      ...noEc2,
      describeInstances: () => Effect.succeed([]),
      describeInterfaces: (filter) =>
        Effect.sync(() => {
          asked.push(filter)
          return interfaces
        })
    }, clusterName)
    return { asked, ledger }
  }

  it("remembers the newest 50,000 interfaces that were written off, however many nodes were replaced", () => {
    const { ledger } = scripted([])
    for (let node = 0; node < 2_000; node++) {
      ledger.writeOff(Array.from({ length: 54 }, (_, index) => eni(node * 54 + index)))
    }
    assert.isTrue(ledger.isWrittenOff(eni(107_999)))
    assert.isTrue(ledger.isWrittenOff(eni(58_000)))
    assert.isFalse(ledger.isWrittenOff(eni(57_999)))
  })
  const ours = { [clusterTag(clusterName)]: [clusterTagValue], [ownerTag]: [ownerTagValue] }

  it.effect("asks for what is ours, together for those who ask together", () =>
    Effect.gen(function*() {
      const mine = networkInterface(1)
      const { asked, ledger } = scripted([mine, { ...networkInterface(3), tags: {} }])
      const [taken, nothing] = yield* together(Effect.all([ledger.take(instanceId), ledger.take(otherId)], { concurrency: 2 }))
      assert.deepStrictEqual([taken, nothing], [[mine], []])
      assert.deepStrictEqual(asked, [{ tags: { ...ours, [instanceIdTag]: [instanceId, otherId] } }])
      yield* together(ledger.take(instanceId))
      assert.strictEqual(asked.length, 2, "what was taken is asked for anew")
    }))

  it.effect("is read ahead for a whole cluster, and handed out once", () =>
    Effect.gen(function*() {
      const mine = networkInterface(1, { type: "trunk", status: "in-use" })
      const { asked, ledger } = scripted([mine])
      yield* ledger.readAhead([{ instanceId, interfaces: 1 }, { instanceId: otherId, interfaces: 1 }])
      assert.deepStrictEqual(asked, [{ tags: { ...ours, [instanceIdTag]: [instanceId, otherId] } }])
      assert.deepStrictEqual([yield* ledger.holds(instanceId), yield* ledger.holds(otherId), yield* ledger.heldTrunk(instanceId)], [true, false, true])
      assert.deepStrictEqual([yield* ledger.take(instanceId), yield* ledger.take(otherId)], [[mine], []])
      assert.strictEqual(asked.length, 1)
      assert.isFalse(yield* ledger.holds(instanceId), "who has taken it knows it")
      ledger.leave([otherId])
      assert.isTrue(yield* ledger.holds(otherId))
    }))
})

const branch = (number: number, facts: Partial<NetworkInterface> = {}): NetworkInterface =>
  networkInterface(number, {
    type: "branch",
    status: "in-use",
    description: branchDescription,
    ...facts,
    tags: { [trunkEniIdTag]: trunkId, [vlanIdTag]: `${number}`, ...facts.tags }
  })

const remembered = (interfaces: ReadonlyArray<NetworkInterface>, pods: ReadonlyArray<Pod>, elsewhere: ReadonlyArray<Pod> = []) => {
  const store = PodStore.make()
  for (const object of [...pods, ...elsewhere]) store.note({ _tag: "Appeared", object })
  return Ledger.memories(interfaces, new Set(), "node-1", store, 7)
}
const brief = (event: TrunkEvent): string =>
  event._tag === "BranchHeld"
    ? `held ${event.details.eniId} by ${event.pod.name}`
    : event._tag === "BranchDiscovered"
    ? `found ${event.interface.eniId} vlan ${event.vlanId} claim ${event.claim?.pod ?? "-"} for ${event.claimant?.name ?? "-"}`
    : event._tag
const claimed = (name: string, attempt = 1) => ({ [allocationTag]: `${pod(name).metadata.uid}/${attempt}` })

describe("what a trunk has to be told at a restart", () => {
  it("is first what living pods were promised, then what EC2 has", () => {
    const events = remembered([branch(2), branch(1)], [pod("b", { annotation: annotation(2, 2) }), pod("a", { annotation: annotation(1, 1) })])
    assert.deepStrictEqual(events.map(brief), [
      `held ${eni(1)} by a`,
      `held ${eni(2)} by b`,
      `found ${eni(1)} vlan 1 claim - for -`,
      `found ${eni(2)} vlan 2 claim - for -`
    ])
  })

  it("does not depend on the order in which EC2 and the API server tell it", () => {
    const interfaces = [branch(1), branch(2), branch(3), networkInterface(4, { description: branchDescription })]
    const pods = [pod("a", { annotation: annotation(1, 1) }), pod("b", { annotation: annotation(2, 2) }), pod("c")]
    assert.deepStrictEqual(remembered(interfaces.toReversed(), pods.toReversed()), remembered(interfaces, pods))
  })

  it("is of what hangs on it before what is only tagged for the same VLAN id", () => {
    const tagged = { [vlanIdTag]: "7" }
    const events = remembered([branch(1, { status: "available", tags: { ...claimed("a"), ...tagged } }), branch(2, { tags: tagged })], [pod("a")])
    assert.deepStrictEqual(events.map((event) => event._tag === "BranchDiscovered" ? event.interface.eniId : event._tag), [eni(2), eni(1)])
  })

  it("names the living pod that waits for a branch, and nobody else", () => {
    const found = (object: Pod | undefined, elsewhere: ReadonlyArray<Pod> = []) =>
      remembered([branch(1, { tags: claimed("a") })], object === undefined ? [] : [object], elsewhere).map(brief).at(-1)
    const uid = pod("a").metadata.uid
    assert.strictEqual(found(pod("a")), `found ${eni(1)} vlan 1 claim ${uid} for a`)
    const nobody = `found ${eni(1)} vlan 1 claim ${uid} for -`
    assert.strictEqual(found(undefined), nobody, "the pod is gone")
    assert.strictEqual(found(pod("a", { phase: "Succeeded" })), nobody, "it is over")
    assert.strictEqual(found(pod("a", { annotation: annotation(2, 2) })), nobody, "it has another branch")
    assert.strictEqual(found(pod("a", { wants: false })), nobody, "it asks for none")
    assert.strictEqual(found(undefined, [pod("a", { nodeName: "node-2" })]), nobody, "it runs elsewhere")
  })

  it("names the pod that has the branch's address, though the tag names the pod before or nobody", () => {
    const ipv6Address = "2001:db8::1"
    const { privateIp } = branch(1)
    const found = (interfaces: ReadonlyArray<NetworkInterface>, ...pods: ReadonlyArray<Pod>) => remembered(interfaces, pods).map(brief)
    const before = branch(1, { tags: claimed("before") })
    for (const address of [privateIp, ipv6Address]) {
      for (const tags of [claimed("before"), {}]) {
        const [said] = found([branch(1, { ipv6Address, tags })], pod("a", { address, annotation: "spoilt" }))
        assert.isTrue(said?.endsWith("for a"), said)
      }
    }
    assert.isTrue(found([before], pod("a", { address: "10.9.9.9" }))[0]?.endsWith("for -"))
    assert.isTrue(found([before], pod("a", { address: privateIp, wants: false }))[0]?.endsWith("for -"))
    assert.isTrue(found([before], pod("a", { address: privateIp, annotation: annotation(2, 2) })).at(-1)?.endsWith("for -"))
    const both = [branch(1, { tags: claimed("a") }), branch(2, { tags: claimed("before") })]
    const claims = found(both, pod("a", { address: branch(2).privateIp })).map((said) => said.split(" for ")[1])
    assert.deepStrictEqual(claims, ["-", "a"], "what its tag names it made, and does not use")
  })

  it("takes an annotation that the plugin cannot read, or of a pod that is over, for none", () => {
    for (const bad of ["", "not json", "[]", annotation(1, 1).replace("\"vlanId\":1", "\"vlanId\":4096")]) {
      const events = remembered([branch(1, { tags: claimed("a") })], [pod("a", { annotation: bad })])
      assert.deepStrictEqual(events.map(brief), [`found ${eni(1)} vlan 1 claim ${pod("a").metadata.uid} for a`], bad)
    }
    const over = remembered([branch(1)], [pod("a", { annotation: annotation(1, 1), phase: "Failed" })])
    assert.deepStrictEqual(over.map(brief), [`found ${eni(1)} vlan 1 claim - for -`])
  })

  it("leaves out what is no branch", () => {
    const others = [
      networkInterface(1, { type: "trunk", description: trunkDescription, tags: { [trunkEniIdTag]: trunkId } }),
      networkInterface(2, { description: "aws-K8S-i-1" })
    ]
    assert.deepStrictEqual(remembered(others, []), [])
    const half = [
      networkInterface(3, { description: branchDescription }),
      networkInterface(4, { tags: claimed("a") }),
      networkInterface(5, { type: "branch" })
    ]
    assert.strictEqual(remembered(half, []).length, 3)
  })

  it("says of each branch what EC2 says", () => {
    const [event] = remembered([branch(1, { status: "available", tags: { ...claimed("gone", 3), [vlanIdTag]: "12x" } })], [])
    assert.deepInclude(event, { associated: false, vlanId: undefined, trunkId, claim: { pod: pod("gone").metadata.uid, attempt: 3 }, now: 7 })
    const [other] = remembered([branch(2, { tags: { [vlanIdTag]: "4096", [allocationTag]: "nonsense" } })], [])
    assert.deepInclude(other, { associated: true, vlanId: 4096, claim: undefined })
  })
})

describe("recovery", () => {
  it.effect("tells the member's trunk, and then it is recovered", () =>
    Effect.gen(function*() {
      const one = member({ recovered: false })
      const pods = PodStore.make()
      pods.note({ _tag: "Appeared", object: pod("a", { annotation: annotation(1, 1) }) })
      const ledger = Ledger.make({ ...noEc2, describeInterfaces: () => Effect.succeed([branch(1), branch(2)]) }, clusterName)
      const told: Array<string> = []
      yield* together(Ledger.recover({ ec2: noEc2, fleet: Fleet.make(), ledger, pods }, one, (_, event) =>
        Effect.sync(() => {
          assert.isFalse(one.recovered)
          told.push(brief(event))
        })))
      assert.deepStrictEqual(told, [`held ${eni(1)} by a`, `found ${eni(1)} vlan 1 claim - for -`, `found ${eni(2)} vlan 2 claim - for -`])
      assert.isTrue(one.recovered)
    }))

  it.effect("keeps the VLAN ids back that were announced on the node's last instance, whatever became of their pods", () =>
    Effect.gen(function*() {
      const fleet = Fleet.make()
      const last = member({ recovered: true })
      fleet.add(last)
      for (const [name, number] of [["a", 3], ["b", 5]] as const) {
        fleet.apply(last, { _tag: "BranchHeld", pod: Ledger.identityOf(pod(name)), details: details(number, number), now: 0 })
      }
      fleet.apply(last, { _tag: "PodReleased", key: pod("a").metadata.uid, mayIdle: false, now: 0 })
      fleet.detach(last)
      const ledger = Ledger.make({ ...noEc2, describeInterfaces: () => Effect.succeed([]) }, clusterName)
      const told = Effect.fnUntraced(function*(nodeName: string) {
        const next = member({ instanceId: otherId, nodeName, recovered: false })
        const events: Array<string> = []
        yield* together(Ledger.recover({ ec2: noEc2, fleet, ledger, pods: PodStore.make() }, next, (_, event) => Effect.sync(() => void events.push(event._tag === "VlanWired" ? `wired ${event.vlanId}` : event._tag))))
        return events
      })
      assert.deepStrictEqual(yield* told("node-1"), ["wired 3", "wired 5"])
      assert.deepStrictEqual(yield* told("node-2"), [])
    }))

  it.effect("gives a trunk on which every promise still holds", () =>
    Effect.gen(function*() {
      const fleet = Fleet.make()
      const one = member({ recovered: false })
      fleet.add(one)
      fleet.apply(one, { _tag: "TrunkChanged", trunkId, now: 0 })
      const pods = PodStore.make()
      for (const object of [pod("a", { annotation: annotation(1, 1) }), pod("b")]) pods.note({ _tag: "Appeared", object })
      const interfaces = [branch(1), branch(2, { tags: claimed("b") }), branch(3, { tags: claimed("gone") })]
      const ledger = Ledger.make({ ...noEc2, describeInterfaces: () => Effect.succeed(interfaces) }, clusterName)
      yield* together(Ledger.recover({ ec2: noEc2, fleet: Fleet.make(), ledger, pods }, one, (of, event) => Effect.sync(() => void fleet.apply(of, event))))
      const states = one.trunk.branches.flatMap((each, slot) => each === undefined ? [] : `${slot} ${each.pod?.name ?? "-"} ${each.state._tag}`)
      assert.deepStrictEqual(states, ["1 a InUse", "2 b Associating", "3 - Cooling"])
    }))

  it.effect("that fails leaves the member as it was, to be tried again", () =>
    Effect.gen(function*() {
      const one = member({ recovered: false })
      const ledger = Ledger.make({ ...noEc2, describeInterfaces: () => Effect.fail(ec2Error({ _tag: "Throttled" })) }, clusterName)
      const { reason } = yield* together(Effect.flip(Ledger.recover({ ec2: noEc2, fleet: Fleet.make(), ledger, pods: PodStore.make() }, one, () => Effect.void)))
      assert.strictEqual(reason._tag, "Throttled")
      assert.isFalse(one.recovered)
    }))
})
