import { allocationTag } from "@branchline/core/model/Names"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { type Document, nameOf, textAt } from "../../kubernetes/Document.js"
import { type Book, type PodRecord, trunkOf } from "./Book.js"
import type { Oracle } from "./Oracle.js"
import { isOurs } from "./Ours.js"
import { branchesOf, isFull, roomOf } from "./Room.js"

/** What counts as well when nothing happens any more. */
export interface SettledOptions {
  readonly clusterName: string
  /** Idle branches that a trunk may keep. */
  readonly idleCap: number
  /** The sweep comes by within a life: that a trunk is gone is found although nobody needs it. */
  readonly sweeps: boolean
  /** Nodes of which nothing can be expected, by instance, because of what somebody did. */
  readonly excusedNodes: ReadonlySet<string>
}

const servedProblem = (book: Book, pod: PodRecord): string | undefined => {
  if (pod.details === undefined) return isFull(book, pod.instanceId) ? undefined : `${pod.name} has no annotation on ${pod.nodeName ?? "no node"}`
  if (pod.spoilt) return `${pod.name}'s annotation is what somebody made of it`
  const association = book.truth.associationOf(pod.details.eniId)
  if (association === undefined || association.trunkId !== trunkOf(book, pod)) return `${pod.name}'s ${pod.details.eniId} is not under its node's trunk`
  if (association.vlanId !== pod.details.vlanId) return `${pod.name}'s ${pod.details.eniId} has VLAN id ${association.vlanId}, and not ${pod.details.vlanId}`
  return pod.phase === "Running" ? undefined : `${pod.name} is ${pod.phase}`
}

/** Once calm: every pod that asks and is bound is served, whoever fits is bound, every node offers what its type carries, and EC2 holds nothing besides. */
export const settled = ({ clusterName, excusedNodes, idleCap, sweeps }: SettledOptions): Oracle => {
  const nodes = new Map<string, Document>()

  const podProblems = (book: Book): ReadonlyArray<string> => {
    const asking = [...book.living()].filter((pod) => pod.asks && textAt(pod.document, "metadata", "deletionTimestamp") === undefined)
    const taken = new Map<string, number>()
    for (const { nodeName } of asking) if (nodeName !== undefined) taken.set(nodeName, (taken.get(nodeName) ?? 0) + 1)
    const hasRoom = [...nodes.values()].find((node) => roomOf(node) > (taken.get(nameOf(node)) ?? 0))
    return asking.flatMap((pod) => {
      if (book.excuse(pod.uid) !== undefined) return []
      if (pod.nodeName === undefined) return hasRoom === undefined ? [] : [`${pod.name} is bound to no node, and ${nameOf(hasRoom)} has room`]
      return excusedNodes.has(pod.instanceId ?? "") || excusedNodes.has(book.instanceOf(pod.nodeName) ?? "") ? [] : servedProblem(book, pod) ?? []
    })
  }

  const nodeProblems = (book: Book): ReadonlyArray<string> =>
    [...nodes.values()].flatMap((node) => {
      const name = nameOf(node)
      const instanceId = book.instanceOf(name)
      const instance = instanceId === undefined ? undefined : book.truth.instanceOf(instanceId)
      if (instance === undefined || excusedNodes.has(instance.instanceId)) return []
      const expected = branchesOf(instance.instanceType)
      if (sweeps && expected > 0 && book.truth.trunkOf(instance.instanceId) === undefined) return [`${name} has no trunk`]
      return roomOf(node) === expected ? [] : [`${name} offers ${roomOf(node)} branches, and ${instance.instanceType} carries ${expected}`]
    })

  /** A branch may cool for twice its time: a controller that began anew in between cools it once more in full. */
  const cools = (book: Book, eniId: string): boolean =>
    book.tenantsOf(eniId).some(({ endedAt }) => endedAt !== undefined && book.now() - endedAt < 2 * book.cooldown())

  /** Made for a pod that lives and waits: what keeps it from being served is another matter. */
  const isAwaited = (book: Book, { tags }: NetworkInterface): boolean => {
    const pod = book.pods.get(tags[allocationTag]?.split("/")[0] ?? "")
    return pod !== undefined && pod.living && pod.details === undefined
  }

  const interfaceProblems = (book: Book): ReadonlyArray<string> => {
    const held = new Set<string>([...book.living()].flatMap(({ details }) => details?.eniId ?? []))
    const idle = new Map<string, number>()
    return [...book.truth.interfaces()].flatMap((found) => {
      if (!isOurs(clusterName, found) || held.has(found.eniId) || book.truth.placeOf(found.eniId) !== undefined) return []
      if (cools(book, found.eniId) || isAwaited(book, found)) return []
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
