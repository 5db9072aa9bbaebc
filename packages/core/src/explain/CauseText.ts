import type { BranchState } from "../allocation/Branch.js"
import type { Occupancy } from "../allocation/Capacity.js"
import type { AllocationStep } from "./Allocation.js"
import type { Cause, PodCause } from "./Cause.js"
import { overQuotaSentence, problemSentence, verdictSentence } from "./SelectionText.js"
import { counted, duration, lasting, listed, until } from "./Words.js"

/** What is being done at a step. */
export const stepText = (step: AllocationStep): string => {
  switch (step) {
    case "Creating":
      return "its branch interface is being created"
    case "Permitting":
      return "the permission to attach its branch is being made"
    case "Retagging":
      return "the tags of its branch are being rewritten"
    case "Associating":
      return "its branch is being associated with the trunk"
    case "Regrouping":
      return "the groups of an idle branch are being set for it"
    case "Announcing":
      return "the annotation is being written"
  }
}

/** How a trunk's room is used: `9 of 9 taken: 7 in use, 2 cooling`. */
export const roomText = (room: Occupancy): string => {
  const parts = ([
    ["in use", room.inUse],
    ["in flight", room.inFlight],
    ["cooling", room.cooling],
    ["idle", room.idle],
    ["leaving", room.leaving]
  ] as const).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []))
  return `${room.occupied} of ${room.limit} taken${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`
}

const goneText = (state: BranchState["_tag"] | undefined): string => {
  switch (state) {
    case "Cooling":
      return "still cools down"
    case "Idle":
      return "still stands idle"
    case "Disassociating":
      return "is being disassociated"
    case "Deleting":
      return "is being deleted"
    default:
      return "is still being removed"
  }
}

const finishedText = ({ branch, phase }: Extract<PodCause, { readonly _tag: "Finished" }>, now: number): string => {
  const over = `nothing: the pod is over (${phase})`
  if (branch === undefined) return `${over} and holds no branch`
  switch (branch._tag) {
    case "Cooling":
      return `${over}; its branch cools down and is removed ${until(branch.until, now)}`
    case "Idle":
      return `${over}; its branch stands idle for the next pod`
    case "Disassociating":
    case "Deleting":
      return `${over}; its branch is being removed`
    default:
      return `${over}; its branch is about to be released`
  }
}

const roomSentence = (place: number, room: Occupancy): string => `a free branch on its node (${roomText(room)}); it is number ${place} in line`

