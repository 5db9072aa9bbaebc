import type { EniId } from "@branchline/core/model/Ids"
import { clusterTag } from "@branchline/core/model/Names"
import type { Ec2Call } from "../../ec2/CallLog.js"
import { isViolation, type Observation, type ObservationKind } from "../../ec2/Observations.js"
import type { Violation } from "../../kubernetes/kubelet/Violations.js"
import { type Book, isOnItsInstance } from "./Book.js"
import type { Oracle } from "./Oracle.js"
import { isOurs } from "./Ours.js"
import { hangingUnder } from "./Room.js"

const changing: ReadonlySet<string> = new Set([
  "DeleteNetworkInterface",
  "ModifyNetworkInterfaceAttribute",
  "CreateTags",
  "AssociateTrunkInterface",
  "AttachNetworkInterface",
  "CreateNetworkInterfacePermission"
])

const interfaceFields = ["NetworkInterfaceId", "ResourceId", "BranchInterfaceId", "TrunkInterfaceId"]

/**
 * No interface is touched that the contract's §6 does not give to the controller: one that it made, or that has its tags and did not get them
 * from this very call.
 */
export const ownOnly = (clusterName: string): Oracle => {
  const made = new Set<string>()
  const tag = clusterTag(clusterName)
  const isTagging = (written: unknown): boolean => Array.isArray(written) && written.some((text) => String(text).startsWith(`${tag}=`))
  return {
    name: "only the controller's own interfaces are touched",
    call: ({ action, outcome, parameters }, { inherited, truth }) => {
      if (action === "CreateNetworkInterface" && outcome._tag === "done") made.add(outcome.answer)
      if (!changing.has(action)) return undefined
      for (const field of interfaceFields) {
        const eniId = parameters[field]
        if (typeof eniId !== "string" || made.has(eniId) || inherited(eniId)) continue
        const found = truth.interfaceOf(eniId as EniId)
        // What is not there any more after a call went by it.
        const isOwn = found === undefined
          ? outcome._tag === "refused"
          : isOurs(clusterName, found) && !isTagging(parameters["Tag"])
        if (!isOwn) return `${action} of ${eniId}, which is somebody else's`
      }
      return undefined
    }
  }
}

/** What who does not know all that hangs on a trunk finds out by EC2's refusals. */
const quarrels: ReadonlySet<ObservationKind> = new Set(["vlan-taken", "over-limit"])

/** What was sent by whoever is dead arrives so long after, at most, milliseconds. */
const onItsWay = 12_000

/**
 * What was associated when somebody began who remembers nothing: EC2's describes lag, and do not show it to him.
 *
 * @param lag how far describes look back, milliseconds
 */
const shownLate = (lag: number) => {
  const at = new Map<string, number>()
  return {
    note: ({ action, outcome, parameters }: Ec2Call, { now }: Book): void => {
      if (action === "AssociateTrunkInterface" && outcome._tag === "done") at.set(String(parameters["BranchInterfaceId"]), now())
    },
    has: (eniId: EniId, { starts }: Book): boolean => {
      const made = at.get(eniId)
      return lag > 0 && made !== undefined && starts().some((start) => made > start - lag && made < start + onItsWay)
    }
  }
}

/** Whether more may hang on the trunk than a controller can know: what another one made beside it, or what EC2 did not show of pods that are over. */
const cannotKnow = (book: Book, late: ReturnType<typeof shownLate>, trunkId: EniId): boolean =>
  book.rivalled() || hangingUnder(book.truth, trunkId).some((eniId) => (book.hidden(eniId) || late.has(eniId, book)) && !book.tenantsOf(eniId).some(({ living }) => living))

/**
 * What EC2 saw and a careful controller does not do: a VLAN id held twice, more branches than the type carries, a second trunk.
 *
 * @param lag how far describes look back, milliseconds
 */
export const withinLimits = (cluster: { readonly ec2: { readonly observed: () => ReadonlyArray<Observation> } }, allowed: ReadonlySet<string>, lag: number): Oracle => {
  let seen = 0
  const late = shownLate(lag)
  return {
    name: "EC2's rules are kept: one branch a VLAN id, one trunk an instance, never over a limit",
    call: (call, book) => {
      late.note(call, book)
      const observations = cluster.ec2.observed()
      for (; seen < observations.length; seen++) {
        const observation = observations[seen]
        if (observation !== undefined && isViolation(observation) && !allowed.has(observation.kind) && !(quarrels.has(observation.kind) && cannotKnow(book, late, observation.subject as EniId))) {
          seen++
          return `${observation.kind}: ${observation.subject}: ${observation.detail}`
        }
      }
      return undefined
    }
  }
}

/** What the nodes' CNI plugins and kubelets saw that must never be. */
export const nodesUnharmed = (cluster: { readonly violations: ReadonlyArray<Violation> }): Oracle => {
  let seen = 0
  const next = (book: Book): string | undefined => {
    for (; seen < cluster.violations.length; seen++) {
      const violation = cluster.violations[seen]
      const pod = book.pods.get(violation?.podUid ?? "")
      const isPromised = pod === undefined || (book.excuse(pod.uid) === undefined && isOnItsInstance(book, pod))
      if (violation !== undefined && isPromised) {
        seen++
        return `${violation.kind}: ${violation.nodeName}: ${violation.message}`
      }
    }
    return undefined
  }
  return {
    name: "no node sees a link or a branch taken away, or a VLAN id twice",
    call: (_call, book) => next(book),
    change: (_change, book) => next(book)
  }
}
