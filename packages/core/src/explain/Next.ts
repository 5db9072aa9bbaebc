import { configMap, leaderLease, podEni } from "../model/Names.js"
import type { Actor, Cause, PodCause, WaitsFor } from "./Cause.js"
import { problemWithMend, verdictMend } from "./SelectionText.js"
import { listed, plain } from "./Words.js"

type Step = readonly [actor: Actor, next: string]

const well = "nothing: all is well"
const again = "delete the pod so that it is made again"
const offers = "add a node of a trunk-compatible type with ENABLE_POD_ENI=true, or see why no node has its trunk"
const alone = "nothing: the controller goes on by itself"
const lease = `${leaderLease.namespace}/${leaderLease.name}`

/** Codes of contract §6 that come again until somebody mends something, and what. */
const mendOf = (cause: Extract<PodCause, { readonly _tag: "AllocationFails" }>): Step => {
  const policies = cause.policies.length > 0 ? `policy ${listed(cause.policies)}` : "the pod's policies"
  switch (cause.code) {
    case "InsufficientFreeAddressesInSubnet":
    case "InsufficientCidrBlocks":
      return ["person", `free addresses in ${cause.subnetId}, or use another subnet through an ENIConfig; it is tried again by itself`]
    case "InvalidGroup.NotFound":
      return ["person", `mend the group ids of ${policies}, or create the group in the VPC of ${cause.subnetId}`]
    case "InvalidSubnetID.NotFound":
      return ["person", `mend the subnet of the node's ENIConfig: ${cause.subnetId} does not exist`]
    case "SecurityGroupsPerInterfaceLimitExceeded":
      return ["person", `have fewer groups in ${policies} together, or have the quota for groups per interface raised (16 at most)`]
    case "NetworkInterfaceLimitExceeded":
      return ["person", "have the account's quota for network interfaces in the Region raised; it is tried again by itself"]
    case "UnauthorizedOperation":
      return ["person", "attach the managed policy AmazonEKSVPCResourceController to the cluster's IAM role"]
    case "InvalidParameterValue":
      return ["person", "mend what EC2 names in its message"]
    case "RequestLimitExceeded":
      return ["controller", "nothing: it is tried again, more slowly, until EC2 lets it through"]
    default:
      return ["controller", "nothing yet: it is tried again; where the message stays the same, mend what it names"]
  }
}

