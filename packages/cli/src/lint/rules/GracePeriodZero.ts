import { asksFor, isOver, served, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const gracePeriodZero: Rule = {
  id: "grace-period-zero",
  severity: "warning",
  finds: "terminationGracePeriodSeconds: 0 on pods with a branch interface",
  why: "The CNI plugin may have no time to take the pod's network off the node, and the branch interface is not cleaned up well.",
  source: pages.practices,
  judge: (subject) => {
    const concerned = new Set([...served(subject), ...subject.workloads.filter(({ spec }) => spec.containers.some((one) => asksFor(one) !== undefined))])
    return [...concerned].filter((workload) => !isOver(workload) && workload.spec.terminationGracePeriodSeconds === 0).map((workload) => ({
      place: workload.inPod(["spec", "terminationGracePeriodSeconds"]),
      message: `${short(workload)} gives its pods no time to end`,
      mend: "leave it out (30 seconds), or give it some seconds; 1 is enough"
    }))
  }
}
