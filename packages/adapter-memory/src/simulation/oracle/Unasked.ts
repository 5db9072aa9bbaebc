import { hasTrunkAttachedLabel, instanceIdTag, securityGroupsForPodsFeature, trunkEniIdTag } from "@branchline/core/model/Names"
import type { EniId } from "@branchline/core/model/Ids"
import { type Document, labelsOf, nameOf, objectsAt, textAt } from "../../kubernetes/Document.js"
import type { Book } from "./Book.js"
import type { Oracle } from "./Oracle.js"
import { roomOf } from "./Room.js"

/** So late it may be seen that a node no longer asks, milliseconds: a watch that fell silent is noticed after two and a half minutes; while every call is refused all hands are full. */
const lateSight = 4 * 60_000

const hasFeature = (cniNode: Document): boolean => objectsAt(cniNode, "spec", "features").some((feature) => textAt(feature, "name") === securityGroupsForPodsFeature)

/** Whether a node asks by the older label. */
export const isLabelled = (node: Document): boolean => Object.hasOwn(labelsOf(node), hasTrunkAttachedLabel)

/** A node that stops asking offers nothing, and no branch is made for it (contract §10). What asks is the feature, or the older label whatever it says. */
export const unasked = (): Oracle => {
  const nodes = new Map<string, Document>()
  /** By node: the instance that the CNINode is for, and since when it has not asked; undefined where it asks. */
  const silent = new Map<string, { readonly instanceId: string | undefined; readonly since: number | undefined }>()
  /** By node, when it was last seen to ask by its label. */
  const labelled = new Map<string, number>()
  const isSilent = (name: string, { now, outUntil }: Book): boolean => {
    const since = silent.get(name)?.since
    const node = nodes.get(name)
    return since !== undefined && node !== undefined && now() - Math.max(since, labelled.get(name) ?? 0, outUntil()) > lateSight && !isLabelled(node)
  }
  return {
    name: "a node that no longer asks offers nothing and gets no branch",
    change: ({ after, kind, object }, book) => {
      const name = nameOf(object)
      if (kind.plural === "nodes") {
        if (isLabelled(object) || isLabelled(nodes.get(name) ?? {})) labelled.set(name, book.now())
        if (after === undefined) nodes.delete(name)
        else nodes.set(name, after)
      }
      if (kind.plural === "cninodes") {
        if (after === undefined) silent.delete(name)
        else silent.set(name, { instanceId: textAt(after, "spec", "tags", instanceIdTag), since: hasFeature(after) ? undefined : silent.get(name)?.since ?? book.now() })
      }
      return undefined
    },
    call: ({ action, outcome }, book) => {
      if (action !== "CreateNetworkInterface" || outcome._tag !== "done") return undefined
      const tags = book.truth.interfaceOf(outcome.answer as EniId)?.tags ?? {}
      if (tags[trunkEniIdTag] === undefined) return undefined
      for (const [name, { instanceId }] of silent) {
        if (instanceId === tags[instanceIdTag] && book.instanceOf(name) === instanceId && isSilent(name, book)) return `${outcome.answer} is made for ${name}`
      }
      return undefined
    },
    calm: (book) => [...nodes].flatMap(([name, node]) => isSilent(name, book) && roomOf(node) > 0 ? [`${name} offers ${roomOf(node)} branches`] : [])
  }
}
