import { Result } from "effect"
import { type BranchDetails, readBranchAnnotation } from "../model/BranchAnnotation.js"
import type { EniId, InstanceId } from "../model/Ids.js"
import { podEni } from "../model/Names.js"
import { instanceOf, type Node } from "../model/Node.js"
import type { Pod } from "../model/Pod.js"
import { isTerminal } from "../model/PodTraits.js"
import type { DifferencesFacts, SeenInstance, SeenPod } from "./DifferencesFacts.js"

/** `namespace/name`. */
export const podName = ({ metadata: { name, namespace } }: Pod): string => `${namespace}/${name}`

/** The pods that live. */
export const livingPods = ({ pods }: Pick<DifferencesFacts, "pods">): ReadonlyArray<SeenPod> => pods.filter(({ pod }) => !isTerminal(pod))

/** By pod as the API server told it, which nobody changes: reading is most of what a look costs. */
const read = new WeakMap<Pod, Result.Result<BranchDetails, string>>()

/** What a pod's annotation says, or why the CNI plugin would refuse it; undefined where it has none. */
export const annotationOf = (pod: Pod): Result.Result<BranchDetails, string> | undefined => {
  const text = pod.metadata.annotations?.[podEni]
  if (!text) return undefined
  const known = read.get(pod) ?? readBranchAnnotation(text)
  read.set(pod, known)
  return known
}

/** What an annotation says, where it can be read. */
export const detailsOf = (pod: Pod): BranchDetails | undefined => {
  const read = annotationOf(pod)
  return read === undefined ? undefined : Result.getOrUndefined(read)
}

/** An instance's trunk: its attached interface of type trunk (contract §6). */
export const trunkOf = (instance: SeenInstance | undefined): SeenInstance["attachments"][number] | undefined =>
  instance?.attachments.find(({ status, type }) => type === "trunk" && status !== "detaching")

/** The node of a pod, its instance and its trunk, as far as they are there. */
export interface Place {
  readonly node: Node | undefined
  readonly instanceId: InstanceId | undefined
  readonly trunkId: EniId | undefined
}

/** Where the pods of a node are, by the node's name. */
export const places = ({ instances, nodes }: Pick<DifferencesFacts, "instances" | "nodes">): ReadonlyMap<string, Place> =>
  new Map(nodes.map(({ node }) => {
    const instanceId = instanceOf(node)
    const instance = instanceId === undefined ? undefined : instances.get(instanceId)
    return [node.metadata.name, { node, instanceId, trunkId: trunkOf(instance)?.eniId }]
  }))
