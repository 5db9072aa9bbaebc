import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { type Difference, differenceKey, differences } from "../../src/explain/Differences.js"
import type { DifferencesFacts, SeenInstance, SeenInterface, SeenPod } from "../../src/explain/DifferencesFacts.js"
import { differenceSubject, differenceText } from "../../src/explain/DifferencesText.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import { EniId, InstanceId } from "../../src/model/Ids.js"
import { instanceIdTag, podEni, trunkEniIdTag, vlanIdTag } from "../../src/model/Names.js"
import { branch, clusterName, cniNode, instance, patience, served, tags } from "./DifferencesWorld.js"
import * as S from "./support.js"

const whole = (minimum: number, maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const nameOf = (node: number): string => `node-${node}`
const instanceIdOf = (node: number): InstanceId => InstanceId.make(`i-${(node + 1).toString(16).padStart(17, "0")}`)
const trunkIdOf = (node: number): EniId => EniId.make(`eni-${(0xf000 + node).toString(16).padStart(17, "0")}`)
const eniOf = (node: number, pod: number): number => (node + 1) * 0x100 + pod + 1

/** A cluster of m5.large in which all is as it should be: so many pods on each node, each with a branch of its own. */
const coherent = (podsOn: ReadonlyArray<number>): DifferencesFacts => {
  const pods: Array<SeenPod> = []
  const interfaces: Array<SeenInterface> = []
  const instances = new Map<InstanceId, SeenInstance>()
  const nodes = podsOn.map((count, index) => {
    const [name, instanceId, trunkId] = [nameOf(index), instanceIdOf(index), trunkIdOf(index)]
    const own = { [instanceIdTag]: instanceId }
    instances.set(instanceId, instance({ instanceId, attachments: [{ eniId: trunkId, type: "trunk", status: "attached", deleteOnTermination: true }] }))
    interfaces.push({ eniId: trunkId, type: "trunk", status: "in-use", groups: S.groups("sg-node"), tags: tags(own) })
    for (let pod = 0; pod < count; pod++) {
      const n = eniOf(index, pod)
      pods.push(served(n, { as: { annotations: S.annotation(n, pod + 1), spec: { nodeName: name } } }))
      interfaces.push(branch(n, { tags: tags({ ...own, [vlanIdTag]: String(pod + 1), [trunkEniIdTag]: trunkId }) }))
    }
    const node = S.node({ providerID: `aws:///eu-west-1a/${instanceId}` })
    return {
      node: { ...node, metadata: { ...node.metadata, name } },
      cniNode: { metadata: { ...cniNode.metadata, name }, spec: { ...cniNode.spec, tags: own } }
    }
  })
  return { clusterName, pods, nodes, instances, interfaces, unclaimedSince: new Map(), limits: publishedLimits, patience, now: S.now }
}

type Plant = (world: DifferencesFacts, node: number) => DifferencesFacts

const changing = <A>(items: ReadonlyArray<A>, at: (item: A) => boolean, change: (item: A) => A): ReadonlyArray<A> => items.map((item) => at(item) ? change(item) : item)

/** The first pod of the node, and its interface. */
const firstPod = (node: number) => ({ pod }: SeenPod): boolean => pod.metadata.name === `web-${eniOf(node, 0)}`
const firstBranch = (node: number) => ({ eniId }: SeenInterface): boolean => eniId === S.eni(eniOf(node, 0))
const changeBranch = (change: (one: SeenInterface) => SeenInterface): Plant => (world, node) => ({ ...world, interfaces: changing(world.interfaces, firstBranch(node), change) })
const changeInstance = (change: (one: SeenInstance) => SeenInstance): Plant => (world, node) =>
  ({ ...world, instances: new Map([...world.instances].map(([id, one]) => [id, id === instanceIdOf(node) ? change(one) : one])) })
const changeNode = (change: (one: DifferencesFacts["nodes"][number]) => DifferencesFacts["nodes"][number]): Plant => (world, node) =>
  ({ ...world, nodes: changing(world.nodes, (one) => one.node.metadata.name === nameOf(node), change) })
const retag = (more: Readonly<Record<string, string>>): Plant => changeBranch((one) => ({ ...one, tags: { ...one.tags, ...more } }))

/** One thing wrong on a node that has a pod at least, and all that is then told. */
const plants: ReadonlyArray<readonly [told: ReadonlyArray<Difference["_tag"]>, plant: Plant]> = [
  [["InterfaceMissing"], (world, node) => ({ ...world, interfaces: world.interfaces.filter((one) => !firstBranch(node)(one)) })],
  [["InterfaceNotAssociated"], changeBranch((one) => ({ ...one, status: "available" }))],
  [["VlanDiffers"], retag({ [vlanIdTag]: "150" })],
  [["TrunkDiffers"], retag({ [trunkEniIdTag]: S.eni(0xabcdef) })],
  [["InstanceDiffers"], retag({ [instanceIdTag]: "i-0ffffffffffffffff" })],
  [["GroupsDiffer"], changeBranch((one) => ({ ...one, groups: S.groups("sg-9") }))],
  [["TagsWrong"], changeBranch((one) => ({ ...one, tags: {} }))],
  [["AnnotationUnreadable"], (world, node) => ({
    ...world,
    pods: changing(world.pods, firstPod(node), (seen) => ({ ...seen, pod: { ...seen.pod, metadata: { ...seen.pod.metadata, annotations: { [podEni]: "{" } } } }))
  })],
  [["InterfaceUnexplained"], (world, node) => ({
    ...world,
    pods: world.pods.filter((seen) => !firstPod(node)(seen)),
    unclaimedSince: new Map([[S.eni(eniOf(node, 0)), world.now - patience.cooling]])
  })],
  [["VlanShared", "VlanDiffers"], (world, node) => ({
    ...world,
    pods: [...world.pods, served(0xba0, { as: { annotations: S.annotation(0xba0, 1), spec: { nodeName: nameOf(node) } } })],
    interfaces: [...world.interfaces, branch(0xba0, { tags: tags({ [instanceIdTag]: instanceIdOf(node), [vlanIdTag]: "2", [trunkEniIdTag]: trunkIdOf(node) }) })]
  })],
  [["RequestMissing"], (world, node) => ({ ...world, pods: [...world.pods, served(0xba1, { as: { asks: false, annotations: {}, spec: { nodeName: nameOf(node) } } })] })],
  [["AnnotationMissing"], (world, node) => ({
    ...world,
    pods: [...world.pods, served(0xba2, { as: { annotations: {}, spec: { nodeName: nameOf(node) } }, waitingSince: world.now - patience.annotation })]
  })],
  // With the trunk there is nothing to offer any more.
  [["TrunkMissing", "CapacityDiffers"], changeInstance((one) => ({ ...one, attachments: [] }))],
  [["TrunkOutlivesInstance"], changeInstance((one) => ({ ...one, attachments: one.attachments.map((each) => ({ ...each, deleteOnTermination: false })) }))],
  [["InstanceMissing"], changeInstance((one) => ({ ...one, state: "terminated" }))],
  [["CapacityDiffers"], changeNode((one) => ({ ...one, node: { ...one.node, status: { capacity: { [podEni]: "1" } } } }))],
  // Without it the node has not asked, so that the trunk is nobody's wish.
  [["CniNodeMissing", "CapacityDiffers"], changeNode((one) => ({ ...one, cniNode: undefined }))],
  [["CniNodeOfAnother"], changeNode((one) => ({ ...one, cniNode: { ...cniNode, spec: { ...cniNode.spec, tags: { [instanceIdTag]: "i-0ffffffffffffffff" } } } }))],
  [["OverLimit"], (world, node) => ({
    ...world,
    interfaces: [
      ...world.interfaces,
      ...Array.from({ length: 10 }, (_, n) => branch(0x100_000 + n, { tags: tags({ [instanceIdTag]: instanceIdOf(node), [vlanIdTag]: "9", [trunkEniIdTag]: trunkIdOf(node) }) }))
    ]
  })]
]

const cluster = Arbitrary.array(whole(1, 8), { minLength: 1, maxLength: 6 })

describe("differences, of any cluster", () => {
  it.prop("there are none where all is as it should be", { podsOn: Arbitrary.array(whole(0, 9), { maxLength: 6 }) }, ({ podsOn }) => {
    expect(differences(coherent(podsOn))).toEqual([])
  }, { arbitrary: { runs: 100, seed: 1 } })

  it.prop("whatever is wrong on one node is told of that node, and nothing else is", {
    podsOn: cluster,
    where: whole(0, 5),
    what: whole(0, plants.length - 1)
  }, ({ podsOn, what, where }) => {
    const node = where % podsOn.length
    const [told, plant] = plants[what]!
    const found = differences(plant(coherent(podsOn), node))
    expect([...new Set(found.map(({ _tag }) => _tag))].toSorted()).toEqual([...told].toSorted())
    const elsewhere = podsOn.flatMap((_, other) => other === node ? [] : [nameOf(other), instanceIdOf(other)])
    for (const one of found) expect(elsewhere).not.toContain(differenceSubject(one).node)
  }, { arbitrary: { runs: 1_000, seed: 2 } })

  it("every kind of difference is planted", () => {
    const all = { AnnotationUnreadable: 1, AnnotationMissing: 1, RequestMissing: 1, InterfaceMissing: 1, InterfaceNotAssociated: 1, VlanDiffers: 1, TrunkDiffers: 1,
      InstanceDiffers: 1, GroupsDiffer: 1, VlanShared: 1, InterfaceUnexplained: 1, TagsWrong: 1, InstanceMissing: 1, TrunkMissing: 1, TrunkOutlivesInstance: 1,
      CapacityDiffers: 1, CniNodeMissing: 1, CniNodeOfAnother: 1, OverLimit: 1 } satisfies Record<Difference["_tag"], 1>
    expect([...new Set(plants.flatMap(([told]) => told))].toSorted()).toEqual(Object.keys(all).toSorted())
  })

  it.prop("many at once: each has a key of its own, and is one line of text; the order of what was read is of no account", {
    podsOn: cluster,
    planted: Arbitrary.array(Arbitrary.all({ what: whole(0, plants.length - 1), where: whole(0, 5) }), { maxLength: 6 })
  }, ({ planted, podsOn }) => {
    const once = [...new Map(planted.map((one) => [one.what, one])).values()]
    const world = once.reduce((so, { what, where }) => plants[what]![1](so, where % podsOn.length), coherent(podsOn))
    const found = differences(world)
    expect(new Set(found.map(differenceKey)).size).toBe(found.length)
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    for (const one of found) expect(differenceText(one)).toMatch(/^[^\u0000-\u001f]{20,}$/)
    const turned = { ...world, pods: world.pods.toReversed(), nodes: world.nodes.toReversed(), interfaces: world.interfaces.toReversed() }
    expect(differences(turned).map(differenceKey).toSorted()).toEqual(found.map(differenceKey).toSorted())
  }, { arbitrary: { runs: 500, seed: 3 } })
})
