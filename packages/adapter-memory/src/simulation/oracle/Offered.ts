import { podEni } from "@branchline/core/model/Names"
import { type Document, nameOf, textAt } from "../../kubernetes/Document.js"
import { lateSight } from "./Manners.js"
import type { Oracle } from "./Oracle.js"
import { roomOf } from "./Room.js"
import { isLabelled } from "./Unasked.js"

const capacityOf = (node: Document | undefined): string | undefined => textAt(node ?? {}, "status", "capacity", podEni)

/** The capacity alone went to 0: a kubelet that starts anew zeroes what is allocatable with it. */
const isWithdrawn = (before: Document | undefined, after: Document | undefined): boolean =>
  capacityOf(after) === "0" && Number(capacityOf(before) ?? "0") > 0 && roomOf(after ?? {}) > 0

/**
 * What a node offers is not withdrawn while its trunk is attached and nobody took the feature off it: not for the moment in which a CNINode is made anew either.
 */
export const notWithdrawn = (excusedNodes: ReadonlySet<string>): Oracle => {
  const labelledAt = new Map<string, number>()
  return {
    name: "a node that asks offers branches as long as it has its trunk",
    change: ({ after, before, kind, object }, book) => {
      if (kind.plural !== "nodes") return undefined
      const name = nameOf(object)
      if (isLabelled(object) && !isLabelled(before ?? {})) labelledAt.set(name, book.now())
      if (!isWithdrawn(before, after) || book.rivalled()) return undefined
      // A Node that was made anew has lost its label, and who sees late that it has it again sees it without.
      if (book.now() - (labelledAt.get(name) ?? -Infinity) < lateSight) return undefined
      const instanceId = book.instanceOf(name)
      if (instanceId === undefined || excusedNodes.has(instanceId) || !(textAt(object, "spec", "providerID") ?? "").endsWith(`/${instanceId}`)) return undefined
      const trunkId = book.truth.trunkOf(instanceId)
      return trunkId === undefined ? undefined : `${name} offers none any more, and ${trunkId} is attached`
    }
  }
}
