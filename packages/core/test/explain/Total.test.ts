import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import type { PodCause } from "../../src/explain/Cause.js"
import type { PodStoryFacts } from "../../src/explain/Facts.js"
import { explainNode } from "../../src/explain/NodeStory.js"
import { explainPod } from "../../src/explain/PodStory.js"
import { explainPolicy } from "../../src/explain/PolicyStory.js"
import { type Story, toLines } from "../../src/explain/Text.js"
import { branchOf, empty, type Trunk } from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import { customNetworkingFeature, podEni, securityGroupsForPodsFeature } from "../../src/model/Names.js"
import { PodUid } from "../../src/model/Ids.js"
import * as PolicyIndex from "../../src/selection/PolicyIndex.js"
import * as Generators from "../selection/Generators.js"
import * as S from "./support.js"

const { now } = S

const oneOf = <const All extends ReadonlyArray<unknown>>(...values: All): Arbitrary.Arbitrary<All[number]> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: values.length - 1 }))).pipe(
    Arbitrary.map((index) => values[index])
  )

// Anything that a message may hold: line ends, escapes, words longer than a line.
const odd = oneOf("", "plain words", "CreateNetworkInterface: InvalidGroup.NotFound: sg-1", "a\nWaits for x", "\u001b[31m", "y".repeat(300), "é 漢字 🙂".repeat(30))

type Act = (trunk: Trunk, message: string, at: number) => Trunk
const acts: ReadonlyArray<Act> = [
  (trunk, _, at) => S.request(trunk, "web-1", at),
  (trunk, _, at) => S.serve(trunk, "web-1", 1, at),
  (trunk, _, at) => S.serve(trunk, "other", 7, at),
  (trunk, _, at) => S.serve(trunk, "third", 8, at),
  (trunk, _, at) => S.request(trunk, "fourth", at),
  (trunk, _, at) => S.release(trunk, "web-1", at),
  (trunk, _, at) => S.release(trunk, "other", at),
  (trunk, _, at) => S.advance(trunk, "Permitting", "web-1", 1, at),
  (trunk, _, at) => S.advance(trunk, "Associating", "web-1", 1, at),
  (trunk, _, at) => S.advance(trunk, "Announcing", "web-1", 1, at),
  (trunk, message, at) => S.fail(trunk, message, "failed", "web-1", at),
  (trunk, message, at) => S.fail(trunk, message, "vlan refused", "web-1", at),
  (trunk, _, at) => step(trunk, { _tag: "TrunkChanged", trunkId: undefined, now: at }).trunk,
  (trunk, _, at) => step(trunk, { _tag: "TrunkChanged", trunkId: S.trunkId, now: at }).trunk,
  (trunk, _, at) => step(trunk, { _tag: "AdmittingChanged", admitting: at % 3 === 0, now: at }).trunk
]

const trunk: Arbitrary.Arbitrary<Trunk> = Arbitrary.all({
  limit: oneOf(1, 1, 2, 3, 0),
  there: oneOf(true, true, true, false),
  // Room is short only where somebody came first.
  asked: oneOf(
    S.request,
    S.request,
    (trunk: Trunk) => trunk,
    (trunk: Trunk) => S.request(S.serve(trunk, "other", 7, now - 100_000)),
    (trunk: Trunk) => S.request(S.release(S.serve(trunk, "other", 7, now - 100_000), "other", now - 70_000)),
    (trunk: Trunk) => S.request(S.release(S.release(S.serve(trunk, "other", 7, 0), "other", 0), "other", now))
  ),
  refused: oneOf(false, false, false, true),
  script: Arbitrary.array(Arbitrary.all({ act: oneOf(...acts), message: odd, at: oneOf(0, 7000, 30_000, 90_000) }), { maxLength: 8 })
}).pipe(Arbitrary.map(({ asked, limit, refused, script, there }) => {
  const first = there ? S.ready(limit) : empty(S.instanceId, limit)
  const start = refused ? { ...first, vlans: { ...first.vlans, quarantinedUntil: first.vlans.quarantinedUntil.map(() => now + 1000) } } : first
  return script.reduce((state, { act, at, message }) => act(state, message, now - 100_000 + at), asked(start))
}))

