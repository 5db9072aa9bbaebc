import { members, type Wanted } from "./Pruning.js"

const resource = members({ group: "text", version: "text", resource: "text" })

const envelope = {
  uid: "all",
  kind: members({ group: "text", version: "text", kind: "all" }),
  resource,
  subResource: "all",
  requestKind: members({ group: "text", version: "text", kind: "text" }),
  requestResource: resource,
  requestSubResource: "text",
  name: "text",
  namespace: "all",
  operation: "all",
  userInfo: members({ username: "all", uid: "text", groups: "all", extra: "all" }),
  dryRun: "all",
  options: members({})
} as const

const reviewWith = (objects: { readonly [name: string]: Wanted }): Wanted =>
  members({ apiVersion: "all", kind: "all", request: members({ ...envelope, ...objects }) })

const annotated = members({ metadata: members({ annotations: "all" }) })

const incomingPod = members({
  metadata: members({ name: "text", generateName: "text", namespace: "all", labels: "all", annotations: "all" }),
  spec: members({
    nodeName: "text",
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
