import { eventComponent } from "@branchline/core/model/Names"
import type { EniId } from "@branchline/core/model/Ids"
import { type Document, textAt } from "../../kubernetes/Document.js"
import type { Change } from "../../kubernetes/Store.js"
import { type Book, isOnItsInstance, type PodRecord, trunkOf } from "./Book.js"
import type { Oracle } from "./Oracle.js"

interface Told {
  readonly subject: string
  readonly reason: string
  readonly message: string
}

/** What the controller has just told of somebody, if this is that. */
const toldBy = ({ before, kind, object }: Change): Told | undefined =>
  kind.plural !== "events" || before !== undefined || textAt(object, "source", "component") !== eventComponent ? undefined : told(object)

const told = (event: Document): Told => ({
  subject: textAt(event, "involvedObject", "uid") ?? "",
  reason: textAt(event, "reason") ?? "",
  message: textAt(event, "message") ?? ""
})

/** By key, what is added comes last. */
const push = <A>(to: Map<string, ReadonlyArray<A>>, key: string, one: A): void => void to.set(key, [...to.get(key) ?? [], one])

/** A pod's annotation names another branch than before, or the first. */
const isServed = (pod: PodRecord, before: PodRecord | undefined): boolean => pod.living && pod.details !== undefined && before?.details?.eniId !== pod.details.eniId

const groupsIn = (message: string): ReadonlyArray<string> | undefined => /\[(.*)\]/.exec(message)?.[1]?.split(" ").toSorted()

/** Since whose begin a pod has asked on a node: who begins anew afterwards has to see first, and may find what another one made. */
const askedSince = () => {
  const starts = new Map<string, number>()
  return {
    note: (pod: PodRecord, book: Book): void => {
      if (pod.asks && pod.boundAt !== undefined && !starts.has(pod.uid)) starts.set(pod.uid, book.starts().length)
    },
    isOfOne: ({ uid }: PodRecord, book: Book): boolean => starts.get(uid) === book.starts().length
  }
}

/** What is told is told beside the work, and comes so much later than the annotation at most, milliseconds. */
const beside = 30_000

/** The groups that a pod was told last are those of the branch that it got, where one controller did all of it. */
export const toldGroups = (): Oracle => {
  const last = new Map<string, { readonly starts: number; readonly groups: ReadonlyArray<string> | undefined }>()
  const announced = new Map<string, { readonly at: number; readonly starts: number; readonly groups: ReadonlyArray<string> }>()
  const asked = askedSince()
  return {
    name: "a pod gets the groups that it was told",
    change: (change, book) => {
      const one = toldBy(change)
      if (one?.reason !== "SecurityGroupRequested") return undefined
      last.set(one.subject, { starts: book.starts().length, groups: groupsIn(one.message) })
      // Its branch went with its instance, and it is to have another.
      const pod = book.pods.get(one.subject)
      const isLate = book.now() - (announced.get(one.subject)?.at ?? Infinity) > beside
      if (isLate || (pod !== undefined && !isOnItsInstance(book, pod))) announced.delete(one.subject)
      return undefined
    },
    pod: (pod, before, book) => {
      asked.note(pod, book)
      if (!isServed(pod, before)) return undefined
      const found = pod.details !== undefined && asked.isOfOne(pod, book) ? book.truth.interfaceOf(pod.details.eniId) : undefined
      if (found === undefined) announced.delete(pod.uid)
      else announced.set(pod.uid, { at: book.now(), starts: book.starts().length, groups: found.groups.toSorted() })
      return undefined
    },
    calm: (book) =>
      [...announced].flatMap(([uid, { groups, starts }]) => {
        const said = last.get(uid)
        // What somebody who began since tells is about another branch.
        if (said?.groups === undefined || said.starts !== starts || said.groups.join() === groups.join() || book.rivalled()) return []
        return [`${book.pods.get(uid)?.name ?? uid} was told [${said.groups.join(" ")}] and has [${groups.join(" ")}]`]
      })
  }
}

/** So long whoever waits may not know why, milliseconds: a watch that fell silent is noticed after two and a half minutes. */
const unawares = 5 * 60_000
/** What begins so shortly before a pod is served need not reach it. */
const lastMoment = 30_000

const whys: ReadonlySet<string> = new Set(["BranchAllocationFailed", "BranchENIAnnotationFailed"])
const isFullText = (message: string): boolean => message.includes("branch interfaces of the node are taken")
const isUntilWhen = (message: string): boolean => message.includes("the next is free in")

interface Wait {
  readonly pod: PodRecord
  readonly from: number
  readonly to: number
}

/**
 * A pod that waits hears why, and, where all branches of its node are taken and one cools, until when. Asked of waits in which nobody began anew, because who does has to
 * see first.
 */
