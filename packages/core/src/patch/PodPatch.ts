import { JsonPointer, type Schema } from "effect"
import { fargateGroupsAnnotation, podEni } from "../model/Names.js"
import { orNone, put } from "./Entry.js"
import { isArray, isObject, own } from "./Json.js"
import type { Operation } from "./JsonPatch.js"

const path = "/spec/containers/0/resources"

/**
 * The JSON Patch after which the first container has `resource: "1"` in limits and requests, whatever was there; undefined where it has, or
 * where there is no container to patch. All else of the pod stays.
 *
 * @param pod the pod's document as it came, not decoded
 * @param resource `vpc.amazonaws.com/pod-eni` or `vpc.amazonaws.com/PrivateIPv4Address`
 *
 * Source: contract §4; the two operations for a container that has neither are those of a real cluster's audit log.
 */
export const podResources = (pod: unknown, resource: string): ReadonlyArray<Operation> | undefined => {
  const containers = own(own(pod, "spec"), "containers")
  const first = isArray(containers) ? containers[0] : undefined
  if (!isObject(first)) return undefined
  const resources = own(first, "resources")
  const one = { [resource]: "1" }
  // The API server sends `resources: {}`; another sender may leave it out, and then there is no parent to add limits to.
  if (!isObject(resources)) return [{ op: "add", path, value: { limits: one, requests: one } }]
  return orNone([...put(resources, path, "limits", one), ...put(resources, path, "requests", one)])
}

/**
 * The JSON Patch after which the pod's annotation `fargate.amazonaws.com/pod-sg` names these groups, joined by commas, or is gone where
 * there are none; undefined where it is already so.
 *
 * @param pod the pod's document as it came, not decoded
 *
 * Source: contract §2, §4.
 */
export const fargateGroups = (pod: unknown, groupIds: ReadonlyArray<string>): ReadonlyArray<Operation> | undefined => {
  const metadata = own(pod, "metadata")
  if (groupIds.length > 0) return orNone(put(metadata, "/metadata", "annotations", { [fargateGroupsAnnotation]: groupIds.join(",") }))
  const annotations = own(metadata, "annotations")
  if (!isObject(annotations) || !Object.hasOwn(annotations, fargateGroupsAnnotation)) return undefined
  return [{ op: "remove", path: `/metadata/annotations/${JsonPointer.escapeToken(fargateGroupsAnnotation)}` }]
}

/**
 * The merge patch that announces a branch to one pod. It carries the UID, so the API server refuses it (422) on another pod of the same
 * name; with a `resourceVersion` it is refused (409) on another version of the same pod, too.
 *
 * @param value the annotation's text, from `writeBranchAnnotation`
 *
 * Source: contract §5.
 */
export const podAnnotation = (announcement: {
  readonly uid: string
  readonly resourceVersion?: string | undefined
  readonly value: string
}): Schema.JsonObject => {
  const { uid, resourceVersion, value } = announcement
  return { metadata: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations: { [podEni]: value } } }
}
