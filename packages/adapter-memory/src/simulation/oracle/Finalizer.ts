import type { InstanceId } from "@branchline/core/model/Ids"
import { cniNodeFinalizer, instanceIdTag } from "@branchline/core/model/Names"
import { type Document, listAt, nameOf, textAt } from "../../kubernetes/Document.js"
import type { Book } from "./Book.js"
import type { Oracle } from "./Oracle.js"
import { isOurs } from "./Ours.js"

const keeps = (cniNode: Document | undefined): boolean => listAt(cniNode ?? {}, "metadata", "finalizers").includes(cniNodeFinalizer)

/**
 * A CNINode that is deleted is let go only when what its instance had is gone (contract §10): who looks for the rest afterwards has nothing to look by. One whose
 * node is there is made again, and is let go at once.
 */
export const finalizerLast = (clusterName: string): Oracle => {
  const nodes = new Set<string>()
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
      if (kind.plural === "nodes") {
        if (after === undefined) nodes.delete(nameOf(object))
        else nodes.add(nameOf(object))
      }
      if (kind.plural !== "cninodes" || !keeps(before) || keeps(after) || nodes.has(nameOf(object)) || book.freedByHand(nameOf(object)) || book.rivalled()) return undefined
      const instanceId = textAt(before ?? {}, "spec", "tags", instanceIdTag) as InstanceId | undefined
      const eniId = instanceId === undefined ? undefined : left(instanceId, book)
      return eniId === undefined ? undefined : `${nameOf(object)}'s was let go, and ${eniId} is left`
    }
  }
}
