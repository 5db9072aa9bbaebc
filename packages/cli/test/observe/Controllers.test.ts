import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { Effect, type Scope } from "effect"
import { describe, expect, it } from "vitest"
import { pod } from "../support/Documents.js"
import { mutatingConfiguration, played } from "../support/Live.js"
import { mutatingWebhooks } from "../../src/cluster/Kinds.js"
import { nowOf } from "../../src/cluster/Look.js"
import { judge } from "../../src/observe/Judge.js"
import { lookAt } from "../../src/observe/LookAt.js"
import { noMemory } from "../../src/observe/Memory.js"
import { endpointSlices } from "../../src/observe/Endpoints.js"
import { deleteLease, healthy, holding, placeIn, settings, watching } from "./Beside.js"

const config = "vpc-resource-mutating-webhook"
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "vpc-resource-webhook", namespace: "kube-system" }, spec: { ports: [{ port: 443 }] } }
const slice = (name: string, ready: boolean | null) => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name, namespace: "kube-system", labels: { "kubernetes.io/service-name": "vpc-resource-webhook" } },
  endpoints: [{ addresses: ["192.168.1.7"], conditions: { ready } }]
})
const byService = {
  ...mutatingConfiguration,
  webhooks: [{ name: "mpod.vpc.k8s.aws", clientConfig: { service: { namespace: "kube-system", name: "vpc-resource-webhook", path: "/mutate-v1-pod", port: 443 } } }]
}

describe("the webhooks", () => {
  it("are not in place while their configuration, its webhook, its service or an endpoint of that is missing", () => {
    const seen = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      const watch = yield* watching(world)
      const said: Array<string> = []
      const look = Effect.gen(function*() {
        yield* watch.rounds(2)
        const { message, reason, status } = yield* watch.is("WebhooksInPlace")
        said.push(`${status} ${reason}: ${message}`)
      })
      yield* look
      yield* world.admin.delete(mutatingWebhooks, { name: config })
      yield* look
      yield* world.apply({ ...mutatingConfiguration, webhooks: [] })
      yield* look
      yield* world.apply(byService)
      yield* look
      yield* world.apply(service)
      yield* look
      yield* world.apply(slice("one", false))
      yield* look
      yield* world.apply(slice("two", null))
      yield* look
      yield* world.admin.delete(endpointSlices, { namespace: "kube-system", name: "two" })
      yield* look
      yield* world.apply(mutatingConfiguration)
      yield* look
      return said
    }))
    const well = "True AsItShouldBe: both webhook configurations are there, and each service that they name has a ready endpoint"
    const unready = `False WebhookWithoutEndpoints: the webhook mpod.vpc.k8s.aws of ${config} is at the service kube-system/vpc-resource-webhook, which has no ready endpoint: new pods pass unseen, or not at all`
    expect(seen).toEqual([
      well,
      `False WebhookConfigurationMissing: there is no webhook configuration ${config}: no pod is asked about`,
      `False WebhookMissing: the webhook configuration ${config} has no webhook mpod.vpc.k8s.aws`,
      `False WebhookServiceMissing: the webhook mpod.vpc.k8s.aws of ${config} names the service kube-system/vpc-resource-webhook, which is not there`,
      unready,
      unready,
      well,
      unready,
      well
    ])
  })
})

