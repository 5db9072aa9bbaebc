import { Effect } from "effect"
import type { Branch } from "../allocation/Branch.js"
import { branchesOf } from "../allocation/Trunk.js"
import type { EniId, InstanceId } from "../model/Ids.js"
import { instanceIdTag } from "../model/Names.js"
import { cniNodes } from "../model/Resource.js"
import type { NetworkInterface } from "../ports/Ec2.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import * as CniNodes from "./CniNodes.js"
import { isBranch, namedByPods, ourTags } from "./Ledger.js"
import { notice } from "./Notices.js"
import type { Parts } from "./Parts.js"
import { regarding } from "./Recorder.js"
import * as Texts from "./Texts.js"
import { done, failed, type Verdict } from "./WorkQueue.js"
import { steadyNow } from "./Steady.js"

/** How long after a look at an instance without node the next one comes, milliseconds. */
export const betweenLooks = 10_000

/** So long an instance has to be missing, milliseconds: EC2's describes lag behind by seconds (contract §6). */
const believedAbsence = 60_000

/**
 * So long what a terminated instance had is kept for pods that another one takes over, milliseconds: that EC2 shows whose it is tells the next controller, too,
 * that their annotations promise nothing. A watch of nodes that fell silent is noticed before.
 */
const untilServedAnew = 4 * 60_000

/** What is remembered of instances without node from one look to the next; times are milliseconds since the epoch. */
export interface Looks {
  /** When it was first not to be found: EC2 may miss one that was just launched, so one look proves nothing. */
  readonly absentSince: Map<InstanceId, number>
  readonly goneSince: Map<InstanceId, number>
}

export const noLooks = (): Looks => ({ absentSince: new Map(), goneSince: new Map() })

const forget = ({ absentSince, goneSince }: Looks, instanceId: InstanceId): void => {
  absentSince.delete(instanceId)
  goneSince.delete(instanceId)
}

const isGone = Effect.fnUntraced(function*(parts: Parts, absentSince: Looks["absentSince"], instanceId: InstanceId) {
  const instance = yield* parts.ledger.instance(instanceId)
  if (instance?.state === "terminated") return true
  if (instance !== undefined) {
    absentSince.delete(instanceId)
    return false
  }
  const now = yield* steadyNow
  const first = absentSince.get(instanceId) ?? now
  absentSince.set(instanceId, first)
  return now - first >= believedAbsence
})

/** Whether a node is registered for it again, which only could not be served yet: EC2 not showing the instance is the node's trouble then, and no end. */
const hasNode = ({ nodes }: Pick<Parts, "nodes">, instanceId: InstanceId): boolean => {
  for (const { spec } of nodes.values()) if (spec?.providerID?.endsWith(`/${instanceId}`) === true) return true
  return false
}

/** Whether pods live whose annotations still name branches of this instance: another has taken them over, or will, or they are collected soon. */
const hasLeftPods = (parts: Pick<Parts, "pods">, branches: ReadonlyArray<EniId>): boolean => {
  if (branches.length === 0) return false
  const named = namedByPods(parts)
  return branches.some((eniId) => named.has(eniId))
}

/** What the instance had, branches before their trunk: as EC2 shows it, and what was made so shortly before that its describes do not show it yet. */
const had = (shown: ReadonlyArray<NetworkInterface>, known: ReadonlyArray<Branch>) => ({
  branches: [...new Set([...shown.filter(isBranch), ...known.flatMap(({ interface: face }) => face ?? [])].map(({ eniId }) => eniId))],
  others: shown.filter((one) => !isBranch(one)).map(({ eniId }) => eniId)
})

/** Whether there is, or may be, a branch that was not thought of: a create is on its way, or was just answered. */
const hasMore = (known: ReadonlyArray<Branch>, thoughtOf: ReadonlyArray<EniId>): boolean =>
  known.some(({ interface: face, state }) => face === undefined ? state._tag === "Creating" && !state.settled : !thoughtOf.includes(face.eniId))

