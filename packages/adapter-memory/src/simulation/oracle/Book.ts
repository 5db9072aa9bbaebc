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
  /** What the annotation says, where the CNI plugin could read it; of one that somebody spoilt, what it said before. */
  readonly details: BranchDetails | undefined
  /** Somebody wrote over the annotation, and it was not mended yet. */
  readonly spoilt: boolean
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
  /** When somebody began who remembers nothing, a process or a term of leadership: clock milliseconds, the first first. */
  readonly starts: () => ReadonlyArray<number>
  /** Interfaces with the controller's tags that were there before it. */
  readonly inherited: (eniId: string) => boolean
  /** Interfaces and instances that EC2's describes left out for a while, although they were there. */
  readonly hidden: (id: string) => boolean
  /** Some trouble has begun by now, whatever became of it. */
  readonly troubled: () => boolean
  /** Somebody took the finalizer off the node's CNINode. */
  readonly freedByHand: (nodeName: string) => boolean
  /** A controller that knows no Lease was at work beside the first at some time. */
  readonly rivalled: () => boolean
  /** When the last time began in which every call is refused, clock milliseconds; `Infinity` before the first. */
  readonly outFrom: () => number
  /** Until when nobody can work because every call is refused, clock milliseconds; what is past is over. */
  readonly outUntil: () => number
  /** When the last trouble ended that had kept everybody from work for long, clock milliseconds. */
  readonly recoveredAt: () => number | undefined
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

/** What somebody writes over an annotation; undefined: takes it away. */
export interface Spoil {
  readonly text: string | undefined
}

/** The record after a write; `after` is undefined where the object is gone. `spoil`: that of this pod, if anybody's. */
export const recordOf = (
  last: Document,
  after: Document | undefined,
  before: PodRecord | undefined,
  now: number,
  instanceOf: (nodeName: string) => InstanceId | undefined,
  spoil?: Spoil
): PodRecord => {
  const isSpoilt = spoil !== undefined && textAt(last, "metadata", "annotations", podEni) === spoil.text
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
    // The node has read it before, and the promise is the same.
    details: isSpoilt ? before?.details : detailsOf(last, before),
    spoilt: isSpoilt
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
