import { limitsOf, publishedLimits } from "@branchline/core/limits/Limits"
import { clusterTag, ownerTag, ownerTagValue, podEni } from "@branchline/core/model/Names"
import { Result } from "effect"
import { type Document, nameOf, textAt } from "../../kubernetes/Document.js"
import { type Book, type PodRecord, trunkOf } from "./Book.js"
import type { Oracle } from "./Oracle.js"

/** What counts as well when nothing happens any more. */
export interface SettledOptions {
  readonly clusterName: string
  /** Idle branches that a trunk may keep. */
  readonly idleCap: number
  /** Nodes of which nothing can be expected, by instance, because of what somebody did. */
  readonly excusedNodes: ReadonlySet<string>
}

const servedProblem = (book: Book, pod: PodRecord): string | undefined => {
  if (pod.details === undefined) return `${pod.name} has no annotation on ${pod.nodeName ?? "no node"}`
  const association = book.truth.associationOf(pod.details.eniId)
  if (association === undefined || association.trunkId !== trunkOf(book, pod)) return `${pod.name}'s ${pod.details.eniId} is not under its node's trunk`
  if (association.vlanId !== pod.details.vlanId) return `${pod.name}'s ${pod.details.eniId} has VLAN id ${association.vlanId}, and not ${pod.details.vlanId}`
  return pod.phase === "Running" ? undefined : `${pod.name} is ${pod.phase}`
}

const roomOf = (node: Document): number => Number(textAt(node, "status", "allocatable", podEni) ?? "0")

/** Once calm: every pod that asks and is bound is served, whoever fits is bound, every node offers what its type carries, and EC2 holds nothing besides. */
export const settled = ({ clusterName, excusedNodes, idleCap }: SettledOptions): Oracle => {
  const nodes = new Map<string, Document>()

  const podProblems = (book: Book): ReadonlyArray<string> => {
    const asking = [...book.living()].filter((pod) => pod.asks && textAt(pod.document, "metadata", "deletionTimestamp") === undefined)
    const taken = new Map<string, number>()
    for (const { nodeName } of asking) if (nodeName !== undefined) taken.set(nodeName, (taken.get(nodeName) ?? 0) + 1)
    const hasRoom = [...nodes.values()].find((node) => roomOf(node) > (taken.get(nameOf(node)) ?? 0))
    return asking.flatMap((pod) => {
      if (book.excuse(pod.uid) !== undefined) return []
      if (pod.nodeName === undefined) return hasRoom === undefined ? [] : [`${pod.name} is bound to no node, and ${nameOf(hasRoom)} has room`]
      return excusedNodes.has(pod.instanceId ?? "") ? [] : servedProblem(book, pod) ?? []
    })
  }

  const nodeProblems = (book: Book): ReadonlyArray<string> =>
    [...nodes.values()].flatMap((node) => {
      const name = nameOf(node)
      const instanceId = book.instanceOf(name)
      const instance = instanceId === undefined ? undefined : book.truth.instanceOf(instanceId)
      if (instance === undefined || excusedNodes.has(instance.instanceId)) return []
      const limits = limitsOf(publishedLimits, instance.instanceType)
      const expected = Result.isSuccess(limits) ? limits.success.branches : 0
      return roomOf(node) === expected ? [] : [`${name} offers ${roomOf(node)} branches, and ${instance.instanceType} carries ${expected}`]
    })

  /** A branch may cool for twice its time: a controller that began anew in between cools it once more in full. */
  const cools = (book: Book, eniId: string): boolean =>
    book.tenantsOf(eniId).some(({ endedAt }) => endedAt !== undefined && book.now() - endedAt < 2 * book.cooldown())

  const interfaceProblems = (book: Book): ReadonlyArray<string> => {
    const held = new Set<string>([...book.living()].flatMap(({ details }) => details?.eniId ?? []))
    const idle = new Map<string, number>()
    return [...book.truth.interfaces()].flatMap((found) => {
      if (found.tags[ownerTag] !== ownerTagValue || found.tags[clusterTag(clusterName)] === undefined || held.has(found.eniId) || book.truth.placeOf(found.eniId) !== undefined) return []
      if (cools(book, found.eniId)) return []
      const trunkId = book.truth.associationOf(found.eniId)?.trunkId
      const already = idle.get(trunkId ?? "") ?? 0
      idle.set(trunkId ?? "", already + 1)
      return trunkId !== undefined && already < idleCap ? [] : [`${found.type === "trunk" ? "the trunk " : ""}${found.eniId} is nobody's`]
    })
  }

  return {
    name: "once calm, all are served and nothing is left over",
    change: ({ after, kind, object }) => {
      if (kind.plural === "nodes") {
        if (after === undefined) nodes.delete(nameOf(object))
        else nodes.set(nameOf(object), after)
      }
      return undefined
    },
    calm: (book) => [...podProblems(book), ...nodeProblems(book), ...interfaceProblems(book)]
  }
}
