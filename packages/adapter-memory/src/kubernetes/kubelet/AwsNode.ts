import { Effect, Queue } from "effect"
import type { CNINode } from "@branchline/core/model/CNINode"
import { customNetworkingFeature, hasTrunkAttachedLabel, podEni, securityGroupsForPodsFeature } from "@branchline/core/model/Names"
import type { Node } from "@branchline/core/model/Node"
import { cniNodes, nodes } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { follow } from "../informer/Informer.js"

/** How a node's agent asks for a trunk (contract §1.1). */
export interface AwsNodeOptions {
  readonly nodeName: string
  /** The port in the name of the aws-node service account. */
  readonly port: Kubernetes["Service"]
  /** `feature`: in the CNINode's spec, from v1.15.0 on. `label`: on the Node, before. */
  readonly asks: "feature" | "label"
  /** Name of the ENIConfig under custom networking. */
  readonly eniConfig?: string
  /** Whether the instance has a trunk: who has one does not ask. */
  readonly hasTrunk: Effect.Effect<boolean>
}

type Feature = { readonly name: string; readonly value?: string }

const wanted = ({ eniConfig }: AwsNodeOptions): ReadonlyArray<Feature> => [
  { name: securityGroupsForPodsFeature },
  ...(eniConfig === undefined ? [] : [{ name: customNetworkingFeature, value: eniConfig }])
]

/** How long the agent lets pass between two rounds of its own. */
const round = "5 seconds"

const addFeatures = Effect.fnUntraced(function*(options: AwsNodeOptions, cniNode: CNINode) {
  const present = cniNode.spec?.features ?? []
  const missing = wanted(options).filter(({ name }) => !present.some((feature) => feature.name === name))
  if (missing.length === 0 || (yield* options.hasTrunk)) return
  const features = [...present.map(({ name, value }) => typeof value === "string" ? { name, value } : { name }), ...missing]
  const patch = { metadata: { resourceVersion: cniNode.metadata.resourceVersion }, spec: { features } }
  yield* options.port.patch(cniNodes, { name: options.nodeName }, { _tag: "merge", patch })
})

const setLabel = Effect.fnUntraced(function*({ nodeName, port }: AwsNodeOptions, node: Node) {
  const label = node.metadata.labels?.[hasTrunkAttachedLabel]
  const served = Number(node.status?.capacity?.[podEni] ?? "0") > 0
  const value = label === undefined ? "false" : served ? "true" : label
  if (value === label) return
  const patch = { metadata: { labels: { [hasTrunkAttachedLabel]: value } } }
  yield* port.patch(nodes, { name: nodeName }, { _tag: "merge", patch })
})

/** The agent with ENABLE_POD_ENI=true: asks for a trunk as soon as there is something to ask on, and again when that was lost. Runs until interrupted. */
export const run = Effect.fnUntraced(function*(options: AwsNodeOptions) {
  const { asks, nodeName, port } = options
  const wake = yield* Queue.sliding<void>(1)
  const key = { name: nodeName }
  const handler = { upsert: () => Effect.asVoid(Queue.offer(wake, undefined)), remove: () => Effect.void }
  const scope = { fieldSelector: `metadata.name=${nodeName}` }

  const ask: Effect.Effect<void, KubernetesError> = asks === "feature"
    ? Effect.flatMap(port.get(cniNodes, key), (cniNode) => addFeatures(options, cniNode))
    : Effect.flatMap(port.get(nodes, key), (node) => setLabel(options, node))

  const attend = Queue.take(wake).pipe(
    Effect.andThen(ask),
    Effect.catch((error) =>
      error.reason._tag === "NotFound" ? Effect.void : Effect.andThen(Effect.sleep(round), Queue.offer(wake, undefined))
    )
  )

  const watch = asks === "feature" ? follow(port, cniNodes, scope, handler) : follow(port, nodes, scope, handler)
  return yield* Effect.all([watch, Effect.forever(attend)], { concurrency: "unbounded", discard: true })
})