const pod = Arbitrary.all({
  labels: Generators.labels,
  fargate: oneOf(false, false, false, true),
  annotation: oneOf(undefined, undefined, S.annotation(), S.annotation(7), { [podEni]: "[" }, { "fargate.amazonaws.com/pod-sg": "sg-1" }),
  asks: oneOf(true, true, false),
  phase: oneOf("Pending", "Running", "Running", "Succeeded", "Failed", "Unknown"),
  deleted: oneOf(false, false, false, true),
  spec: oneOf({}, {}, {}, { hostNetwork: true }, { nodeName: null }, { nodeName: "" }, { containers: [] }, { nodeSelector: { "kubernetes.io/os": "windows" } })
}).pipe(Arbitrary.map(({ annotation, asks, deleted, fargate, labels, phase, spec }) =>
  S.pod({
    asks,
    deleted,
    phase,
    spec,
    labels: fargate ? { ...labels, "eks.amazonaws.com/fargate-profile": "p" } : { ...labels },
    annotations: annotation ?? {}
  })
))

const facts: Arbitrary.Arbitrary<PodStoryFacts> = Arbitrary.all({
  pod,
  podFound: oneOf("yes", "yes", "yes", "yes", "no", "unknown"),
  policies: Arbitrary.array(Generators.policy, { maxLength: 5 }),
  serviceAccount: Generators.serviceAccount,
  quota: oneOf(1, 5, undefined),
  unmatched: oneOf("wait" as const, "node-groups" as const, undefined),
  node: oneOf(
    S.node(),
    S.node(),
    "absent" as const,
    undefined,
    S.node({ providerID: "x" }),
    S.node({ labels: { "eks.amazonaws.com/compute-type": "auto" } }),
    S.node({ labels: { "vpc.amazonaws.com/has-trunk-attached": "", "node.kubernetes.io/instance-type": "t3.nano" } }),
    S.node({ capacity: "0", allocatable: "x" })
  ),
  cniNode: oneOf(
    S.asking,
    S.asking,
    S.cniNode(),
    "absent" as const,
    undefined,
    S.cniNode({ name: securityGroupsForPodsFeature }, { name: customNetworkingFeature, value: "zone-a" })
  ),
  trunk,
  trunkFound: oneOf("yes", "yes", "yes", "no", "unknown"),
  recovered: oneOf(undefined, true, false),
  eniConfig: oneOf(undefined, "absent" as const),
  created: oneOf(undefined, now - 5000, now),
  nodes: oneOf(undefined, [], [{ node: S.node(), asking: 9 }], [{ node: S.node(), asking: 0 }]),
  message: odd,
  calm: oneOf(true, false)
}).pipe(Arbitrary.map(({ calm, created, eniConfig, message, podFound, policies, recovered, trunkFound, ...rest }): PodStoryFacts =>
  S.facts({
    ...rest,
    recovered,
    eniConfig,
    policies: PolicyIndex.fromPolicies(policies),
    pod: podFound === "yes" ? rest.pod : podFound === "no" ? "absent" : undefined,
    trunk: trunkFound === "yes" ? rest.trunk : trunkFound === "no" ? "absent" : undefined,
    createdAt: { pod: created, policies: { a: now - 9000, b: now } },
    events: [S.event("Pod", "FailedScheduling", message, 3), S.event("Node", "TrunkENICreationFailed", message, 4)],
    // Otherwise some trouble before the trunk is nearly always there, and it comes first.
    ...(calm
      ? {
        pod: S.pod({ phase: rest.pod.status?.phase ?? "", annotations: rest.pod.metadata.annotations }),
        node: S.node(),
        cniNode: S.asking,
        trunk: rest.trunk,
        recovered: true
      }
      : {})
  })
))

