import { nearest } from "@branchline/core/limits/Nearest"
import type { Labels, Mismatch } from "@branchline/core/selection/LabelSelector"
import type { Verdict } from "@branchline/core/selection/Selection"
import { distance } from "../output/Nearest.js"
import { short } from "./Asking.js"
import type { Workload } from "./Subject.js"

/** Labels that controllers put on pods and no template has. Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const generated: ReadonlySet<string> = new Set([
  "apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index", "batch.kubernetes.io/job-name",
  "controller-revision-hash", "controller-uid", "eks.amazonaws.com/fargate-profile", "job-name", "pod-template-generation", "pod-template-hash",
  "statefulset.kubernetes.io/pod-name"
])

/** What a policy makes of a workload of its namespace. */
export interface Judged {
  readonly workload: Workload
  readonly verdict: Verdict
}

/** Whether nothing given says if a policy selects a workload's pods. */
export const isOpen = ({ verdict, workload }: Judged): boolean =>
  verdict._tag === "ServiceAccountNotAsked" ||
  (verdict._tag === "PodMismatch" && workload.kind !== "Pod" && verdict.mismatches.every(({ key }) => generated.has(key)))

const wish = ({ key, operator, values }: Mismatch): string => {
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${values.join()}` : `${key} in (${values.join(", ")})`
    case "NotIn":
      return `${key} not in (${values.join(", ")})`
    case "Exists":
      return `${key}`
    case "DoesNotExist":
      return `no ${key}`
  }
}

const labelText = (key: string, value: string | undefined): string => value === undefined || value === "" ? key : `${key}=${value}`

/** What there is instead, on the object itself: another value, or another key that is spelled nearly so. */
const instead = ({ actual, key }: Mismatch, labels: Labels): string => {
  if (actual !== undefined) return `there is ${labelText(key, actual)}`
  const keys = Object.keys(labels)
  const near = keys.find((one) => one.toLowerCase() === key.toLowerCase()) ?? keys.find((one) => one.split("/").at(-1) === key.split("/").at(-1)) ?? nearest(key, keys)
  return near === undefined ? `there is no label ${key}` : `there is ${labelText(near, labels[near])}`
}

/** How far a label is from the one that is wanted; less is nearer. */
const farness = ({ actual, values }: Mismatch): number =>
  actual === undefined ? 100 : values.length === 0 ? 1 : Math.min(99, ...values.map((value) => distance(value, actual)))

const rank = ({ verdict }: Judged): number => {
  switch (verdict._tag) {
    case "ServiceAccountAbsent":
      return 1
    case "ServiceAccountMismatch":
      return 2
    case "PodMismatch":
      return 1_000 * verdict.mismatches.length + verdict.mismatches.reduce((sum, one) => sum + farness(one), 0)
    default:
      return Infinity
  }
}

/** What comes nearest to being selected. */
export interface Nearest {
  /** `label app=db: there is app=database (Deployment db)`. */
  readonly text: string
  /** Of the requirement that fails there, as the policy's own path; undefined where it is no requirement. */
  readonly path: string | undefined
  readonly judged: Judged
}

const textOf = (judged: Judged, serviceAccountLabels: Labels): Nearest => {
  const { verdict, workload } = judged
  switch (verdict._tag) {
    case "PodMismatch": {
      const texts = verdict.mismatches.map((one) => `label ${wish(one)}: ${instead(one, workload.labels)}`)
      return { judged, path: verdict.mismatches[0]?.path, text: `${texts.join("; ")} (${short(workload)})` }
    }
    case "ServiceAccountMismatch": {
      const texts = verdict.mismatches.map((one) => `label ${wish(one)}: ${instead(one, serviceAccountLabels)}`)
      return { judged, path: verdict.mismatches[0]?.path, text: `${texts.join("; ")} (ServiceAccount ${workload.serviceAccountName} of ${short(workload)})` }
    }
    default:
      return { judged, path: undefined, text: `ServiceAccount ${workload.serviceAccountName} of ${short(workload)} does not exist` }
  }
}

/** The workload that lacks least to be selected, the first by name among equals; undefined where there is none. */
export const nearestOf = (judged: ReadonlyArray<Judged>, serviceAccountLabels: (workload: Workload) => Labels): Nearest | undefined => {
  const named = judged.toSorted((a, b) => (short(a.workload) < short(b.workload) ? -1 : 1))
  let best: Judged | undefined
  for (const one of named) {
    if (rank(one) < (best === undefined ? Infinity : rank(best))) best = one
  }
  return best === undefined ? undefined : textOf(best, serviceAccountLabels(best.workload))
}
