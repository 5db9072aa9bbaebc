import type { BranchDetails } from "@branchline/core/model/BranchAnnotation"
import type { EniId } from "@branchline/core/model/Ids"
import { trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import type { Ec2Call } from "../../ec2/CallLog.js"
import { type Book, isOnItsInstance, type PodRecord, trunkOf } from "./Book.js"
import type { Oracle } from "./Oracle.js"

/** An interface that a call takes something from, were it done; refused calls count, because the intent does. */
const touched = (branchOf: ReadonlyMap<string, string>) => ({ action, parameters }: Ec2Call): string | undefined => {
  switch (action) {
    case "DeleteNetworkInterface":
      return String(parameters["NetworkInterfaceId"])
    case "ModifyNetworkInterfaceAttribute":
      return parameters["SecurityGroupId"] === undefined ? undefined : String(parameters["NetworkInterfaceId"])
    case "CreateTags":
      return String(parameters["ResourceId"])
    case "DisassociateTrunkInterface":
      return branchOf.get(String(parameters["AssociationId"]))
    default:
      return undefined
  }
}

/** Whether what the pod hangs on is there at all: of a terminated instance nothing is left to be careful of. */
const isThere = (book: Book, { instanceId }: PodRecord): boolean =>
  instanceId !== undefined && book.truth.instanceOf(instanceId)?.state === "running"

/** Clocks tell whole milliseconds: between two of them one may be missing. */
const tick = 1

/** Of two controllers that are given one interface for one token, the second writes the tags again that it has. */
const isTaggedAgain = ({ rivalled, truth }: Book, { action }: Ec2Call, eniId: string): boolean => {
  if (action !== "CreateTags" || !rivalled()) return false
  const association = truth.associationOf(eniId as EniId)
  const tags = truth.interfaceOf(eniId as EniId)?.tags ?? {}
  return association !== undefined && tags[trunkEniIdTag] === association.trunkId && tags[vlanIdTag] === String(association.vlanId)
}

/** No call takes anything from a living pod's branch; what a pod had cools in full before a call touches it. */
export const untouched = (): Oracle => {
  const branchOf = new Map<string, string>()
  const eniOf = touched(branchOf)
  return {
    name: "a branch is left alone while its pod lives, and until it has cooled",
    call: (call, book) => {
      if (call.action === "AssociateTrunkInterface" && call.outcome._tag === "done") {
        branchOf.set(call.outcome.answer, String(call.parameters["BranchInterfaceId"]))
      }
      const eniId = eniOf(call)
      if (eniId === undefined || isTaggedAgain(book, call, eniId)) return undefined
      for (const tenant of book.tenantsOf(eniId)) {
        // Where the node's name is another instance's now, the pod is nowhere near this branch any more.
        if (tenant.details?.eniId !== eniId || !isThere(book, tenant) || !isOnItsInstance(book, tenant) || book.excuse(tenant.uid) !== undefined) continue
        if (tenant.endedAt === undefined) return `${call.action} of ${eniId}, which the living pod ${tenant.name} has`
        const cooled = book.now() - tenant.endedAt
        // An idle branch is the next pod's as soon as it was announced; until then its tags may be rewritten.
        if (cooled + tick < book.cooldown()) return `${call.action} of ${eniId} ${cooled} ms after ${tenant.name} ended`
      }
      return undefined
    }
  }
}

const problemOf = (book: Book, pod: PodRecord, { eniId, vlanId }: BranchDetails): string | undefined => {
  if (book.truth.interfaceOf(eniId) === undefined) return `${eniId} is not there`
  const association = book.truth.associationOf(eniId)
  if (association === undefined) return `${eniId} is associated with no trunk`
  const trunk = trunkOf(book, pod)
  if (association.trunkId !== trunk) return `${eniId} is under ${association.trunkId}, and the node's trunk is ${trunk ?? "not there"}`
  return association.vlanId === vlanId ? undefined : `${eniId} has VLAN id ${association.vlanId}, and not ${vlanId}`
}

/** An annotation that was just written, or a call just done: does each living pod's name an existing branch under that VLAN id of its node's trunk? */
export const annotated = (): Oracle => {
  const promised = (book: Book, pod: PodRecord): boolean =>
    pod.living && book.excuse(pod.uid) === undefined && isThere(book, pod) && isOnItsInstance(book, pod)
  return {
    name: "an annotation names a branch that is under that VLAN id of the node's trunk",
    pod: (pod, before, book) => {
      if (!promised(book, pod)) return undefined
      const was = before?.details
      if (pod.details === undefined) return was === undefined ? undefined : `that of ${pod.name} named ${was.eniId}/${was.vlanId} and names nothing any more`
      if (was?.eniId === pod.details.eniId && was.vlanId === pod.details.vlanId) return undefined
      if (was !== undefined) return `that of ${pod.name} changed from ${was.eniId}/${was.vlanId} to ${pod.details.eniId}/${pod.details.vlanId}`
      const problem = problemOf(book, pod, pod.details)
      return problem === undefined ? undefined : `${pod.name}: ${problem}`
    },
    call: ({ action, outcome, parameters }, book) => {
      if (outcome._tag !== "done" || action !== "DeleteNetworkInterface") return undefined
      for (const tenant of book.tenantsOf(String(parameters["NetworkInterfaceId"]))) {
        if (tenant.details === undefined || !promised(book, tenant)) continue
        const problem = problemOf(book, tenant, tenant.details)
        if (problem !== undefined) return `${tenant.name}: ${problem}`
      }
      return undefined
    }
  }
}

/** Somebody wrote over what named an instance that is gone: nobody can serve the pod as it was, nor know under which id. */
const isForgotten = (book: Book, pod: PodRecord): boolean => pod.spoilt && !isOnItsInstance(book, pod)

/** Two living pods never name one interface, nor two on one node one VLAN id. */
export const exclusive = (): Oracle => ({
  name: "no two living pods have one branch, or one VLAN id of a node",
  pod: (pod, before, book) => {
    const { details } = pod
    if (!pod.living || details === undefined || isForgotten(book, pod)) return undefined
    if (before?.details === details && before.living) return undefined
    for (const other of book.living()) {
      if (other.uid === pod.uid || other.details === undefined || isForgotten(book, other)) continue
      if (other.details.eniId === details.eniId) return `${pod.name} and ${other.name} have ${details.eniId}`
      const isSameNode = other.nodeName === pod.nodeName && other.instanceId === pod.instanceId
      if (isSameNode && other.details.vlanId === details.vlanId) return `${pod.name} and ${other.name} have VLAN id ${details.vlanId} of ${pod.nodeName}`
    }
    return undefined
  }
})