// `satisfies` keeps out a tag that no longer exists.
const everyCause = [
  "AdmissionMissed",
  "AllNodesTaken",
  "AllocationFails",
  "AllocationRunning",
  "AnnotationLost",
  "AnnotationOfAnotherBranch",
  "AnnotationUnreadable",
  "AnnouncementFails",
  "AutoMode",
  "CNINodeAbsent",
  "EniConfigUnusable",
  "Finished",
  "HostNetwork",
  "InstanceUnsupported",
  "NoNodeOffers",
  "NoPolicyYet",
  "NoTrunk",
  "NodeAbsent",
  "NodeIncomplete",
  "NotAdmitting",
  "NotAsked",
  "NotLooked",
  "NotPickedUp",
  "NotRecovered",
  "NotScheduled",
  "NotSelected",
  "PodAbsent",
  "PreviousBranch",
  "Sandbox",
  "Served",
  "Severed",
  "ShuttingDown",
  "SlotCooling",
  "SlotLeaving",
  "SlotsTaken",
  "VlanIdsQuarantined",
  "Windows"
] satisfies ReadonlyArray<PodCause["_tag"]>

const columns = (line: string): number => [...line].length

const expectTold = (story: Story): void => {
  const lines = toLines(story)
  expect(lines.filter((line) => line.startsWith("Waits for"))).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith("Next"))).toHaveLength(1)
  expect(lines.findLastIndex((line) => !line.startsWith(" "))).toBe(lines.findIndex((line) => line.startsWith("Next")))
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(lines.filter((line) => columns(line) > 100 || line !== line.trimEnd() || /[\u0000-\u001f\u007f]/.test(line))).toEqual([])
  expect(story.waitsFor.next).not.toBe("")
  if (story.waitsFor.actor === "nobody") expect(story.waitsFor.next).toMatch(/^nothing/)
}

describe("every story", () => {
  it.prop("is told to its end, whatever is known, the same way each time", { facts }, ({ facts }) => {
    const story = explainPod(facts)
    expectTold(story)
    expect(explainPod(facts)).toEqual(story)

    expectTold(explainNode({ ...facts, name: S.nodeName }))

    const pods = typeof facts.pod === "object" ? [{ pod: facts.pod, serviceAccount: facts.serviceAccount }] : []
    for (const name of ["a", "b", "nobody's"]) {
      expectTold(explainPolicy({ namespace: "default", name, policies: facts.policies, pods, quota: facts.quota, now }))
    }
  }, { arbitrary: { runs: 2000, seed: 1 } })

  it.prop("owes nothing to a pod exactly when nothing stands in its way", { facts }, ({ facts }) => {
    const { cause } = explainPod(facts).waitsFor
    const { pod, trunk } = facts
    if (typeof pod !== "object") return expect(["PodAbsent", "NotLooked"]).toContain(cause._tag)
    const phase = pod.status?.phase ?? ""
    if (phase === "Succeeded" || phase === "Failed") return expect(cause._tag).toBe("Finished")
    if (typeof trunk !== "object" || facts.recovered === false || cause._tag !== "Served" || cause.by === "fargate") return
    const branch = branchOf(trunk, PodUid.make("uid-web-1"))
    expect(branch?.severed).toBe(false)
    expect(pod.metadata.annotations?.[podEni]).toContain(branch?.interface?.eniId)
    expect(["Running", "Unknown"]).toContain(phase)
  }, { arbitrary: { runs: 2000, seed: 2 } })

  it.effect("is told of facts that are varied enough to mean something", () =>
    Effect.gen(function*() {
      const samples = yield* Arbitrary.sampleEffect(facts, { count: 3000, seed: 3 })
      const seen = new Set(samples.map((one) => explainPod(one).waitsFor.cause._tag))
      expect([...seen]).toEqual(expect.arrayContaining(everyCause))
    }))
})
