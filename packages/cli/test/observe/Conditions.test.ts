import type { Cluster } from "@branchline/adapter-memory/Cluster"
import { annotationOf } from "@branchline/core/controller/Ledger"
import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import { clusterTag, clusterTagValue, controllerIdentities, ownerTag, ownerTagValue, podEni, vlanIdTag } from "@branchline/core/model/Names"
import { cniNodes, nodes, pods, securityGroupPolicies } from "@branchline/core/model/Resource"
import { Effect, type Scope } from "effect"
import { describe, expect, it } from "vitest"
import type { ConditionType } from "../../src/observe/Conditions.js"
import type { ObservedKind } from "../../src/observe/Observed.js"
import { policy, pod } from "../support/Documents.js"
import { database, played } from "../support/Live.js"
import { healthy, type Looking, type Watching, watching } from "./Beside.js"

type World = Effect.Success<ReturnType<typeof healthy>>["world"]

const web = { namespace: "default", name: "web-1" } as const
const other = "sg-0000000000000000e" as SecurityGroupId

const running = Effect.fnUntraced(function*(world: World, name: string = web.name) {
  yield* world.apply(pod(name))
  yield* world.waitForPhase(name, "Running")
})

const podOf = Effect.fnUntraced(function*(world: Cluster, name: string = web.name) {
  const { items } = yield* world.kubernetes.portFor("kubernetes-admin").list(pods)
  return items.find(({ metadata }) => metadata.name === name)!
})

const branchOf = (world: World, name?: string): Effect.Effect<EniId> => Effect.map(Effect.orDie(podOf(world, name)), (found) => annotationOf(found)!.eniId)

const remove = (world: World, name: string) => Effect.andThen(world.admin.delete(pods, { namespace: "default", name }), world.waitUntilGone(name))

const nodeNames = (world: World): ReadonlyArray<string> => [...world.nodes.keys()]

/** What somebody does to a cluster that is well, what that makes of a condition, and how it is mended. */
interface Trouble {
  readonly what: string
  readonly condition: ConditionType
  readonly kind: ObservedKind
  /** Before it is looked for the first time: default, a pod that runs. */
  readonly before?: (world: World) => Effect.Effect<unknown, unknown, Scope.Scope>
  readonly make: (world: World) => Effect.Effect<unknown, unknown, Scope.Scope>
  /** Rounds of 30 s until it is told; default 2. */
  readonly within?: number
  readonly mend: (world: World) => Effect.Effect<unknown, unknown, Scope.Scope>
  /** What else it makes False. */
  readonly besides?: ReadonlyArray<ConditionType>
  /** Rounds until it is over; default 1. */
  readonly over?: number
  readonly looking?: Looking
}

const makeAgain = (world: World) => Effect.andThen(remove(world, web.name), running(world))
const patchCapacity = (world: World, value: string) =>
  world.admin.patch(nodes, { name: nodeNames(world)[0]! }, { _tag: "merge", patch: { status: { capacity: { [podEni]: value }, allocatable: { [podEni]: value } } } }, { subresource: "status" })
const unfinalized = (world: World) => world.admin.patch(cniNodes, { name: nodeNames(world)[0]! }, { _tag: "merge", patch: { metadata: { finalizers: null } } })
const deaf = (world: World) => world.serveWebhooks(() => Effect.fail("away"))
const trunkOf = (world: World) => Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.find(({ type }) => type === "trunk")!.eniId)
const retag = (key: string, value: (world: World) => string) => (world: World) =>
  Effect.flatMap(branchOf(world), (eniId) => world.ec2.port.tagInterface(eniId, { [key]: value(world) }))
const strayTags = { [clusterTag("seed")]: clusterTagValue, [ownerTag]: ownerTagValue }

