import type { OverQuota, PolicyDecision, Selection } from "../selection/Selection.js"
import { select } from "../selection/Selection.js"
import type { SecurityGroupId } from "../model/Ids.js"
import { podEni } from "../model/Names.js"
import type { Pod } from "../model/Pod.js"
import { type Admission, admissionOf, isUndecided } from "./Admission.js"
import { type Allocation, allocationOf } from "./Allocation.js"
import { type Annotation, annotationOf } from "./Annotation.js"
import type { PodCause, WaitsFor } from "./Cause.js"
import { eventsAbout, type ToldEvent } from "./Events.js"
import type { PodStoryFacts } from "./Facts.js"
import { waitsFor } from "./Next.js"
import { present } from "./NodeObstacle.js"
import { podCause } from "./PodCause.js"

/** Where a pod's groups come from. `undecided`: a service account decides that nobody looked at. */
export type GroupsSource = "policies" | "node" | "nobody" | "undecided"

/** One chapter of a pod's story. */
export type Chapter =
  /** Every policy of the namespace, by name. */
  | {
    readonly _tag: "Policies"
    readonly namespace: string
    /** Whether they were looked at; of those that were not there are no decisions. */
    readonly seen: boolean
    readonly decisions: ReadonlyArray<PolicyDecision>
  }
  | {
    readonly _tag: "Groups"
    readonly source: GroupsSource
    /** Empty where they are the node's and the node's are not known. */
    readonly groups: ReadonlyArray<SecurityGroupId>
    readonly overQuota: OverQuota | undefined
  }
  | { readonly _tag: "Admission"; readonly admission: Admission }
  | {
    readonly _tag: "Scheduling"
    /** Undefined: Pending. */
    readonly nodeName: string | undefined
    /** Of `vpc.amazonaws.com/pod-eni`; undefined where the node is not known or does not say. */
    readonly capacity: string | undefined
    readonly allocatable: string | undefined
    readonly known: boolean
  }
  | { readonly _tag: "Allocation"; readonly allocation: Allocation }
  | { readonly _tag: "Annotation"; readonly annotation: Annotation }
  /** Oldest first. */
  | { readonly _tag: "Events"; readonly events: ReadonlyArray<ToldEvent> }

/** A pod's story: chapters in the order in which things happen, then the one thing that the pod waits for. */
export interface PodStory {
  readonly _tag: "PodStory"
  readonly namespace: string
  readonly name: string
  readonly uid: string | undefined
  readonly phase: string | undefined
  readonly now: number
  readonly chapters: ReadonlyArray<Chapter>
  readonly waitsFor: WaitsFor<PodCause>
}

const groupsOf = (facts: PodStoryFacts, selection: Selection, admission: Admission): Extract<Chapter, { readonly _tag: "Groups" }> => {
  const { groups, overQuota } = selection
  if (isUndecided(selection) || facts.policiesSeen === false) return { _tag: "Groups", source: "undecided", groups, overQuota }
  if (groups.length > 0) return { _tag: "Groups", source: "policies", groups, overQuota }
  const asks = admission._tag === "Asks" || admission._tag === "AsksElsewhere"
  return asks && facts.unmatched !== "wait"
    ? { _tag: "Groups", source: "node", groups: facts.groups ?? [], overQuota: undefined }
    : { _tag: "Groups", source: "nobody", groups: [], overQuota: undefined }
}

const schedulingOf = (facts: PodStoryFacts, pod: Pod): Extract<Chapter, { readonly _tag: "Scheduling" }> => {
  const status = present(facts.node)?.status
  return {
    _tag: "Scheduling",
    nodeName: pod.spec.nodeName || undefined,
    capacity: status?.capacity?.[podEni],
    allocatable: status?.allocatable?.[podEni],
    known: present(facts.node) !== undefined
  }
}

/** Whether the story goes on to a branch: the pod asks for one, or has been given one. */
const concernsBranch = (admission: Admission, annotation: Annotation, allocation: Allocation): boolean =>
  admission._tag === "Asks" || admission._tag === "AsksElsewhere" || annotation._tag !== "Missing" ||
  allocation._tag === "Branch" || allocation._tag === "InLine"

/**
 * A pod's story: the policies of its namespace with a reason each, groups, admission, scheduling, allocation, annotation, and the one thing
 * it waits for, with the next step for a person. Total: what nobody looked at is told as unknown.
 *
 * @example explainPod(facts).waitsFor.cause // { _tag: "AdmissionMissed", why: "policy came later", policies: ["db"] }
 */
export const explainPod = (facts: PodStoryFacts): PodStory => {
  const { name, namespace, now } = facts
  const pod = present(facts.pod)
  const selection = select({
    policies: facts.policies,
    pod: {
      name,
      namespace,
      labels: pod?.metadata.labels ?? {},
      serviceAccountName: pod?.spec.serviceAccountName || "default"
    },
    serviceAccount: facts.serviceAccount,
    quota: facts.quota
  })
  const head = { _tag: "PodStory", namespace, name, uid: pod?.metadata.uid, phase: pod?.status?.phase ?? undefined, now } as const
  if (pod === undefined) {
    const cause: PodCause = facts.pod === "absent" ? { _tag: "PodAbsent" } : { _tag: "NotLooked", at: "pod" }
    return { ...head, chapters: [], waitsFor: waitsFor(cause) }
  }
  const admission = admissionOf(pod, selection, facts.createdAt)
  const annotation = annotationOf(pod, facts)
  const allocation: Allocation = pod.spec.nodeName ? allocationOf(facts, pod.metadata.uid, now) : { _tag: "NotDue" }
  const events = eventsAbout(facts.events, { kind: "Pod", namespace, name, uid: pod.metadata.uid })
  const nodeEvents = eventsAbout(facts.events, { kind: "Node", name: pod.spec.nodeName ?? "" })
  const before: ReadonlyArray<Chapter> = [
    { _tag: "Policies", namespace, seen: facts.policiesSeen !== false, decisions: selection.policies },
    groupsOf(facts, selection, admission),
    { _tag: "Admission", admission },
    schedulingOf(facts, pod)
  ]
  const branch: ReadonlyArray<Chapter> = concernsBranch(admission, annotation, allocation)
    ? [{ _tag: "Allocation", allocation }, { _tag: "Annotation", annotation }]
    : []
  const told: ReadonlyArray<Chapter> = events.length > 0 ? [{ _tag: "Events", events }] : []
  return {
    ...head,
    chapters: [...before, ...branch, ...told],
    waitsFor: waitsFor(podCause({ facts, pod, selection, admission, allocation, annotation, events, nodeEvents }))
  }
}
