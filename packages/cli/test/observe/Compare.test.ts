import type { PodUid, SecurityGroupId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import { DateTime, Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Ec2Found, SeenInterface } from "../../src/cluster/Ec2Seen.js"
import { itemsOf } from "../../src/cluster/Found.js"
import { type ClusterFound, nowOf } from "../../src/cluster/Look.js"
import type { SeenEvent, SeenNode, SeenPod, SeenPolicy } from "../../src/cluster/Seen.js"
import { groupsInEvent } from "../../src/observe/compare/Groups.js"
import type { ConditionType } from "../../src/observe/Conditions.js"
import { judge, type Judgement } from "../../src/observe/Judge.js"
import { lookAt } from "../../src/observe/LookAt.js"
import { noMemory } from "../../src/observe/Memory.js"
import { numbersOf } from "../../src/observe/Numbers.js"
import type { Sight } from "../../src/observe/Sight.js"
import { pod } from "../support/Documents.js"
import { database, played } from "../support/Live.js"
import { healthy, placeIn, settings } from "./Beside.js"

/** A look at a pod that runs with its branch. */
const base: Sight = played(Effect.gen(function*() {
  const { world } = yield* healthy({ labels: { "node.kubernetes.io/instance-type": "m5.large" } })
  yield* world.apply(pod("first"))
  yield* world.waitForPhase("first", "Running")
  yield* Effect.sleep("30 seconds")
  return yield* lookAt(yield* placeIn(world))
}))
const start = nowOf(base.look)
const [first] = itemsOf(base.look.cluster.pods) as readonly [SeenPod]
const [policy] = itemsOf(base.look.cluster.policies) as readonly [SeenPolicy]
const ec2 = base.look.ec2 as Ec2Found
const branch = itemsOf(ec2.interfaces).find(({ type }) => type === "branch") as SeenInterface
const other = "sg-0000000000000000e" as SecurityGroupId
const at = (seconds: number): string => DateTime.formatIso(DateTime.makeUnsafe(start + seconds * 1000))

const change = (cluster: Partial<ClusterFound>, side: Partial<Ec2Found> = {}): Sight => ({ ...base, look: { ...base.look, cluster: { ...base.look.cluster, ...cluster }, ec2: { ...ec2, ...side } } })

/** Looks a minute apart, each told at once. */
const judged = (...sights: ReadonlyArray<Sight>): Judgement => {
  let memory = noMemory
  let judgement: Judgement | undefined
  for (const [index, sight] of sights.entries()) {
    judgement = judge(memory, { _tag: "Sight", sight }, start + index * 60_000, { ...settings, settle: 0 })
    memory = judgement.memory
  }
  return judgement!
}
/** All but that the Lease of these looks is always the same one. */
const kindsOf = ({ differences }: Judgement) => differences.map(({ what }) => what._tag).filter((kind) => kind !== "LeaseUnheld")
const statusOf = ({ conditions }: Judgement, type: ConditionType): string => {
  const { reason, status } = conditions.find((one) => one.type === type)!
  return `${status} ${reason}`
}

const requested = (name: string, groups: string, seconds: number): SeenEvent => ({
  metadata: { name, namespace: "default", uid: name, resourceVersion: "1" },
  involvedObject: { kind: "Pod", namespace: "default", name: "first", uid: first.metadata.uid },
  reason: "SecurityGroupRequested",
  message: `Pod will get the following Security Groups [${groups}]`,
  lastTimestamp: at(seconds)
})
const withGroups = (groups: ReadonlyArray<SecurityGroupId>) => ({ interfaces: { items: itemsOf(ec2.interfaces).map((one) => one.eniId === branch.eniId ? { ...one, groups } : one) } })
const noEvents = { events: { items: [] } }

describe("the groups that a pod was given", () => {
  it("are those of the controller's last event about this very pod", () => {
    const events = (...items: ReadonlyArray<SeenEvent>) => ({ events: { items } })
    expect(kindsOf(judged(change(events(requested("a", other, 0), requested("b", database, 5)))))).toEqual([])
    expect(kindsOf(judged(change(events(requested("a", database, 0), requested("b", other, 5)))))).toContain("GroupsAltered")
    expect(kindsOf(judged(change(events({ ...requested("a", other, 0), involvedObject: { kind: "Pod", name: "first", uid: "earlier" } }))))).toEqual([])
  })

  it("are remembered when the event is gone", () => {
    expect(kindsOf(judged(base, change(noEvents, withGroups([other]))))).toContain("GroupsAltered")
  })

  it("are those of the first look where there is no event any more", () => {
    expect(kindsOf(judged(change(noEvents), change(noEvents, withGroups([other]))))).toContain("GroupsAltered")
    expect(kindsOf(judged(change(noEvents, withGroups([other]))))).toEqual(["GroupsDiffer"])
  })

  it("are the next pod's own where an interface goes to another pod", () => {
    const next: SeenPod = { ...first, metadata: { ...first.metadata, name: "next", uid: "next" as PodUid } }
    expect(kindsOf(judged(base, change({ pods: { items: [next] }, ...noEvents }, withGroups([other]))))).not.toContain("GroupsAltered")
  })

  it("are in the event's brackets, and in nothing that was cut off", () => {
    expect(groupsInEvent("Pod will get the following Security Groups [sg-a1 sg-b2]")).toEqual(["sg-a1", "sg-b2"])
    expect(groupsInEvent("Pod will get the following Security Groups [sg-a1 sg-b")).toBeUndefined()
    expect(groupsInEvent("Pod will get the instance security group")).toBeUndefined()
  })

  it("differ from the policies' only where they do: what somebody changed back to them is altered, and no matter of policies", () => {
    const policies = { policies: { items: [{ ...policy, spec: { ...policy.spec, securityGroups: { groupIds: [other] } } }] } }
    expect(kindsOf(judged(base, change(policies)))).toEqual(["GroupsDiffer"])
    expect(kindsOf(judged(base, change(policies, withGroups([other]))))).toEqual(["GroupsAltered"])
    expect(kindsOf(judged(base, change({}, withGroups([other]))))).toEqual(["GroupsAltered"])
  })
})

describe("a pod that asks and that no policy selects", () => {
  const asking: SeenPod = { ...first, metadata: { ...first.metadata, labels: { app: "other" }, annotations: {} }, spec: { containers: first.spec.containers } }
  const of = (change_: Partial<SeenPod["spec"]>, metadata: Partial<SeenPod["metadata"]> = {}) =>
    kindsOf(judged(change({ pods: { items: [{ ...asking, metadata: { ...asking.metadata, ...metadata }, spec: { ...asking.spec, ...change_ } }] } }, { interfaces: { items: [] } })))

  it("is told, unless it ends or is none of the webhook's", () => {
    expect(asking.spec.containers[0]?.resources?.limits?.[podEni]).toBe("1")
    expect(of({})).toEqual(["RequestUnmatched"])
    expect(of({}, { deletionTimestamp: at(0) })).toEqual([])
    expect(of({ hostNetwork: true })).toEqual([])
    expect(of({ nodeSelector: { "kubernetes.io/os": "windows" } })).toEqual([])
  })

  it("is not told where policies are unknown", () => {
    const policies = { unknown: "list securitygrouppolicies: forbidden", why: "forbidden" } as const
    const said = judged(change({ pods: { items: [asking] }, policies }, { interfaces: { items: [] } }))
    expect(kindsOf(said)).toEqual([])
    expect(statusOf(said, "RequestsSelected")).toBe("Unknown NotSeen")
  })

  it("is not told where another namespace's policies, or service accounts, are all that was seen", () => {
    const elsewhere = { items: [], namespaces: ["shop"], narrowed: "forbidden" }
    const of_ = (cluster: Partial<ClusterFound>) => kindsOf(judged(change({ pods: { items: [asking] }, ...cluster }, { interfaces: { items: [] } })))
    expect(of_({ policies: { items: [] } })).toEqual(["RequestUnmatched"])
    expect(of_({ policies: elsewhere })).toEqual([])
    const byAccount = { ...policy, spec: { ...policy.spec, podSelector: null, serviceAccountSelector: { matchLabels: { team: "a" } } } }
    expect(of_({ policies: { items: [byAccount] } })).toEqual(["RequestUnmatched"])
    expect(of_({ policies: { items: [byAccount] }, serviceAccounts: elsewhere })).toEqual([])
  })

  it("is told where no such kind as a policy is installed", () => {
    const policies = { unknown: "list securitygrouppolicies: not found", why: "not served" } as const
    expect(kindsOf(judged(change({ pods: { items: [asking] }, policies }, { interfaces: { items: [] } })))).toEqual(["RequestUnmatched"])
  })
})

describe("a pod that a policy selects and that does not ask", () => {
  const silent = (created: number): SeenPod => ({
    ...first,
    metadata: { ...first.metadata, annotations: {}, creationTimestamp: at(created) },
    spec: { ...first.spec, containers: [{ name: "main" }] }
  })
  const named = (name: string, created: number): SeenPolicy => ({ ...policy, metadata: { ...policy.metadata, name, creationTimestamp: at(created) } })
  const of = (podAt: number, ...policiesAt: ReadonlyArray<number>) =>
    kindsOf(judged(change({ pods: { items: [silent(podAt)] }, policies: { items: policiesAt.map((seconds, index) => named(`p-${index}`, seconds)) } }, { interfaces: { items: [] } })))

  it("slipped past the webhook where one policy was there before it", () => {
    expect(of(0, -10)).toEqual(["RequestMissing"])
    expect(of(0, -10, 10)).toEqual(["RequestMissing"])
    // Within a second nobody knows.
    expect(of(0, 0)).toEqual(["RequestMissing"])
  })

  it("is older than its policies where none was", () => {
    expect(of(0, 10)).toEqual(["PolicyYounger"])
    expect(of(0, 10, 20)).toEqual(["PolicyYounger"])
  })

  it("is not judged by a policy whose service account nobody could see", () => {
    const byAccount = { ...named("accounts", -10), spec: { ...policy.spec, podSelector: null, serviceAccountSelector: { matchLabels: { team: "a" } } } }
    const serviceAccounts = { unknown: "list serviceaccounts: forbidden", why: "forbidden" } as const
    const said = judged(change({ pods: { items: [silent(0)] }, policies: { items: [byAccount] }, serviceAccounts }, { interfaces: { items: [] } }))
    expect(kindsOf(said)).toEqual([])
    expect(statusOf(said, "PodsAsk")).toBe("Unknown NotSeen")
  })
})

describe("what is not known", () => {
  const off = { unknown: "EC2 was not looked at: say --aws", why: "not looked" } as const
  const forbidden = { unknown: "forbidden", why: "forbidden" } as const

  it("is NotAsked only where that alone is why", () => {
    expect(statusOf(judged({ ...base, look: { ...base.look, ec2: off } }), "GroupsAsPolicies")).toBe("Unknown NotAsked")
    expect(statusOf(judged({ ...base, look: { ...base.look, ec2: off, cluster: { ...base.look.cluster, policies: forbidden } } }), "GroupsAsPolicies")).toBe("Unknown NotSeen")
  })

  it("is a condition of which some objects cannot be read", () => {
    const pods = { items: [first], malformed: [{ namespace: "default", name: "odd", problem: "no spec" }] }
    const said = judged(change({ pods }), change({ pods }))
    expect(statusOf(said, "InterfacesClaimed")).toBe("Unknown NotSeen")
    expect(statusOf(said, "ClusterSeen")).toBe("True Narrowed")
  })

  it("are services, to webhooks that name none", () => {
    expect(statusOf(judged(change({ services: forbidden })), "WebhooksInPlace")).toBe("True AsItShouldBe")
  })

  it("is whether an interface only cools, at a first look", () => {
    const gone = change({ pods: { items: [] } })
    expect(statusOf(judged(gone), "InterfacesClaimed")).toBe("Unknown FirstLook")
    expect(statusOf(judged(base), "InterfacesClaimed")).toBe("True AsItShouldBe")
    expect(statusOf(judged(gone, gone), "InterfacesClaimed")).toBe("True AsItShouldBe")
    expect(statusOf(judged(gone, gone, gone), "InterfacesClaimed")).toBe("False InterfaceUnexplained")
  })

  it("does not make interfaces orphans: while pods, instances or interfaces are unseen, nobody's time runs", () => {
    const gone = change({ pods: { items: [] } })
    const unseen = change({ pods: forbidden })
    expect(kindsOf(judged(base, unseen, unseen, unseen, base))).toEqual([])
    expect(kindsOf(judged(base, unseen, unseen, gone))).toEqual([])
  })

  it("leaves what is remembered of groups, Leases and waiting pods as it was", () => {
    const waiting: SeenPod = { ...first, metadata: { ...first.metadata, annotations: {} }, status: { phase: "Pending" } }
    const waits = change({ pods: { items: [waiting] } }, { interfaces: { items: [] } })
    const { memory } = judged(waits)
    const blind = judge(memory, { _tag: "Sight", sight: change({ pods: forbidden, leases: forbidden }, { interfaces: forbidden }) }, start + 60_000, settings).memory
    expect(blind.waitingSince).toEqual(memory.waitingSince)
    expect(blind.leases).toEqual(memory.leases)
    expect(memory.waitingSince.size * memory.leases.size).toBeGreaterThan(0)
    const seen = judged(base).memory
    expect(seen.given.size).toBe(1)
    expect(judge(seen, { _tag: "Sight", sight: change({}, { interfaces: forbidden }) }, start + 60_000, settings).memory.given).toEqual(seen.given)
  })
})

describe("a pod that waits", () => {
  const waiting = (scheduled?: number): SeenPod => ({
    ...first,
    metadata: { ...first.metadata, annotations: {} },
    status: { phase: "Pending", conditions: scheduled === undefined ? [] : [{ type: "PodScheduled", status: "True", lastTransitionTime: at(scheduled) }] }
  })
  const of = (...pods: ReadonlyArray<SeenPod>) => kindsOf(judged(...pods.map((one) => change({ pods: { items: [one] } }, { interfaces: { items: [] } }))))

  it("has waited since it was bound, as it says itself, or else since it was first seen to", () => {
    expect(of(waiting(-61))).toEqual(["AnnotationMissing"])
    expect(of(waiting(-59))).toEqual([])
    expect(of(waiting())).toEqual([])
    expect(of(waiting(), waiting())).toEqual(["AnnotationMissing"])
    expect(of(waiting(0), waiting(55))).toEqual(["AnnotationMissing"])
  })
})

describe("a pod that is over", () => {
  it("had its interface until its containers ended, from when that cools", () => {
    const over = (seconds: number): SeenPod => ({ ...first, status: { phase: "Succeeded", containerStatuses: [{ name: "main", state: { terminated: { exitCode: 0, finishedAt: at(seconds) } } }] } })
    const of = (seconds: number) => kindsOf(judged(change({ pods: { items: [over(seconds)] } })))
    expect([of(-89), of(-90)]).toEqual([[], ["InterfaceUnexplained"]])
  })

  it("has no say where a living pod has its interface", () => {
    const over: SeenPod = { ...first, metadata: { ...first.metadata, name: "over", uid: "over" as PodUid }, status: { phase: "Succeeded", containerStatuses: [{ name: "main", state: { terminated: { finishedAt: at(-500) } } }] } }
    expect(kindsOf(judged(change({ pods: { items: [over, first] } })))).toEqual([])
  })
})

describe("without EC2", () => {
  const off = { unknown: "EC2 was not looked at: say --aws", why: "not looked" } as const
  const [node] = itemsOf(base.look.cluster.nodes) as readonly [SeenNode]
  const of = (capacity: string | undefined, features: boolean) =>
    kindsOf(judged({
      ...base,
      look: {
        ...base.look,
        ec2: off,
        cluster: {
          ...base.look.cluster,
          nodes: { items: [{ ...node, status: { ...node.status, capacity: capacity === undefined ? {} : { [podEni]: capacity } } }] },
          cniNodes: { items: itemsOf(base.look.cluster.cniNodes).map((one) => features ? one : { ...one, spec: { ...one.spec, features: [] } }) }
        }
      }
    }))

  it("is another matter than with it, where a trunk that is missing leaves nothing to offer", () => {
    const none = { ...node, status: { ...node.status, capacity: { [podEni]: "0" } } }
    const instances = { items: itemsOf(ec2.instances).map((one) => ({ ...one, attachments: one.attachments.filter(({ type }) => type !== "trunk") })) }
    const found = kindsOf(judged(change({ nodes: { items: [none] } }, { instances })))
    expect(found).toContain("TrunkMissing")
    expect(found).not.toContain("CapacityDiffers")
  })

  it("a node that asks offers what its label's type carries, and one that does not, nothing", () => {
    expect([of("9", true), of("8", true), of(undefined, true)]).toEqual([[], ["CapacityDiffers"], ["CapacityDiffers"]])
    expect([of("9", false), of("0", false), of(undefined, false)]).toEqual([["CapacityDiffers"], [], []])
  })
})

describe("the cluster's name in EC2's tags", () => {
  it("is the one that is given, before that of the CNINodes", () => {
    const named = (clusterName: string | undefined) => judge(noMemory, { _tag: "Sight", sight: base }, start, { ...settings, settle: 0, clusterName }).differences.map(({ what }) => what._tag)
    expect([named(undefined), named("seed"), named("another")]).toEqual([[], [], ["TagsWrong", "TagsWrong"]])
  })

  it("is unknown where neither tells", () => {
    const cniNodes = { items: itemsOf(base.look.cluster.cniNodes).map((one) => ({ ...one, spec: { ...one.spec, tags: {} } })) }
    expect(statusOf(judged(change({ cniNodes })), "InterfacesClaimed")).toBe("Unknown NotSeen")
  })
})

describe("how much there is", () => {
  it("is counted of living pods that ask: served, waiting on a node, without node", () => {
    const asking = (name: string, spec: Partial<SeenPod["spec"]>, phase = "Pending"): SeenPod => ({ ...first, metadata: { ...first.metadata, name, uid: name as PodUid, annotations: {} }, spec: { ...first.spec, ...spec }, status: { phase } })
    const silent = asking("silent", { containers: [{ name: "main" }] })
    const pods = [first, asking("waiting", {}), asking("unbound-1", { nodeName: null }), asking("unbound-2", { nodeName: null }), asking("over", {}, "Succeeded"), silent]
    expect(numbersOf(change({ pods: { items: pods } }))).toEqual({ served: 1, waiting: 1, unbound: 2, asking: 1, others: 0, slots: 9 })
  })
})
