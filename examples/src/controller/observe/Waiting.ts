import type { Trunk } from "@branchline/core/allocation/Trunk"
import { annotationOf } from "@branchline/core/controller/Ledger"
import { causeText } from "@branchline/core/explain/CauseText"
import type { NodeFacts } from "@branchline/core/explain/Facts"
import { explainPod } from "@branchline/core/explain/PodStory"
import { instanceIdOf } from "@branchline/core/model/Node"
import { eniConfigName } from "@branchline/core/model/NodeTraits"
import type { Pod } from "@branchline/core/model/Pod"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import type { Step } from "../dry-run/Plan.js"
import { type Choosing, serviceAccountOf } from "./Groups.js"
import type { Sight } from "./Sight.js"

const isUnserved = (pod: Pod): boolean => wantsBranch(pod) && !isTerminal(pod) && !pod.metadata.deletionTimestamp && annotationOf(pod) === undefined

const nodeFacts = ({ cluster, ec2, rules }: Sight, name: string, trunk: Trunk | undefined): NodeFacts => {
  const node = cluster.nodes.get({ name })
  const cniNode = cluster.cniNodes.get({ name })
  const eniConfig = eniConfigName(node, cniNode)
  const instanceType = ec2.instances.get(instanceIdOf(node?.spec?.providerID ?? "")!)?.instanceType
  return {
    limits: rules.limits,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(eniConfig ? { eniConfig: cluster.eniConfigs.get({ name: eniConfig }) ?? "absent" } : {}),
    node: node ?? "absent",
    cniNode: cniNode ?? "absent",
    trunk: trunk ?? "absent"
  }
}

/** The pods that ask, have nothing, and for which no step is due; each with the one thing that it waits for. */
export const waitingPods = (sight: Sight, choosing: Choosing, trunkOf: (nodeName: string) => Trunk | undefined, served: ReadonlySet<string>): ReadonlyArray<Step> => {
  const { cluster, now, rules } = sight
  const unserved = [...cluster.pods.values()].filter((pod) => isUnserved(pod) && !served.has(`${pod.metadata.namespace}/${pod.metadata.name}`))
  if (unserved.length === 0) return []
  const nodes = [...cluster.nodes.values()].map((node) => ({
    node,
    asking: cluster.pods.onNode(node.metadata.name).filter((one) => !isTerminal(one) && wantsBranch(one)).length
  }))
  return unserved.map((pod): Step => {
    const { name, namespace } = pod.metadata
    const { nodeName } = pod.spec
    const facts: NodeFacts = nodeName ? nodeFacts(sight, nodeName, trunkOf(nodeName)) : { node: undefined, cniNode: undefined, trunk: undefined }
    const story = explainPod({
      ...facts,
      namespace,
      name,
      pod,
      policies: choosing.policies(),
      serviceAccount: serviceAccountOf(choosing, pod),
      unmatched: rules.unmatched,
      nodes,
      now
    })
    return { _tag: "Waits", pod: `${namespace}/${name}`, why: causeText(story.waitsFor.cause, now) }
  })
}
