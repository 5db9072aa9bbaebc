import type { EniId } from "@branchline/core/model/Ids"
import { annotationOf } from "@branchline/core/controller/Ledger"
import { podEni } from "@branchline/core/model/Names"
import { nodes, pods } from "@branchline/core/model/Resource"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Ec2Reads } from "../../src/cluster/Ec2Live.js"
import type { Reads } from "../../src/cluster/Live.js"
import { pod } from "../support/Documents.js"
import { ec2Reads, played } from "../support/Live.js"
import { healthy, user, type Watching, watching } from "./Beside.js"

type World = Effect.Success<ReturnType<typeof healthy>>["world"]

/** Lists that fail while they are told to. */
const refusing = (world: World) => {
  const port = world.kubernetes.portFor(user)
  let refuses: (plural: string, namespace: string | undefined) => boolean = () => false
  const reads: Reads = {
    list: (resource, scope) =>
      Effect.suspend(() =>
        refuses(resource.plural, scope?.namespace)
          ? Effect.fail(new KubernetesError({ operation: `list ${resource.plural}`, reason: { _tag: "Forbidden" }, message: `User "observer" cannot list ${resource.plural}` }))
          : port.list(resource, scope))
  }
  return { reads, refuse: (which: typeof refuses) => Effect.sync(() => void (refuses = which)) }
}

const statuses = (watch: Watching) =>
  Effect.map(watch.observer.state, ({ judgement }) => Object.fromEntries((judgement?.conditions ?? []).map(({ reason, status, type }) => [type, `${status} ${reason}`])))

const deleteBranch = Effect.fnUntraced(function*(world: World, name: string) {
  const { items } = yield* world.kubernetes.portFor("kubernetes-admin").list(pods)
  const eniId: EniId = annotationOf(items.find(({ metadata }) => metadata.name === name)!)!.eniId
  yield* world.ec2.control.deleteInterfaceByHand(eniId)
})

describe("a look that fails", () => {
  it("makes conditions Unknown, is told once, and ends nothing; what was told before is not told again", () => {
    const { after, during, lines, looks } = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* world.apply(pod("web-1"))
      yield* world.waitForPhase("web-1", "Running")
      const { reads, refuse } = refusing(world)
      const watch = yield* watching(world, { reads })
      yield* watch.rounds(2)
      yield* deleteBranch(world, "web-1")
      yield* watch.rounds(3)
      const from = watch.lines.length
      yield* refuse(() => true)
      yield* watch.rounds(3)
      const during = yield* statuses(watch)
      yield* refuse(() => false)
      yield* watch.rounds(2)
      return { during, after: yield* statuses(watch), lines: watch.lines.slice(from), looks: (yield* watch.observer.state).looks }
    }))
    expect(looks).toEqual({ seen: 7, failed: 3 })
    expect(new Set(Object.values(during))).toEqual(new Set(["False LookFailed", "Unknown LookFailed"]))
    expect(during["ClusterSeen"]).toBe("False LookFailed")
    expect(after["InterfacesAsAnnotated"]).toBe("False InterfaceMissing")
    expect(Object.values(after).filter((status) => !status.startsWith("True"))).toHaveLength(1)
    expect(lines).toEqual([
      expect.stringMatching(/^WARN condition ClusterSeen is False, was True: nothing of the cluster can be seen at https:\/\/cluster.example:443: list pods: User "observer" cannot list pods$/),
      expect.stringMatching(/^INFO conditions: 0 True, 1 False \(ClusterSeen\), 14 Unknown/),
      "INFO condition ClusterSeen is True, was False: all that was asked for has been seen",
      "INFO conditions: 14 True, 1 False (InterfacesAsAnnotated), 0 Unknown"
    ])
  })

  it("at the start does not end it either", () => {
    const { after, lines } = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      const { reads, refuse } = refusing(world)
      yield* refuse(() => true)
      const watch = yield* watching(world, { reads })
      yield* watch.rounds(2)
      yield* refuse(() => false)
      yield* watch.rounds(2)
      return { after: yield* statuses(watch), lines: watch.lines }
    }))
    expect(lines[0]).toMatch(/^WARN the first look: 0 True, 1 False \(ClusterSeen\), 14 Unknown/)
    expect(Object.values(after).every((status) => status.startsWith("True"))).toBe(true)
  })
})

