import { nearest } from "@branchline/core/limits/Nearest"
import { apiVersionOf, securityGroupPolicies } from "@branchline/core/model/Resource"
import { quote } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

const { kind } = securityGroupPolicies
const apiVersion = apiVersionOf(securityGroupPolicies)

/** Whether a kind was meant to be a policy: nearly its name, in any letters, or its short name. */
const meant = (name: string): boolean => {
  const letters = name.toLowerCase()
  return letters === "sgp" || nearest(letters, [kind.toLowerCase(), securityGroupPolicies.plural]) !== undefined
}

export const policyApiVersion: Rule = {
  id: "policy-api-version",
  severity: "error",
  finds: "a policy of an apiVersion or kind that the cluster does not know",
  why: "The API server refuses the object, so no pod gets its groups.",
  source: pages.policy,
  judge: ({ items }) =>
    items.filter((item) => meant(item.kind)).flatMap((item) => {
      if (item.kind !== kind) {
        return [{ place: item.placeOf(["kind"]), message: `there is no kind ${quote(item.kind)}`, mend: `write kind: ${kind}` }]
      }
      return item.apiVersion === apiVersion ? [] : [{
        place: item.placeOf(["apiVersion"]),
        message: item.apiVersion === "" ? `the ${kind} has no apiVersion` : `there is no ${kind} in ${quote(item.apiVersion)}`,
        mend: `write apiVersion: ${apiVersion}`
      }]
    })
}
