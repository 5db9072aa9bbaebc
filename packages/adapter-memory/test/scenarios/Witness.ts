import { type BranchDetails, readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { allocationTag, instanceIdTag, ownerTag, ownerTagValue, podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { Clock, Effect, Result } from "effect"
import type { Cluster } from "../../src/Cluster.js"
import type { Snapshot } from "../../src/ec2/Control.js"
import { type Document, nameOf, textAt, uidOf } from "../../src/kubernetes/Document.js"
import { record } from "../../src/simulation/Journal.js"

/** A pod that was seen with a branch. Times are milliseconds since the epoch, late by a look. */
export interface Tenancy {
  readonly podUid: string
  readonly podName: string
  readonly nodeName: string
  readonly instanceId: string | undefined
  readonly eniId: string
  readonly vlanId: number
  readonly since: number
  /** When it was gone or terminal. */
  endedAt: number | undefined
}

/** A branch that was taken away after a pod had it. */
export interface Release {
  readonly action: string
  readonly eniId: string
  readonly at: number
  /** From the pod's end, milliseconds. */
  readonly cooled: number
}

/** Who looks on all the time, and keeps what must not be. */
export interface Witness {
  /** What was seen and must never be, oldest first. */
  readonly wrongs: ReadonlyArray<string>
  /** Every branch that a pod was seen with, oldest first. */
  readonly tenancies: () => ReadonlyArray<Tenancy>
  /** Branches of instances that live, which were taken away after their pods had ended. */
  readonly releases: ReadonlyArray<Release>
  /** The longest that an interface was there although no pod had it or waited for it, milliseconds. */
  readonly longestUnowned: () => number
}

/** Between two looks, milliseconds. */
const interval = 500

/** So much later than it happened something may have been seen, milliseconds: a look takes its time too. */
const slack = 2 * interval

/** An interface that the controller made. */
export const isOurs = (one: NetworkInterface): boolean => one.tags[ownerTag] === ownerTagValue

/** A pod that needs its network: there, and in no terminal phase (contract §1.8). */
export const isLiving = (pod: Document): boolean => !["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "")

const readings = new WeakMap<Document, { readonly details: BranchDetails | undefined }>()

/** What a pod's annotation says, where the CNI plugin could read it. A document never changes, so it is read once. */
export const detailsOf = (pod: Document): BranchDetails | undefined => {
  const known = readings.get(pod)
  if (known !== undefined) return known.details
  const details = Result.getOrUndefined(readBranchAnnotation(textAt(pod, "metadata", "annotations", podEni) ?? ""))
  readings.set(pod, { details })
  return details
}

/**
 * Looks on as long as the scope lives, twice a second: a living pod's branch is touched by no call and its annotation stays what it is; what a
 * pod had cools `cooldown` milliseconds before a call touches it; two living pods of a node never name one VLAN id, nor two pods one interface.
 */
export const make = Effect.fnUntraced(function*(cluster: Cluster, { cooldown }: { readonly cooldown: number }) {
  const wrongs: Array<string> = []
  const releases: Array<Release> = []
  const tenancies = new Map<string, Tenancy>()
  const unownedSince = new Map<string, number>()
  const branchOf = new Map<string, string>()
  let longest = 0
  let heard = 0

  const wrong = (text: string) => Effect.andThen(record(`WRONG: ${text}`), Effect.sync(() => void wrongs.push(text)))

  const notePods = Effect.fnUntraced(function*(living: ReadonlyArray<Document>, { interfaces }: Snapshot, now: number) {
    const uids = new Set(living.map(uidOf))
    const claimed = new Map<string, string>()
    for (const tenancy of tenancies.values()) {
      if (tenancy.endedAt === undefined && !uids.has(tenancy.podUid)) tenancy.endedAt = now
    }
    for (const pod of living) {
      const details = detailsOf(pod)
      if (details === undefined) continue
      const { eniId, vlanId } = details
      const nodeName = textAt(pod, "spec", "nodeName") ?? ""
      const known = tenancies.get(uidOf(pod))
      if (known === undefined || known.eniId !== eniId || known.vlanId !== vlanId) {
        // An annotation that names the branch of the node's last instance is worth nothing on the present one.
        const isOfToday = known?.instanceId === cluster.nodes.get(nodeName)?.instanceId
        if (known !== undefined && isOfToday) yield* wrong(`the annotation of ${nameOf(pod)} changed from ${known.eniId}/${known.vlanId} to ${eniId}/${vlanId}`)
        tenancies.set(uidOf(pod), {
          podUid: uidOf(pod),
          podName: nameOf(pod),
          nodeName,
          instanceId: interfaces.find((one) => one.eniId === eniId)?.tags[instanceIdTag],
          eniId,
          vlanId,
          since: now,
          endedAt: undefined
        })
      }
      for (const claim of [`VLAN ${vlanId} of ${nodeName}`, eniId]) {
        const other = claimed.get(claim)
        if (other !== undefined) yield* wrong(`${claim} is named by ${other} and by ${nameOf(pod)}`)
        claimed.set(claim, nameOf(pod))
      }
    }
  })

  const noteInterfaces = (living: ReadonlyArray<Document>, { instances, interfaces }: Snapshot, now: number): void => {
    const held = new Set<string>(living.flatMap((pod) => detailsOf(pod)?.eniId ?? []))
    const waiting = new Set(living.filter((pod) => detailsOf(pod) === undefined).map(uidOf))
    const trunks = new Set<string>(instances.flatMap(({ attachments }) => attachments.map(({ eniId }) => eniId)))
    const isUnowned = (one: NetworkInterface): boolean =>
      isOurs(one) && !held.has(one.eniId) && !trunks.has(one.eniId) && !waiting.has(one.tags[allocationTag]?.split("/")[0] ?? "")
    const present = new Set<string>(interfaces.filter(isUnowned).map(({ eniId }) => eniId))
    for (const eniId of unownedSince.keys()) if (!present.has(eniId)) unownedSince.delete(eniId)
    for (const eniId of present) {
      const since = unownedSince.get(eniId) ?? now
      unownedSince.set(eniId, since)
      longest = Math.max(longest, now - since)
    }
  }

  /** The calls since the last look, against what is known of the pods: refused calls count, because the intent does. */
  const noteCalls = Effect.fnUntraced(function*({ instances }: Snapshot) {
    const calls = yield* cluster.ec2.calls
    for (const { action, at, outcome, parameters } of calls.slice(heard)) {
      if (action === "AssociateTrunkInterface" && outcome._tag === "done") branchOf.set(outcome.answer, String(parameters["BranchInterfaceId"]))
      const eniId = action === "DeleteNetworkInterface"
        ? String(parameters["NetworkInterfaceId"])
        : action === "DisassociateTrunkInterface" ? branchOf.get(String(parameters["AssociationId"])) : undefined
      for (const tenancy of tenancies.values()) {
        if (eniId === undefined || tenancy.eniId !== eniId) continue
        // What hangs on a terminated instance is over, whatever the API server still says.
        if (instances.find(({ instanceId }) => instanceId === tenancy.instanceId)?.state !== "running") continue
        const cooled = tenancy.endedAt === undefined ? undefined : at - tenancy.endedAt
        if (cooled !== undefined) releases.push({ action, eniId, at, cooled })
        if (cooled === undefined) yield* wrong(`${action} of ${eniId}, which the living pod ${tenancy.podName} has`)
        else if (cooled < cooldown - slack) yield* wrong(`${action} of ${eniId} ${cooled} ms after ${tenancy.podName} ended`)
      }
    }
    heard = calls.length
  })

  const noteAssociations = Effect.fnUntraced(function*({ associations }: Snapshot) {
    const holders = new Map<string, string>()
    for (const { branchId, trunkId, vlanId } of associations) {
      const claim = `VLAN ${vlanId} of ${trunkId}`
      const other = holders.get(claim)
      if (other !== undefined) yield* wrong(`${claim} is held by ${other} and by ${branchId}`)
      holders.set(claim, branchId)
    }
  })

  const look = Effect.gen(function*() {
    const { items } = yield* Effect.orDie(cluster.admin.list(podResource))
    const now = yield* Clock.currentTimeMillis
    const snapshot = yield* cluster.ec2.control.snapshot
    const living = items.filter(isLiving)
    yield* notePods(living, snapshot, now)
    noteInterfaces(living, snapshot, now)
    yield* noteAssociations(snapshot)
    yield* noteCalls(snapshot)
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(look, Effect.sleep(interval))))

  const witness: Witness = { wrongs, releases, tenancies: () => [...tenancies.values()], longestUnowned: () => longest }
  return witness
})
