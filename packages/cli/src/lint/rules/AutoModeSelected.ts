import { computeTypeLabel } from "@branchline/core/model/Names"
import { listed, nodeLabelPlace, nodeLabelValues, policiesOf, served, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

/** Source: EKS User Guide, "Assign security groups to individual Pods in EKS Auto Mode": from Kubernetes 1.36. */
const since = 36

export const autoModeSelected: Rule = {
  id: "auto-mode-selected",
  severity: "warning",
  finds: "a workload on nodes of EKS Auto Mode that a policy selects, before Kubernetes 1.36",
  why: "The VPC resource controller leaves Auto Mode's nodes alone; Auto Mode serves policies by itself from Kubernetes 1.36 only.",
  source: pages.autoMode,
  judge: (subject) => {
    if ((subject.settings.kubernetesMinor ?? 0) >= since) return []
    const autoNodes = new Set(subject.nodes.flatMap(({ metadata, name }) => metadata.labels?.[computeTypeLabel] === "auto" ? [name] : []))
    return served(subject).flatMap((workload) => {
      const chosen = nodeLabelValues(workload, computeTypeLabel)?.every((value) => value === "auto") === true
      if (!chosen && !autoNodes.has(workload.spec.nodeName ?? "")) return []
      return [{
        place: chosen ? nodeLabelPlace(workload, computeTypeLabel) : workload.inPod(["spec", "nodeName"]),
        message: `${short(workload)} runs on nodes of Auto Mode, so before Kubernetes 1.36 policy ${listed(policiesOf(workload))} gives it nothing`,
        mend: "run it on other nodes, or on Kubernetes 1.36 and say so in settings.kubernetesVersion"
      }]
    })
  }
}
