import { computeTypeLabel, fargateProfileLabel } from "@branchline/core/model/Names"
import { listed, nodeLabelPlace, onFargate, podKind, policiesOf, selected, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const fargateSelected: Rule = {
  id: "fargate-selected",
  severity: "info",
  finds: "a workload on Fargate that a policy selects",
  why: "Its pods get no branch interface but an annotation with the groups, once, when they are created; nothing checks there that a group exists or how many there are.",
  source: pages.configure,
  judge: (subject) =>
    selected(subject).filter((workload) => onFargate(workload) && podKind(workload) !== "hostNetwork").map((workload) => ({
      place: podKind(workload) === "fargate" ? workload.inPod(["metadata", "labels", fargateProfileLabel]) : nodeLabelPlace(workload, computeTypeLabel),
      message: `${short(workload)} runs on Fargate: policy ${listed(policiesOf(workload))} reaches its pods by annotation, when they are created`,
      mend: "nothing, where the groups let DNS and the control plane through; after a change of the policy make the pods again"
    }))
}
