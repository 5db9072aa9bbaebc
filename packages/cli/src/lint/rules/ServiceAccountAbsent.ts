import { listed, short } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

export const serviceAccountAbsent: Rule = {
  id: "service-account-absent",
  severity: "error",
  finds: "a workload whose service account does not exist, while a policy selects by service accounts",
  why: "The policy cannot match, and the API server or Amazon's controller refuses the pod.",
  source: pages.controller,
  lacks: ({ policies, whole }) =>
    whole("serviceAccounts") || policies.every(({ compiled }) => compiled._tag === "Invalid" || compiled.serviceAccountSelector === undefined)
      ? undefined
      : "not all service accounts are given (settings.complete says that they are)",
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
