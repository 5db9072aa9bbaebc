import { Effect } from "effect"
import type { InstanceId } from "../model/Ids.js"
import { instanceIdTag } from "../model/Names.js"
import type { Previous } from "../patch/CNINodePatch.js"
import type { News, Recorder } from "./Recorder.js"

/** What a controller remembers of nodes between two looks: what it told of them, and the CNINodes they had. */
export interface NodeMemory {
  /** Tells a node's people, unless they were told the same before and it is not over. */
  readonly tellOnce: (nodeName: string, news: News) => Effect.Effect<void>
  /** What these reasons told of is over: should it come back, that is news again. */
  readonly isOver: (nodeName: string, reasons: ReadonlyArray<string>) => void
  /** Why a node is not ready to serve its pods; undefined once it is. */
  readonly noteObstacle: (nodeName: string, why: string | undefined) => void
  readonly obstacle: (nodeName: string) => string | undefined
  /** A node's CNINode is gone; the next of its name may inherit what it asked for. */
  readonly keep: (nodeName: string, cniNode: Previous) => void
  readonly lastCniNode: (nodeName: string) => Previous | undefined
  /** The instance will not come back, and nobody inherits from its nodes. */
  readonly forget: (instanceId: InstanceId) => void
}

export const make = (recorder: Recorder): NodeMemory => {
  const told = new Map<string, Map<string, Set<string>>>()
  const obstacles = new Map<string, string>()
  const lastCniNode = new Map<string, Previous>()
  return {
    tellOnce: (nodeName, news) =>
      Effect.suspend(() => {
        const ofNode = told.get(nodeName) ?? new Map<string, Set<string>>()
        told.set(nodeName, ofNode)
        const messages = ofNode.get(news.reason) ?? new Set<string>()
        ofNode.set(news.reason, messages)
        if (messages.has(news.message)) return Effect.void
        messages.add(news.message)
        return recorder.node(nodeName, news)
      }),
    isOver: (nodeName, reasons) => {
      for (const reason of reasons) told.get(nodeName)?.delete(reason)
    },
    noteObstacle: (nodeName, why) => {
      if (why === undefined) obstacles.delete(nodeName)
      else obstacles.set(nodeName, why)
    },
    obstacle: (nodeName) => obstacles.get(nodeName),
    keep: (nodeName, cniNode) => {
      lastCniNode.set(nodeName, cniNode)
    },
    lastCniNode: (nodeName) => lastCniNode.get(nodeName),
    forget: (instanceId) => {
      for (const [name, cniNode] of lastCniNode) {
        if (cniNode.spec?.tags?.[instanceIdTag] !== instanceId) continue
        lastCniNode.delete(name)
        told.delete(name)
        obstacles.delete(name)
      }
    }
  }
}