const troubles: ReadonlyArray<Trouble> = [
  {
    what: "a branch is deleted by hand",
    condition: "InterfacesAsAnnotated",
    kind: "InterfaceMissing",
    make: (world) => Effect.flatMap(branchOf(world), world.ec2.control.deleteInterfaceByHand),
    mend: makeAgain
  },
  {
    what: "a branch is taken off its trunk",
    condition: "InterfacesAsAnnotated",
    kind: "InterfaceNotAssociated",
    make: (world) =>
      Effect.flatMap(world.ec2.control.snapshot, ({ associations: [association] }) => world.ec2.port.disassociateBranch({ associationId: association!.associationId, clientToken: "by-hand" })),
    mend: makeAgain
  },
  {
    what: "an annotation is overwritten with what the CNI plugin cannot read",
    condition: "AnnotationsInPlace",
    kind: "AnnotationUnreadable",
    // A controller that runs puts it right.
    make: (world) => Effect.andThen(world.crash, world.kubernetes.server.as(controllerIdentities[0]!).patch(pods, web, { _tag: "merge", patch: { metadata: { annotations: { [podEni]: "[]" } } } })),
    mend: (world) => world.start
  },
  {
    what: "an instance ends and its node stays",
    condition: "TrunksInPlace",
    kind: "InstanceMissing",
    before: () => Effect.void,
    make: (world) => Effect.andThen(world.crash, world.ec2.control.terminateInstance(world.nodes.get(nodeNames(world)[0]!)!.instanceId)),
    mend: (world) => world.admin.delete(nodes, { name: nodeNames(world)[0]! })
  },
  {
    what: "a branch's VLAN id tag is changed",
    condition: "InterfacesAsAnnotated",
    kind: "VlanDiffers",
    make: retag(vlanIdTag, () => "77"),
    mend: retag(vlanIdTag, () => "1")
  },
  {
    what: "a branch's owner tag is changed",
    condition: "InterfacesAsAnnotated",
    kind: "TagsWrong",
    make: retag(ownerTag, () => "somebody"),
    mend: retag(ownerTag, () => ownerTagValue)
  },
  {
    what: "somebody changes a branch's groups in EC2",
    condition: "GroupsAsGiven",
    kind: "GroupsAltered",
    make: (world) => Effect.andThen(world.ec2.control.addSecurityGroup({ groupId: other }), Effect.flatMap(branchOf(world), (eniId) => world.ec2.port.setGroups(eniId, [other]))),
    mend: (world) => Effect.flatMap(branchOf(world), (eniId) => world.ec2.port.setGroups(eniId, [database as SecurityGroupId]))
  },
  {
    what: "a policy gives other groups than a running pod was given",
    condition: "GroupsAsPolicies",
    kind: "GroupsDiffer",
    make: (world) => Effect.andThen(world.ec2.control.addSecurityGroup({ groupId: other }), world.apply(policy("db", [other]))),
    mend: makeAgain
  },
  {
    what: "a policy is made after its pod",
    condition: "GroupsAsPolicies",
    kind: "PolicyYounger",
    before: (world) => Effect.andThen(world.apply(pod("old", { labels: { app: "old" } })), world.waitForPhase("old", "Running")),
    make: (world) => world.apply(policy("late", [database], { labels: { app: "old" } })),
    mend: (world) => world.admin.delete(securityGroupPolicies, { namespace: "default", name: "late" })
  },
  {
    what: "a pod slips past the webhook",
    condition: "PodsAsk",
    kind: "RequestMissing",
    make: (world) => Effect.andThen(deaf(world), running(world, "slipped")),
    mend: (world) => remove(world, "slipped")
  },
  {
    what: "a pod asks by hand and no policy selects it",
    condition: "RequestsSelected",
    kind: "RequestUnmatched",
    make: (world) =>
      world.apply(pod("by-hand", {
        labels: { app: "other" },
        spec: { containers: [{ name: "main", image: "registry.example/app:1", resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }] }
      })),
    mend: (world) => remove(world, "by-hand")
  },
  {
    what: "no controller serves a pod",
    condition: "AnnotationsInPlace",
    kind: "AnnotationMissing",
    make: (world) => Effect.andThen(world.crash, world.apply(pod("unserved"))),
    within: 4,
    mend: (world) => Effect.andThen(world.start, world.waitForPhase("unserved", "Running"))
  },
  {
    what: "a CNINode is deleted",
    condition: "CniNodesInPlace",
    kind: "CniNodeMissing",
    make: (world) => Effect.andThen(world.crash, Effect.andThen(unfinalized(world), world.admin.delete(cniNodes, { name: nodeNames(world)[0]! }))),
    // Without it the node does not ask for its trunk any more, as far as anybody can see.
    besides: ["CapacityAsTypes"],
    mend: (world) => world.start,
    over: 2
  },
  {
    what: "a CNINode names another instance",
    condition: "CniNodesInPlace",
    kind: "CniNodeOfAnother",
    make: (world) =>
      Effect.andThen(world.crash, world.admin.patch(cniNodes, { name: nodeNames(world)[0]! }, { _tag: "merge", patch: { spec: { tags: { "node.k8s.amazonaws.com/instance_id": "i-0fffffffffffffff0" } } } })),
    mend: (world) =>
      world.admin.patch(cniNodes, { name: nodeNames(world)[0]! }, {
        _tag: "merge",
        patch: { spec: { tags: { "node.k8s.amazonaws.com/instance_id": world.nodes.get(nodeNames(world)[0]!)!.instanceId } } }
      })
  },
  {
    what: "a node offers less than its type carries",
    condition: "CapacityAsTypes",
    kind: "CapacityDiffers",
    make: (world) => Effect.andThen(world.crash, patchCapacity(world, "5")),
    mend: (world) => patchCapacity(world, "9")
  },
  {
    what: "a trunk is deleted by hand",
    condition: "TrunksInPlace",
    kind: "TrunkMissing",
    before: () => Effect.void,
    make: (world) => Effect.andThen(world.crash, Effect.flatMap(trunkOf(world), world.ec2.control.deleteInterfaceByHand)),
    besides: ["CapacityAsTypes"],
    mend: (world) => world.start,
    over: 2
  },
  {
    what: "an interface of the cluster's hangs on nothing and is nobody's",
    condition: "InterfacesClaimed",
    kind: "InterfaceUnexplained",
    before: (world) => world.crash,
    make: (world) => world.ec2.control.createForeignInterface({ subnetId: world.subnets[0]!.subnetId, tags: strayTags }),
    within: 3,
    mend: (world) =>
      Effect.flatMap(world.ec2.control.snapshot, ({ interfaces }) =>
        world.ec2.control.deleteInterfaceByHand(interfaces.find(({ description, status, type }) => status === "available" && type === "interface" && description === "")!.eniId))
  },
  {
    what: "a trunk hangs on nothing, because its instance is gone",
    condition: "InterfacesClaimed",
    kind: "InterfaceUnexplained",
    before: (world) => world.crash,
    make: (world) => world.ec2.control.createForeignInterface({ subnetId: world.subnets[0]!.subnetId, tags: strayTags, type: "trunk" }),
    within: 3,
    mend: (world) =>
      Effect.flatMap(world.ec2.control.snapshot, ({ interfaces }) => world.ec2.control.deleteInterfaceByHand(interfaces.find(({ status, type }) => status === "available" && type === "trunk")!.eniId))
  },
  {
    what: "the branch of a pod that is gone is not given back after its cooldown",
    condition: "InterfacesClaimed",
    kind: "InterfaceUnexplained",
    make: (world) => Effect.andThen(world.crash, remove(world, web.name)),
    within: 6,
    mend: (world) => Effect.andThen(world.start, Effect.sleep("2 minutes"))
  }
]

