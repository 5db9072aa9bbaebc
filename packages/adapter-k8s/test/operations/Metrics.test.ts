import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { play, pod, policy } from "./support/MeasuredWorld.js"
import * as Metrics from "../../src/operations/Metrics.js"
import { growing, parse, sampleOf } from "./support/PrometheusText.js"

const latency = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const
const names = ["web-0", "web-1", "web-2"]

describe("A scrape", () => {
  const { after, before, calls, gone, quiet } = play(latency, (world) =>
    Effect.gen(function*() {
      yield* world.apply(policy())
      yield* world.apply(policy("broken", []))
      yield* world.offering
      yield* Effect.sleep("5 seconds")
      const before = yield* world.scrape
      for (const name of names) yield* world.apply(pod(name))
      for (const name of names) yield* world.waitForPhase(name, "Running")
      const after = yield* world.scrape
      for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name })
      for (const name of names) yield* world.waitUntilGone(name)
      const quiet = yield* world.scrape
      yield* Effect.sleep("2 minutes")
      return { before, after, quiet, gone: yield* world.scrape, calls: yield* world.ec2.calls }
    }))

  const grown = (name: string, labels = {}) => (sampleOf(after, name, labels) ?? 0) - (sampleOf(before, name, labels) ?? 0)

  it("after three pods tells three branches made, permitted and associated, and nothing failed", () => {
    expect(grown("ec2_create_network_interface_api_req_count")).toBe(3)
    expect(grown("ec2_create_network_interface_permission_api_call_count")).toBe(3)
    expect(grown("ec2_associate_trunk_interface_api_req_count")).toBe(3)
    expect(grown("ec2_api_req_count")).toBe(9)
    expect(sampleOf(after, "ec2_api_err_count")).toBe(0)
    expect(sampleOf(after, "branch_eni_opeartions_success_count", { operation: "created_branch_eni_succeeded" })).toBe(3)
    expect(sampleOf(after, "branch_provider_operation_latency_count", { branch_provider_operation: "create_branch_eni", resource_count: "1" })).toBe(3)
    expect(sampleOf(after, "branch_provider_operation_latency_count", { branch_provider_operation: "annotate_branch_eni", resource_count: "1" })).toBe(3)
    expect(sampleOf(after, "branch_provider_operation_latency_count", { branch_provider_operation: "init_trunk", resource_count: "1" })).toBe(1)
    expect(sampleOf(after, "branchline_ec2_calls_total", { action: "AssociateTrunkInterface", outcome: "ok" })).toBe(3)
    expect(sampleOf(after, "branchline_pod_allocation_duration_seconds_count")).toBe(3)
    expect(grown("branchline_kubernetes_requests_total", { verb: "patch", resource: "pods", outcome: "ok" })).toBe(3)
    expect(grown("branchline_kubernetes_requests_total", { verb: "create", resource: "events", outcome: "ok" })).toBe(6)
    expect(grown("branchline_branch_transitions_total", { state: "InUse" })).toBe(3)
  })

  it("counts exactly the calls that EC2's own log has, those before the first scrape among them", () => {
    const deletions = calls.filter(({ action }) => action === "DeleteNetworkInterface").length
    expect(deletions).toBe(3)
    expect(sampleOf(gone, "ec2_delete_network_interface_api_req_count")).toBe(deletions)
    expect(sampleOf(gone, "ec2_disassociate_trunk_interface_api_req_count")).toBe(3)
    expect(sampleOf(gone, "branch_eni_opeartions_success_count", { operation: "deleted_branch_succesfully" })).toBe(3)
    expect(sampleOf(gone, "ec2_api_req_count")).toBe(calls.length)
  })

  it("has latencies in the units that dashboards expect: milliseconds for EC2, seconds for operations", () => {
    const millis = sampleOf(after, "aws_nw_call_latency_sum", { api: "associate_trunk_to_branch" })! / 3
    expect(millis).toBeGreaterThan(50)
    expect(millis).toBeLessThan(300)
    const seconds = sampleOf(after, "branch_provider_operation_latency", { branch_provider_operation: "create_branch_eni", resource_count: "1", quantile: "0.5" })!
    expect(seconds).toBeGreaterThan(0.15)
    expect(seconds).toBeLessThan(0.9)
    expect(sampleOf(after, "branchline_ec2_call_duration_seconds_bucket", { action: "AssociateTrunkInterface", le: "0.025" })).toBe(0)
    expect(sampleOf(after, "branchline_ec2_call_duration_seconds_bucket", { action: "AssociateTrunkInterface", le: "0.5" })).toBe(3)
  })

  it("has types as upstream's", () => {
    expect(after.get("ec2_api_req_count")?.type).toBe("counter")
    expect(after.get("aws_nw_call_latency")?.type).toBe("summary")
    expect(after.get("branch_provider_operation_latency")?.type).toBe("summary")
    expect(after.get("leaked_eni_count")?.type).toBe("gauge")
    expect(after.get("node_termination_eni_cleanup_failures_total")?.type).toBe("counter")
    expect(after.get("sgp_enabled")?.samples).toEqual([{ name: "sgp_enabled", labels: {}, value: 1 }])
  })

  it("has what there is at the moment: trunks, branches, VLAN ids, policies", () => {
    expect(sampleOf(after, "branchline_trunks", { state: "ready" })).toBe(1)
    expect(sampleOf(after, "branchline_branches", { state: "InUse" })).toBe(3)
    expect(sampleOf(after, "branchline_vlan_ids", { state: "in_use" })).toBe(3)
    expect(sampleOf(after, "branchline_branch_slots", { slot: "limit" })).toBe(9)
    expect(sampleOf(after, "branchline_branch_slots", { slot: "occupied" })).toBe(3)
    expect(sampleOf(after, "branchline_policies", { state: "valid" })).toBe(1)
    expect(sampleOf(after, "branchline_policies", { state: "invalid" })).toBe(1)
    expect(sampleOf(quiet, "branchline_branches", { state: "InUse" })).toBe(0)
    expect(sampleOf(quiet, "branchline_branches", { state: "Cooling" })).toBe(3)
    expect(sampleOf(quiet, "branchline_queue_delayed")).toBeGreaterThanOrEqual(3)
    expect(sampleOf(gone, "branchline_branches", { state: "Cooling" })).toBe(0)
    expect(sampleOf(gone, "branchline_vlan_ids", { state: "in_use" })).toBe(0)
  })

  it("never counts backwards", () => {
    let compared = 0
    const pages = [before, after, quiet, gone].map(growing)
    for (const [index, page] of pages.entries()) {
      for (const [identity, value] of pages[index - 1] ?? []) {
        expect(page.get(identity), identity).toBeGreaterThanOrEqual(value)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(300)
  })
})

describe("Two instances' metrics", () => {
  it("do not mix, though one program holds both", () => {
    const page = play({}, (world) =>
      Effect.gen(function*() {
        yield* world.offering
        const other = yield* Metrics.make({ version: "other" })
        return { idle: parse(yield* other.text({})), busy: yield* world.scrape }
      }))
    expect(sampleOf(page.busy, "ec2_api_req_count")).toBeGreaterThan(0)
    expect(sampleOf(page.idle, "ec2_api_req_count")).toBe(0)
    expect(sampleOf(page.idle, "sgp_enabled")).toBe(0)
    expect(page.idle.get("branchline_build_info")?.samples.map(({ labels }) => labels)).toEqual([{ version: "other" }])
  })
})