describe("a look that sees less", () => {
  it("leaves unknown what EC2 was not asked about, and judges the rest", () => {
    const { capacity, said } = played(Effect.gen(function*() {
      const { world } = yield* healthy({ labels: { "node.kubernetes.io/instance-type": "m5.large" } })
      yield* world.apply(pod("web-1"))
      yield* world.waitForPhase("web-1", "Running")
      const watch = yield* watching(world, { aws: false })
      yield* watch.rounds(2)
      const said = yield* statuses(watch)
      yield* world.crash
      yield* world.admin.patch(nodes, { name: [...world.nodes.keys()][0]! }, { _tag: "merge", patch: { status: { capacity: { [podEni]: "4" } } } }, { subresource: "status" })
      yield* watch.rounds(2)
      return { said, capacity: yield* watch.is("CapacityAsTypes") }
    }))
    expect(Object.entries(said).filter(([, status]) => status === "Unknown NotAsked").map(([type]) => type)).toEqual([
      "TrunksInPlace",
      "InterfacesAsAnnotated",
      "GroupsAsGiven",
      "GroupsAsPolicies",
      "InterfacesClaimed"
    ])
    expect(Object.values(said).filter((status) => status.startsWith("True"))).toHaveLength(10)
    expect(capacity).toMatchObject({ status: "False", reason: "CapacityDiffers", message: expect.stringContaining("offers 4 branch interfaces to the scheduler and should offer 9") })
  })

  it("keeps what was told while EC2 cannot be asked, and says that it is not known any more", () => {
    const { after, during, lines, since } = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* world.apply(pod("web-1"))
      yield* world.waitForPhase("web-1", "Running")
      const reads = ec2Reads(world, [])
      let away = false
      const error = new Ec2Error({ action: "DescribeNetworkInterfaces", code: "UnauthorizedOperation", reason: { _tag: "Unauthorized" }, message: "You are not authorized to perform this operation." })
      const ec2: Ec2Reads = { ...reads, describeInterfaces: (filter) => Effect.suspend(() => away ? Effect.fail(error) : reads.describeInterfaces(filter)) }
      const watch = yield* watching(world, { ec2 })
      yield* watch.rounds(2)
      yield* deleteBranch(world, "web-1")
      yield* watch.rounds(3)
      const since = Effect.map(watch.observer.state, ({ judgement }) => judgement!.differences.map((one) => one.since))
      const before = yield* since
      const from = watch.lines.length
      away = true
      yield* watch.rounds(2)
      const during = { condition: yield* watch.is("InterfacesAsAnnotated"), kinds: yield* watch.kinds, seen: yield* watch.is("ClusterSeen") }
      away = false
      yield* watch.rounds(2)
      return { during, after: yield* watch.is("InterfacesAsAnnotated"), lines: watch.lines.slice(from), since: [before, yield* since] }
    }))
    expect(since[1]).toEqual(since[0])
    expect(during.condition).toMatchObject({ status: "Unknown", reason: "NotSeen", count: 1, message: expect.stringMatching(/not authorized.*; 1 difference of an earlier look cannot be looked after$/) })
    expect(during.kinds).toEqual(["InterfaceMissing"])
    expect(during.seen).toMatchObject({ status: "True", reason: "Narrowed", count: 1 })
    expect(after).toMatchObject({ status: "False", reason: "InterfaceMissing" })
    expect(lines.filter((line) => line.includes("differs"))).toEqual([])
  })

  it("is narrowed by a missing permission and names it; orphans are not guessed at", () => {
    const said = played(Effect.gen(function*() {
      const { world } = yield* healthy()
      yield* world.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } })
      yield* world.apply(pod("web-1"))
      yield* world.waitForPhase("web-1", "Running")
      const { reads, refuse } = refusing(world)
      yield* refuse((plural, namespace) => (plural === "pods" && namespace !== "shop") || plural === "leases")
      const port: Reads = { list: (resource, scope) => reads.list(resource, scope?.namespace === "default" ? { ...scope, namespace: "shop" } : scope) }
      const watch = yield* watching(world, { reads: port })
      yield* watch.rounds(6)
      return { statuses: yield* statuses(watch), seen: yield* watch.is("ClusterSeen"), warnings: watch.lines.filter((line) => line.startsWith("WARN")) }
    }))
    expect(said.warnings).toEqual([])
    expect(said.statuses).toMatchObject({ InterfacesClaimed: "Unknown NotSeen", LeaseHeld: "Unknown NotSeen", PodsAsk: "Unknown NotSeen", CniNodesInPlace: "True AsItShouldBe" })
    expect(said.seen).toMatchObject({ status: "True", reason: "Narrowed", message: expect.stringMatching(/pods \(.*cannot list pods\).*leases \(.*cannot list leases\)/) })
  })
})
