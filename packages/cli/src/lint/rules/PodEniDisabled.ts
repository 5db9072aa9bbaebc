import { counted } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const podEniDisabled: Rule = {
  id: "pod-eni-disabled",
  severity: "error",
  finds: "policies while the CNI plugin has ENABLE_POD_ENI off",
  why: "No node gets a trunk, so pods that a policy selects stay Pending.",
  source: pages.configure,
  judge: ({ cni, policies }) =>
    cni.podEni?.value !== false || policies.length === 0 ? [] : [{
      place: cni.podEni.place,
      message: `ENABLE_POD_ENI is not true, and there ${policies.length === 1 ? "is" : "are"} ${counted(policies.length, "policy", "policies")}`,
      mend: "set ENABLE_POD_ENI=true on the aws-node DaemonSet"
    }]
}
