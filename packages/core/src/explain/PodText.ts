import type { BranchState } from "../allocation/Branch.js"
import { fargateGroupsAnnotation, podEni } from "../model/Names.js"
import type { Admission, Missed } from "./Admission.js"
import type { Allocation, BranchFacts, Place } from "./Allocation.js"
import type { Annotation } from "./Annotation.js"
import { roomText, stepText } from "./CauseText.js"
import type { ToldEvent } from "./Events.js"
import type { Row } from "./Layout.js"
import type { Chapter, PodStory } from "./PodStory.js"
import { overQuotaSentence, verdictSentence } from "./SelectionText.js"
import { ago, counted, lasting, listed, until } from "./Words.js"

const missedText = (why: Missed): string => {
  switch (why) {
    case "policy came later":
      return "the policy is younger than the pod"
    case "webhook missed it":
      return "the policy was there, the webhook did not answer or labels changed since"
    case "unknown":
      return "the pod is older than the policy, or the webhook did not answer"
  }
}

/** What admission made of a pod. */
export const admissionText = (admission: Admission): string => {
  switch (admission._tag) {
    case "HostNetwork":
      return "left alone: the pod is on the host's network"
    case "Windows":
      return "a Windows pod: no policy counts"
    case "Fargate":
      return admission.groups === undefined
        ? admission.missed === undefined ? "a Fargate pod without groups of its own" : `missed, no ${fargateGroupsAnnotation}: ${missedText(admission.missed)}`
        : `a Fargate pod with ${admission.groups.join(" ") || "no groups"} in ${fargateGroupsAnnotation}`
    case "Asks":
      return [
        admission.selected ? `done: the first container asks for ${podEni}` : `the first container asks for ${podEni}, though no policy matches now`,
        ...(admission.containers > 1 ? [`${admission.containers} containers ask, and share one branch`] : [])
      ].join("; ")
    case "AsksElsewhere":
      return `only ${listed(admission.containers)} asks for ${podEni}; the first container does not`
    case "Missed":
      return `missed: the pod does not ask for ${podEni}; ${missedText(admission.why)}`
    case "NotConcerned":
      return "left alone: no policy matches"
  }
}

/** Where a branch is in its life. */
export const stateText = (state: BranchState, since: number, now: number): string => {
  const how = lasting(since, now)
  switch (state._tag) {
    case "Creating":
    case "Permitting":
    case "Retagging":
    case "Associating":
    case "Regrouping":
    case "Announcing":
      return `${stepText(state._tag)} ${how}`
    case "InUse":
      return `in use ${how}`
    case "Cooling":
      return `cooling ${how}, over ${until(state.until, now)}`
    case "Idle":
      return `idle ${how}, given up ${until(state.until, now)}`
    case "Disassociating":
      return `being disassociated ${how}`
    case "Deleting":
      return `being deleted ${how}`
  }
}

/** A branch in one sentence. */
export const branchText = (branch: BranchFacts, now: number): string =>
  [
    [branch.eniId ?? "a branch not yet created", ...(branch.vlanId === undefined ? [] : [`on VLAN id ${branch.vlanId}`])].join(" "),
    stateText(branch.state, branch.since, now),
    ...(branch.attempt > 1 ? [`attempt ${branch.attempt}`] : []),
    ...(branch.severed ? ["cut off: its trunk was deleted"] : []),
    ...(branch.failure === undefined ? [] : [`last failure: ${branch.failure}`])
  ].join("; ")

const frees = ({ at, frees: by }: Place, now: number): string => {
  if (by === "leaving") return "; one is being removed"
  return at === undefined ? "" : `; free for it ${until(at, now)}`
}

const lineText = (place: Place, now: number): string => {
  const head = `in line, number ${place.place} of ${place.of}, ${lasting(place.since, now)}: `
  switch (place.why) {
    case "no trunk":
      return `${head}the node has no trunk`
    case "not admitting":
      return `${head}the node no longer asks for branches`
    case "previous branch":
      return `${head}its previous branch is still being removed`
    case "no VLAN id":
      return `${head}every free VLAN id is set aside${frees(place, now)}`
    case "full":
      return `${head}no branch is free${frees(place, now)}`
  }
}

