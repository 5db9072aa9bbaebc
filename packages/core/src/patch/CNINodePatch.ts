import type { Schema } from "effect"
import type { CNINode } from "../model/CNINode.js"
import type { InstanceId } from "../model/Ids.js"
import { cniNodeClusterTag, cniNodeFinalizer, instanceIdTag, osLabel } from "../model/Names.js"
import { orNone, put, set } from "./Entry.js"
import type { Operation } from "./JsonPatch.js"

/** What a CNINode says about its node (contract §10). */
export interface CNINodeFacts {
  /** The Node that owns it; `os` is its label `kubernetes.io/os`. */
  readonly node: { readonly name: string; readonly uid: string; readonly os: string }
  readonly instanceId: InstanceId
  readonly clusterName: string
}

const ownerReference = (node: CNINodeFacts["node"]) =>
  ({ apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid, controller: true }) as const

const controllerTags = (facts: CNINodeFacts) => ({
  [cniNodeClusterTag]: facts.clusterName,
  [instanceIdTag]: facts.instanceId
})

/** What a new CNINode may inherit of the one before it. */
export type Previous = Pick<CNINode, "spec">

/**
 * The CNINode to create for a node.
 *
 * @param previous the one that was deleted while its node lives. Its features and its user's tags are kept if it was of the same instance;
 * its owner never is, because the garbage collector would delete the new object for the old owner's sake.
 *
 * Source: contract §10.
 */
export const document = (facts: CNINodeFacts, previous?: Previous): Schema.JsonObject => {
  const kept = previous?.spec?.tags?.[instanceIdTag] === facts.instanceId ? previous.spec : undefined
  return {
    apiVersion: "vpcresources.k8s.aws/v1alpha1",
    kind: "CNINode",
    metadata: {
      name: facts.node.name,
      labels: { [osLabel]: facts.node.os },
      finalizers: [cniNodeFinalizer],
      ownerReferences: [ownerReference(facts.node)]
    },
    spec: {
      ...(kept?.features ? { features: kept.features } : {}),
      tags: { ...kept?.tags, ...controllerTags(facts) }
    }
  }
}

const ownership = (current: CNINode, node: CNINodeFacts["node"]): ReadonlyArray<Operation> => {
  const owners = current.metadata.ownerReferences ?? []
  const owner = ownerReference(node)
  if (owners.length === 0) return [{ op: "add", path: "/metadata/ownerReferences", value: [owner] }]
  const exact = owners.findIndex((one) => one.uid === node.uid)
  const index = exact >= 0 ? exact : owners.findIndex((one) => one.apiVersion === "v1" && one.kind === "Node")
  if (index < 0) return [{ op: "add", path: "/metadata/ownerReferences/-", value: owner }]
  return Object.entries(owner).flatMap(([key, value]) => set(owners[index], `/metadata/ownerReferences/${index}`, key, value))
}

const finalizer = (current: CNINode): ReadonlyArray<Operation> => {
  const finalizers = current.metadata.finalizers ?? []
  if (finalizers.includes(cniNodeFinalizer)) return []
  return finalizers.length === 0
    ? [{ op: "add", path: "/metadata/finalizers", value: [cniNodeFinalizer] }]
    : [{ op: "add", path: "/metadata/finalizers/-", value: cniNodeFinalizer }]
}

/**
 * The JSON Patch after which an existing CNINode has its owner, OS label, finalizer and the controller's two tags; undefined where it has,
 * or where it is being deleted. Everything else stays, the user's tags and what newer versions of the resource know included: the
 * operations name single members, so a decoded object, which has lost the unknown ones, is enough to make them.
 *
 * The first operation sets the `resourceVersion` that was seen. The API server takes that for an optimistic lock, as in an update, and
 * refuses the patch with 409 when the object has changed since.
 *
 * @param current as read from the API server, whose `resourceVersion` it carries
 *
 * Source: contract §10.
 */
export const align = (current: CNINode, facts: CNINodeFacts): ReadonlyArray<Operation> | undefined => {
  // The API server takes no new finalizer for an object that is being deleted, and the rest no longer matters.
  if (current.metadata.deletionTimestamp) return undefined
  const changes = [
    ...ownership(current, facts.node),
    ...put(current.metadata, "/metadata", "labels", { [osLabel]: facts.node.os }),
    ...finalizer(current),
    ...put(current.spec, "/spec", "tags", controllerTags(facts))
  ]
  return orNone(changes.length === 0 ? [] : [
    { op: "replace", path: "/metadata/resourceVersion", value: current.metadata.resourceVersion },
    ...changes
  ])
}

/**
 * The merge patch that takes our finalizer off a CNINode, so that the API server may let it go; undefined where it is not there. It carries
 * the `resourceVersion` that was seen and is refused with 409 on another.
 *
 * @param current as read from the API server; the other finalizers are written back as they were
 *
 * Source: contract §10.
 */
export const dropFinalizer = (current: CNINode): Schema.JsonObject | undefined => {
  const finalizers = current.metadata.finalizers ?? []
  if (!finalizers.includes(cniNodeFinalizer)) return undefined
  return {
    metadata: {
      resourceVersion: current.metadata.resourceVersion,
      finalizers: finalizers.filter((one) => one !== cniNodeFinalizer)
    }
  }
}
