import { podEni } from "@branchline/core/model/Names"
import { asksFor, isOver, quote, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const podEniNotOnce: Rule = {
  id: "pod-eni-not-once",
  severity: "error",
  finds: "a pod that asks for more than one vpc.amazonaws.com/pod-eni, in one container or several, or for an amount that is no 1",
  why: "Amazon's controller makes as many branch interfaces, of which the CNI plugin wires the first: the others are slots and addresses lost.",
  source: pages.controller,
  judge: ({ workloads }) =>
    workloads.filter((workload) => !isOver(workload)).flatMap((workload) => {
      const asking = workload.spec.containers.flatMap((container, i) => {
        const amount = asksFor(container)
        const field = container.resources?.limits?.[podEni] === undefined ? "requests" : "limits"
        return amount === undefined ? [] : [{ amount, place: workload.inPod(["spec", "containers", i, "resources", field, podEni]) }]
      })
      const [first, second] = asking
      if (first === undefined) return []
      if (second !== undefined) {
        return [{ place: second.place, message: `several containers of ${short(workload)} ask for a branch interface`, mend: "let none ask: the webhook adds it to the first" }]
      }
      return first.amount === "1" ? [] : [{ place: first.place, message: `${short(workload)} asks for ${quote(first.amount)} branch interfaces`, mend: "take the resource out: the webhook adds it" }]
    })
}
