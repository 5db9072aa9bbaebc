import { isOurs } from "@branchline/core/controller/CniNodes"
import type { Difference } from "@branchline/core/explain/Differences"
import { namedInstance } from "@branchline/core/model/CNINode"
import type { InstanceId } from "@branchline/core/model/Ids"
import { instanceIdOf } from "@branchline/core/model/Node"
import { dropFinalizer } from "@branchline/core/patch/CNINodePatch"
import type { Step } from "../dry-run/Plan.js"
import type { Sight } from "./Sight.js"

/** The CNINodes that wait to be let go because their node is gone, by instance. */
export const leavingCniNodes = ({ cniNodes, nodes }: Sight["cluster"]) =>
  [...cniNodes.values()].flatMap((cniNode) => {
    const instanceId = namedInstance(cniNode)
    const isLeaving = cniNode.metadata.deletionTimestamp && nodes.get({ name: cniNode.metadata.name }) === undefined && isOurs(cniNode)
    return isLeaving && instanceId !== undefined ? [{ cniNode, instanceId }] : []
  })

/** Instances without node: those that interfaces or leaving CNINodes name. */
export const leftInstances = ({ cluster, ec2 }: Pick<Sight, "cluster" | "ec2">): ReadonlySet<InstanceId> => {
  const named = new Set([...cluster.nodes.values()].map(({ spec }) => instanceIdOf(spec?.providerID ?? "")))
  return new Set([
    ...[...ec2.ofInstance.keys()].flatMap((text) => instanceIdOf(`aws:///zone/${text}`) ?? []),
    ...leavingCniNodes(cluster).map(({ instanceId }) => instanceId)
  ].filter((instanceId) => !named.has(instanceId)))
}

const hasEnded = ({ ec2: { asked, instances } }: Sight, instanceId: InstanceId): boolean =>
  asked.has(instanceId) && (instances.get(instanceId)?.state ?? "terminated") === "terminated"

/** What would be removed with an instance that has ended: its interfaces, branches before their trunk, and then its CNINode (contract §10). */
const removed = ({ cluster, ec2 }: Sight, instanceId: InstanceId): ReadonlyArray<Step> => {
  const faces = (ec2.ofInstance.get(instanceId) ?? []).toSorted((a, b) => Number(a.type === "trunk") - Number(b.type === "trunk"))
  const deletes = faces.map(({ eniId }): Step => ({ _tag: "Trunk", node: instanceId, call: `delete ${eniId}, whose instance is gone` }))
  const released = leavingCniNodes(cluster).flatMap(({ cniNode, instanceId: of }): ReadonlyArray<Step> => {
    const patch = of === instanceId ? dropFinalizer(cniNode) : undefined
    const { name } = cniNode.metadata
    return patch === undefined ? [] : [{ _tag: "Write", write: { _tag: "Patch", kind: "CNINode", key: { name }, subresource: undefined, patch: { _tag: "merge", patch } } }]
  })
  return [...deletes, ...released]
}

/** What a sweep would delete: what two looks found hanging on nothing and nobody's. */
const swept = (told: ReadonlyArray<Difference>, gone: ReadonlySet<string>): ReadonlyArray<Step> =>
  told.flatMap((one): ReadonlyArray<Step> =>
    one._tag === "InterfaceUnexplained" && one.status === "available" && !gone.has(one.instanceId ?? "")
      ? [{ _tag: "Trunk", node: one.instanceId ?? "none", call: `delete ${one.eniId}, which is nobody's` }]
      : [])

/** What would be done about what is left of nodes and pods that are gone. */
export const planLeft = (sight: Sight, told: ReadonlyArray<Difference>): ReadonlyArray<Step> => {
  const ended = [...leftInstances(sight)].filter((instanceId) => hasEnded(sight, instanceId))
  return [...ended.flatMap((instanceId) => removed(sight, instanceId)), ...swept(told, new Set(ended))]
}
