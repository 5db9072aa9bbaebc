import { podEni } from "@branchline/core/model/Names"
import { asksFor, listed, policiesOf, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const podEniByHand: Rule = {
  id: "pod-eni-by-hand",
  severity: "warning",
  finds: "a template that asks for vpc.amazonaws.com/pod-eni by hand",
  why: "The webhook adds it to the pods that a policy selects; a pod that asks and is selected by none gets the node's groups on a branch interface of its own.",
  source: pages.controller,
  judge: ({ workloads }) =>
    workloads.filter((workload) => !(workload.kind === "Pod" && workload.stored)).flatMap((workload) => {
      const [first, ...others] = workload.spec.containers
      if (first === undefined || asksFor(first) !== "1" || others.some((one) => asksFor(one) !== undefined)) return []
      const policies = policiesOf(workload)
      const field = first.resources?.limits?.[podEni] === undefined ? "requests" : "limits"
      return [{
        place: workload.inPod(["spec", "containers", 0, "resources", field, podEni]),
        message: policies.length === 0
          ? `${short(workload)} asks for a branch interface by hand, and no policy given selects it`
          : `${short(workload)} asks for a branch interface by hand, though policy ${listed(policies)} selects it`,
        mend: policies.length === 0 ? "select it by a policy, and take the resource out" : "take the resource out: the webhook adds it"
      }]
    })
}