/** The cause as a sentence that goes on from "waits for". */
export const causeText = (cause: Cause, now: number): string => {
  switch (cause._tag) {
    case "NotLooked":
      return `unknown: nobody looked at the ${cause.at}`

    case "NodeAbsent":
      return "a node: the one it names does not exist"
    case "AutoMode":
      return "another node: this one is of EKS Auto Mode, which the controller leaves alone"
    case "NodeIncomplete":
      return `the node's ${cause.lacks}, without which it cannot be managed`
    case "NotLinux":
      return `a Linux node: this one runs ${cause.os}`
    case "CNINodeAbsent":
      return "the node's CNINode: there is none, so the node agent cannot ask for a trunk"
    case "NotAsked":
      return "the node's wish for a trunk: neither its CNINode nor its label asks for security groups for pods"
    case "FeatureOff":
      return "security groups for pods to be switched on: aws-node runs without ENABLE_POD_ENI=true and asks for no trunk"
    case "NoDeviceSlot":
      return `a device index for the node's trunk: ${cause.taken} of ${cause.of} are taken by other interfaces`
    case "InstanceUnsupported":
      return cause.problem === "unknown"
        ? `the limits of instance type "${cause.instanceType}", which is not in the table${
          cause.suggestion === undefined ? "" : ` (the nearest name there is "${cause.suggestion}")`
        }`
        : `another instance type: "${cause.instanceType}" is not trunk-compatible and carries no branches`
    case "EniConfigUnnamed":
      return "the name of an ENIConfig: custom networking is on, and names none"
    case "EniConfigUnusable":
      return `the ENIConfig "${cause.name}", which ${cause.problem === "absent" ? "does not exist" : "names no subnet"}`
    case "NoTrunk":
      return `the node's trunk interface${cause.failure === undefined ? ", which is not there yet" : `: ${cause.failure}`}`
    case "NotRecovered":
      return "the controller, which still reads what EC2 has of the node"
    case "NotAdmitting":
      return "the controller, which has stopped making branches on this node"

    case "CapacityNotPublished":
      return `its capacity of pod-eni: ${cause.published} is due, the node says ${cause.capacity ?? "nothing"}`
    case "CapacityNotAllocatable":
      return `kubelet: capacity of pod-eni is ${cause.capacity}, allocatable ${cause.allocatable ?? "not there"}`
    case "PodsInLine":
      return `room for ${counted(cause.waiting, "pod")} in line (${roomText(cause.room)})`
    case "NodeReady":
      return "nothing: the node is ready"

    case "Served":
      return cause.wouldGet === undefined
        ? cause.by === "node"
          ? "nothing: it runs with the groups of its node, since no policy matches"
          : "nothing: it runs with its groups"
        : `nothing: it runs, with other groups than it would get today (${cause.wouldGet.join(" ") || "none"})`
    case "Finished":
      return finishedText(cause, now)
    case "ShuttingDown":
      return cause.held
        ? "its own end: it shuts down, and keeps its branch until it is gone"
        : "its own end: it shuts down and holds no branch"
    case "NotSelected":
      return cause.nearest === undefined
        ? "nothing: no policy is in its namespace, it uses the node's groups"
        : `nothing: no policy matches, it uses the node's groups; the nearest is ${cause.nearest.policy}, ${
          verdictSentence(cause.nearest.verdict)
        }`
    case "HostNetwork":
      return cause.selected
        ? "a network of its own: it is on the host's network, so no policy can give it groups"
        : "nothing: it is on the host's network"
    case "Windows":
      return cause.selected ? "Linux: a Windows pod gets no groups from policies" : "nothing: security groups for pods are for Linux"

    case "PodAbsent":
      return "somebody to create it: there is no such pod"
    case "AdmissionMissed":
      switch (cause.why) {
        case "policy came later":
          return `being made again: it is older than policy ${listed(cause.policies)}, and policies change nothing about pods that are there`
        case "webhook missed it":
          return `being made again: policy ${listed(cause.policies)} was there, but the webhook did not change the pod ` +
            "(it was away, or labels changed since)"
        case "unknown":
          return `being made again: policy ${listed(cause.policies)} matches, but the webhook did not change the pod ` +
            "(the pod is older than the policy, or the webhook was away)"
      }
    case "NotFirstContainer":
      return `its first container to ask: ${listed(cause.containers)} asks, and the CNI plugin reads the first one's limits only`
    case "NoPolicyYet":
      return cause.nearest === undefined
        ? "a policy: none is in its namespace, and it is set to wait for one"
        : `a policy that matches, as it is set to; the nearest is ${cause.nearest.policy}, ${verdictSentence(cause.nearest.verdict)}`

    case "NoNodeOffers":
      return `a node that carries branches: none of ${counted(cause.nodes, "node")} has pod-eni allocatable${
        cause.why.map(({ cause: lacks, node }) => `; ${node} waits for ${causeText(lacks, now)}`).join("")
      }`
    case "AllNodesTaken":
      return `a free branch: on ${counted(cause.nodes, "node")} with branches all are taken`
    case "NotScheduled":
      return `the scheduler${cause.message === undefined ? "" : `: ${cause.message}`}`

    case "SlotCooling":
      return `${roomSentence(cause.place, cause.room)}, and one that cools comes free for it ${until(cause.at, now)}`
    case "SlotLeaving":
      return `${roomSentence(cause.place, cause.room)}, and one for it is being removed`
    case "SlotsTaken":
      return `${roomSentence(cause.place, cause.room)}, and none of them is coming free`
    case "VlanIdsQuarantined":
      return `a VLAN id: every free one was refused lately and is set aside${
        cause.at === undefined ? "" : `, the first until ${duration(cause.at - now)} from now`
      }`
    case "PreviousBranch":
      return `its previous branch, which ${goneText(cause.state)}${cause.failure === undefined ? "" : `: ${cause.failure}`}`
    case "AllocationRunning":
      return `the controller: ${stepText(cause.step)} (${lasting(cause.since, now)})`
    case "AllocationFails":
      return `EC2: ${stepText(cause.step)}, but that fails: ${cause.message}`
    case "NotPickedUp":
      return "the controller, which has not taken it up yet"

    case "SlotsTakenAsTold":
      return `a free branch on its node, as its last event tells: ${cause.message}`
    case "SubnetEmpty":
      return `an address: subnet ${cause.subnetId}, in which its branch would be made, has none free`
    case "GroupsUnusable":
      return `groups that EC2 can give: ${
        listed(cause.groups.map(({ group, problem }) => problem === "absent" ? `${group} does not exist` : `${group} is of another VPC`))
      }`

    case "AnnouncementFails":
      return `the API server: its branch is ready, but the annotation cannot be written: ${cause.message}`
    case "AnnotationUnreadable":
      return `a readable annotation: the CNI plugin refuses this one, ${cause.why}`
    case "AnnotationLost":
      return "its annotation: its branch is ready, but the pod no longer says so, or not yet"
    case "AnnotationOfAnotherBranch": {
      const knows = cause.known === undefined
        ? "the trunk knows none for it"
        : `the trunk has ${cause.known}${cause.knownVlanId === undefined ? "" : ` on VLAN id ${cause.knownVlanId}`} for it`
      const holder = cause.holder === undefined ? "" : ` and gave that one to ${cause.holder}`
      return `an annotation that is true: it names ${cause.named} on VLAN id ${cause.namedVlanId}, ${knows}${holder}`
    }
    case "Severed":
      return `being made again: its trunk was deleted, and branch ${cause.eniId} no longer carries traffic`
    case "BranchLost":
      return `being made again: ${
        cause.how === "absent" ? `EC2 does not have ${cause.eniId}, which its annotation names` : `branch ${cause.eniId} hangs on no trunk and carries no traffic`
      }`
    case "Sandbox":
      return `kubelet and the CNI plugin: branch and annotation are there${cause.message === undefined ? "" : `; kubelet's last word: ${cause.message}`}`

    case "PolicyAbsent":
      return "somebody to create it: there is no such policy"
    case "PolicyInvalid":
      return `being mended: it is ignored for ${counted(cause.problems.length, "problem")}, ${cause.problems.slice(0, 1).map(problemSentence).join()}`
    case "ServiceAccountsNotLooked":
      return `unknown for ${listed(cause.pods)}: nobody looked at the service account`
    case "SelectsNothing":
      return cause.pods === 0 ? "pods: there are none in its namespace" : `pods: it selects none of ${cause.pods} in its namespace`
    case "PodsWithout":
      return `${listed(cause.pods)}, which it selects, but which ${cause.pods.length === 1 ? "is" : "are"} without its groups`
    case "UnionOverQuota":
      return `fewer groups: with other policies ${listed(cause.pods)} would have ${overQuotaSentence(cause.worst)}`
    case "PolicyServes":
      return `nothing: ${counted(cause.pods, "pod")} selected, none without its groups`
  }
}