const isFalse = (watch: Watching): Effect.Effect<ReadonlyArray<ConditionType>> =>
  Effect.map(watch.observer.state, ({ judgement }) => (judgement?.conditions ?? []).flatMap(({ status, type }) => status === "False" ? [type] : []))

describe("what somebody breaks in a cluster that is well", () => {
  it.each(troubles)("$what: $condition is False for as long as it is so", ({ before = running, besides = [], condition, kind, looking, make, mend, over = 1, within = 2 }) => {
    const { broken, during, lines, mended, wasFalse, wasWell } = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* before(world)
      const watch = yield* watching(world, looking)
      yield* watch.rounds(3)
      const wasWell = yield* isFalse(watch)
      const from = watch.lines.length
      yield* make(world)
      yield* watch.rounds(within)
      const broken = yield* watch.is(condition)
      const wasFalse = yield* isFalse(watch)
      yield* watch.rounds(3)
      const during = yield* watch.is(condition)
      yield* mend(world)
      yield* watch.rounds(over)
      return { wasWell, broken, during, wasFalse, mended: yield* isFalse(watch), lines: watch.lines.slice(from) }
    }))
    expect(wasWell).toEqual([])
    expect(broken).toMatchObject({ status: "False", reason: kind, count: 1 })
    expect(wasFalse.toSorted()).toEqual([condition, ...besides].toSorted())
    expect(during.lastTransitionTime).toBe(broken.lastTransitionTime)
    expect(mended).toEqual([])
    // However many rounds it lasts, it is told when it comes and when it goes.
    const text = broken.message
    expect(lines.filter((line) => line.endsWith(text) && line.includes("differs"))).toEqual([`WARN differs: ${text}`, expect.stringMatching(/^INFO differs no more, after [0-9 a-z]+: /)])
    expect(lines.filter((line) => line.includes(`condition ${condition}`))).toEqual([
      `WARN condition ${condition} is False, was True: 1 difference, ${kind}`,
      expect.stringMatching(new RegExp(`^INFO condition ${condition} is True, was False: `))
    ])
  })
})

