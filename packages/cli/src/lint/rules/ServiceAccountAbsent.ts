import { listed, short, undecided } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const serviceAccountAbsent: Rule = {
  id: "service-account-absent",
  severity: "error",
  finds: "a workload whose service account does not exist, while a policy selects by service accounts",
  why: "The policy cannot match, and the API server or Amazon's controller refuses the pod.",
  source: pages.controller,
  lacks: ({ workloads }) => {
    const untold = [...new Set(workloads.filter(undecided).map(({ namespace, serviceAccountName }) => `${namespace}/${serviceAccountName}`))].sort()
    return untold.length === 0 ? undefined : `service account ${listed(untold)} is not given, so nobody knows what selects by it (settings.complete says that all are given)`
  },
  judge: ({ workloads }) =>
    workloads.flatMap((workload) => {
      const by = workload.selection.policies.flatMap(({ policy, verdict }) => verdict._tag === "ServiceAccountAbsent" ? [policy] : [])
      return by.length === 0 ? [] : [{
        place: workload.inPod(["spec", "serviceAccountName"]),
        message: `service account ${workload.serviceAccountName} of ${short(workload)} does not exist, and policy ${listed(by)} selects by it`,
        mend: "make the service account, with the labels that the policy selects"
      }]
    })
}
