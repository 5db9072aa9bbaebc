import { describe, expect, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { SeenPod } from "../../src/cluster/Seen.js"
import { answerOf } from "../../src/plan/Answer.js"
import { Plan } from "../../src/plan/Plan.js"
import { planOf } from "../../src/plan/PlanOf.js"
import { colourless } from "../../src/output/Style.js"
import { deploymentManifest, deploymentPods, look, node, pod, policyManifest, seenPolicy, text } from "./Looks.js"

const asked = { prune: false, quota: 5 }

const small = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const App = Schema.Literals(["api", "db", "web"])

const World = Schema.Struct({
  nodes: Schema.Array(Schema.Struct({ slots: small(0, 9), cordoned: Schema.Boolean })).check(Schema.isMaxLength(3)),
  running: Schema.Array(Schema.Struct({ app: App, pods: small(1, 4), branch: Schema.Boolean })).check(Schema.isMaxLength(3)),
  policies: Schema.Array(Schema.Struct({ name: App, app: App, groups: small(1, 3) })).check(Schema.isMaxLength(3))
})

const Manifest = Schema.Struct({
  what: Schema.Literals(["policy", "deployment", "stateful", "daemon", "account"]),
  name: App,
  app: App,
  groups: small(1, 6),
  replicas: small(0, 12),
  version: Schema.Literals(["1", "2"]),
  recreate: Schema.Boolean
})

const groupsOf = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => `sg-${i}`)

/** The first of each kind and name: the last of several counts, and then their order does. */
const distinct = (manifests: ReadonlyArray<typeof Manifest.Type>): ReadonlyArray<typeof Manifest.Type> =>
  [...new Map(manifests.map((one) => [one.what === "account" ? "default" : `${one.what} ${one.name}`, one])).values()]

const written = ({ app, groups, name, recreate, replicas, version, what }: typeof Manifest.Type): string => {
  const labels = { app, version }
  switch (what) {
    case "policy":
      return policyManifest(name, groupsOf(groups), { app })
    case "deployment":
      return deploymentManifest(name, replicas, { labels, ...(recreate ? { spec: "strategy: { type: Recreate }" } : {}) })
    case "stateful":
      return deploymentManifest(name, replicas, { labels }).replace("kind: Deployment", "kind: StatefulSet")
    case "daemon":
      return deploymentManifest(name, replicas, { labels }).replace("kind: Deployment", "kind: DaemonSet").replace(/ {2}replicas: \d+\n/, "")
    case "account":
      return `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: default, namespace: shop, labels: { app: ${app} } }\n`
  }
}

const lookOf = ({ nodes, policies, running }: typeof World.Type) => {
  const names = nodes.map((_, i) => `node-${i}`)
  return look({
    nodes: nodes.map(({ cordoned, slots }, i) => node(i, { slots, ...(cordoned ? { spec: { unschedulable: true } } : {}) })),
    pods: [...new Map(running.map((one) => [one.app, one])).values()].flatMap(({ app, branch, pods }): ReadonlyArray<SeenPod> => deploymentPods(app, pods, names, { branch, labels: { app, version: "1" } })),
    policies: [...new Map(policies.map((one) => [one.name, one])).values()].map(({ app, groups, name }) => seenPolicy(name, groupsOf(groups), { app }))
  })
}

const Manifests = Schema.Array(Manifest).check(Schema.isMaxLength(6))

