import type { VlanId } from "@branchline/core/model/Ids"
import type { Link } from "../../kubernetes/kubelet/CniPlugin.js"
import { type Book, isOnItsInstance, type PodRecord } from "./Book.js"
import type { Oracle } from "./Oracle.js"

/** The nodes as the CNI plugin has wired them. */
export interface Wiring {
  readonly nodes: ReadonlyMap<string, { readonly kubelet: { readonly plugin: { readonly links: ReadonlyMap<VlanId, Link> } } }>
}

/** Who else has the id on the pod's node: another pod by its annotation. */
const isTaken = (book: Book, { nodeName, uid }: PodRecord, vlanId: VlanId): boolean =>
  [...book.living()].some((other) => other.uid !== uid && other.nodeName === nodeName && other.details?.vlanId === vlanId)

/**
 * A node's name changed hands with its pods still bound, and the plugin has wired one from the old annotation: it is served under that VLAN id, or the plugin tears
 * the link down under another. Not where another pod has the id by now.
 */
export const wiresKept = ({ nodes }: Wiring): Oracle => ({
  name: "a pod that a node has wired keeps its VLAN id",
  pod: (pod, before, book) => {
    const [was, is] = [before?.details, pod.details]
    if (!pod.living || was === undefined || is === undefined || was.eniId === is.eniId || was.vlanId === is.vlanId) return undefined
    if (isOnItsInstance(book, pod) || book.rivalled()) return undefined
    const link = nodes.get(pod.nodeName ?? "")?.kubelet.plugin.links.get(was.vlanId)
    return link?.podUid === pod.uid && !isTaken(book, pod, was.vlanId) ? `${pod.name} was wired under ${was.vlanId} and is served under ${is.vlanId}` : undefined
  }
})
