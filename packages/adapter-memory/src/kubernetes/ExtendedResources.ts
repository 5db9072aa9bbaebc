import type { Schema } from "effect"
import { keyProblems } from "@branchline/core/selection/LabelSyntax"
import { type Document, objectAt, objectsAt } from "./Document.js"
import type { Cause } from "./Rejection.js"

/**
 * Whether a resource name is an extended resource: it has a domain that is not Kubernetes' own.
 *
 * Source: Kubernetes, `pkg/apis/core/helper`, IsExtendedResourceName.
 *
 * @example isExtended("vpc.amazonaws.com/pod-eni") // true
 */
export const isExtended = (name: string): boolean =>
  name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.") &&
  keyProblems(`requests.${name}`).length === 0

/** The containers of a pod, init containers last, each with its path. */
const containersOf = (pod: Document): ReadonlyArray<readonly [path: string, container: Document]> =>
  ["containers", "initContainers"].flatMap((list) =>
    objectsAt(pod, "spec", list).map((container, index) => [`spec.${list}[${index}]`, container] as const)
  )

/** The extended resources that a pod requests, sorted. */
export const requestedBy = (pod: Document): ReadonlyArray<string> => {
  const names = containersOf(pod).flatMap(([, container]) => Object.keys(objectAt(container, "resources", "requests")))
  return [...new Set(names.filter(isExtended))].sort()
}

const text = (quantity: Schema.Json | undefined): string => typeof quantity === "string" ? quantity : JSON.stringify(quantity)

/**
 * What is wrong with the extended resources of a pod: they cannot be overcommitted, so each request needs a limit and equals it, and they
 * come in whole numbers.
 *
 * Source: Kubernetes, `pkg/apis/core/validation`, validateContainerResourceRequirements.
 */
export const problemsOf = (pod: Document): ReadonlyArray<Cause> =>
  containersOf(pod).flatMap(([path, container]) => {
    const limits = objectAt(container, "resources", "limits")
    const requests = objectAt(container, "resources", "requests")
    const causes: Array<Cause> = []
    for (const [list, quantities] of [["limits", limits], ["requests", requests]] as const) {
      for (const [name, quantity] of Object.entries(quantities)) {
        if (isExtended(name) && !/^\+?[0-9]+$/.test(text(quantity))) {
          causes.push({
            field: `${path}.resources.${list}[${name}]`,
            message: `Invalid value: "${text(quantity)}": must be an integer`
          })
        }
      }
    }
    for (const [name, request] of Object.entries(requests)) {
      if (!isExtended(name)) continue
      const limit = limits[name]
      if (limit === undefined) {
        causes.push({ field: `${path}.resources.limits`, message: "Required value: Limit must be set for non overcommitable resources" })
      } else if (text(limit) !== text(request)) {
        causes.push({
          field: `${path}.resources.requests`,
          message: `Invalid value: "${text(request)}": must be equal to ${name} limit of ${text(limit)}`
        })
      }
    }
    return causes
  })
