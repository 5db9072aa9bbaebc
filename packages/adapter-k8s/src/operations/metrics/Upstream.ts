import type { Definition } from "./Definition.js"

type Counter = Definition & { readonly type: "counter" }

const calls = (what: string): Counter => ({ type: "counter", help: `Calls made to EC2 to ${what}` })
const errors = (what: string): Counter => ({ type: "counter", help: `Calls made to EC2 to ${what} that failed` })
const unused = (what: string, constant: string) => [{ ...calls(what), constant }, { ...errors(what), constant }] as const

const [describeTrunkCalls, describeTrunkErrors] = unused(
  "describe trunk interface associations",
  "the controller's role may not make this call, VLAN ids are recovered from tags"
)
const [detachCalls, detachErrors] = unused("detach a network interface", "an attached trunk goes with its instance, and nothing else is attached")

/**
 * The metrics that dashboards for upstream's controller read: names, types and labels are upstream's.
 *
 * Source: contract §8; amazon-vpc-resource-controller-k8s, `pkg/aws/ec2/api/wrapper.go`, `pkg/provider/branch/provider.go`,
 * `pkg/provider/branch/trunk/trunk.go`, `controllers/crds/cninode_controller.go`, `main.go`.
 */
export const upstream = {
  ec2_api_req_count: { type: "counter", help: "Calls made to EC2" },
  ec2_api_err_count: { type: "counter", help: "Calls made to EC2 that failed" },
  ec2_describe_instances_api_req_count: calls("describe instances"),
  ec2_describe_instances_api_err_count: errors("describe instances"),
  ec2_describe_subnets_api_req_count: calls("describe subnets"),
  ec2_describe_subnets_api_err_count: errors("describe subnets"),
  ec2_describe_network_interface_api_req_count: calls("describe network interfaces by their ids"),
  ec2_describe_network_interface_api_err_count: errors("describe network interfaces by their ids"),
  ec2_describe_network_interfaces_pages_api_call_count: calls("describe network interfaces by filters"),
  ec2_describe_network_interfaces_pages_api_err_count: errors("describe network interfaces by filters"),
  ec2_create_network_interface_api_req_count: calls("create a network interface"),
  ec2_create_network_interface_api_err_count: errors("create a network interface"),
  ec2_create_network_interface_permission_api_call_count: calls("permit the attachment of a network interface"),
  ec2_create_network_interface_permission_api_err_count: errors("permit the attachment of a network interface"),
  ec2_attach_network_interface_api_req_count: calls("attach a network interface"),
  ec2_attach_network_interface_api_err_count: errors("attach a network interface"),
  ec2_modify_network_interface_attribute_api_call_count: calls("change a network interface's groups or its deletion with the instance"),
  ec2_modify_network_interface_attribute_api_err_count: errors("change a network interface's groups or its deletion with the instance"),
  ec2_associate_trunk_interface_api_req_count: calls("associate a branch with a trunk"),
  ec2_associate_trunk_interface_api_err_count: errors("associate a branch with a trunk"),
  ec2_disassociate_trunk_interface_api_req_count: calls("end the association of a branch with a trunk"),
  ec2_disassociate_trunk_interface_api_err_count: errors("end the association of a branch with a trunk"),
  ec2_delete_network_interface_api_req_count: calls("delete a network interface"),
  ec2_delete_network_interface_api_err_count: errors("delete a network interface"),
  ec2_tag_network_interface_api_req_count: calls("tag a network interface"),
  ec2_tag_network_interface_api_err_count: errors("tag a network interface"),
  ec2_describe_trunk_network_interface_association_api_call_count: describeTrunkCalls,
  ec2_describe_trunk_network_interface_association_api_err_count: describeTrunkErrors,
  ec2_detach_network_interface_api_req_count: detachCalls,
  ec2_detach_network_interface_api_err_count: detachErrors,
  aws_nw_call_latency: { type: "summary", help: "Latency of calls to EC2 in milliseconds", labels: ["api"], quantiles: [] },
  branch_provider_operations_err_count: {
    type: "counter",
    help: "Failed operations: a trunk's set-up, a pod's annotation, a node's capacity",
    labels: ["branch_provider_operation"]
  },
  branch_provider_operation_latency: {
    type: "summary",
    help: "Duration in seconds of a trunk's set-up, of a branch until it is associated, of a pod's annotation",
    labels: ["branch_provider_operation", "resource_count"],
    quantiles: [0, 0.5, 0.9, 0.99, 1]
  },
  trunk_eni_operations_err_count: { type: "counter", help: "Failed operations on trunks and their associations", labels: ["operation"] },
  branch_eni_opeartions_success_count: { type: "counter", help: "Branches created, deleted, and found without a pod at a restart", labels: ["operation"] },
  branch_eni_opeartions_failure_count: { type: "counter", help: "Branches that could not be created or deleted, each try", labels: ["operation"] },
  unreconciled_trunk_network_interfaces: {
    type: "counter",
    help: "Trunks found with another subnet or other security groups than a new one would get",
    labels: ["attribute"]
  },
  leaked_eni_count: { type: "gauge", help: "Ownerless interfaces that the last sweep could not delete" },
  vpc_rc_created_available_eni_count: { type: "gauge", help: "Ownerless interfaces of the controller that the last sweep was to delete" },
  vpc_cni_created_available_eni_count: { type: "gauge", help: "Ownerless interfaces of the CNI plugin that the last sweep was to delete" },
  node_termination_eni_cleanup_failures_total: { type: "counter", help: "Times that a terminated instance's interfaces could not all be removed" },
  recreate_cniNode_call_count: { type: "counter", help: "CNINodes that had gone while their node lives and were asked for again" },
  recreate_cniNode_err_count: { type: "counter", help: "CNINodes that had gone while their node lives and could not be made again" },
  sgp_enabled: { type: "gauge", help: "1 where this process serves security groups for pods, as leader or in waiting" }
} as const satisfies Readonly<Record<string, Definition>>
