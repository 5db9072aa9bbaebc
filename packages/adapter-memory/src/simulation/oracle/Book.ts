import { type BranchDetails, readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import { Result } from "effect"
import type { Truth } from "../../ec2/Truth.js"
import { type Document, nameOf, namespaceOf, objectAt, objectsAt, textAt, uidOf } from "../../kubernetes/Document.js"

/** A pod as the API server had it last. Times are clock milliseconds. */
export interface PodRecord {
  readonly uid: string
  /** `namespace/name`. */
  readonly name: string
  readonly document: Document
  /** A container of it asks for a branch. */
  readonly asks: boolean
  readonly nodeName: string | undefined
  /** The instance that had the node's name when the pod was bound to it. */
  readonly instanceId: InstanceId | undefined
  readonly boundAt: number | undefined
  readonly phase: string
  /** It needs its network: its object is there, and its phase is not terminal (contract §1.8). */
  readonly living: boolean
  readonly endedAt: number | undefined
  /** What the annotation says, where the CNI plugin could read it. */
  readonly details: BranchDetails | undefined
}

/** What is so in the world, for oracles to look at: kept by what is written and called, not by asking. */
export interface Book {
  /** Clock milliseconds. */
  readonly now: () => number
  /** EC2, as it is. */
  readonly truth: Truth
  /** How long a branch has to cool, milliseconds, as the cluster is set at this moment. */
  readonly cooldown: () => number
  /** All pods that ever were, by UID. */
  readonly pods: ReadonlyMap<string, PodRecord>
  readonly living: () => Iterable<PodRecord>
  /** All that ever had the interface, oldest first. */
  readonly tenantsOf: (eniId: string) => ReadonlyArray<PodRecord>
  /** The instance that a node's name stands for now. */
  readonly instanceOf: (nodeName: string) => InstanceId | undefined
  /** How often so far somebody began who remembers nothing: a process, or a term of leadership. */
  readonly starts: () => number
  /** What somebody's own deed took from the pod, so that nothing can be promised for it any more. */
  readonly excuse: (uid: string) => string | undefined
}

const terminal: ReadonlySet<string> = new Set(["Succeeded", "Failed"])

/** Same text, same details: a status update changes no annotation. */
const detailsOf = (document: Document, before: PodRecord | undefined): BranchDetails | undefined => {
  const text = textAt(document, "metadata", "annotations", podEni)
  if (text === undefined) return undefined
  if (before !== undefined && textAt(before.document, "metadata", "annotations", podEni) === text) return before.details
  return Result.getOrUndefined(readBranchAnnotation(text))
}

const asks = (document: Document): boolean =>
  objectsAt(document, "spec", "containers").some((container) => Object.hasOwn(objectAt(container, "resources", "limits"), podEni))

/** The record after a write; `after` is undefined where the object is gone. */
export const recordOf = (
  last: Document,
  after: Document | undefined,
  before: PodRecord | undefined,
  now: number,
  instanceOf: (nodeName: string) => InstanceId | undefined
): PodRecord => {
  const nodeName = textAt(last, "spec", "nodeName")
  const phase = textAt(last, "status", "phase") ?? "Pending"
  const living = after !== undefined && !terminal.has(phase)
  const isBound = before?.nodeName !== undefined
  return {
    uid: uidOf(last),
    name: `${namespaceOf(last) ?? ""}/${nameOf(last)}`,
    document: last,
    asks: before?.asks ?? asks(last),
    nodeName,
    instanceId: isBound ? before.instanceId : nodeName === undefined ? undefined : instanceOf(nodeName),
    boundAt: isBound ? before.boundAt : nodeName === undefined ? undefined : now,
    phase,
    living,
    endedAt: living ? undefined : before?.endedAt ?? now,
    details: detailsOf(last, before)
  }
}

/** Whether the pod's node is still the instance that it was bound to: what its annotation says of another one is worth nothing on this. */
export const isOnItsInstance = (book: Book, { instanceId, nodeName }: PodRecord): boolean =>
  nodeName === undefined || book.instanceOf(nodeName) === instanceId

/** The trunk on which the pod's branch has to hang. */
export const trunkOf = (book: Book, { nodeName }: PodRecord): EniId | undefined => {
  const instanceId = nodeName === undefined ? undefined : book.instanceOf(nodeName)
  return instanceId === undefined ? undefined : book.truth.trunkOf(instanceId)
}