describe("the controller's Lease", () => {
  const leaseStory = (
    act: (of: { readonly world: Effect.Success<ReturnType<typeof healthy>>["world"]; readonly leaves: Effect.Effect<void> }) => Effect.Effect<unknown, unknown, Scope.Scope>,
    leases: ReadonlyArray<{ readonly namespace: string; readonly name: string }> = []
  ) =>
    Effect.gen(function*() {
      const { leaves, world } = yield* healthy()
      const watch = yield* watching(world, { leases })
      yield* watch.rounds(3)
      const before = (yield* watch.is("LeaseHeld")).status
      yield* act({ world, leaves })
      yield* watch.rounds(5)
      return { before, ...(yield* watch.is("LeaseHeld")) }
    })

  const leaseSaid = (story: Parameters<typeof leaseStory>[0]) => played(leaseStory(story))

  it("is held by nobody once its holder does not renew it, by the clock of who looks", () => {
    const said = leaseSaid(({ leaves }) => leaves)
    expect(said).toMatchObject({ before: "True", status: "False", reason: "LeaseUnheld", message: "the Lease kube-system/cp-vpc-resource-controller is not renewed any more: no controller works" })
  })

  it("is held by nobody once it is given back, or deleted", () => {
    const givenBack = leaseSaid(({ leaves, world }) =>
      Effect.andThen(leaves, world.apply({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "cp-vpc-resource-controller", namespace: "kube-system" }, spec: { holderIdentity: "" } })))
    expect(givenBack).toMatchObject({ before: "True", status: "False", message: "the Lease kube-system/cp-vpc-resource-controller is held by nobody: no controller works" })
    const deleted = leaseSaid(({ leaves, world }) => Effect.andThen(leaves, deleteLease(world)))
    expect(deleted).toMatchObject({ before: "True", status: "False", message: "the Lease kube-system/cp-vpc-resource-controller is gone: no controller works" })
  })

  it("is held while its holder changes once, as at an upgrade", () => {
    expect(leaseSaid(({ leaves, world }) => Effect.andThen(leaves, holding(world, "controller-b")))).toMatchObject({ before: "True", status: "True" })
  })

  it("is contended while holders take turns", () => {
    const said = leaseSaid(({ leaves, world }) =>
      Effect.gen(function*() {
        yield* leaves
        yield* Effect.forkScoped(Effect.gen(function*() {
          for (let turn = 0; turn < 10; turn++) {
            const leave = yield* holding(world, turn % 2 === 0 ? "controller-b" : "controller-a")
            yield* Effect.sleep("30 seconds")
            yield* leave
          }
        }))
      }))
    expect(said).toMatchObject({ status: "False", reason: "LeaseContended", message: "the Lease kube-system/cp-vpc-resource-controller goes to and fro between controller-a and controller-b" })
  })

  it("is contended until the turns are ten minutes old", () => {
    const seen = played(Effect.gen(function*() {
      const { leaves, world } = yield* healthy()
      const watch = yield* watching(world, { every: 20_000 })
      yield* watch.rounds(2)
      yield* leaves
      yield* Effect.scoped(Effect.andThen(holding(world, "controller-b"), watch.rounds(2)))
      yield* holding(world, "controller-a")
      const seen: Array<string> = []
      for (let round = 0; round < 40; round++) {
        yield* watch.rounds(1)
        seen.push((yield* watch.is("LeaseHeld")).status)
      }
      return seen
    }))
    expect(seen.lastIndexOf("False") - seen.indexOf("False")).toBeGreaterThan(20)
    expect(seen.at(-1)).toBe("True")
  })

  it("is not renewed, as a single look sees it, where its holder's clock says so by more than clocks differ", () => {
    const once = (minutes: number) =>
      played(Effect.gen(function*() {
        const { leaves, world } = yield* healthy()
        yield* leaves
        yield* Effect.sleep(`${minutes} minutes`)
        const sight = yield* lookAt(yield* placeIn(world))
        return judge(noMemory, { _tag: "Sight", sight }, nowOf(sight.look), { ...settings, settle: 0 }).conditions.find(({ type }) => type === "LeaseHeld")?.status
      }))
    expect([once(4), once(6)]).toEqual(["True", "False"])
  })

  it("is one too many while another controller holds its own", () => {
    const story = (asked: boolean) => played(leaseStory(({ world }) => holding(world, "branchline-b", "branchline"), asked ? [{ namespace: "kube-system", name: "branchline" }] : []))
    expect(story(true)).toMatchObject({
      before: "True",
      status: "False",
      reason: "LeadersTwo",
      message: "the Leases kube-system/branchline and kube-system/cp-vpc-resource-controller are held at once, by branchline-b and controller-a: two controllers work on the same pods"
    })
    // Nobody looks at Leases that nobody named.
    expect(story(false)).toMatchObject({ status: "True" })
  })

  it("is unknown where there never was one: a controller may elect nobody", () => {
    const said = played(Effect.gen(function*() {
      const { leaves, world } = yield* healthy()
      yield* leaves
      yield* deleteLease(world)
      const watch = yield* watching(world)
      yield* watch.rounds(3)
      // It was looked for, and there is nothing: that is no narrow look.
      expect(yield* watch.is("ClusterSeen")).toMatchObject({ status: "True", reason: "AllSeen" })
      return yield* watch.is("LeaseHeld")
    }))
    expect(said).toMatchObject({ status: "Unknown", reason: "NotSeen", message: expect.stringContaining("there is no Lease kube-system/cp-vpc-resource-controller") })
  })
})

describe("two controllers that do not know of each other", () => {
  it("are known by what they do, whatever the Lease says", () => {
    const said = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* world.apply(pod("web-1"))
      yield* world.waitForPhase("web-1", "Running")
      const watch = yield* watching(world)
      yield* watch.rounds(2)
      const uid = textAt((yield* world.pod("web-1"))!, "metadata", "uid")!
      yield* world.kubernetes.portFor("another").recordEvent({
        regarding: { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web-1", uid },
        type: "Normal",
        reason: "ResourceAllocated",
        message: `Allocated [{"eniId":"eni-0fffffffffffffff0","ifAddress":"02:00:00:00:00:01","privateIp":"192.168.9.9","vlanId":44,"subnetCidr":"192.168.0.0/19"}] to the pod`
      })
      yield* watch.rounds(2)
      return yield* watch.is("LeaseHeld")
    }))
    expect(said).toMatchObject({ status: "False", reason: "TwoControllers", message: expect.stringContaining("two controllers work at once") })
  })
})
