import { Effect, Queue, Schedule, type Schema } from "effect"
import type { Node } from "@branchline/core/model/Node"
import { nodes } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { Stream } from "../../simulation/Streams.js"
import { isExtended } from "../ExtendedResources.js"
import { follow } from "../informer/Informer.js"
import { timestamp } from "../informer/Timestamp.js"
import { type NodeIdentity, nodeDocument, nodeStatus, providerIdOf } from "./NodeObject.js"
import { draw, type Timings } from "./Timings.js"

const patience = { schedule: Schedule.spaced("1 second"), while: (error: KubernetesError) => error.isRetryable }

/**
 * Registers the node, as kubelet does when it starts: creates the Node, or, where there is one of that instance, sets its extended resources to
 * zero until somebody reports them again. The Node of an earlier instance of that name is replaced, as the cloud's node lifecycle controller
 * does. Adds the port's errors that another try does not mend.
 */
export const register = Effect.fnUntraced(function*(port: Kubernetes["Service"], identity: NodeIdentity) {
  const key = { name: identity.nodeName }
  const time = yield* timestamp

  const reset = Effect.gen(function*() {
    const node = yield* port.get(nodes, key)
    if (node.spec?.providerID !== providerIdOf(identity)) {
      yield* port.delete(nodes, key, { uid: node.metadata.uid })
      return yield* port.create(nodes, nodeDocument(identity, time))
    }
    const zeros = Object.fromEntries(Object.keys(node.status?.capacity ?? {}).filter(isExtended).map((name) => [name, "0"]))
    const status = { ...nodeStatus(identity, time), capacity: zeros, allocatable: zeros }
    return yield* port.patch(nodes, key, { _tag: "merge", patch: { status } }, { subresource: "status" })
  })

  yield* port.create(nodes, nodeDocument(identity, time)).pipe(
    Effect.catch((error) => error.reason._tag === "AlreadyExists" ? reset : Effect.fail(error)),
    Effect.retry(patience)
  )
})

const difference = (from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): Schema.JsonObject => {
  const changed = Object.entries(to).filter(([name, value]) => from[name] !== value)
  const gone = Object.keys(from).filter((name) => !(name in to)).map((name) => [name, null] as const)
  return Object.fromEntries([...changed, ...gone])
}

/** Copies `status.capacity` to `status.allocatable` with kubelet's next report, whenever they differ. Runs until interrupted. */
export const copyCapacity = Effect.fnUntraced(function*(
  port: Kubernetes["Service"],
  nodeName: string,
  random: Stream,
  timings: Required<Timings>
) {
  const differs = yield* Queue.sliding<void>(1)
  let latest: Node | undefined

  const missing = (): Schema.JsonObject =>
    difference(latest?.status?.allocatable ?? {}, latest?.status?.capacity ?? {})

  const report = Effect.gen(function*() {
    yield* Queue.take(differs)
    yield* Effect.sleep(draw(random, timings.statusReport))
    const allocatable = missing()
    if (latest === undefined || Object.keys(allocatable).length === 0) return
    const patch = { metadata: { uid: latest.metadata.uid }, status: { allocatable } }
    yield* port.patch(nodes, { name: nodeName }, { _tag: "merge", patch }, { subresource: "status" }).pipe(
      Effect.retry(patience),
      Effect.ignore
    )
  })

  const watch = follow(port, nodes, { fieldSelector: `metadata.name=${nodeName}` }, {
    upsert: (node) =>
      Effect.suspend(() => {
        latest = node
        return Object.keys(missing()).length === 0 ? Effect.void : Effect.asVoid(Queue.offer(differs, undefined))
      }),
    remove: () => Effect.sync(() => void (latest = undefined))
  })

  return yield* Effect.all([watch, Effect.forever(report)], { concurrency: "unbounded", discard: true })
})
