import { members, type Wanted } from "./Pruning.js"

const envelope = {
  uid: "all",
  kind: "all",
  resource: "all",
  subResource: "all",
  requestKind: "all",
  requestResource: "all",
  requestSubResource: "all",
  name: "all",
  namespace: "all",
  operation: "all",
  userInfo: "all",
  dryRun: "all",
  options: "all"
} as const

const reviewWith = (objects: { readonly [name: string]: Wanted }): Wanted =>
  members({ apiVersion: "all", kind: "all", request: members({ ...envelope, ...objects }) })

const annotated = members({ metadata: members({ annotations: "all" }) })

const incomingPod = members({
  metadata: members({ name: "all", generateName: "all", namespace: "all", labels: "all", annotations: "all" }),
  spec: members({
    nodeName: "all",
    hostNetwork: "all",
    serviceAccountName: "all",
    nodeSelector: "all",
    containers: { items: members({ name: "all", resources: "all" }) }
  })
})

/** What the pods' webhooks read of a review: what `AdmissionReview`, `IncomingPod` and `ValidatePod` name. A node is compared whole. */
export const readParts = {
  mutatePod: reviewWith({ object: incomingPod }),
  validatePod: reviewWith({ object: annotated, oldObject: annotated })
} as const