/** Removes what a terminated instance had; false where it is not over yet: living pods' annotations name it still, or more has been made, or may be. */
const clear = Effect.fnUntraced(function*(
  parts: Parts,
  instanceId: InstanceId,
  goneSince: Looks["goneSince"]
): Effect.fn.Return<boolean, Ec2Error | KubernetesError> {
  const member = parts.fleet.get(instanceId)
  if (member?.nodeName !== undefined) return false
  const shown = yield* parts.ec2.describeInterfaces({
    tags: { ...ourTags(parts.settings.clusterName), [instanceIdTag]: [instanceId] }
  })
  const now = yield* steadyNow
  const since = goneSince.get(instanceId) ?? now
  goneSince.set(instanceId, since)
  const known = () => member === undefined ? [] : branchesOf(member.trunk)
  const { branches, others } = had(shown, known())
  if (now - since < untilServedAnew && hasLeftPods(parts, branches)) return false
  const all = [...branches, ...others]
  parts.ledger.writeOff(all)
  for (const eniId of all) {
    yield* parts.ec2.deleteInterface(eniId).pipe(Effect.catchReason("Ec2Error", "NotFound", () => Effect.void))
  }
  // A try for its node that began before the instance went may have made a trunk meanwhile: that is found by the next look.
  if (parts.fleet.get(instanceId) !== member || hasMore(known(), branches)) return false
  const keys = [...known().map(({ key }) => key), ...member?.trunk.waiting.map(({ pod }) => pod.uid) ?? []]
  parts.ledger.cleared(instanceId)
  parts.fleet.remove(instanceId)
  parts.nodeMemory.forget(instanceId)
  for (const key of keys) yield* parts.ask(`branch/${key}`, { priority: "allocation", hasten: true })
  for (const cniNode of CniNodes.leaving(parts, instanceId)) yield* CniNodes.letGo(parts, cniNode)
  return true
})

const warn = (instanceId: InstanceId, why: string): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logWarning("an instance's interfaces could not be removed", why), { instance: instanceId })

/** The CNINode that cannot go is what people look at: it is told, once, why. */
const tellTrouble = Effect.fnUntraced(function*(parts: Parts, instanceId: InstanceId, why: string) {
  yield* warn(instanceId, why)
  for (const { metadata } of CniNodes.leaving(parts, instanceId)) {
    if (parts.told.once(metadata.uid, "not removed")) {
      yield* parts.recorder.about(regarding(cniNodes, metadata), Texts.cniNodeFailed("delete", why))
    }
  }
})

/**
 * An instance whose node is gone: while it lives, its branches are left alone, because kubelet may register again; once it is terminated,
 * everything that its tag names is removed, and only then its CNINode let go (contract §10).
 */
export const retire = Effect.fnUntraced(function*(
  parts: Parts,
  looks: Looks,
  instanceId: InstanceId
): Effect.fn.Return<Verdict> {
  const member = parts.fleet.get(instanceId)
  const isWatched = member?.nodeName === undefined &&
    (member !== undefined || CniNodes.leaving(parts, instanceId).length > 0 || parts.ledger.isLeft(instanceId))
  if (!isWatched) {
    // An absence that was noted before the node came back must not count years later.
    forget(looks, instanceId)
    return done
  }
  const lookAgain = Effect.map(steadyNow, (now): Verdict => ({ _tag: "LookAgain", at: now + betweenLooks, priority: "upkeep" }))
  if (hasNode(parts, instanceId)) {
    forget(looks, instanceId)
    return yield* lookAgain
  }
  return yield* isGone(parts, looks.absentSince, instanceId).pipe(
    Effect.flatMap((gone) =>
      gone
        ? Effect.tapError(clear(parts, instanceId, looks.goneSince), () => notice({ _tag: "CleanupFailed", instanceId }))
        : Effect.succeed(false)
    ),
    Effect.flatMap((cleared) => cleared ? Effect.succeed(done) : lookAgain),
    Effect.tap((verdict) => Effect.sync(() => verdict._tag === "Done" && forget(looks, instanceId))),
    Effect.catchTags({
      Ec2Error: (error) => Effect.as(tellTrouble(parts, instanceId, Texts.ofEc2(error)), failed),
      KubernetesError: ({ message }) => Effect.as(warn(instanceId, message), failed)
    })
  )
})
