import { podEni } from "@branchline/core/model/Names"
import { asksFor, isOver, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const podEniNotFirst: Rule = {
  id: "pod-eni-not-first",
  severity: "error",
  finds: "a pod that asks for vpc.amazonaws.com/pod-eni in another container than its first",
  why: "The CNI plugin looks at the first container only: the pod takes a slot, and starts on the node's own network with the node's groups.",
  source: pages.cni,
  judge: ({ workloads }) =>
    workloads.filter((workload) => !isOver(workload)).flatMap((workload) => {
      const { containers, initContainers } = workload.spec
      if (containers[0] === undefined || asksFor(containers[0]) !== undefined) return []
      const lists = { containers, initContainers: initContainers ?? [] }
      return (["containers", "initContainers"] as const).flatMap((list) => {
        const at = lists[list].findIndex((container) => asksFor(container) !== undefined)
        const container = lists[list][at]
        if (container === undefined) return []
        const field = container.resources?.limits?.[podEni] === undefined ? "requests" : "limits"
        return [{
          place: workload.inPod(["spec", list, at, "resources", field, podEni]),
          message: `container ${container.name ?? at} of ${short(workload)} asks for a branch interface, and is not the first`,
          mend: "take the resource out: the webhook adds it to the first container"
        }]
      })
    })
}
