import type { FaultRule } from "@branchline/adapter-memory/faults/FaultRule"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import { clusterTag, clusterTagValue, cniOwnerTagValue, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import { cniNodes, pods as podResource } from "@branchline/core/model/Resource"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import type { Definition } from "../../src/operations/metrics/Definition.js"
import { upstream } from "../../src/operations/metrics/Upstream.js"
import { group, type MeasuredWorld, play, pod, policy, type WorldOptions } from "./support/MeasuredWorld.js"
import { type Family, sampleOf } from "./support/PrometheusText.js"

type Page = ReadonlyMap<string, Family>

const other = "sg-0123456789abcdef0"
const options: WorldOptions = { nodes: 1, securityGroups: [group, other], settings: { sweepInterval: 60_000 } }
const cluster = { [clusterTag("seed")]: clusterTagValue }

const once = (operation: string, match?: Readonly<Record<string, string>>): FaultRule => ({
  on: { port: "ec2", operation: operation as "createBranch", match },
  when: "before",
  reason: { _tag: "Unavailable" },
  times: 1
})

const remove = (world: MeasuredWorld, name: string) =>
  Effect.andThen(world.admin.delete(podResource, { namespace: "default", name }), world.waitUntilGone(name))

const serve = (world: MeasuredWorld, name: string) => Effect.andThen(world.apply(pod(name)), world.waitForPhase(name, "Running", { within: "3 minutes" }))

const branchOf = Effect.fnUntraced(function*(world: MeasuredWorld) {
  const { associations } = yield* world.ec2.control.snapshot
  return associations[0]!
})

/** EC2 and the API server refuse each thing once, all along a pod's way. */
const refusals = (world: MeasuredWorld) =>
  Effect.gen(function*() {
    yield* world.apply(policy())
    yield* world.offering
    for (const operation of ["describeInstances", "describeSubnets", "createTrunk", "attachTrunk", "deleteOnTermination"]) yield* world.faults.add(once(operation))
    yield* world.faults.add({ on: { port: "kubernetes", operation: "patch", match: { plural: "nodes" } }, when: "before", reason: { _tag: "Unavailable" }, times: 1 })
    const subnet = yield* world.ec2.control.addSubnet({ cidr: "192.168.32.0/19", zone: "eu-west-1a" })
    yield* world.addNode({ subnetId: subnet.subnetId })
    yield* world.offering
    for (const operation of ["createBranch", "permitAttachment", "tagInterface", "disassociateBranch", "deleteInterface"]) yield* world.faults.add(once(operation))
    yield* world.faults.add({ on: { port: "ec2", operation: "associateBranch" }, when: "before", reason: { _tag: "Taken", what: "vlan" }, times: 1 })
    yield* world.faults.add({ on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, when: "before", reason: { _tag: "Unavailable" }, times: 1 })
    yield* serve(world, "web-0")
    yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", times: 1 })
    yield* world.faults.add(once("describeInterfaces"))
    yield* serve(world, "web-1")
    yield* remove(world, "web-0")
    yield* Effect.sleep("3 minutes")
    return yield* world.scrape
  })

/** Interfaces leak, one cannot be deleted, and a node ends. */
const leaks = (world: MeasuredWorld) =>
  Effect.gen(function*() {
    yield* world.apply(policy())
    yield* world.offering
    const subnetId = world.subnets[0]!.subnetId
    const pages: Array<Page> = []
    for (const owner of [ownerTagValue, cniOwnerTagValue]) yield* world.ec2.control.createForeignInterface({ subnetId, tags: { ...cluster, [ownerTag]: owner } })
    const stuck = yield* world.faults.add({ on: { port: "ec2", operation: "deleteInterface" }, when: "before", reason: { _tag: "Rejected" } })
    pages.push(yield* eventually("both are found, and left", Effect.map(world.scrape, (page) => (sampleOf(page, "leaked_eni_count") === 2 ? page : undefined))))
    yield* stuck.remove
    pages.push(yield* eventually("both are deleted", Effect.map(world.scrape, (page) => (sampleOf(page, "leaked_eni_count") === 0 ? page : undefined))))
    yield* serve(world, "web-0")
    const fault = yield* world.faults.add(once("deleteInterface"))
    const [name] = world.nodes.keys()
    yield* world.terminateNode(name!)
    yield* Effect.sleep("3 minutes")
    expect(yield* fault.fired).toBe(1)
    pages.push(yield* world.scrape)
    return pages
  })

/** The CNINode is deleted and can at first not be made again; then a restart finds a trunk with other groups and a branch that was deleted by hand. */
const surprises = (world: MeasuredWorld) =>
  Effect.gen(function*() {
    yield* world.apply(policy())
    yield* world.offering
    yield* serve(world, "web-0")
    const [name] = world.nodes.keys()
    yield* world.faults.add({ on: { port: "kubernetes", operation: "create", match: { plural: "cninodes" } }, when: "before", reason: { _tag: "Unavailable" }, times: 1 })
    yield* world.admin.delete(cniNodes, { name: name! })
    yield* Effect.sleep("1 minute")
    yield* world.crash
    const { instances } = yield* world.ec2.control.snapshot
    const trunkId = instances[0]!.attachments.find(({ type }) => type === "trunk")!.eniId
    yield* world.ec2.port.setGroups(trunkId as EniId, [other as SecurityGroupId])
    yield* world.ec2.control.deleteInterfaceByHand((yield* branchOf(world)).branchId)
    yield* world.start
    yield* Effect.sleep("1 minute")
    return yield* world.scrape
  })

/** EC2 cannot describe interfaces by their ids, the first time that it is asked to. */
const firstLookFails = (): NonNullable<WorldOptions["between"]> => {
  let failed = false
  return (ec2) => ({
    ...ec2,
    describeInterfaces: (filter) =>
      Effect.suspend(() => {
        if (filter.eniIds === undefined || failed) return ec2.describeInterfaces(filter)
        failed = true
        return Effect.fail(new Ec2Error({ action: "DescribeNetworkInterfaces", code: "InternalError", reason: { _tag: "Unavailable" }, message: "an internal error" }))
      })
  })
}

describe("Every metric of contract §8", () => {
  let pages: ReadonlyArray<Page> = []
  beforeAll(() => {
    pages = [play(options, refusals), ...play(options, leaks), play({ ...options, between: firstLookFails() }, surprises)]
  }, 120_000)

  const most = (name: string): number => Math.max(0, ...pages.flatMap((page) => page.get(name)?.samples ?? []).map(({ value }) => value))

  const definitions = Object.entries<Definition>(upstream)

  it.each(definitions.filter(([, { constant }]) => constant !== undefined))("%s is there, and stays at 0", (name) => {
    for (const page of pages) expect(page.get(name)?.samples.map(({ value }) => value)).toEqual([0])
  })

  it.each(definitions.filter(([, { constant }]) => constant === undefined))("%s moves, with its type, its labels and its help", (name, definition) => {
    expect(most(name)).toBeGreaterThan(0)
    for (const family of pages.flatMap((page) => page.get(name) ?? [])) {
      expect(family.type).toBe(definition.type)
      expect(family.help).toBe(definition.help)
      for (const { labels } of family.samples) {
        expect(Object.keys(labels).filter((label) => label !== "quantile").sort()).toEqual([...definition.labels ?? []].sort())
      }
    }
  })

  it("counts failures where upstream counts them", () => {
    const [refused, , , ended, surprised] = pages as [Page, Page, Page, Page, Page]
    expect(sampleOf(refused, "trunk_eni_operations_err_count", { operation: "create_trunk_eni" })).toBe(3)
    expect(sampleOf(refused, "trunk_eni_operations_err_count", { operation: "describe_instance_nw_interface" })).toBe(2)
    expect(sampleOf(refused, "trunk_eni_operations_err_count", { operation: "associate_branch" })).toBe(1)
    expect(sampleOf(refused, "trunk_eni_operations_err_count", { operation: "disassociate_trunk_error" })).toBe(1)
    expect(sampleOf(refused, "branch_eni_opeartions_failure_count", { operation: "delete_branch_error" })).toBe(1)
    expect(sampleOf(refused, "branch_provider_operations_err_count", { branch_provider_operation: "annotate_branch_eni" })).toBe(1)
    expect(sampleOf(refused, "branch_provider_operations_err_count", { branch_provider_operation: "advertise_capacity" })).toBe(1)
    expect(sampleOf(refused, "branch_provider_operations_err_count", { branch_provider_operation: "init" })).toBe(5)
    expect(sampleOf(refused, "branchline_branch_failures_total", { state: "Associating", kind: "vlan refused" })).toBe(1)
    expect(sampleOf(refused, "branchline_ec2_calls_total", { action: "CreateNetworkInterface", outcome: "UnknownOutcome" })).toBe(1)
    expect(sampleOf(ended, "node_termination_eni_cleanup_failures_total")).toBe(1)
    expect(sampleOf(surprised, "recreate_cniNode_call_count")).toBe(2)
    expect(sampleOf(surprised, "recreate_cniNode_err_count")).toBe(1)
    expect(sampleOf(surprised, "unreconciled_trunk_network_interfaces", { attribute: "security_groups" })).toBe(1)
  })

  it("tells of a sweep how many interfaces of whom were due, and how many are left", () => {
    const [, left, gone] = pages as [Page, Page, Page]
    expect([sampleOf(left, "vpc_rc_created_available_eni_count"), sampleOf(left, "vpc_cni_created_available_eni_count")]).toEqual([1, 1])
    expect([sampleOf(left, "leaked_eni_count"), sampleOf(gone, "leaked_eni_count")]).toEqual([2, 0])
  })
})
