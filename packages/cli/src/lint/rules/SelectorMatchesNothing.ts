import { type Labels, matches } from "@branchline/core/selection/LabelSelector"
import { Array as Arr } from "effect"
import { counted, isOver, short } from "../Asking.js"
import { isOpen, type Judged, nearestOf } from "../Candidates.js"
import { memberAt } from "../Decode.js"
import { pathOf } from "../Place.js"
import { type Found, pages, type Rule } from "../Rule.js"
import type { Policy, Subject, Workload } from "../Subject.js"

const selectorField = ({ compiled }: Policy): string =>
  compiled._tag === "Valid" && compiled.podSelector === undefined ? "serviceAccountSelector" : "podSelector"

/** A policy that names no namespace, whose labels are those of a workload elsewhere: it was meant for there. */
const elsewhere = (policy: Policy, { workloads }: Subject): Found | undefined => {
  const { compiled, document, namespace, placeOf } = policy
  if (memberAt(document, "metadata", "namespace") !== undefined || compiled._tag === "Invalid" || !compiled.podSelector?.length) return undefined
  const selector = compiled.podSelector
  const there = workloads.find((workload) => workload.namespace !== namespace && matches(selector, workload.labels))
  return there === undefined ? undefined : {
    place: placeOf(["metadata"]),
    message: `the policy names no namespace, and what it would select is in ${there.namespace} (${short(there)})`,
    mend: `write namespace: ${there.namespace} under metadata: a policy selects in its own namespace only`,
    related: [{ place: there.placeOf(["metadata", "namespace"]), message: `${short(there)} is in ${there.namespace}` }]
  }
}

const nounOf = (workloads: ReadonlyArray<Workload>): string => (workloads.every(({ kind }) => kind === "Pod") ? "pod" : "workload")

/** What policies make of the living pods and workloads of their namespaces, by namespace and policy. */
const verdictsOf = ({ ownedPods, workloads }: Subject) => {
  const living = Arr.groupBy([...workloads, ...ownedPods].filter((workload) => !isOver(workload)), ({ namespace }) => namespace ?? "")
  const judged = new Map<string, Array<Judged>>()
  for (const workload of Object.values(living).flat()) {
    for (const { policy, verdict } of workload.selection.policies) {
      const key = `${workload.namespace}/${policy}`
      const before = judged.get(key)
      if (before === undefined) judged.set(key, [{ workload, verdict }])
      else before.push({ workload, verdict })
    }
  }
  return { living, judged }
}

const judge = (policy: Policy, subject: Subject, verdicts: ReturnType<typeof verdictsOf>, labelsOf: (workload: Workload) => Labels): ReadonlyArray<Found> => {
  const { compiled, name, namespace, placeOf } = policy
  if (compiled._tag === "Invalid") return []
  const here = verdicts.living[namespace ?? ""] ?? []
  const field = selectorField(policy)
  if (here.length === 0) {
    const found = elsewhere(policy, subject)
    if (found !== undefined) return [found]
    return !subject.whole("pods") ? [] : [{
      place: placeOf(["spec", field]),
      message: `the policy selects nothing: there is no pod in namespace ${namespace}`,
      mend: "put the policy into the namespace of its pods, or take it out"
    }]
  }
  const judged = verdicts.judged.get(`${namespace}/${name}`) ?? []
  if (judged.some((one) => one.verdict._tag === "Matched" || isOpen(one))) return []
  const near = nearestOf(judged, labelsOf)
  return [{
    place: near?.path === undefined ? placeOf(["spec", field]) : placeOf(pathOf(near.path)),
    message: `${here.length === 1 ? `the policy does not select the only ${nounOf(here)}` : `the policy selects none of the ${counted(here.length, nounOf(here))}`} of namespace ${namespace}${near === undefined ? "" : `: ${near.text}`}`,
    mend: near?.judged.verdict._tag === "ServiceAccountMismatch" ? "mend the selector, or the service account's labels" : "mend the selector, or the labels of the pod template",
    ...(near === undefined ? {} : { related: [{ place: near.judged.workload.inPod(["metadata", "labels"]), message: `labels of ${short(near.judged.workload)}` }] })
  }]
}

export const selectorMatchesNothing: Rule = {
  id: "selector-matches-nothing",
  severity: "warning",
  finds: "a policy that selects none of the pods and workloads of its namespace",
  why: "No pod gets its groups: the pods that were meant start with the node's groups, and nothing tells.",
  source: pages.policy,
  judge: (subject) => {
    const accounts = new Map(subject.serviceAccounts.map((one) => [`${one.namespace}/${one.name}`, one.metadata.labels ?? {}]))
    const labelsOf = (workload: Workload): Labels => accounts.get(`${workload.namespace}/${workload.serviceAccountName}`) ?? {}
    const verdicts = verdictsOf(subject)
    return subject.policies.flatMap((policy) => judge(policy, subject, verdicts, labelsOf))
  }
}
