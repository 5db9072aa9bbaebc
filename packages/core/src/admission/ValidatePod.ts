import { Result, Schema } from "effect"
import { field } from "../model/Fields.js"
import { controllerIdentities, fargateGroupsAnnotation, podEni, privateIPv4Address } from "../model/Names.js"
import { PodAnnotations } from "../model/Pod.js"
import { broken, type Decision, forbidden, untouched } from "./Decision.js"
import type { AdmissionFacts } from "./Facts.js"
import { type AdmissionRequest, decoder } from "./Review.js"

/** All that validation reads of a pod: a pod that is odd elsewhere must still be updatable. */
const decodePod = decoder(Schema.Struct({ metadata: field(Schema.Struct({ annotations: field(PodAnnotations) })) }))

const annotationsOf = (document: unknown, root: string): Result.Result<PodAnnotations, string> =>
  Result.map(decodePod(document, root), (pod) => pod.metadata?.annotations ?? {})

/** The annotations that only the controller writes. */
const guarded = ({ windows }: AdmissionFacts) => windows.ipamEnabled ? [podEni, privateIPv4Address] as const : [podEni] as const

const decideCreate = (pod: PodAnnotations, facts: AdmissionFacts): Decision => {
  const brought = guarded(facts).find((name) => typeof pod[name] === "string")
  return brought === undefined ? untouched : forbidden(`pod cannot be created with ${brought} annotation`)
}

const decideUpdate = (before: PodAnnotations, after: PodAnnotations, username: string, facts: AdmissionFacts): Decision => {
  // `null` is how an annotation that is not there may be written.
  const changed = (name: keyof PodAnnotations) => (before[name] ?? undefined) !== (after[name] ?? undefined)
  if (guarded(facts).some(changed) && !controllerIdentities.includes(username)) {
    return forbidden("annotation is not set by vpc-resource-controller")
  }
  return changed(fargateGroupsAnnotation) ? forbidden("annotation is not set by mutating webhook") : untouched
}

/**
 * Whether a pod may be created or updated as far as the annotations are concerned that make its network. An update counts whichever
 * subresource it goes through, because each of them carries the whole pod.
 *
 * Source: contract §4.
 */
export const decide = (request: AdmissionRequest, facts: AdmissionFacts): Decision => {
  if ((request.kind?.kind ?? "Pod") !== "Pod") return untouched
  if (request.operation === "CREATE" && (request.subResource ?? "") === "") {
    return Result.match(annotationsOf(request.object, "object"), {
      onFailure: broken,
      onSuccess: (pod) => decideCreate(pod, facts)
    })
  }
  if (request.operation === "UPDATE") {
    const pods = Result.all([annotationsOf(request.oldObject, "oldObject"), annotationsOf(request.object, "object")])
    return Result.match(pods, {
      onFailure: broken,
      onSuccess: ([before, after]) => decideUpdate(before, after, request.userInfo?.username ?? "", facts)
    })
  }
  return untouched
}