const allocationRows = (allocation: Allocation, now: number): ReadonlyArray<Row> => {
  const row = (text: string): Row => ({ label: "Allocation", text })
  switch (allocation._tag) {
    case "NotDue":
      return [row("not due: the pod is on no node")]
    case "NotLooked":
      return [row("unknown: nobody looked at the node's trunk")]
    case "NoTrunk":
      return [row("the controller keeps no trunk for the node")]
    case "NotRecovered":
      return [row("unknown: the controller still reads what EC2 has")]
    case "Branch": {
      const { branch } = allocation
      return [
        row(branchText(branch, now)),
        ...(branch.groups.length > 0 ? [{ label: "groups", text: branch.groups.join(" "), under: true }] : []),
        ...(branch.subnetId === "" ? [] : [{ label: "subnet", text: branch.subnetId, under: true }])
      ]
    }
    case "InLine":
      return [row(lineText(allocation.place, now)), { label: "trunk", text: roomText(allocation.room), under: true }]
    case "Nothing":
      return [row("the trunk knows nothing of the pod"), { label: "trunk", text: roomText(allocation.room), under: true }]
  }
}

const annotationText = (annotation: Annotation): string => {
  switch (annotation._tag) {
    case "Missing":
      return "not there"
    case "Unreadable":
      return `unreadable for the CNI plugin: ${annotation.why}`
    case "Readable": {
      const { details: { eniId, ipv6Addr, privateIp, vlanId }, naming } = annotation
      const says = `${eniId} on VLAN id ${vlanId}, ${[privateIp, ipv6Addr].filter((address) => address !== "").join(" and ")}`
      switch (naming._tag) {
        case "Same":
          return `readable: ${says}`
        case "NotLooked":
          return `readable: ${says}; whether the trunk knows it is unknown`
        case "Another":
          return `readable, but another branch than the trunk's: ${says}`
      }
    }
  }
}

/** Events, oldest first, the last ten. */
export const eventRows = (events: ReadonlyArray<ToldEvent>, now: number): ReadonlyArray<Row> => {
  if (events.length === 0) return []
  const shown = events.slice(-10)
  const head = shown.length === events.length ? counted(events.length, "event") : `the last ${shown.length} of ${events.length}`
  return [
    { label: "Events", text: head },
    ...shown.map(({ at, count, message, reason, type }): Row => ({
      label: at === undefined ? "some time ago" : ago(at, now),
      text: `${type} ${reason}${count > 1 ? ` (${count} times)` : ""}: ${message}`,
      under: true
    }))
  ]
}

const groupsText = ({ groups, source }: Extract<Chapter, { readonly _tag: "Groups" }>): string => {
  switch (source) {
    case "policies":
      return groups.join(" ")
    case "node":
      return `the node's, since no policy matches: ${groups.join(" ") || "unknown"}`
    case "nobody":
      return "none from policies"
    case "undecided":
      return `${groups.join(" ") || "none"} for certain; more may come with the service account, which nobody looked at`
  }
}

const schedulingRows = (chapter: Extract<Chapter, { readonly _tag: "Scheduling" }>): ReadonlyArray<Row> => {
  const { allocatable, capacity, known, nodeName } = chapter
  if (nodeName === undefined) return [{ label: "Scheduling", text: "pending: on no node yet" }]
  const room = known ? `capacity ${capacity ?? "not there"}, allocatable ${allocatable ?? "not there"}` : "unknown"
  return [{ label: "Scheduling", text: `on ${nodeName}` }, { label: "pod-eni", text: room, under: true }]
}

const chapterRows = (chapter: Chapter, now: number): ReadonlyArray<Row> => {
  switch (chapter._tag) {
    case "Policies":
      return [
        ...(chapter.seen ? [] : [{ label: "Policies", text: `unknown: nobody looked at those of namespace ${chapter.namespace}` }]),
        ...(!chapter.seen ? [] : [{ label: "Policies", text: `${chapter.decisions.length === 0 ? "none" : chapter.decisions.length} in namespace ${chapter.namespace}` }]),
        ...chapter.decisions.map(({ policy, verdict }): Row => ({ label: policy, text: verdictSentence(verdict), under: true }))
      ]
    case "Groups":
      return [
        { label: "Groups", text: groupsText(chapter) },
        ...(chapter.overQuota === undefined ? [] : [{ label: "warning", text: overQuotaSentence(chapter.overQuota), under: true }])
      ]
    case "Admission":
      return [{ label: "Admission", text: admissionText(chapter.admission) }]
    case "Scheduling":
      return schedulingRows(chapter)
    case "Allocation":
      return allocationRows(chapter.allocation, now)
    case "Annotation":
      return [{ label: "Annotation", text: annotationText(chapter.annotation) }]
    case "Events":
      return eventRows(chapter.events, now)
  }
}

/** A pod's story as rows. */
export const podRows = (story: PodStory): ReadonlyArray<Row> => [
  { label: "Pod", text: `${story.namespace}/${story.name}${story.phase === undefined ? "" : `, ${story.phase}`}` },
  ...(story.uid === undefined ? [] : [{ label: "uid", text: story.uid, under: true }]),
  ...story.chapters.flatMap((chapter) => chapterRows(chapter, story.now))
]