export const waitersTold = (): Oracle => {
  const reasons = new Map<string, ReadonlyArray<{ readonly at: number; readonly message: string }>>()
  const asked = askedSince()
  const waits = new Map<string, Wait>()

  const waitOf = (pod: PodRecord, book: Book): Wait | undefined =>
    pod.boundAt === undefined || !asked.isOfOne(pod, book) ? undefined : { pod, from: pod.boundAt, to: book.now() }

  /** Whether a branch of the node cooled while all that the pod knew was that all are taken, and not until when. */
  const isInTheDark = (book: Book, { pod, to }: Wait): boolean => {
    const heard = reasons.get(pod.uid) ?? []
    const full = heard.at(-1)
    if (full === undefined || !isFullText(full.message) || heard.some(({ message }) => isUntilWhen(message))) return false
    return [...book.pods.values()].some(({ details, endedAt, instanceId }) =>
      instanceId === pod.instanceId && details !== undefined && endedAt !== undefined && endedAt > full.at && endedAt < to - lastMoment)
  }

  return {
    name: "whoever waits is told why, and until when",
    change: (change, book) => {
      const one = toldBy(change)
      if (one !== undefined && whys.has(one.reason)) push(reasons, one.subject, { at: book.now(), message: one.message })
      return undefined
    },
    pod: (pod, before, book) => {
      asked.note(pod, book)
      const wait = before?.details === undefined && isServed(pod, before) ? waitOf(pod, book) : undefined
      if (wait !== undefined) waits.set(pod.uid, wait)
      return undefined
    },
    calm: (book) => {
      const going = [...book.living()].flatMap((pod) => pod.asks && pod.details === undefined ? waitOf(pod, book) ?? [] : [])
      return [...waits.values(), ...going].flatMap((wait) => {
        const { from, pod, to } = wait
        if (book.excuse(pod.uid) !== undefined || !isOnItsInstance(book, pod)) return []
        if (to - from > unawares && !reasons.has(pod.uid)) return [`${pod.name} waited ${to - from} ms on ${pod.nodeName} and was not told why`]
        return isInTheDark(book, wait) ? [`${pod.name} waited ${to - from} ms on ${pod.nodeName} and was not told until when`] : []
      })
    }
  }
}

/** A pod whose branch hangs on nothing any more although its node has a trunk is told so. Without a sweep nobody need notice. */
export const strandedTold = (sweeps: boolean): Oracle => {
  const lost = new Set<string>()
  return {
    name: "a pod whose trunk is gone is told",
    change: (change) => {
      const one = toldBy(change)
      if (one?.reason === "TrunkInterfaceLost") lost.add(one.subject)
      return undefined
    },
    calm: (book) =>
      !sweeps ? [] : [...book.living()].flatMap((pod) => {
        const eniId = pod.details?.eniId as EniId | undefined
        const isStranded = eniId !== undefined && isOnItsInstance(book, pod) && trunkOf(book, pod) !== undefined && book.truth.interfaceOf(eniId) !== undefined && book.truth.associationOf(eniId) === undefined
        return isStranded && !lost.has(pod.uid) ? [`${pod.name}'s ${eniId} hangs on nothing, and it was not told`] : []
      })
  }
}

/** Who is told that the trunk is gone has nothing that carries traffic any more. */
export const truthfulLoss = (): Oracle => ({
  name: "a trunk that is there is not told to be gone",
  change: (change, book) => {
    const one = toldBy(change)
    const pod = one?.reason === "TrunkInterfaceLost" ? book.pods.get(one.subject) : undefined
    const eniId = pod?.details?.eniId
    if (pod === undefined || eniId === undefined || book.rivalled()) return undefined
    const trunkId = book.truth.associationOf(eniId)?.trunkId
    return trunkId !== undefined && trunkId === trunkOf(book, pod) ? `${pod.name} was told so, and ${eniId} hangs under ${trunkId}` : undefined
  }
})

/** So long a release may fail in silence, milliseconds. */
const stuckFor = 25_000

/** What throttles is paced, and what is gone is given back. */
const isNoTrouble = (code: string): boolean => code === "RequestLimitExceeded" || code.endsWith(".NotFound")

/** That branches of a node's former pods cannot be given back for a while, the node's people hear. */
export const releasesTold = (): Oracle => {
  const first = new Map<string, { readonly at: number; readonly starts: number }>()
  const stuck = new Map<string, string>()
  const heard = new Set<string>()
  return {
    name: "a release that fails for long is told",
    call: ({ action, at, outcome, parameters }, book) => {
      if (action !== "DeleteNetworkInterface" || outcome._tag === "done" || isNoTrouble(outcome.code) || book.rivalled()) return undefined
      const eniId = String(parameters["NetworkInterfaceId"])
      const before = first.get(eniId)
      if (before === undefined || before.starts !== book.starts().length) first.set(eniId, { at, starts: book.starts().length })
      else if (at - before.at > stuckFor) {
        const pod = book.tenantsOf(eniId).at(-1)
        // Of an instance that EC2 does not show nobody knows whose node it is.
        const isShown = pod?.instanceId === undefined || !book.hidden(pod.instanceId)
        if (pod?.nodeName !== undefined && isOnItsInstance(book, pod) && isShown) stuck.set(pod.nodeName, eniId)
      }
      return undefined
    },
    change: (change) => {
      const one = toldBy(change)
      if (one?.reason === "BranchENIReleaseFailed") heard.add(one.subject)
      return undefined
    },
    calm: () => [...stuck].flatMap(([nodeName, eniId]) => heard.has(nodeName) ? [] : [`${eniId} of ${nodeName} could not be deleted, and nobody was told`])
  }
}

const alarms: ReadonlySet<string> = new Set(["NodeTrunkFailedInit", "TrunkENICreationFailed", "TrunkENILookupFailed"])

/** Nobody is told that a node fails to get its trunk before anything has gone wrong: what takes its time is no trouble. Asked where EC2 shows everything at once. */
export const noFalseAlarm = (showsAtOnce: boolean): Oracle => ({
  name: "no trouble is told where there is none",
  change: (change, book) => {
    const one = toldBy(change)
    if (!showsAtOnce || book.troubled() || one === undefined || !alarms.has(one.reason)) return undefined
    const instanceId = book.instanceOf(one.subject)
    const lives = instanceId !== undefined && book.truth.instanceOf(instanceId)?.state === "running"
    return lives ? `${one.reason} about ${one.subject}: ${one.message}` : undefined
  }
})
