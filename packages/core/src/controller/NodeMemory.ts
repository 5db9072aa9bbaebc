import { Effect } from "effect"
import type { CNINode } from "../model/CNINode.js"
import type { InstanceId } from "../model/Ids.js"
import { instanceIdTag } from "../model/Names.js"
import type { News, Recorder } from "./Recorder.js"

/** What a controller remembers of nodes between two looks: what it told of them, and the CNINodes they had. */
export interface NodeMemory {
  /** Tells a node's people, unless the last of that reason was the same. */
  readonly tellOnce: (nodeName: string, news: News) => Effect.Effect<void>
  /** What these reasons told of is over: should it come back, that is news again. */
  readonly isOver: (nodeName: string, reasons: ReadonlyArray<string>) => void
  /** A CNINode is gone; the next of its name may inherit what it asked for. */
  readonly keep: (cniNode: CNINode) => void
  readonly lastCniNode: (nodeName: string) => CNINode | undefined
  /** The instance will not come back, and nobody inherits from its nodes. */
  readonly forget: (instanceId: InstanceId) => void
}

export const make = (recorder: Recorder): NodeMemory => {
  const told = new Map<string, Map<string, string>>()
  const lastCniNode = new Map<string, CNINode>()
  return {
    tellOnce: (nodeName, news) =>
      Effect.suspend(() => {
        const ofNode = told.get(nodeName) ?? new Map<string, string>()
        told.set(nodeName, ofNode)
        if (ofNode.get(news.reason) === news.message) return Effect.void
        ofNode.set(news.reason, news.message)
        return recorder.node(nodeName, news)
      }),
    isOver: (nodeName, reasons) => {
      for (const reason of reasons) told.get(nodeName)?.delete(reason)
    },
    keep: (cniNode) => {
      lastCniNode.set(cniNode.metadata.name, cniNode)
    },
    lastCniNode: (nodeName) => lastCniNode.get(nodeName),
    forget: (instanceId) => {
      for (const [name, cniNode] of lastCniNode) {
        if (cniNode.spec?.tags?.[instanceIdTag] !== instanceId) continue
        lastCniNode.delete(name)
        told.delete(name)
      }
    }
  }
}
