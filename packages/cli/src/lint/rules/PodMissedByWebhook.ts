import { asksFor, isOver, listed, podKind, policiesOf, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const podMissedByWebhook: Rule = {
  id: "pod-missed-by-webhook",
  severity: "warning",
  finds: "a stored pod that a policy selects, but that does not ask for a branch interface",
  why: "It was made before the policy, or while the webhook was away: it runs with the node's groups, and a policy reaches new pods only.",
  source: pages.policy,
  judge: ({ ownedPods, workloads }) =>
    [...workloads, ...ownedPods].filter((pod) =>
      pod.kind === "Pod" && pod.stored && pod.selection.groups.length > 0 && podKind(pod) === "linux" && !isOver(pod) &&
      !pod.spec.containers.some((container) => asksFor(container) !== undefined)
    ).map((pod) => ({
      place: pod.placeOf([]),
      message: `${short(pod)} runs without the groups of policy ${listed(policiesOf(pod))}`,
      mend: "delete the pod so that it is made again; `branchline explain pod` tells which of the two it was"
    }))
}
