import type { NodeFacts } from "@branchline/core/explain/Facts"
import { explainNode, type NodeStory } from "@branchline/core/explain/NodeStory"
import { explainPod, type PodStory } from "@branchline/core/explain/PodStory"
import type { Node } from "@branchline/core/model/Node"
import { eniConfigName } from "@branchline/core/model/NodeTraits"
import type { Pod } from "@branchline/core/model/Pod"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import type { ServiceAccountFacts } from "@branchline/core/selection/Selection"
import type { Observed } from "../metrics/Sources.js"

type Knowledge = Observed["knowledge"]

const nodeFacts = ({ cniNodes, eniConfigs, fleet, limits }: Knowledge, name: string, node: Node | undefined): NodeFacts => {
  const member = fleet.ofNode(name)
  const cniNode = cniNodes.get({ name })
  const eniConfig = eniConfigName(node, cniNode)
  return {
    limits,
    ...(eniConfig ? { eniConfig: eniConfigs.get({ name: eniConfig }) ?? "absent" } : {}),
    ...(member === undefined ? {} : { instanceType: member.instanceType, recovered: member.recovered, groups: member.groups }),
    node: node ?? "absent",
    cniNode: cniNode ?? "absent",
    trunk: member?.trunk ?? "absent"
  }
}

/** A node's story from what the controller knows; undefined where it knows no such node. */
export const nodeStory = (knowledge: Knowledge, name: string, now: number): NodeStory | undefined => {
  const node = knowledge.nodes.get({ name })
  if (node === undefined && knowledge.fleet.ofNode(name) === undefined) return undefined
  return explainNode({ ...nodeFacts(knowledge, name, node), name, now })
}

const serviceAccountOf = ({ serviceAccounts }: Knowledge, { metadata: { namespace }, spec }: Pod): ServiceAccountFacts => {
  const account = serviceAccounts.get({ namespace, name: spec.serviceAccountName || "default" })
  return account === undefined ? { _tag: "Absent" } : { _tag: "Present", labels: account.metadata.labels ?? {} }
}

/** A pod's story from what the controller knows; undefined where it knows no such pod. */
export const podStory = (knowledge: Knowledge, namespace: string, name: string, now: number): PodStory | undefined => {
  const all = [...knowledge.pods.values()]
  const pod = all.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  if (pod === undefined) return undefined
  const nodeName = pod.spec.nodeName
  const facts: NodeFacts = nodeName
    ? nodeFacts(knowledge, nodeName, knowledge.nodes.get({ name: nodeName }))
    : { node: undefined, cniNode: undefined, trunk: undefined }
  return explainPod({
    ...facts,
    namespace,
    name,
    pod,
    policies: knowledge.policies(),
    serviceAccount: serviceAccountOf(knowledge, pod),
    quota: knowledge.settings.groupsPerInterface,
    unmatched: knowledge.settings.unmatched,
    nodes: [...knowledge.nodes.values()].map((node) => ({
      node,
      asking: knowledge.pods.onNode(node.metadata.name).filter((one) => !isTerminal(one) && wantsBranch(one)).length
    })),
    now
  })
}
