import { Effect } from "effect"
import { type Deed, later, mayFail, ruled, whileNobodyLooks } from "../Deed.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** So long before instances can be read again a node is replaced, seconds: whoever began has taken the lead by then. */
const before = 12

const reasons = { refused: { _tag: "Unauthorized" }, unanswered: { _tag: "Unavailable" } } as const

/** All replicas begin anew while instances cannot be read, and a node is replaced under its name before any of them could. */
export const unread = ({ answer, lasts, node }: StepOf<"unread">, stage: Stage): Deed => {
  const { cluster, nodeAt, room } = stage
  const replace = Effect.suspend(() => {
    const found = nodeAt(node)
    return found === undefined || !room.isOpen() ? Effect.void : mayFail(cluster.replaceNode(found.nodeName, {}))
  })
  stage.struck("unread")
  return Effect.andThen(
    ruled(stage, lasts, { on: { port: "ec2", operation: "describeInstances" }, when: "before", reason: reasons[answer] }),
    Effect.andThen(whileNobodyLooks(stage, 1, Effect.void), later(Math.max(0, lasts - before), replace))
  )
}
