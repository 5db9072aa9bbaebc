import { it as prop } from "@effect/vitest"
import { annotationOf } from "@branchline/core/controller/Ledger"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { vlanIdTag } from "@branchline/core/model/Names"
import { cniNodes, pods } from "@branchline/core/model/Resource"
import { Arbitrary, Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { nowOf } from "../../src/cluster/Look.js"
import { conditionOf, conditionTypes, observedKinds, rules } from "../../src/observe/Conditions.js"
import { judge, type Judgement, type Looked } from "../../src/observe/Judge.js"
import { type Memory, noMemory } from "../../src/observe/Memory.js"
import { observedKey } from "../../src/observe/Observed.js"
import { lookAt } from "../../src/observe/LookAt.js"
import type { Sight } from "../../src/observe/Sight.js"
import { pod, policy } from "../support/Documents.js"
import { database, played } from "../support/Live.js"
import { healthy, placeIn, settings } from "./Beside.js"

/** Looks at a cluster to which more and more happens. */
const story: ReadonlyArray<Sight> = played(Effect.gen(function*() {
  const { leaves, world } = yield* healthy({ nodes: 3 })
  const place = yield* placeIn(world)
  const sights: Array<Sight> = []
  const look = Effect.gen(function*() {
    yield* Effect.sleep("25 seconds")
    sights.push(yield* lookAt(place))
  })
  const branch = (name: string) =>
    Effect.map(world.kubernetes.portFor("kubernetes-admin").list(pods), ({ items }) => annotationOf(items.find(({ metadata }) => metadata.name === name)!)!.eniId)
  const names = Array.from({ length: 8 }, (_, at) => `web-${at}`)
  for (const name of names) yield* world.apply(pod(name))
  for (const name of names) yield* world.waitForPhase(name, "Running")
  yield* look
  yield* look
  yield* world.serveWebhooks(() => Effect.fail("away"))
  for (const name of ["slipped-b", "slipped-a"]) yield* world.apply(pod(name))
  yield* world.ec2.control.deleteInterfaceByHand(yield* branch("web-1"))
  yield* look
  yield* world.ec2.port.tagInterface(yield* branch("web-2"), { [vlanIdTag]: "99" })
  yield* world.ec2.control.addSecurityGroup({ groupId: "sg-0000000000000000e" as SecurityGroupId })
  for (const name of ["web-6", "web-3"]) yield* world.ec2.port.setGroups(yield* branch(name), ["sg-0000000000000000e" as SecurityGroupId])
  yield* world.apply(policy("db", [database, "sg-0000000000000000e"]))
  yield* look
  yield* world.crash
  yield* world.admin.delete(pods, { namespace: "default", name: "web-4" })
  yield* world.admin.patch(cniNodes, { name: [...world.nodes.keys()][1]! }, { _tag: "merge", patch: { spec: { tags: { "node.k8s.amazonaws.com/instance_id": "i-0fffffffffffffff0" } } } })
  yield* leaves
  for (let round = 0; round < 6; round++) yield* look
  return sights
}))

/** A number from 0 to below, by a small hash: an order, a choice, without a stream of chance. */
const drawn = (seed: number, at: number, below: number): number => {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(at + 1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) % below
}

const shuffled = <A>(items: ReadonlyArray<A>, seed: number): ReadonlyArray<A> =>
  items.map((item, at) => ({ item, by: drawn(seed, at, 1_000_003) })).toSorted((a, b) => a.by - b.by).map(({ item }) => item)

const mapLists = (sight: Sight, change: (items: ReadonlyArray<never>, name: string) => ReadonlyArray<never>): Sight => {
  const kinds = <K extends object>(found: K): K =>
    Object.fromEntries(Object.entries(found).map(([name, kind]) => [name, typeof kind === "object" && kind !== null && "items" in kind ? { ...kind, items: change(kind.items as ReadonlyArray<never>, name) } : kind])) as K
  return {
    look: { ...sight.look, cluster: kinds(sight.look.cluster), ec2: "unknown" in sight.look.ec2 ? sight.look.ec2 : kinds(sight.look.ec2) },
    ...kinds({ endpoints: sight.endpoints, otherLeases: sight.otherLeases })
  }
}

/** A look of the story with some of it left out, or unseen. */
const varied = (sight: Sight, seed: number): Sight => {
  const less = mapLists(sight, (items, name) => items.filter((_, at) => drawn(seed, at + name.length * 101, 12) !== 0))
  const hidden = drawn(seed, 7, 4)
  const unseen = { unknown: "refused", why: "forbidden" } as const
  if (hidden === 1) return { ...less, look: { ...less.look, ec2: unseen } }
  if (hidden === 2) return { ...less, look: { ...less.look, cluster: { ...less.look.cluster, policies: unseen } } }
  return less
}

const seed = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })))
const Seeds = Arbitrary.array(seed, { minLength: 3, maxLength: 8 })

const looksOf = (seeds: ReadonlyArray<number>): ReadonlyArray<Looked> =>
  seeds.map((seed, at): Looked => {
    const sight = story[Math.min(story.length - 1, at + drawn(seed, 3, 3))]!
    return drawn(seed, 5, 9) === 0 ? { _tag: "Failed", why: "no connection" } : { _tag: "Sight", sight: varied(sight, seed) }
  })

const start = nowOf(story[0]!.look)
const momentOf = (at: number): number => start + at * 25_000

const run = (looks: ReadonlyArray<Looked>): ReadonlyArray<Judgement> => {
  let memory: Memory = noMemory
  return looks.map((looked, at) => {
    const judgement = judge(memory, looked, momentOf(at), settings)
    memory = judgement.memory
    return judgement
  })
}

