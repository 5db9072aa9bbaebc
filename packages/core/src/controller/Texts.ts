import type { PodNews } from "../allocation/Command.js"
import type { Occupancy } from "../allocation/Capacity.js"
import type { InstanceId } from "../model/Ids.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import { goDuration } from "./GoDuration.js"
import type { News } from "./Recorder.js"

/**
 * The events that people and scripts look for, in their words.
 *
 * Source: contract §7; reasons that are not there are Branchline's own.
 */

const normal = (reason: string, message: string): News => ({ type: "Normal", reason, message })
const warning = (reason: string, message: string): News => ({ type: "Warning", reason, message })

const waitText = (why: Extract<PodNews, { readonly _tag: "Waits" }>["why"], room: Occupancy, now: number): string => {
  switch (why) {
    case "no trunk":
      return "the node has no trunk interface yet"
    case "not admitting":
      return "the node no longer asks for security groups for pods"
    case "no VLAN id":
      return "every free VLAN id of the node was refused lately and is set aside"
    case "previous branch":
      return "the pod's previous branch interface is still being removed"
    case "full": {
      const due = room.nextDue === undefined ? "" : `, the next is free in ${Math.max(0, Math.ceil((room.nextDue - now) / 1000))} s`
      return `all ${room.limit} branch interfaces of the node are taken (${room.inUse} in use, ${room.inFlight} being made, ` +
        `${room.cooling} cooling down, ${room.leaving} being removed)${due}`
    }
  }
}

/** What EC2 adds to a refusal, anew each time: nobody can read it, and what is told once would be told each time. Source: Amazon EC2 API Reference, "Error codes", UnauthorizedOperation. */
const encoded = /\s*Encoded authorization failure message: \S+/

/** A failed call to EC2 for people: what was asked, what EC2 answered, and what to do about it where somebody has to. */
export const ofEc2 = ({ action, code, mend, message }: Pick<Ec2Error, "action" | "code" | "mend" | "message">): string =>
  `${action}: ${code}: ${message.replace(encoded, "")}`.replace(/\.$/, "") + (mend === undefined ? "" : `; ${mend}`)

/** A pod's news as an event. */
export const ofPod = (news: PodNews, room: Occupancy, now: number): News => {
  switch (news._tag) {
    case "Requested":
      return news.fallback
        ? warning(
          "SecurityGroupRequested",
          "Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy"
        )
        : normal("SecurityGroupRequested", `Pod will get the following Security Groups [${news.groups.join(" ")}]`)
    case "Allocated":
      return normal("ResourceAllocated", `Allocated ${news.annotation} to the pod`)
    case "Waits":
      return warning("BranchAllocationFailed", `failed to allocate branch ENI to pod: ${waitText(news.why, room, now)}`)
    case "AllocationFailed":
      return warning("BranchAllocationFailed", `failed to allocate branch ENI to pod: ${news.why}`)
    case "AnnouncementFailed":
      return warning("BranchENIAnnotationFailed", `failed to annotate pod with branch ENI details: ${news.why}`)
    case "Severed":
      return warning(
        "TrunkInterfaceLost",
        `the node's trunk interface was deleted: branch ${news.eniId} no longer carries traffic; delete the pod to have it made anew`
      )
  }
}

export const unmatchedWaits = (): News =>
  warning(
    "BranchAllocationFailed",
    "failed to allocate branch ENI to pod: no SecurityGroupPolicy matches the pod, and it is set to wait for one"
  )

export const nodeNotReady = (why: string): News =>
  warning("BranchAllocationFailed", `failed to allocate branch ENI to pod: the node's trunk interface is not ready: ${why}`)

export const severalRequested = (): News =>
  warning("BranchRequestedTwice", "more than one container asks for a branch interface; the pod gets one, which all its containers share")

export const trunkInitiated = (): News =>
  normal("NodeTrunkInitiated", "The node has trunk interface initialized successfully")

export const trunkFailed = (): News => normal("NodeTrunkFailedInit", "The node failed initializing trunk interface")

export const trunkCreationFailed = (error: Pick<Ec2Error, "code">): News =>
  warning(
    "TrunkENICreationFailed",
    `Failed to create trunk interface: Error Code: ${error.code}${
      error.code === "UnauthorizedOperation"
        ? ": Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
        : ""
    }`
  )

export const trunkLookupFailed = (why: string): News =>
  warning("TrunkENILookupFailed", `Failed to look up what the trunk interface needs: ${why}`)

export const releaseFailed = (why: string): News =>
  warning("BranchENIReleaseFailed", `Branch interfaces of the node's former pods cannot be given back, it is tried again: ${why}`)

export const unsupported = (message: string): News => warning("Unsupported", message)

export const noEniConfigName = (): News =>
  warning("EniConfigNameNotFound", "the CNINode's feature CustomNetworking names no ENIConfig")

export const eniConfigMissing = (name: string): News =>
  warning("EniConfigNotFound", `the node's ENIConfig "${name}" does not exist or names no subnet`)

export const versionNotice = (version: string): News =>
  normal("ControllerVersionNotice", `The node is managed by Branchline version ${version}`)

export const cooldownUpdated = (millis: number): News =>
  normal("BranchENICoolDownPeriodUpdated", `Branch ENI cool down period has been updated to ${goDuration(millis)}`)

export const badConfigMapValue = (key: string, value: string, expected: string): News =>
  warning("InvalidConfiguration", `"${value}" is no value for ${key}, which takes ${expected}; the last good value stays in force`)

export const cniNodeFailed = (verb: "create" | "delete", why: string): News =>
  warning(verb === "create" ? "CNINodeCreationFailed" : "CNINodeDeletionFailed", `failed to ${verb} the CNINode: ${why}`)

export const instanceGone = (instanceId: InstanceId): string => `the instance ${instanceId} does not exist`
