import { betaOsLabel, osLabel } from "@branchline/core/model/Names"
import { listed, podKind, policiesOf, selected, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"
import type { Workload } from "../Subject.js"

const placeOf = ({ inPod, spec }: Workload) => {
  if (spec.nodeSelector?.[osLabel] === "windows") return inPod(["spec", "nodeSelector", osLabel])
  return spec.nodeSelector?.[betaOsLabel] === "windows" ? inPod(["spec", "nodeSelector", betaOsLabel]) : inPod(["spec", "os", "name"])
}

export const windowsSelected: Rule = {
  id: "windows-selected",
  severity: "warning",
  finds: "a workload for Windows nodes that a policy selects",
  why: "There are no security groups for pods on Windows: its pods keep the node's groups.",
  source: pages.sgp,
  judge: (subject) =>
    selected(subject).filter((workload) => podKind(workload) === "windows").map((workload) => ({
      place: placeOf(workload),
      message: `${short(workload)} runs on Windows, so policy ${listed(policiesOf(workload))} gives it nothing`,
      mend: "exclude the workload from the policy, and let network policies do what its groups were to do"
    }))
}
