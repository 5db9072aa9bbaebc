import { counted, served } from "../Asking.js"
import { isStrict } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"

export const snatUsesNodeGroups: Rule = {
  id: "snat-uses-node-groups",
  severity: "info",
  finds: "standard mode with the CNI plugin's own source NAT, while a policy selects pods",
  why: "Traffic that leaves the VPC then takes the address of the node's primary interface: the rules of the node's groups count for it, and not those of the pod's.",
  source: pages.sgp,
  judge: (subject) => {
    const { cni } = subject
    const pods = served(subject).length
    return pods === 0 || isStrict(cni) !== false || cni.externalSnat?.value !== false ? [] : [{
      place: cni.externalSnat.place,
      message: `what ${counted(pods, "workload")} with groups send out of the VPC is judged by the node's groups`,
      mend: "where the pods' own groups are to count, set AWS_VPC_K8S_CNI_EXTERNALSNAT=true on aws-node and have a NAT gateway"
    }]
  }
}
