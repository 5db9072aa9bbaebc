import type { Place } from "./Place.js"
import { podKind, policiesOf, selected } from "./Asking.js"
import type { Policy, Subject, Workload } from "./Subject.js"

/** Groups that come together on one interface, and why. */
export interface Union {
  readonly groups: number
  readonly place: Place
  /** Policies that give them, by name. */
  readonly policies: ReadonlyArray<string>
  /** The workload that gets them; undefined where one policy alone has them. */
  readonly workload: Workload | undefined
}

const placeOfGroups = ({ placeOf }: Policy): Place => placeOf(["spec", "securityGroups", "groupIds"])

/** Groups of single policies, and of several policies on a workload, where each of them alone has no more than `most`. */
export const unionsOver = (subject: Subject, most: number): ReadonlyArray<Union> => {
  const over = subject.policies.flatMap((policy): ReadonlyArray<Union> => {
    const groups = new Set(policy.groupIds).size
    return groups > most ? [{ groups, place: placeOfGroups(policy), policies: [policy.name], workload: undefined }] : []
  })
  const alone = new Set(subject.policies.filter((policy) => new Set(policy.groupIds).size > most).map(({ name, namespace }) => `${namespace}/${name}`))
  const together = selected(subject).filter((workload) => podKind(workload) !== "hostNetwork").flatMap((workload): ReadonlyArray<Union> => {
    const policies = policiesOf(workload)
    const groups = workload.selection.groups.length
    return groups > most && !policies.some((policy) => alone.has(`${workload.namespace}/${policy}`))
      ? [{ groups, place: workload.placeOf(["metadata", "name"]), policies, workload }]
      : []
  })
  return [...over, ...together]
}

/** Where the groups of these policies of a namespace are written. */
export const relatedPolicies = (subject: Subject, namespace: string | undefined, names: ReadonlyArray<string>) =>
  subject.policies.filter((policy) => policy.namespace === namespace && names.includes(policy.name)).map((policy) => ({
    place: placeOfGroups(policy),
    message: `policy ${policy.name} gives ${[...new Set(policy.groupIds)].join(" ")}`
  }))
