import { DateTime, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type Look, nowOf } from "../../src/cluster/Look.js"
import type { SeenLease } from "../../src/cluster/Seen.js"
import { podStory } from "../../src/explain/ExplainPod.js"
import { itemsOf } from "../../src/cluster/Found.js"
import { featureOf, leaseOf, webhookOf } from "../../src/status/Controller.js"
import { isWell, statusOf } from "../../src/status/Status.js"
import { pod, policy } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const look = played(Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* world.apply(policy("db", [database]))
  yield* Effect.sleep("40 seconds")
  yield* world.apply(pod("web-1"))
  yield* world.waitForPhase("web-1", "Running")
  return yield* lookAt(world, { aws: true })
}))
const now = nowOf(look)

const withCluster = (change: Partial<Look["cluster"]>): Look => ({ ...look, cluster: { ...look.cluster, ...change } })

const lease = (spec: SeenLease["spec"]): Look =>
  withCluster({ leases: { items: [{ metadata: { name: "cp-vpc-resource-controller", namespace: "kube-system", uid: "u", resourceVersion: "1" }, spec: spec ?? null }] } })

const secondsAgo = (seconds: number): string => DateTime.formatIso(DateTime.makeUnsafe(now - seconds * 1000))

const refused = { unknown: "list is forbidden", why: "forbidden" } as const

describe("the lease", () => {
  it.each([
    ["is good while its holder renews it", lease({ holderIdentity: "cp-1", renewTime: secondsAgo(4), leaseDurationSeconds: 30 }), "good", "held by cp-1, renewed 4 s ago"],
    ["is bad once nobody has renewed it for its time", lease({ holderIdentity: "cp-1", renewTime: secondsAgo(31), leaseDurationSeconds: 30 }), "bad", "it has expired, so that nobody leads"],
    ["is bad where nobody holds it", lease({ holderIdentity: "" }), "bad", "held by nobody"],
    ["that is not there tells nothing: a controller may elect nobody", look, "unknown", "does not exist"],
    ["that nobody may see is unknown", withCluster({ leases: refused }), "unknown", "unknown"]
  ] as const)("%s", (_, of, health, text) => {
    expect(leaseOf(of)).toMatchObject({ health })
    expect(leaseOf(of).text).toContain(text)
  })
})

describe("the feature", () => {
  it("is on, with the cooldown of the ConfigMap", () => {
    const configMaps = { items: [{ metadata: { name: "amazon-vpc-cni", namespace: "kube-system", uid: "u", resourceVersion: "1" }, data: { "branch-eni-cooldown": "45" } }] }
    expect(featureOf(withCluster({ configMaps }))).toMatchObject({ health: "good", cooldownSeconds: 45 })
    expect(featureOf(look)).toMatchObject({ health: "good", cooldownSeconds: 60 })
  })

  it("is off where aws-node is not told to ask, and unknown where nobody saw it", () => {
    const [agent] = itemsOf(look.cluster.daemonSets)
    const off = { ...agent!, spec: { template: { spec: { containers: [{ name: "aws-node", env: [] }] } } } }
    expect(featureOf(withCluster({ daemonSets: { items: [off] } })).health).toBe("bad")
    expect(featureOf(withCluster({ daemonSets: refused })).health).toBe("unknown")
  })

  it("is not there without its CustomResourceDefinition", () => {
    expect(featureOf(withCluster({ policies: { unknown: "the server could not find the requested resource", why: "not served" } }))).toMatchObject({ health: "bad" })
  })
})

describe("the webhook", () => {
  const nobody = { answered: undefined, answeredAt: 0, missed: undefined, missedAt: 0 }

  it("is good where it is registered and changed the youngest pod", () => {
    expect(statusOf(look).webhook).toMatchObject({ health: "good", configured: "yes", failurePolicy: "Ignore", lastAnswered: "default/web-1" })
  })

  it("is bad where it is not registered, or missed a pod since it last answered", () => {
    expect(webhookOf(withCluster({ mutatingWebhooks: { items: [] } }), nobody)).toMatchObject({ health: "bad", configured: "no" })
    expect(webhookOf(look, { answered: "a/1", answeredAt: 1, missed: "a/2", missedAt: 2 }).health).toBe("bad")
    expect(webhookOf(look, { answered: "a/1", answeredAt: 3, missed: "a/2", missedAt: 2 }).health).toBe("good")
  })

  it("is unknown where no pod tells", () => {
    expect(webhookOf(look, nobody)).toMatchObject({ health: "unknown" })
    expect(webhookOf(withCluster({ mutatingWebhooks: refused }), nobody)).toMatchObject({ health: "unknown", configured: "unknown" })
  })
})

describe("what nobody could see", () => {
  it.each(
    [["policies", "NotLooked"], ["nodes", "Served"], ["cniNodes", "Served"], ["serviceAccounts", "Served"], ["events", "Served"], ["daemonSets", "Served"]] as const
  )("%s: a pod that runs is told as far as it is known (%s)", (kind, cause) => {
    const narrow = withCluster({ [kind]: refused })
    const [one] = itemsOf(narrow.cluster.pods)
    const bare = { ...one!, metadata: { ...one!.metadata, annotations: {} }, spec: { ...one!.spec, containers: [{ name: "main" }] } }
    const asked = kind === "policies" ? bare : one!
    expect(podStory(narrow, asked).waitsFor.cause._tag).toBe(cause)
    expect(statusOf(narrow).notSeen.map(({ why }) => why)).toContain("forbidden")
  })

  it("is no sign that all is well, or that anything is wrong", () => {
    expect(isWell(statusOf(look))).toBe(true)
    expect(isWell(statusOf(withCluster({ leases: refused, mutatingWebhooks: refused, daemonSets: refused })))).toBe(true)
    expect(isWell(statusOf(lease({ holderIdentity: "" })))).toBe(false)
  })
})