const runs = { arbitrary: { runs: 60 } }

describe("judging looks, one after the other", () => {
  it("finds in the story what happened in it", () => {
    const last = run(story.map((sight) => ({ _tag: "Sight", sight }))).at(-1)!
    expect(new Set(last.differences.map(({ what }) => what._tag))).toEqual(
      new Set(["RequestMissing", "InterfaceMissing", "VlanDiffers", "GroupsAltered", "GroupsDiffer", "CniNodeOfAnother", "LeaseUnheld", "InterfaceUnexplained"])
    )
  })

  prop.prop("is a function of memory, look and moment, and changes neither", { seeds: Seeds }, ({ seeds }) => {
    let memory: Memory = noMemory
    for (const [at, looked] of looksOf(seeds).entries()) {
      const before = structuredClone({ memory, looked })
      const once = judge(memory, looked, momentOf(at), settings)
      const twice = judge(memory, looked, momentOf(at), settings)
      expect(twice).toEqual(once)
      expect({ memory, looked }).toEqual(before)
      memory = once.memory
    }
  }, runs)

  prop.prop("changes nothing when the same look is judged again", { seeds: Seeds }, ({ seeds }) => {
    let memory: Memory = noMemory
    for (const [at, looked] of looksOf(seeds).entries()) {
      const once = judge(memory, looked, momentOf(at), settings)
      const again = judge(once.memory, looked, momentOf(at), settings)
      expect({ news: again.news, over: again.over, transitions: again.transitions }).toEqual({ news: [], over: [], transitions: [] })
      expect({ conditions: again.conditions, memory: again.memory }).toEqual({ conditions: once.conditions, memory: once.memory })
      memory = once.memory
    }
  }, runs)

  prop.prop("does not mind the order in which a look lists things", { seeds: Seeds, order: seed }, ({ order, seeds }) => {
    const looks = looksOf(seeds)
    const inOrder = run(looks)
    const reordered = run(looks.map((looked): Looked => looked._tag === "Failed" ? looked : { _tag: "Sight", sight: mapLists(looked.sight, (items, name) => shuffled(items, order + name.length)) }))
    expect(reordered.map(({ conditions, differences, news, over }) => ({ conditions, differences, news, over }))).toEqual(
      inOrder.map(({ conditions, differences, news, over }) => ({ conditions, differences, news, over }))
    )
  }, runs)

  prop.prop("tells each difference when it comes and when it goes, and each status that changes", { seeds: Seeds }, ({ seeds }) => {
    const standing = new Set<string>()
    const status = new Map<string, string>()
    for (const { conditions, differences, news, over, transitions } of run(looksOf(seeds))) {
      for (const { what } of over) expect(standing.delete(observedKey(what))).toBe(true)
      for (const { what } of news) {
        expect(standing.has(observedKey(what))).toBe(false)
        standing.add(observedKey(what))
      }
      expect(new Set(differences.map(({ what }) => observedKey(what)))).toEqual(standing)
      for (const { from, to } of transitions) {
        expect(status.get(to.type)).toBe(from)
        expect(to.status).not.toBe(from)
        status.set(to.type, to.status)
      }
      expect(conditions.map(({ status: is, type }) => [type, is])).toEqual(conditionTypes.map((type) => [type, status.get(type)]))
    }
  }, runs)

  prop.prop("has a condition False only where a difference makes it so, and True only where none does", { seeds: Seeds }, ({ seeds }) => {
    for (const { conditions, differences } of run(looksOf(seeds))) {
      for (const { count, status, type } of conditions) {
        if (type === "ClusterSeen") continue
        const mine = differences.filter(({ what }) => conditionOf.get(what._tag) === type)
        if (status === "False") expect(mine.length).toBeGreaterThanOrEqual(count)
        if (status === "False") expect(count).toBeGreaterThan(0)
        if (status === "True") expect(mine).toEqual([])
      }
    }
  }, runs)
})

describe("conditions", () => {
  it("have each kind of difference once", () => {
    expect(new Set(observedKinds).size).toBe(rules.flatMap(({ kinds }) => Object.keys(kinds)).length)
    expect([...conditionTypes].toSorted()).toEqual(["ClusterSeen", ...rules.map(({ type }) => type)].toSorted())
  })

  it("have no kind that nothing tells, and miss none that something does", () => {
    // A kind that is missing in the table would not be judged by anything: the type of the switch in `observedText` names all.
    const known: Readonly<Record<Parameters<typeof observedKey>[0]["_tag"], true>> = {
      AnnotationUnreadable: true,
      AnnotationMissing: true,
      RequestMissing: true,
      InterfaceMissing: true,
      InterfaceNotAssociated: true,
      VlanDiffers: true,
      TrunkDiffers: true,
      InstanceDiffers: true,
      GroupsDiffer: true,
      VlanShared: true,
      InterfaceUnexplained: true,
      TagsWrong: true,
      InstanceMissing: true,
      TrunkMissing: true,
      TrunkOutlivesInstance: true,
      CapacityDiffers: true,
      CniNodeMissing: true,
      CniNodeOfAnother: true,
      OverLimit: true,
      GroupsAltered: true,
      PolicyYounger: true,
      RequestUnmatched: true,
      TwoControllers: true,
      VlanReusedEarly: true,
      WebhookConfigurationMissing: true,
      WebhookMissing: true,
      WebhookServiceMissing: true,
      WebhookWithoutEndpoints: true,
      LeaseUnheld: true,
      LeaseContended: true,
      LeadersTwo: true
    }
    expect([...observedKinds].toSorted()).toEqual(Object.keys(known).toSorted())
  })
})
