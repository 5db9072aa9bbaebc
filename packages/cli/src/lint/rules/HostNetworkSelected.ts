import { listed, podKind, policiesOf, selected, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const hostNetworkSelected: Rule = {
  id: "host-network-selected",
  severity: "warning",
  finds: "a workload on the host's network that a policy selects",
  why: "Its pods use the node's own interface: the webhook leaves them alone, and they keep the node's groups.",
  source: pages.controller,
  judge: (subject) =>
    selected(subject).filter((workload) => podKind(workload) === "hostNetwork").map((workload) => ({
      place: workload.inPod(["spec", "hostNetwork"]),
      message: `${short(workload)} is on the host's network, so policy ${listed(policiesOf(workload))} gives it nothing`,
      mend: "take hostNetwork out, or exclude the workload from the policy"
    }))
}
