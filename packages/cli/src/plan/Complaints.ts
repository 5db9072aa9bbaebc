import { counted, listed } from "@branchline/core/explain/Words"
import type { Plan } from "./Plan.js"
import type { PolicyChange } from "./Policies.js"

const selectsNothing = ({ change, problems, selects: { known, pods, undecided, workloads } }: PolicyChange): boolean =>
  change !== "removed" && problems.length === 0 && known && pods === 0 && undecided === 0 && workloads.length === 0

/** What somebody has to look into before the manifests are applied, in sentences; none: the exit code is 0. */
export const complaints = ({ overQuota, policies, problems, running, subnets, workloads }: Plan): ReadonlyArray<string> => {
  const namesOf = (found: ReadonlyArray<PolicyChange>): string => listed(found.map(({ name, namespace }) => `${namespace}/${name}`))
  const invalid = policies.filter((policy) => policy.problems.length > 0)
  const empty = policies.filter(selectsNothing)
  const slotless = [...workloads, ...running].reduce((sum, { slots }) => sum + (slots?.left ?? 0), 0)
  const endless = workloads.filter(({ rollout, slots }) => rollout?.answer === "never ends" && !rollout.hypothetical && (slots?.left ?? 0) === 0)
  const short = subnets.filter((subnet) => subnet.short > 0)
  return [
    ...(problems.length === 0 ? [] : [`${counted(problems.length, "problem")} in the manifests`]),
    ...(invalid.length === 0 ? [] : [`ignored, for it is invalid: ${namesOf(invalid)}`]),
    ...(empty.length === 0 ? [] : [`selects nothing: ${namesOf(empty)}`]),
    ...(overQuota.length === 0 ? [] : [`more groups than the quota: ${listed(overQuota.map(({ subject }) => subject))}`]),
    ...(slotless === 0 ? [] : [`${counted(slotless, "pod")} would find no slot`]),
    ...(short.length === 0 ? [] : [`too few addresses: ${listed(short.map(({ id, short: lacking }) => `${lacking} in ${id}`))}`]),
    ...(endless.length === 0 ? [] : [`never comes to its end: ${listed(endless.map(({ name }) => name))}`])
  ]
}