describe("any plan", () => {
  it.prop("is the same in whatever order and files its manifests come", { world: Arbitrary.schema(World), given: Arbitrary.schema(Manifests) }, ({ given, world }) => {
    const seen = lookOf(world)
    const documents = distinct(given).map(written)
    const whole = planOf(seen, [{ name: "a.yaml", text: documents.join("---\n") }], asked)
    const other = planOf(seen, documents.toReversed().map((one) => ({ name: "a.yaml", text: one })), asked)
    const bare = (plan: Plan) => JSON.stringify(plan, (key, value: unknown) => key === "where" ? undefined : value)
    expect(bare(Result.getOrThrow(other))).toBe(bare(Result.getOrThrow(whole)))
  }, { arbitrary: { runs: 300 } })

  it.prop("is one that its schema writes and reads, and fits any page", { world: Arbitrary.schema(World), given: Arbitrary.schema(Manifests), width: Arbitrary.schema(small(20, 140)) }, ({ given, width, world }) => {
    const answer = Result.getOrThrow(answerOf(lookOf(world), text(...distinct(given).map(written)), asked))
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(Plan)(answer.data)))
    expect(Schema.decodeUnknownSync(Plan)(json)).toEqual(answer.data)
    for (const line of answer.text({ width, style: colourless }).split("\n")) expect([...line].length, line).toBeLessThanOrEqual(Math.max(width, 70))
  }, { arbitrary: { runs: 300 } })

  it.prop("gives no node more pods than it has slots, and counts each pod once", { world: Arbitrary.schema(World), given: Arbitrary.schema(Manifests) }, ({ given, world }) => {
    const told = Result.getOrThrow(planOf(lookOf(world), text(...distinct(given).map(written)), asked))
    // The slots of pods that the plan exchanges come free.
    for (const { free, planned, slots } of told.nodes ?? []) expect(planned).toBeLessThanOrEqual(Math.max(free, slots))
    for (const { slots } of [...told.workloads, ...told.running]) {
      if (slots === undefined) continue
      expect(slots.left + slots.placed.reduce((sum, { pods }) => sum + pods, 0)).toBe(slots.needed)
    }
    for (const { rollout } of told.workloads) {
      if (rollout?.slots === undefined) continue
      expect(rollout.leastSeconds ?? Infinity).toBeGreaterThanOrEqual(rollout.ratesSeconds)
      if (rollout.answer === "fits") expect(rollout.stalls.seconds).toBe(0)
    }
  }, { arbitrary: { runs: 300 } })

  it("gives a node on which more pods run than it offers no more than that when they go", () => {
    const world = lookOf({ nodes: [{ slots: 1, cordoned: false }], running: [{ app: "api", pods: 2, branch: true }], policies: [] })
    const told = Result.getOrThrow(planOf(world, text(
      deploymentManifest("api", 1, { labels: { app: "web", version: "1" } }),
      policyManifest("api", groupsOf(1), { app: "web" }),
      deploymentManifest("db", 1, { labels: { app: "web", version: "1" } }).replace("kind: Deployment", "kind: DaemonSet").replace(/ {2}replicas: \d+\n/, "")
    ), asked))
    expect(told.nodes?.map(({ planned }) => planned)).toEqual([1])
  })

  it.prop("of what is there changes nothing", { world: Arbitrary.schema(World) }, ({ world }) => {
    const policies = [...new Map(world.policies.map((one) => [one.name, one])).values()]
    const running = [...new Map(world.running.map((one) => [one.app, one])).values()]
    const documents = [
      ...policies.map(({ app, groups, name }) => policyManifest(name, groupsOf(groups), { app })),
      ...running.map(({ app, pods }) => deploymentManifest(app, pods, { labels: { app, version: "1" } })),
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: default, namespace: shop }\n"
    ]
    const told = Result.getOrThrow(planOf(lookOf(world), text(...documents), { ...asked, prune: true }))
    expect(told.policies.map(({ change }) => change)).toEqual(policies.map(() => "unchanged"))
    expect(told.workloads.map(({ change }) => change)).toEqual(running.map(() => "unchanged"))
    expect([told.running, told.serviceAccounts, told.overQuota.length]).toEqual([[], [], 0])
    expect([told.calls.now.total, told.calls.next.total]).toEqual([0, 0])
  }, { arbitrary: { runs: 300 } })

  it.prop("of whatever text it is answers, or says what is wrong with it", { one: Arbitrary.schema(Schema.String), two: Arbitrary.schema(Schema.Json) }, ({ one, two }) => {
    for (const body of [one, JSON.stringify(two), JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec: two })]) {
      const told = planOf(lookOf({ nodes: [{ slots: 9, cordoned: false }], running: [], policies: [] }), [{ name: "x.yaml", text: body }], asked)
      if (Result.isFailure(told)) expect(told.failure.message).toContain("x.yaml")
      else expect(told.success.kind).toBe("Plan")
    }
  }, { arbitrary: { runs: 500 } })
})

describe("a manifest with figures out of the world", () => {
  it("is planned in no time", () => {
    const web = policyManifest("web", ["sg-1"], { app: "web" })
    const seen = look({ nodes: [node(1)], pods: [pod("web-1", { labels: { app: "web" }, on: "node-1" })] })
    for (const [change, replicas] of [[{}, 2_000_000_000], [{ spec: "strategy: { rollingUpdate: { maxSurge: \"900000000%\", maxUnavailable: -4 } }" }, 90_000], [{ spec: "minReadySeconds: 2000000000" }, 3]] as const) {
      const told = Result.getOrThrow(planOf(seen, text(web, deploymentManifest("web", replicas, change)), asked))
      expect(told.workloads[0]?.slots?.left).toBe(Math.max(0, replicas - 9))
    }
  }, 5_000)
})
