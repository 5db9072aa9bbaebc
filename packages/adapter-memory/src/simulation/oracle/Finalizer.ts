import type { InstanceId } from "@branchline/core/model/Ids"
import { cniNodeFinalizer, instanceIdTag } from "@branchline/core/model/Names"
import { type Document, listAt, nameOf, textAt, uidOf } from "../../kubernetes/Document.js"
import type { Book } from "./Book.js"
import type { Oracle } from "./Oracle.js"
import { isOurs } from "./Ours.js"

/** So long a let-go may be on its way that was sent when the node was still there, milliseconds: both ways and what a network that is cut makes of them. */
const onItsWay = 15_000

const keeps = (cniNode: Document | undefined): boolean => listAt(cniNode ?? {}, "metadata", "finalizers").includes(cniNodeFinalizer)

/**
 * A CNINode that is deleted is let go only when what its instance had is gone (contract §10): who looks for the rest afterwards has nothing to look by. One whose
 * node is there is made again, and is let go at once, also where the node goes in the same moment.
 */
export const finalizerLast = (clusterName: string): Oracle => {
  const nodes = new Set<string>()
  const goneAt = new Map<string, number>()
  /** CNINodes that were deleted under a node, or whose node came while they were being deleted. */
  const remade = new Set<string>()
  /** By name, those that are being deleted. */
  const leaving = new Map<string, string>()
  const left = (instanceId: InstanceId, { hidden, inherited, truth }: Book): string | undefined => {
    for (const found of truth.interfaces()) {
      const { eniId, tags } = found
      if (tags[instanceIdTag] === instanceId && isOurs(clusterName, found) && !inherited(eniId) && !hidden(eniId)) return eniId
    }
    return undefined
  }
  return {
    name: "a CNINode is let go last",
    change: ({ after, before, kind, object }, book) => {
      const name = nameOf(object)
      if (kind.plural === "nodes") {
        if (after !== undefined) {
          nodes.add(name)
          const uid = leaving.get(name)
          if (uid !== undefined) remade.add(uid)
        } else if (nodes.delete(name)) goneAt.set(name, book.now())
      }
      if (kind.plural !== "cninodes") return undefined
      if (textAt(object, "metadata", "deletionTimestamp") !== undefined && leaving.get(name) !== uidOf(object)) {
        leaving.set(name, uidOf(object))
        if (nodes.has(name)) remade.add(uidOf(object))
      }
      if (!keeps(before) || keeps(after) || nodes.has(name) || book.freedByHand(name) || book.rivalled()) return undefined
      if (remade.has(uidOf(object)) && book.now() - (goneAt.get(name) ?? 0) < onItsWay) return undefined
      const instanceId = textAt(before ?? {}, "spec", "tags", instanceIdTag) as InstanceId | undefined
      const eniId = instanceId === undefined ? undefined : left(instanceId, book)
      return eniId === undefined ? undefined : `${name}'s was let go, and ${eniId} is left`
    }
  }
}
