import { Result } from "effect"
import { securityGroupPolicies } from "@branchline/core/model/Resource"
import { compilePolicy } from "@branchline/core/selection/Policy"
import { defaultGroupsPerInterface, overQuota } from "@branchline/core/selection/Selection"
import type { Finding } from "../BadInput.js"
import { findingAt, pathOf, type Source } from "./Source.js"

/** What is wrong with a policy: what the API server would refuse, and what it takes and the controller then ignores. */
export interface PolicyFindings {
  readonly errors: ReadonlyArray<Finding>
  readonly warnings: ReadonlyArray<Finding>
}

/** A policy that was never stored, as the core reads stored ones. */
const stored = ({ value }: Source) => {
  const { metadata } = value
  return { ...value, metadata: { namespace: "default", ...Object(metadata), uid: "new", resourceVersion: "0" } }
}

/**
 * The custom resource's own schema wants one group at least; of selectors it checks nothing, so a broken one is stored and ignored
 * (contract §3). More groups than the quota is for EC2 to judge.
 */
export const policyFindings = (source: Source): PolicyFindings => {
  const decoded = securityGroupPolicies.decode(stored(source))
  if (Result.isFailure(decoded)) return { errors: [], warnings: [] }
  const policy = compilePolicy(decoded.success)
  if (policy._tag === "Invalid") {
    const found = policy.problems.map(({ code, mend, message, path }) => ({
      isError: code === "NoGroups",
      finding: findingAt(source, pathOf(path), code === "NoGroups" ? message : `${message}, so the policy is ignored`, mend)
    }))
    return {
      errors: found.flatMap(({ finding, isError }) => isError ? [finding] : []),
      warnings: found.flatMap(({ finding, isError }) => isError ? [] : [finding])
    }
  }
  const over = overQuota(policy.groups, defaultGroupsPerInterface)
  return {
    errors: [],
    warnings: over === undefined ? [] : [
      findingAt(
        source,
        ["spec", "securityGroups", "groupIds"],
        `${over.groups} security groups, EC2 allows ${over.quota} on an interface`,
        "name fewer, or have the quota raised (16 at most); pods that get them will wait"
      )
    ]
  }
}
