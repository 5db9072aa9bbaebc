import { Effect } from "effect"
import type { SecurityGroupPolicy } from "../model/SecurityGroupPolicy.js"
import type { Pod } from "../model/Pod.js"
import { securityGroupPolicies } from "../model/Resource.js"
import type { ServiceAccount } from "../model/ServiceAccount.js"
import * as PolicyIndex from "../selection/PolicyIndex.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import { annotationOf } from "./Ledger.js"
import type { Parts } from "./Parts.js"
import { isTerminal, wantsBranch } from "../model/PodTraits.js"
import { regarding } from "./Recorder.js"
import type { Change } from "./Reflector.js"
import { steadyNow } from "./Steady.js"

/** A policy that is ignored is said to be, with everything that is wrong with it (contract §3). */
const tellInvalid = (parts: Parts, policy: SecurityGroupPolicy): Effect.Effect<void> => {
  const { name, namespace } = policy.metadata
  const compiled = PolicyIndex.inNamespace(parts.policies(), namespace).find((one) => one.name === name)
  if (compiled?._tag !== "Invalid") return Effect.void
  const problems = compiled.problems.map(({ mend, message, path }) => `${path}: ${message} (${mend})`).join("; ")
  return parts.recorder.about(regarding(securityGroupPolicies, policy.metadata), {
    type: "Warning",
    reason: "InvalidSecurityGroupPolicy",
    message: `the policy is ignored: ${problems}`
  })
}

/** Idle branches whose groups no policy names any more are given up (design, "Idle reuse"). */
const giveUpIdle = Effect.fnUntraced(function*(parts: Parts) {
  if (parts.settings.allocation.idle === undefined) return
  const named = new Set<string>()
  for (const [, policies] of parts.policies().byNamespace) {
    for (const policy of policies) {
      if (policy._tag === "Valid") for (const group of policy.groups) named.add(group)
    }
  }
  const now = yield* steadyNow
  for (const member of parts.fleet.members()) {
    yield* applyAndDispatch(parts, member, { _tag: "IdleGivenUp", subnetId: undefined, unlessGroups: named, now })
  }
})

/** Pods that are bound and not served yet: what they get may be another thing now. */
const askAgain = Effect.fnUntraced(function*(parts: Parts, concerns: (pod: Pod) => boolean) {
  for (const pod of parts.pods.values()) {
    const waits = pod.spec.nodeName && wantsBranch(pod) && !isTerminal(pod) && annotationOf(pod) === undefined
    if (waits && concerns(pod)) yield* parts.ask(`branch/${pod.metadata.uid}`, { priority: "allocation", hasten: true })
  }
})

/** What follows from a policy that came, changed or went: pods of its namespace that are not served yet may now be. Those that are keep what they have (contract §3). */
export const policyChanged = Effect.fnUntraced(function*(parts: Parts, change: Change<SecurityGroupPolicy>) {
  const { object } = change
  if (change._tag !== "Vanished") yield* tellInvalid(parts, object)
  yield* askAgain(parts, ({ metadata }) => metadata.namespace === object.metadata.namespace)
  yield* giveUpIdle(parts)
})

/** A service account came, went or has other labels: a policy may select its pods now that did not before. */
export const serviceAccountChanged = (parts: Parts, { metadata: { name, namespace } }: ServiceAccount): Effect.Effect<void> =>
  askAgain(parts, ({ metadata, spec }) => metadata.namespace === namespace && (spec.serviceAccountName || "default") === name)
