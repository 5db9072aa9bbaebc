import { Effect } from "effect"
import type { CNINode } from "../model/CNINode.js"
import type { InstanceId } from "../model/Ids.js"
import { instanceIdTag } from "../model/Names.js"
import type { Node } from "../model/Node.js"
import { cniNodes, nodes } from "../model/Resource.js"
import { align, document, dropFinalizer, type Previous } from "../patch/CNINodePatch.js"
import { KubernetesError } from "../ports/KubernetesError.js"
import { notice } from "./Notices.js"
import type { Parts } from "./Parts.js"
import { regarding } from "./Recorder.js"
import * as Texts from "./Texts.js"

/** Whether a CNINode is ours to change (contract §10: newer ones name who manages them). */
export const isOurs = (cniNode: CNINode): boolean => !cniNode.spec?.managedBy || cniNode.spec.managedBy === "vpc-resource-controller"

/** It is still there, as far as we know: our own call may be what it is gone by, although that one's answer was lost. */
const isThere = ({ cniNodes: known }: Pick<Parts, "cniNodes">, { metadata: { name, uid } }: CNINode): boolean => known.get({ name })?.metadata.uid === uid

/** Takes our finalizer off, so that the API server may let the CNINode go. */
export const letGo = Effect.fnUntraced(function*(parts: Parts, cniNode: CNINode): Effect.fn.Return<void, KubernetesError> {
  const patch = dropFinalizer(cniNode)
  if (patch === undefined) return
  yield* parts.kubernetes.patch(cniNodes, { name: cniNode.metadata.name }, { _tag: "merge", patch }).pipe(
    Effect.catchReason("KubernetesError", "NotFound", () => Effect.void),
    // Somebody else changed it in between, and the watch will bring that: no failure to tell of.
    Effect.tapError((error) =>
      error.reason._tag === "Conflict" || !isThere(parts, cniNode) || !parts.told.once(cniNode.metadata.uid, "not let go")
        ? Effect.void
        : parts.recorder.about(regarding(cniNodes, cniNode.metadata), Texts.cniNodeFailed("delete", error.message))
    )
  )
})

/** Fails with `Conflict` where the node is another object now than the one we know, or gone. */
const isOfToday = Effect.fnUntraced(function*({ kubernetes }: Parts, { name, uid }: Node["metadata"]): Effect.fn.Return<void, KubernetesError> {
  // Listed and not got: nodes are listed and watched anyway, and need no further verb.
  const { items: [present] } = yield* kubernetes.list(nodes, { fieldSelector: `metadata.name=${name}` })
  if (present?.metadata.uid === uid) return
  return yield* new KubernetesError({
    operation: `list nodes ${name}`,
    reason: { _tag: "Conflict" },
    message: present === undefined ? "its node is gone" : "its node was made anew"
  })
})

/**
 * A node's CNINode is there and right. One that is being deleted while its node lives is let go first and made again when it is gone, owned
 * by the node of today (contract §10).
 *
 * @param previous the one that was there before, for the features of the same instance
 */
export const ensure = Effect.fnUntraced(function*(
  parts: Parts,
  node: Node,
  os: string,
  instanceId: InstanceId,
  previous: Previous | undefined
): Effect.fn.Return<CNINode | undefined, KubernetesError> {
  const { name, uid } = node.metadata
  const facts = { node: { name, uid, os }, instanceId, clusterName: parts.settings.clusterName }
  const current = parts.cniNodes.get({ name })
  if (current === undefined) {
    // The garbage collector deletes at once what is owned by a node that is gone: it would be made again and again for as long as our watch is behind.
    yield* isOfToday(parts, node.metadata)
    const made = parts.kubernetes.create(cniNodes, document(facts, previous)).pipe(
      Effect.catchReasons("KubernetesError", {
        // The watch will bring it.
        AlreadyExists: () => Effect.succeed(undefined),
        // The kind itself is not installed: the node asks by its label, or not at all.
        NotFound: () => Effect.succeed(undefined)
      }),
      Effect.tapError((error) => parts.nodeMemory.tellOnce(name, Texts.cniNodeFailed("create", error.message)))
    )
    if (previous === undefined) return yield* made
    const remade = (failed: boolean) => notice({ _tag: "CniNodeRemade", node: name, failed })
    return yield* made.pipe(
      Effect.tap((answer) => (answer === undefined ? Effect.void : remade(false))),
      Effect.tapError(() => remade(true))
    )
  }
  if (!isOurs(current)) return current
  if (current.metadata.deletionTimestamp) {
    // Its node may be gone, too, and our watch of nodes behind: then it waits for what its instance has.
    yield* isOfToday(parts, node.metadata)
    yield* letGo(parts, current)
    return undefined
  }
  const patch = align(current, facts)
  if (patch === undefined) return current
  return yield* parts.kubernetes.patch(cniNodes, { name }, { _tag: "json", patch })
})

/** The CNINodes that are on their way out and wait for an instance's interfaces to be gone. */
export const leaving = (parts: Parts, instanceId: InstanceId): ReadonlyArray<CNINode> =>
  [...parts.cniNodes.values()].filter((cniNode) =>
    Boolean(cniNode.metadata.deletionTimestamp) && cniNode.spec?.tags?.[instanceIdTag] === instanceId &&
    parts.nodes.get({ name: cniNode.metadata.name }) === undefined && isOurs(cniNode)
  )
