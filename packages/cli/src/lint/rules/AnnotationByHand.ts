import { fargateGroupsAnnotation, podEni } from "@branchline/core/model/Names"
import { short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

const annotations = [
  { key: podEni, what: "the webhook refuses every such pod" },
  { key: fargateGroupsAnnotation, what: "the webhook writes it itself, or takes it off" }
] as const

export const annotationByHand: Rule = {
  id: "annotation-by-hand",
  severity: "error",
  finds: "a template with an annotation that only the controller or the webhook may write",
  why: "A pod may not bring vpc.amazonaws.com/pod-eni: its creation is refused. fargate.amazonaws.com/pod-sg is written by the webhook alone.",
  source: pages.controller,
  judge: ({ workloads }) =>
    workloads.filter((workload) => !(workload.kind === "Pod" && workload.stored)).flatMap((workload) =>
      annotations.filter(({ key }) => workload.annotations[key] !== undefined).map(({ key, what }) => ({
        place: workload.inPod(["metadata", "annotations", key]),
        message: `${short(workload)} brings annotation ${key}: ${what}`,
        mend: "take the annotation out"
      })))
}
