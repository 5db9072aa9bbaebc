import { foundOf, isKnown } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { Given } from "./Given.js"
import type { Judged } from "./Judge.js"
import type { Plan } from "./Plan.js"
import type { BareChange, PolicyChange } from "./Policies.js"
import type { LivePod } from "./Running.js"
import { matchedBy, undecidedBy } from "./Sides.js"

const selectsOf = (after: Look, { name, namespace }: BareChange, live: ReadonlyArray<LivePod>, judged: ReadonlyArray<Judged>): PolicyChange["selects"] => {
  const pods = live.filter(({ pod }) => pod.metadata.namespace === namespace)
  const workloads = judged.filter(({ workload }) => workload.namespace === namespace)
  return {
    pods: pods.filter((one) => matchedBy(one.after).includes(name)).length,
    workloads: workloads.filter((one) => one.admitted.policies.includes(name)).map(({ workload }) => workload.key),
    undecided: pods.filter((one) => undecidedBy(one.after).includes(name)).length + workloads.filter((one) => one.admitted.outcome === "undecided" && undecidedBy(one.admitted.selection).includes(name)).length,
    known: isKnown(after.cluster.pods, namespace)
  }
}

/** The changes of policies, with whom they select. */
export const policiesOfPlan = (after: Look, changes: ReadonlyArray<BareChange>, live: ReadonlyArray<LivePod>, judged: ReadonlyArray<Judged>): ReadonlyArray<PolicyChange> => {
  const together = [
    ...live.map((one) => ({ namespace: one.pod.metadata.namespace, policies: matchedBy(one.after) })),
    ...judged.map((one) => ({ namespace: one.workload.namespace, policies: one.admitted.policies }))
  ]
  return changes.map((change) => ({
    ...change,
    selects: selectsOf(after, change, live, judged),
    overlaps: [...new Set(together.filter(({ namespace, policies }) => namespace === change.namespace && policies.includes(change.name)).flatMap(({ policies }) => policies))]
      .filter((name) => name !== change.name)
      .sort()
  }))
}

/** The service accounts whose labels change. */
export const accountsOfPlan = (before: Look, { accounts }: Given): Plan["serviceAccounts"] =>
  accounts.flatMap(({ metadata: { labels, name, namespace } }): Plan["serviceAccounts"] => {
    const old = foundOf(before.cluster.serviceAccounts, name, namespace)
    if (old === undefined) return []
    const [was, is] = [old === "absent" ? {} : old.metadata.labels ?? {}, labels ?? {}]
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => was[key] !== is[key]).sort()
    return old !== "absent" && keys.length === 0 ? [] : [{
      name: `${namespace}/${name}`,
      change: old === "absent" ? "added" : "changed",
      labels: keys.map((key) => `${key}: ${was[key] ?? "none"} → ${is[key] ?? "none"}`)
    }]
  })
