import { Effect } from "effect"
import { branchOf as branchOnTrunk } from "../allocation/Trunk.js"
import type { BranchKey } from "../allocation/Branch.js"
import type { InstanceId, PodUid } from "../model/Ids.js"
import type { Parts, WorkKey } from "./Parts.js"
import { failed, type Verdict } from "./WorkQueue.js"

/** Whom a piece of work is about, by the keys that logs and traces carry; what is not known is left out. */
export type Subject = Readonly<Partial<Record<"pod" | "namespace" | "node" | "instance" | "eni", string>>>

type Known = Pick<Parts, "fleet" | "pods">

const ofBranch = ({ fleet, pods }: Known, key: BranchKey): Subject => {
  const [member] = fleet.holders(key)
  const branch = member === undefined ? undefined : branchOnTrunk(member.trunk, key)
  const pod = pods.get(key as PodUid)
  const identity = pod?.metadata ?? branch?.pod
  const node = pod?.spec.nodeName || member?.nodeName
  const eni = branch?.interface?.eniId
  return {
    ...(identity === undefined ? {} : { pod: identity.name, namespace: identity.namespace }),
    ...(node ? { node } : {}),
    ...(member === undefined ? {} : { instance: member.instanceId }),
    ...(eni === undefined ? {} : { eni })
  }
}

/** Whom a key's work is about, as far as it is known when the work begins. */
export const subjectOf = (known: Known, key: WorkKey): Subject => {
  if (key === "sweep") return {}
  if (key.startsWith("branch/")) return ofBranch(known, key.slice("branch/".length) as BranchKey)
  if (key.startsWith("instance/")) return { instance: key.slice("instance/".length) as InstanceId }
  const node = key.slice("node/".length)
  const instance = known.fleet.ofNode(node)?.instanceId
  return instance === undefined ? { node } : { node, instance }
}

const kindOf = (key: WorkKey): string => {
  const slash = key.indexOf("/")
  return slash === -1 ? key : key.slice(0, slash)
}

/**
 * Work on a key, with its subject on all that it logs and on its trace; each run is a trace of its own, because nobody waits for it. A defect
 * is logged here, where the subject is known, and counts as a failure.
 */
export const about = <R>(known: Known, key: WorkKey, work: Effect.Effect<Verdict, never, R>): Effect.Effect<Verdict, never, R> =>
  Effect.suspend(() => {
    const subject = subjectOf(known, key)
    return work.pipe(
      Effect.withSpan(`reconcile ${kindOf(key)}`, { root: true, attributes: { key, ...subject } }, { captureStackTrace: false }),
      Effect.catchDefect((defect) =>
        Effect.logError("work on a key failed unexpectedly", defect).pipe(Effect.annotateLogs({ key }), Effect.as(failed))),
      Effect.annotateLogs(subject)
    )
  })
