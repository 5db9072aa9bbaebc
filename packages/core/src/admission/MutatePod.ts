import { Result } from "effect"
import type { SecurityGroupId } from "../model/Ids.js"
import { mirrorPodAnnotation, podEni, privateIPv4Address } from "../model/Names.js"
import { type Container, IncomingPod } from "../model/Pod.js"
import { kindOf, type PodKind } from "../model/PodTraits.js"
import { fargateGroups, podResources } from "../patch/PodPatch.js"
import { groupsFor, needsServiceAccount, overQuota, type ServiceAccountFacts } from "../selection/Selection.js"
import { type Decision, untouched } from "./Decision.js"
import type { AdmissionFacts } from "./Facts.js"
import { type AdmissionRequest, decoder } from "./Review.js"

/** A pod that is about to be created, as the mutating webhook sees it. */
export interface PodToMutate {
  /** Which of contract §4's cases it is, in that section's order. */
  readonly kind: PodKind
  readonly namespace: string
  readonly labels: { readonly [key: string]: string }
  readonly serviceAccountName: string
  /** A static pod's copy in the API; it has no service account. */
  readonly mirror: boolean
  readonly containers: ReadonlyArray<Container>
  /** As it came. Patches are made against this: decoding dropped what we do not know. */
  readonly document: unknown
}

const decodePod = decoder(IncomingPod)

/** Whether the webhook has anything to do with a request: only the creation of a pod itself, none of its subresources. */
export const concerns = (request: AdmissionRequest): boolean =>
  request.operation === "CREATE" && (request.subResource ?? "") === "" && (request.kind?.kind ?? "Pod") === "Pod"

/** The pod of a request, or the first thing that is wrong with it. */
export const podOf = (request: AdmissionRequest): Result.Result<PodToMutate, string> =>
  Result.map(decodePod(request.object, "object"), (pod) => ({
    kind: kindOf(pod.metadata?.labels, pod.spec),
    // Empty is as good as absent: an object may leave its namespace to the URL, and its account to the API server's default.
    namespace: pod.metadata?.namespace || request.namespace || "",
    labels: pod.metadata?.labels ?? {},
    serviceAccountName: pod.spec.serviceAccountName || "default",
    mirror: typeof pod.metadata?.annotations?.[mirrorPodAnnotation] === "string",
    containers: pod.spec.containers,
    document: request.object
  }))

/** Whether the labels of the pod's service account could change the decision. */
export const asksServiceAccount = (pod: PodToMutate, { policies }: AdmissionFacts): boolean =>
  (pod.kind === "fargate" || pod.kind === "linux") && !pod.mirror && needsServiceAccount(policies, pod)

const quotaWarnings = (groups: ReadonlyArray<SecurityGroupId>, quota: number): ReadonlyArray<string> => {
  const over = overQuota(groups, quota)
  return over === undefined
    ? []
    : [`${over.groups} security groups match this pod; EC2 may refuse more than ${over.quota} on one network interface`]
}

const asks = ({ resources }: Container): boolean =>
  resources?.limits?.[podEni] !== undefined || resources?.requests?.[podEni] !== undefined

const containerWarnings = (containers: ReadonlyArray<Container>, firstGetsIt: boolean): ReadonlyArray<string> => {
  const asking = containers.filter((container, index) => asks(container) || (index === 0 && firstGetsIt)).length
  return asking > 1 ? [`${asking} containers ask for ${podEni}; the pod gets one branch interface for all of them`] : []
}

/**
 * What becomes of a pod that is about to be created. Never a refusal.
 *
 * @param serviceAccount `NotAsked` only where {@link asksServiceAccount} is false
 *
 * Source: contract §4.
 */
export const decide = (pod: PodToMutate, facts: AdmissionFacts, serviceAccount: ServiceAccountFacts): Decision => {
  switch (pod.kind) {
    case "hostNetwork":
      return untouched
    case "windows": {
      const served = facts.windows.ipamEnabled && facts.windows.served
      return served ? { ...untouched, patch: podResources(pod.document, privateIPv4Address) } : untouched
    }
    case "fargate": {
      const groups = groupsFor(facts.policies, pod, serviceAccount)
      return { _tag: "Allowed", patch: fargateGroups(pod.document, groups), warnings: quotaWarnings(groups, facts.groupsPerInterface) }
    }
    case "linux": {
      const groups = groupsFor(facts.policies, pod, serviceAccount)
      const matches = groups.length > 0
      return {
        _tag: "Allowed",
        patch: matches ? podResources(pod.document, podEni) : undefined,
        warnings: [...quotaWarnings(groups, facts.groupsPerInterface), ...containerWarnings(pod.containers, matches)]
      }
    }
  }
}
