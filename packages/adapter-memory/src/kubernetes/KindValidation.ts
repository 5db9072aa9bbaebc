import { equals } from "@branchline/core/patch/Json"
import { type Document, listAt, namespaceOf, objectAt, objectsAt, textAt, without } from "./Document.js"
import * as ExtendedResources from "./ExtendedResources.js"
import { type Kind, qualifiedName } from "./Kinds.js"
import type { Cause } from "./Rejection.js"

const podProblems = (pod: Document): ReadonlyArray<Cause> => [
  ...(listAt(pod, "spec", "containers").length === 0 ? [{ field: "spec.containers", message: "Required value" }] : []),
  ...ExtendedResources.problemsOf(pod)
]

/** A quantity in thousandths, which is how the server shows one that is not whole. */
const shown = (quantity: string): string => /^[0-9]+\.[0-9]{1,3}$/.test(quantity) ? `${Math.round(Number(quantity) * 1000)}m` : quantity

/** Source: Kubernetes, `pkg/apis/core/validation`, ValidateNodeResources. */
const nodeProblems = (node: Document): ReadonlyArray<Cause> =>
  ["capacity", "allocatable"].flatMap((list) =>
    Object.entries(objectAt(node, "status", list))
      .filter(([name, quantity]) => ExtendedResources.isExtended(name) && !/^\+?[0-9]+$/.test(String(quantity)))
      .map(([name, quantity]) => ({
        field: `status.${list}.${name}`,
        message: `Invalid value: ${JSON.stringify(shown(String(quantity)))}: must be an integer`
      }))
  )

/** An event is kept where what it is about is: for a cluster-scoped object, in `default`. Source: as above, legacyValidateEvent. */
const eventProblems = (event: Document): ReadonlyArray<Cause> => {
  const about = textAt(event, "involvedObject", "namespace") ?? ""
  return (about === "" ? "default" : about) === namespaceOf(event)
    ? []
    : [{ field: "involvedObject.namespace", message: `Invalid value: ${JSON.stringify(about)}: does not match event.namespace` }]
}

/** Source: Kubernetes, `pkg/apis/coordination/validation`, ValidateLeaseSpec. */
const leaseProblems = (lease: Document): ReadonlyArray<Cause> => {
  const { leaseDurationSeconds, leaseTransitions } = objectAt(lease, "spec")
  return [
    ...(typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0
      ? [{ field: "spec.leaseDurationSeconds", message: `Invalid value: ${leaseDurationSeconds}: must be greater than 0` }]
      : []),
    ...(typeof leaseTransitions === "number" && leaseTransitions < 0
      ? [{ field: "spec.leaseTransitions", message: `Invalid value: ${leaseTransitions}: must be greater than or equal to 0` }]
      : [])
  ]
}

/** What is wrong with an object for its kind, whether it is new or changed. */
export const objectProblems = (kind: Kind, document: Document): ReadonlyArray<Cause> => {
  switch (qualifiedName(kind)) {
    case "nodes":
      return nodeProblems(document)
    case "leases.coordination.k8s.io":
      return leaseProblems(document)
    default:
      return []
  }
}

/** What keeps a new object of a kind out, besides. */
export const newObjectProblems = (kind: Kind, document: Document): ReadonlyArray<Cause> => {
  switch (qualifiedName(kind)) {
    case "pods":
      return podProblems(document)
    case "events":
      return eventProblems(document)
    default:
      return []
  }
}

/** The parts of a pod's spec that an update may change. Source: Kubernetes, "Pod update and replacement". */
const fixedPart = (pod: Document): Document => ({
  ...["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates"].reduce(without, objectAt(pod, "spec")),
  containers: objectsAt(pod, "spec", "containers").map((container) => without(container, "image")),
  initContainers: objectsAt(pod, "spec", "initContainers").map((container) => without(container, "image"))
})

const tolerationsOf = (pod: Document): ReadonlyArray<Document> =>
  objectsAt(pod, "spec", "tolerations").map((toleration) => without(toleration, "tolerationSeconds"))

const podChangeProblems = (before: Document, after: Document): ReadonlyArray<Cause> => before["spec"] === after["spec"] ? [] : [
  ...(equals(fixedPart(before), fixedPart(after)) ? [] : [{
    field: "spec",
    message: "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
      "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
      "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
  }]),
  ...(tolerationsOf(before).every((old) => tolerationsOf(after).some((kept) => equals(old, kept))) ? [] : [{ field: "spec.tolerations", message: "Forbidden: existing toleration can not be modified except its tolerationSeconds" }])
]

/** Source: Kubernetes, `pkg/apis/core/validation`, ValidateNodeUpdate. */
const nodeChangeProblems = (before: Document, after: Document): ReadonlyArray<Cause> => {
  const was = textAt(before, "spec", "providerID") ?? ""
  return was === "" || was === textAt(after, "spec", "providerID")
    ? []
    : [{ field: "spec.providerID", message: "Forbidden: node updates may not change providerID except from \"\" to valid" }]
}

/** What keeps a change of an object of a kind from being made, besides. */
export const changeProblems = (kind: Kind, before: Document, after: Document): ReadonlyArray<Cause> => {
  switch (qualifiedName(kind)) {
    case "pods":
      return podChangeProblems(before, after)
    case "nodes":
      return nodeChangeProblems(before, after)
    default:
      return []
  }
}
