import { nodes as nodeResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { beside, type Deed, mayFail } from "../Deed.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** So long a kubelet takes to see that its Node is gone. */
const delay = "5 seconds"

/** The Node object is deleted and kubelet registers again, while its pods run. */
export const reregister = ({ node }: Pick<StepOf<"reregister">, "node">, { cluster, nodeAt }: Stage): Deed =>
  Effect.suspend(() => {
    const found = nodeAt(node)
    if (found === undefined) return Effect.void
    return Effect.andThen(
      mayFail(cluster.admin.delete(nodeResource, { name: found.nodeName })),
      beside(Effect.andThen(
        Effect.sleep(delay),
        // A kubelet whose instance was replaced in between registers nothing any more.
        Effect.suspend(() => cluster.nodes.get(found.nodeName)?.instanceId === found.instanceId ? mayFail(found.kubelet.register) : Effect.void)
      ))
    )
  })
