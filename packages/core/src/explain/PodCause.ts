import { podEni } from "../model/Names.js"
import type { Pod } from "../model/Pod.js"
import type { Selection } from "../selection/Selection.js"
import { type Admission, isUndecided, matching } from "./Admission.js"
import { type Allocation } from "./Allocation.js"
import { allocationCause } from "./AllocationCause.js"
import type { Annotation } from "./Annotation.js"
import type { NodeCause, PodCause } from "./Cause.js"
import { lastMessage, type ToldEvent } from "./Events.js"
import type { PodStoryFacts, SchedulingNode } from "./Facts.js"
import { nearest } from "./Nearest.js"
import { nodeObstacle } from "./NodeObstacle.js"

/** What is known of a pod when its cause is looked for. */
export interface PodKnowledge {
  readonly facts: PodStoryFacts
  readonly pod: Pod
  readonly selection: Selection
  readonly admission: Admission
  readonly allocation: Allocation
  readonly annotation: Annotation
  /** About the pod, oldest first. */
  readonly events: ReadonlyArray<ToldEvent>
  /** About its node, oldest first. */
  readonly nodeEvents: ReadonlyArray<ToldEvent>
}

const sameGroups = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean =>
  some.length === others.length && some.every((group) => others.includes(group))

/** Its life is over, or ends. */
const lifeCause = ({ allocation, annotation, pod }: PodKnowledge): PodCause | undefined => {
  const phase = pod.status?.phase
  const branch = allocation._tag === "Branch" ? allocation.branch.state : undefined
  if (phase === "Succeeded" || phase === "Failed") return { _tag: "Finished", phase, branch }
  return pod.metadata.deletionTimestamp
    ? { _tag: "ShuttingDown", held: branch !== undefined || annotation._tag === "Readable" }
    : undefined
}

/** It is not for a branch, or admission did not make it ask for one. */
const admissionCause = ({ admission, annotation, facts, selection }: PodKnowledge): PodCause | undefined => {
  const policies = matching(selection)
  const selected = policies.length > 0
  switch (admission._tag) {
    case "HostNetwork":
      return { _tag: "HostNetwork", selected }
    case "Windows":
      return { _tag: "Windows", selected }
    case "Fargate": {
      if (admission.missed !== undefined) return { _tag: "AdmissionMissed", why: admission.missed, policies }
      if (admission.groups === undefined) return notSelected(selection)
      const differs = !isUndecided(selection) && !sameGroups(admission.groups, selection.groups)
      return { _tag: "Served", by: "fargate", wouldGet: differs ? selection.groups : undefined }
    }
    case "AsksElsewhere":
      return { _tag: "NotFirstContainer", containers: admission.containers }
    case "Missed":
      return annotation._tag === "Missing" ? { _tag: "AdmissionMissed", why: admission.why, policies } : undefined
    case "NotConcerned":
      if (annotation._tag !== "Missing") return undefined
      return facts.policiesSeen === false ? { _tag: "NotLooked", at: "policies" } : notSelected(selection)
    case "Asks":
      return undefined
  }
}

const notSelected = (selection: Selection): PodCause =>
  isUndecided(selection)
    ? { _tag: "NotLooked", at: "service account" }
    : { _tag: "NotSelected", nearest: nearest(selection.policies) }

const served = ({ allocation, facts, selection }: PodKnowledge): PodCause => {
  const byPolicies = selection.groups.length > 0
  const today = byPolicies ? selection.groups : facts.unmatched === "wait" ? undefined : facts.groups
  const has = allocation._tag === "Branch" ? allocation.branch.groups : []
  // An annotation names no groups: of a branch that was found by it they are not known.
  if (isUndecided(selection) || today === undefined || has.length === 0) return { _tag: "Served", by: "unknown", wouldGet: undefined }
  return sameGroups(has, today)
    ? { _tag: "Served", by: byPolicies ? "policies" : "node", wouldGet: undefined }
    : { _tag: "Served", by: "unknown", wouldGet: today }
}

const running = (known: PodKnowledge): PodCause =>
  (known.pod.status?.phase ?? "Pending") === "Pending"
    ? { _tag: "Sandbox", message: lastMessage(known.events, "FailedCreatePodSandBox") }
    : served(known)

/** The annotation is there: what it promises, and whether it holds. */
const annotationCause = (known: PodKnowledge): PodCause | undefined => {
  const { allocation, annotation, facts, nodeEvents } = known
  const branch = allocation._tag === "Branch" ? allocation.branch : undefined
  switch (annotation._tag) {
    case "Missing":
      return undefined
    case "Unreadable":
      return branch?.state._tag === "Announcing" && branch.failure !== undefined
        ? { _tag: "AnnouncementFails", message: branch.failure }
        : { _tag: "AnnotationUnreadable", why: annotation.why, mended: branch !== undefined }
    case "Readable": {
      const { details, naming } = annotation
      if (facts.branchInterface !== undefined) return { _tag: "BranchLost", eniId: details.eniId, how: facts.branchInterface }
      switch (naming._tag) {
        case "NotLooked":
          return (facts.trunk === "absent" ? nodeObstacle(facts, nodeEvents) : undefined) ?? running(known)
        case "Another": {
          const { holder, known: eniId, knownVlanId } = naming
          return {
            _tag: "AnnotationOfAnotherBranch",
            named: details.eniId,
            namedVlanId: details.vlanId,
            known: eniId,
            knownVlanId,
            holder
          }
        }
        case "Same":
          if (branch?.severed === true) return { _tag: "Severed", eniId: details.eniId }
          return branch?.state._tag === "Disassociating" || branch?.state._tag === "Deleting"
            ? { _tag: "PreviousBranch", state: branch.state._tag, failure: branch.failure }
            : running(known)
      }
    }
  }
}

/** What nodes lack, one of each sort. */
const lacking = (nodes: ReadonlyArray<SchedulingNode>): Extract<PodCause, { readonly _tag: "NoNodeOffers" }>["why"] => {
  const known = new Map<string, { readonly node: string; readonly cause: NodeCause }>()
  for (const { lacks, node } of nodes) if (lacks !== undefined && !known.has(lacks._tag)) known.set(lacks._tag, { node: node.metadata.name, cause: lacks })
  return [...known.values()]
}

const schedulingCause = ({ events, facts: { nodes }, pod }: PodKnowledge): PodCause | undefined => {
  if (pod.spec.nodeName) return undefined
  const offers = nodes?.map(({ asking, node }) => ({ asking, room: Number(node.status?.allocatable?.[podEni] ?? 0) || 0 }))
    .filter(({ room }) => room > 0)
  if (nodes !== undefined && offers?.length === 0) return { _tag: "NoNodeOffers", nodes: nodes.length, why: lacking(nodes) }
  if (offers?.every(({ asking, room }) => asking >= room)) return { _tag: "AllNodesTaken", nodes: offers.length }
  return { _tag: "NotScheduled", message: lastMessage(events, "FailedScheduling") }
}

/** The one thing that a pod waits for: of everything that stands in its way, what comes first in the order in which things happen. */
export const podCause = (known: PodKnowledge): PodCause =>
  lifeCause(known) ?? admissionCause(known) ?? annotationCause(known) ?? schedulingCause(known) ?? allocationCause(known)
