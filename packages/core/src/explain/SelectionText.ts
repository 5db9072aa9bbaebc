import type { Mismatch } from "../selection/LabelSelector.js"
import { quote } from "../selection/LabelSyntax.js"
import type { PolicyProblem } from "../selection/Policy.js"
import type { OverQuota, PolicyDecision, Verdict } from "../selection/Selection.js"
import { counted, listed, plain } from "./Words.js"

const values = ({ values }: Mismatch): string => values.map(quote).join(", ")

const wish = (mismatch: Mismatch): string => {
  const { key, operator } = mismatch
  switch (operator) {
    case "In":
      return mismatch.values.length === 1 ? `${key} = ${values(mismatch)}` : `${key} in (${values(mismatch)})`
    case "NotIn":
      return mismatch.values.length === 1 ? `${key} other than ${values(mismatch)}` : `${key} not in (${values(mismatch)})`
    case "Exists":
      return `label ${key}`
    case "DoesNotExist":
      return `no label ${key}`
  }
}

/** A requirement that does not hold: `label role is "web", the podSelector wants role = "db"`. */
export const mismatchSentence = (mismatch: Mismatch, selector: "podSelector" | "serviceAccountSelector"): string => {
  const has = mismatch.actual === undefined ? `there is no label ${mismatch.key}` : `label ${mismatch.key} is ${quote(mismatch.actual)}`
  return plain(`${has}, the ${selector} wants ${wish(mismatch)}`)
}

/** One thing that is wrong with a policy: `spec.podSelector.matchExpressions[0].operator: "in" is no operator`. */
export const problemSentence = ({ message, path }: PolicyProblem): string => plain(`${path}: ${message}`)

/** The same, with the mend. */
export const problemWithMend = (problem: PolicyProblem): string => plain(`${problemSentence(problem)}; ${problem.mend}`)

/** More groups than EC2 may accept. */
export const overQuotaSentence = ({ groups, quota }: OverQuota): string =>
  `${counted(groups, "security group")} on one interface, the quota is ${quota}: EC2 may refuse it`

/** Why a policy does or does not give a pod its groups. */
export const verdictSentence = (verdict: Verdict): string => {
  switch (verdict._tag) {
    case "Matched":
      return `matched: ${plain(verdict.groups.join(" "))}`
    case "PodMismatch":
      return `not matched: ${verdict.mismatches.map((one) => mismatchSentence(one, "podSelector")).join("; ")}`
    case "ServiceAccountMismatch":
      return `not matched: on the service account ${
        verdict.mismatches.map((one) => mismatchSentence(one, "serviceAccountSelector")).join("; ")
      }`
    case "ServiceAccountAbsent":
      return "not matched: the pod's service account does not exist, and the policy selects by it"
    case "NoServiceAccount":
      return "not matched: a mirror pod has no service account, and the policy selects by it"
    case "ServiceAccountNotAsked":
      return "unknown: it depends on the labels of the pod's service account, which nobody looked at"
    case "Invalid":
      return `ignored, it is invalid: ${verdict.problems.map(problemSentence).join("; ")}`
  }
}

/** What somebody who wants the policy to match would have to change. */
export const verdictMend = ({ policy, verdict }: PolicyDecision): string => {
  switch (verdict._tag) {
    case "Matched":
      return `nothing: policy ${policy} matches`
    case "PodMismatch":
      return `give the pod ${listed(verdict.mismatches.map((one) => plain(wish(one))))} in its template, or change policy ${policy}`
    case "ServiceAccountMismatch":
      return `give the service account ${listed(verdict.mismatches.map((one) => plain(wish(one))))}, or change policy ${policy}`
    case "NoServiceAccount":
      return `select the pod by its own labels in policy ${policy}`
    case "ServiceAccountAbsent":
      return "create the service account, with the labels that the policy selects"
    case "ServiceAccountNotAsked":
      return "look with permission to read service accounts"
    case "Invalid": {
      const [first] = verdict.problems
      return first === undefined ? `mend policy ${policy}` : `mend policy ${policy}: ${problemWithMend(first)}`
    }
  }
}
