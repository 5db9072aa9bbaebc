import type { NoticeObserver } from "@branchline/core/controller/Notices"
import type { Instruments } from "./Instruments.js"

/** Which of upstream's operations an EC2 action belongs to when a trunk is set up. Source: pkg/provider/branch/trunk/trunk.go. */
const trunkOperation = (action: string, code: string): string => {
  if (action.startsWith("Describe")) return "describe_instance_nw_interface"
  return code === "AttachmentLimitExceeded" ? "find_free_index" : "create_trunk_eni"
}

/** Counts what the controller notices. */
export const counting = (instruments: Instruments): NoticeObserver => {
  const provider = (operation: string) => instruments.counter("branch_provider_operations_err_count", { branch_provider_operation: operation })
  const ready = instruments.distribution("branch_provider_operation_latency", { branch_provider_operation: "init_trunk", resource_count: "1" })
  return (notice) => {
    switch (notice._tag) {
      case "TrunkReady":
        return ready(notice.took / 1000)
      case "TrunkFailed":
        provider("init")(1)
        return instruments.counter("trunk_eni_operations_err_count", { operation: trunkOperation(notice.action, notice.code) })(1)
      case "TrunkDiffers":
        return instruments.counter("unreconciled_trunk_network_interfaces", { attribute: notice.attribute })(1)
      case "CapacityUnpublished":
        return provider("advertise_capacity")(1)
      case "CniNodeRemade":
        instruments.counter("recreate_cniNode_call_count")(1)
        return notice.failed ? instruments.counter("recreate_cniNode_err_count")(1) : undefined
      case "Swept":
        instruments.gauge("vpc_rc_created_available_eni_count")(notice.own)
        instruments.gauge("vpc_cni_created_available_eni_count")(notice.cni)
        return instruments.gauge("leaked_eni_count")(notice.left)
      case "CleanupFailed":
        return instruments.counter("node_termination_eni_cleanup_failures_total")(1)
    }
  }
}
