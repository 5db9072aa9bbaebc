import { Effect } from "effect"
import type { Command } from "../allocation/Command.js"
import type { TrunkEvent } from "../allocation/TrunkEvent.js"
import { writeBranchAnnotation } from "../model/BranchAnnotation.js"
import { noAssociationId } from "../model/Ids.js"
import { podEni } from "../model/Names.js"
import { instanceOf } from "../model/Node.js"
import type { Pod } from "../model/Pod.js"
import { pods } from "../model/Resource.js"
import { podAnnotation } from "../patch/PodPatch.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import type { Member } from "./Fleet.js"
import { isForeign } from "./Foreign.js"
import { annotationOf, identityOf } from "./Ledger.js"
import type { Outcome } from "./Outcome.js"
import type { Parts } from "./Parts.js"
import { steadyNow } from "./Steady.js"

type AnnouncePod = Extract<Command, { readonly _tag: "AnnouncePod" }>

/** The pod's node is another instance now, on which this branch does not hang and its VLAN id may be another pod's. */
const hasMoved = ({ nodes }: Pick<Parts, "nodes">, { instanceId }: Member, { spec }: Pod): boolean => {
  const now = instanceOf(nodes.get({ name: spec.nodeName ?? "" }))
  return now !== undefined && now !== instanceId
}

/** What a reading of the pod, from the cache or fresh, makes of the announcement; undefined where the annotation has to be written. */
const judge = Effect.fnUntraced(function*(
  parts: Parts,
  member: Member,
  pod: Pod | undefined,
  command: AnnouncePod
): Effect.fn.Return<TrunkEvent | undefined, Ec2Error> {
  const { details: ours, key } = command
  const now = yield* steadyNow
  if (pod === undefined || pod.metadata.uid !== command.pod.uid) return { _tag: "PodReleased", key, mayIdle: false, now }
  if (hasMoved(parts, member, pod)) return { _tag: "PodReleased", key, mayIdle: false, now }
  const text = pod.metadata.annotations?.[podEni]
  const details = annotationOf(pod)
  if (details === undefined || typeof text !== "string") return undefined
  if (details.eniId === ours.eniId && details.vlanId === ours.vlanId) return { _tag: "PodAnnounced", key, annotation: text, now }
  // Whoever was quicker wrote it first, and the plugin may have read it: theirs stays. One of another instance's is nobody's; but its id the node may have wired.
  if (!(yield* isForeign(parts, member, details.eniId))) return { _tag: "BranchHeld", pod: identityOf(pod), details, now }
  if (details.vlanId !== ours.vlanId) parts.fleet.apply(member, { _tag: "VlanWired", vlanId: details.vlanId, now })
  return undefined
})

/**
 * Writes the annotation, once and to this UID only: the merge patch carries the UID, and the resource version that was seen without an
 * annotation, so that neither another pod of the name nor an annotation of somebody else's can be hit (contract §5).
 */
export const announce = Effect.fnUntraced(function*(
  parts: Parts,
  member: Member,
  command: AnnouncePod
): Effect.fn.Return<Outcome, Ec2Error> {
  const { key } = command
  const subnet = command.subnetId === "" ? member.subnet : yield* parts.subnets.get(command.subnetId)
  const text = writeBranchAnnotation(
    {
      ...command.details,
      associationID: command.details.associationID ?? noAssociationId,
      subnetCidr: command.details.privateIp === "" ? "" : subnet.cidr,
      subnetV6Cidr: command.details.ipv6Addr === "" ? "" : subnet.ipv6Cidr
    },
    parts.settings.annotationForm
  )
  const name = { namespace: command.pod.namespace, name: command.pod.name }
  const failure = (error: KubernetesError): Effect.Effect<Outcome> =>
    Effect.map(steadyNow, (now) => ({
      event: {
        _tag: "CommandFailed",
        key,
        kind: error.reason._tag === "UnknownOutcome" ? "unknown" : "failed",
        message: error.message,
        now
      },
      notBefore: error.reason._tag === "TooManyRequests" && error.reason.retryAfter !== undefined
        ? now + error.reason.retryAfter
        : undefined
    }))

  let seen = parts.pods.get(command.pod.uid)
  // Every conflict is somebody's progress; three in a row go back to the queue.
  for (let round = 0;; round++) {
    const verdict = yield* judge(parts, member, seen, command)
    if (verdict !== undefined) return { event: verdict }
    const written = yield* Effect.result(kubernetesPatch(parts, seen, command, text, name))
    if (written._tag === "Success") {
      return { event: { _tag: "PodAnnounced", key, annotation: text, now: yield* steadyNow } }
    }
    const { reason } = written.failure
    const mayHaveChanged = reason._tag === "Conflict" || reason._tag === "UnknownOutcome" || reason._tag === "NotFound" ||
      reason._tag === "Invalid"
    if (!mayHaveChanged || round >= 2) return yield* failure(written.failure)
    const fresh = yield* Effect.result(parts.kubernetes.get(pods, name))
    if (fresh._tag === "Failure") {
      if (fresh.failure.reason._tag !== "NotFound") return yield* failure(fresh.failure)
      seen = undefined
    } else seen = fresh.success
  }
})

const kubernetesPatch = (
  parts: Pick<Parts, "kubernetes">,
  seen: Pod | undefined,
  command: AnnouncePod,
  value: string,
  name: { readonly namespace: string; readonly name: string }
) =>
  parts.kubernetes.patch(pods, name, {
    _tag: "merge",
    patch: podAnnotation({ uid: command.pod.uid, resourceVersion: seen?.metadata.resourceVersion, value })
  })
