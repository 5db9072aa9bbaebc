import { compile, matches } from "@branchline/core/selection/LabelSelector"
import { Result } from "effect"
import { served, short } from "../Asking.js"
import { isStrict, modePlace, modeUnknown } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"

export const networkPolicyStrict: Rule = {
  id: "network-policy-strict",
  severity: "warning",
  finds: "a NetworkPolicy for pods that have groups of their own, in strict mode",
  why: "In strict mode network policies may not be enforced on such pods (Calico's are not): only their security groups count.",
  source: pages.sgp,
  lacks: (subject) => subject.networkPolicies.length === 0 ? undefined : modeUnknown(subject),
  judge: (subject) => {
    if (isStrict(subject.cni) !== true) return []
    const workloads = served(subject)
    return subject.networkPolicies.flatMap(({ name, namespace, placeOf, policy }) => {
      const selector = compile(policy.podSelector ?? {}, "spec.podSelector")
      if (Result.isFailure(selector)) return []
      const workload = workloads.find((one) => one.namespace === namespace && matches(selector.success, one.labels))
      return workload === undefined ? [] : [{
        place: placeOf(["spec", "podSelector"]),
        message: `network policy ${name} is for ${short(workload)}, which has groups of its own in strict mode`,
        mend: "set POD_SECURITY_GROUP_ENFORCING_MODE=standard on aws-node (1.11.0 or later) and make the pods again",
        related: modePlace(subject.cni)
      }]
    })
  }
}
