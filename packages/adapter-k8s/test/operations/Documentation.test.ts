import { describe, expect, it } from "vitest"
import { catalogue, documentation } from "../../src/operations/metrics/Catalogue.js"
import { upstream } from "../../src/operations/metrics/Upstream.js"

/** The names of contract §8; `<action>` pairs as upstream spells them. */
const contract = [
  "ec2_api_req_count", "ec2_api_err_count", "aws_nw_call_latency", "branch_provider_operations_err_count", "branch_provider_operation_latency",
  "trunk_eni_operations_err_count", "branch_eni_opeartions_success_count", "branch_eni_opeartions_failure_count",
  "unreconciled_trunk_network_interfaces", "leaked_eni_count", "vpc_rc_created_available_eni_count", "vpc_cni_created_available_eni_count",
  "node_termination_eni_cleanup_failures_total", "recreate_cniNode_call_count", "recreate_cniNode_err_count", "sgp_enabled"
]
const requests = [
  "describe_instances", "describe_subnets", "describe_network_interface", "create_network_interface", "attach_network_interface", "detach_network_interface",
  "associate_trunk_interface", "disassociate_trunk_interface", "delete_network_interface", "tag_network_interface"
]
const calls = [
  "create_network_interface_permission", "modify_network_interface_attribute", "describe_trunk_network_interface_association",
  "describe_network_interfaces_pages"
]

describe("The catalogue of metrics", () => {
  it("has exactly the names of contract §8 as upstream's", () => {
    expect(Object.keys(upstream).sort()).toEqual([
      ...contract,
      ...requests.flatMap((action) => [`ec2_${action}_api_req_count`, `ec2_${action}_api_err_count`]),
      ...calls.flatMap((action) => [`ec2_${action}_api_call_count`, `ec2_${action}_api_err_count`])
    ].sort())
  })

  it("documents each, and docs/metrics.md is what it says", async () => {
    for (const { help } of Object.values(catalogue)) expect(help.length).toBeGreaterThan(10)
    const page = documentation()
    for (const name of Object.keys(catalogue)) expect(page).toContain(`| \`${name}\` |`)
    await expect(page).toMatchFileSnapshot("../../docs/metrics.md")
  })

  it("names its own with the prefix, counters with _total, and times in seconds, as Prometheus advises", () => {
    for (const [name, { type }] of Object.entries(catalogue).filter(([one]) => !(one in upstream))) {
      expect(name).toMatch(/^branchline_[a-z0-9_]+$/)
      expect(name.endsWith("_total"), name).toBe(type === "counter")
      expect(name).not.toMatch(/milli/)
    }
  })
})