describe("a cluster that is well", () => {
  it("has all conditions True from the second look on, and nothing is said after that", () => {
    const { conditions, lines } = played(Effect.gen(function*() {
      const { world } = yield* healthy({ nodes: 2 })
      yield* running(world)
      const watch = yield* watching(world)
      yield* watch.rounds(6)
      return { conditions: (yield* watch.observer.state).judgement!.conditions, lines: watch.lines }
    }))
    expect(conditions.filter(({ status }) => status !== "True")).toEqual([])
    expect(lines).toEqual([
      "INFO the first look: 14 True, 0 False, 1 Unknown (VlanIdsRested); all that was asked for has been seen",
      "INFO condition VlanIdsRested is True, was Unknown: no VLAN id went to another pod within its cooldown"
    ])
  })

  it("stays so while pods come and go: what is on its way, or cools down, is no difference", () => {
    const { lines, looks } = played(Effect.gen(function*() {
      const { world } = yield* healthy({ nodes: 2 })
      const watch = yield* watching(world, { every: 5_000 })
      yield* watch.rounds(2)
      for (let turn = 0; turn < 6; turn++) {
        const names = Array.from({ length: 5 }, (_, at) => `web-${turn}-${at}`)
        for (const name of names) yield* world.apply(pod(name))
        yield* watch.rounds(4)
        for (const name of names) yield* world.admin.delete(pods, { namespace: "default", name })
        yield* watch.rounds(4)
      }
      return { lines: watch.lines, looks: (yield* watch.observer.state).looks }
    }))
    expect(looks).toEqual({ seen: 50, failed: 0 })
    expect(lines.filter((line) => line.startsWith("WARN"))).toEqual([])
  })

  it("is only read: no write reaches the API server, and EC2 is only asked to describe", () => {
    const { actions, writes } = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* running(world)
      yield* world.crash
      const before = (yield* world.ec2.calls).length
      const watch = yield* watching(world)
      yield* watch.rounds(4)
      const calls = (yield* world.ec2.calls).slice(before)
      const events = yield* world.kubernetes.audit.events
      return { actions: new Set(calls.map(({ action }) => action)), writes: events.filter((event) => event.user.username === "observer") }
    }))
    expect(writes).toEqual([])
    expect(actions).toEqual(new Set(["DescribeInstances", "DescribeNetworkInterfaces"]))
  })
})

