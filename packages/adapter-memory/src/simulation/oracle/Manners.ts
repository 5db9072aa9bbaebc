import { eventComponent } from "@branchline/core/model/Names"
import { equals } from "@branchline/core/patch/Json"
import { type Document, listAt, nameOf, textAt, uidOf } from "../../kubernetes/Document.js"
import type { Book } from "./Book.js"
import type { Oracle } from "./Oracle.js"

/** Within which tries are counted, milliseconds. */
const window = 10 * 60_000
/**
 * A backoff that doubles from 0.2 s to its cap of 60 s, the upper half drawn, comes to 9 tries in its first minute and then two a minute at most;
 * a process that starts anew begins again.
 */
const triesInWindow = 30
const triesPerStart = 12

/** Whom a failed call is about. */
const subjectOf = (parameters: Readonly<Record<string, unknown>>): string | undefined => {
  for (const name of ["BranchInterfaceId", "AssociationId", "NetworkInterfaceId", "ClientToken", "ResourceId", "InstanceId"]) {
    const value = parameters[name]
    if (typeof value === "string") return value
  }
  return undefined
}

/** What fails is tried again no more often than the backoff's cap allows. Throttled calls are the pacing's, not the backoff's. */
export const patient = (): Oracle => {
  const failures = new Map<string, Array<number>>()
  return {
    name: "what fails is not tried more often than the backoff allows",
    call: ({ action, at, outcome, parameters }, book) => {
      if (outcome._tag === "done" || outcome.code === "RequestLimitExceeded") return undefined
      const subject = subjectOf(parameters)
      if (subject === undefined) return undefined
      const key = `${action} ${subject}`
      const times = (failures.get(key) ?? []).filter((time) => time > at - window)
      times.push(at)
      failures.set(key, times)
      return times.length > triesInWindow + triesPerStart * book.starts().length ? `${key} failed ${times.length} times in ${window / 60_000} minutes: ${outcome.code}` : undefined
    }
  }
}

const count = (of: Map<string, number>, key: string): void => void of.set(key, (of.get(key) ?? 0) + 1)

/** So long a watch may be silent before it is noticed, milliseconds. */
export const lateSight = 180_000

/** The node that an object is, or is on. */
const nodeNameOf = (event: Document, { pods }: Book): string => {
  const subject = textAt(event, "involvedObject", "uid") ?? ""
  return textAt(event, "involvedObject", "kind") === "Node" ? subject : pods.get(subject)?.nodeName ?? ""
}

/** When an event was told, clock milliseconds of who told it: its name says so, as client-go names events. One that others named is told as it is written. */
const toldAt = (event: Document, now: number): number => {
  const nanos = /\.([0-9a-f]{16})$/.exec(nameOf(event))?.[1]
  return nanos === undefined ? now : Number(BigInt(`0x${nanos}`) / 1_000_000n)
}

/** What of a node makes its news new, and its pods': that it is another object, another instance, or has another trunk. */
const nodeOf = (name: string, nodes: ReadonlyMap<string, string>, { instanceOf, truth }: Book): string => {
  const instanceId = instanceOf(name)
  return `${nodes.get(name)} ${instanceId} ${instanceId === undefined ? "" : truth.trunkOf(instanceId)}`
}

/**
 * One transition, one event: the same words twice in a row about one object are told once too often, unless somebody tells them who remembers
 * nothing: another process, or another term of leadership.
 */
export const toldOnce = (): Oracle => {
  const last = new Map<string, string>()
  const nodes = new Map<string, string>()
  const remade = new Map<string, number>()
  /** How often so far a node was told to have its trunk: what stands in its way after that is news. */
  const initiated = new Map<string, number>()
  /** How often its features were changed: what stands in the way of the next request is news. */
  const asked = new Map<string, number>()
  /** And how often that it failed to get it: that it is there is news after that. */
  const uninitiated = new Map<string, number>()
  /** How many branches of a node's former pods were given back so far: that they cannot be is news after that. */
  const givenBack = new Map<string, number>()
  return {
    name: "no event is told twice for one transition",
    call: ({ action, outcome, parameters }, { tenantsOf }) => {
      if (action !== "DeleteNetworkInterface" || outcome._tag !== "done") return undefined
      const nodeName = tenantsOf(String(parameters["NetworkInterfaceId"])).at(-1)?.nodeName
      if (nodeName !== undefined) count(givenBack, nodeName)
      return undefined
    },
    change: ({ before, kind, object }, book) => {
      if (kind.plural === "nodes" && before === undefined) {
        if (nodes.has(nameOf(object))) remade.set(nameOf(object), book.now())
        nodes.set(nameOf(object), uidOf(object))
      }
      if (kind.plural === "cninodes" && !equals(listAt(before ?? {}, "spec", "features"), listAt(object, "spec", "features"))) {
        count(asked, nameOf(object))
      }
      if (kind.plural !== "events" || before !== undefined || textAt(object, "source", "component") !== eventComponent) return undefined
      const subject = textAt(object, "involvedObject", "uid") ?? ""
      const reason = textAt(object, "reason") ?? ""
      const isInitiated = reason === "NodeTrunkInitiated"
      const initiations = (isInitiated ? uninitiated : initiated).get(subject) ?? 0
      if (reason === "NodeTrunkFailedInit") count(uninitiated, subject)
      if (isInitiated) count(initiated, subject)
      const returns = reason === "BranchENIReleaseFailed" ? givenBack.get(subject) ?? 0 : ""
      const nodeName = nodeNameOf(object, book)
      // An event may be on its way for longer than the term that tells it; and a clock that is set may have it told in another.
      const at = toldAt(object, book.now())
      const term = `${book.starts().length} ${book.starts().filter((start) => start <= at).length}`
      const words = `${term} ${initiations} ${returns} ${asked.get(nodeName) ?? 0} ${textAt(object, "message")} ${nodeOf(nodeName, nodes, book)}`
      const key = `${subject} ${reason}`
      // Who still saw the last node of the name told it of that one.
      const isLate = book.now() - (remade.get(nodeName) ?? -Infinity) < lateSight
      if (last.get(key) === words && !isLate && !book.rivalled()) return `${reason} about ${textAt(object, "involvedObject", "name")}: ${textAt(object, "message")}`
      last.set(key, words)
      return undefined
    }
  }
}