const stepOf = (cause: Cause): Step => {
  switch (cause._tag) {
    case "NotLooked":
      return ["person", `look again with permission to read the ${cause.at}`]

    case "NodeAbsent":
      return ["person", "nothing for the pod: it is made again elsewhere once its node is known to be gone; see why the node left the cluster"]
    case "AutoMode":
      return ["person", "run the pod on a node that is not of EKS Auto Mode; from Kubernetes 1.36 on Auto Mode has security groups for pods in its own way"]
    case "NodeIncomplete":
      return ["person", `wait until the node has registered fully; where the ${cause.lacks} stays away, see kubelet and the cloud controller`]
    case "NotLinux":
      return ["person", "run the pod on a Linux node"]
    case "CNINodeAbsent":
      return ["controller", `the controller makes it; where it stays away, see that the controller runs, holds ${lease}, and that the CRD is installed`]
    case "NotAsked":
      return ["person", "set ENABLE_POD_ENI=true on the aws-node DaemonSet, and see that the node has a network interface slot free"]
    case "FeatureOff":
      return ["person", "kubectl set env daemonset aws-node -n kube-system ENABLE_POD_ENI=true; nodes that are there ask once they have a device index free"]
    case "NoDeviceSlot":
      return ["person", "free a network interface of the instance (fewer pods with secondary addresses, a lower WARM_ENI_TARGET, or MAX_ENI below the type's limit), or use a larger instance type"]
    case "InstanceUnsupported":
      return cause.problem === "unknown"
        ? ["person", "add the type's limits to the overlay, or use a type of the table"]
        : ["person", "use a trunk-compatible instance type"]
    case "EniConfigUnnamed":
      return ["person", "name an ENIConfig in the node's CNINode, or by the node's label vpc.amazonaws.com/eniConfig"]
    case "EniConfigUnusable":
      return ["person", cause.problem === "absent" ? "create it, or name another" : "give it a subnet"]
    case "NoTrunk":
      return cause.failure === undefined
        ? ["controller", "nothing yet: the controller makes it; where it stays away, see the node's events"]
        : ["person", "mend what the message names; it is tried again by itself"]
    case "NotRecovered":
      return ["controller", "nothing: the controller has just started"]
    case "NotAdmitting":
      return ["controller", alone]

    case "CapacityNotPublished":
      return ["controller", `nothing yet: the controller patches it; where it stays so, see that it runs, holds ${lease}, and may patch nodes/status`]
    case "CapacityNotAllocatable":
      return ["kubelet", "nothing yet: kubelet copies it with its next status; where it stays so, see kubelet"]
    case "PodsInLine":
      return cause.room.cooling > 0 ? ["time", "nothing: branches that cool come free"] : ["person", "free a branch, or have another node made"]
    case "NodeReady":
      return ["nobody", well]

    case "Served":
      return cause.wouldGet === undefined ? ["nobody", well] : ["nobody", `nothing; where it should have today's groups, ${again}`]
    case "Finished":
      return ["nobody", "nothing: the pod is over"]
    case "ShuttingDown":
      return ["nobody", "nothing: the pod ends"]
    case "NotSelected":
      return ["nobody", cause.nearest === undefined
        ? "nothing; where it should have groups of its own, write a SecurityGroupPolicy in its namespace"
        : `nothing; where it should have groups of its own, ${verdictMend(cause.nearest)}, and make the pod again`]
    case "HostNetwork":
    case "Windows":
      return cause.selected
        ? ["person", cause._tag === "HostNetwork" ? "take hostNetwork off the pod, or take the pod out of the policy" : "run it on Linux, or take it out of the policy"]
        : ["nobody", well]

    case "PodAbsent":
      return ["person", "check name and namespace"]
    case "AdmissionMissed":
      return ["person", cause.why === "policy came later"
        ? again
        : `${again}; see why the webhook did not answer, for it fails open (failurePolicy Ignore)`]
    case "NotFirstContainer":
      return ["person", `ask for ${podEni} in the first container, or leave it to a policy`]
    case "NoPolicyYet":
      return ["person", cause.nearest === undefined
        ? "write a SecurityGroupPolicy that selects the pod"
        : verdictMend(cause.nearest)]

    case "NoNodeOffers": {
      const [first] = cause.why
      if (first === undefined) return ["person", offers]
      const [actor, next] = stepOf(first.cause)
      return [actor, `for ${first.node}: ${next}`]
    }
    case "AllNodesTaken":
      return ["person", "add a node, or free a branch on one"]
    case "NotScheduled":
      return ["scheduler", cause.message === undefined ? "see the pod's events for the scheduler's reason" : "mend what the scheduler names"]

    case "SlotCooling":
      return ["time", `nothing: it is served then; a shorter cooldown is branch-eni-cooldown in ${configMap.namespace}/${configMap.name}, 30 s or more`]
    case "SlotLeaving":
      return ["controller", alone]
    case "SlotsTaken":
      return ["person", "delete a pod that has a branch on this node, or delete this one so that it is scheduled to another"]
    case "VlanIdsQuarantined":
      return ["time", "nothing: it is served then; where it happens again, see what else uses VLAN ids on the node's trunk"]
    case "PreviousBranch":
      return cause.failure === undefined ? ["controller", alone] : ["controller", "nothing yet: it is tried again; where the message stays the same, mend what it names"]
    case "AllocationRunning":
      return ["controller", alone]
    case "AllocationFails":
      return mendOf(cause)
    case "NotPickedUp":
      return ["controller", `nothing yet; where it stays so, see that the controller runs and holds the lease ${lease}`]

    case "SlotsTakenAsTold":
      return cause.cooling
        ? ["time", "nothing: branches that cool come free; see who holds the others with an explanation of the node"]
        : ["person", "delete a pod that has a branch on this node, or delete this one so that it is scheduled to another"]
    case "SubnetEmpty":
      return ["person", `free addresses in ${cause.subnetId}, or use another subnet through an ENIConfig; it is tried again by itself`]
    case "GroupsUnusable":
      return ["person", `mend the group ids of policy ${listed(cause.policies)}: each has to be a group of the cluster's own VPC`]

    case "AnnouncementFails":
      return ["controller", "nothing yet: it is tried again; where the message stays the same, see that the controller may patch pods"]
    case "AnnotationUnreadable":
      return cause.mended ? ["controller", "nothing: the controller writes it anew"] : ["person", again]
    case "AnnotationLost":
      return ["controller", "nothing: the controller writes it again after 30 s; see who took it off"]
    case "AnnotationOfAnotherBranch":
    case "BranchLost":
    case "Severed":
      return ["person", again]
    case "Sandbox":
      return ["kubelet", "nothing yet: kubelet tries again; where it stays so, see aws-node's log on the node"]

    case "PolicyAbsent":
      return ["person", "check name and namespace"]
    case "PolicyInvalid": {
      const [first] = cause.problems
      return ["person", first === undefined ? "mend the policy" : problemWithMend(first)]
    }
    case "ServiceAccountsNotLooked":
      return ["person", "look again with permission to read service accounts"]
    case "SelectsNothing":
      return cause.nearest === undefined
        ? ["nobody", "nothing, until there are pods"]
        : ["person", `${cause.nearest.pod} is nearest: ${verdictMend(cause.nearest.decision)}`]
    case "PodsWithout":
      return ["person", "see each pod's reason above; those that the webhook missed have to be made again"]
    case "UnionOverQuota":
      return ["person", "have fewer groups in the policies together, or have the quota raised (16 at most)"]
    case "PolicyServes":
      return ["nobody", well]
  }
}

/** The one thing that is waited for, with whose move it is and the next step for a person. */
export const waitsFor = <C extends Cause>(cause: C): WaitsFor<C> => {
  const [actor, next] = stepOf(cause)
  return { cause, actor, next: plain(next) }
}
