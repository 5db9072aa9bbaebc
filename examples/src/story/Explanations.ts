import { Result } from "effect"
import { type Document, objectAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import type { ControllerService } from "@branchline/core/controller/Controller"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { explainNode, type NodeStory } from "@branchline/core/explain/NodeStory"
import { explainPod, type PodStory } from "@branchline/core/explain/PodStory"
import { explainPolicy, type PolicyStory } from "@branchline/core/explain/PolicyStory"
import type { NodeFacts } from "@branchline/core/explain/Facts"
import { publishedLimits } from "@branchline/core/limits/Limits"
import type { ENIConfig } from "@branchline/core/model/ENIConfig"
import type { Event } from "@branchline/core/model/Event"
import type { Node } from "@branchline/core/model/Node"
import type { Pod } from "@branchline/core/model/Pod"
import { pods as podResource } from "@branchline/core/model/Resource"
import type { ServiceAccountFacts } from "@branchline/core/selection/Selection"

/** What the cluster looks like, for explaining it. */
export interface View {
  readonly knowledge: ControllerService["knowledge"]
  readonly pods: ReadonlyArray<Document>
  readonly policies: ReadonlyArray<Document>
  readonly eniConfigs: ReadonlyArray<ENIConfig>
  readonly events: ReadonlyArray<Event>
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

const createdAt = (document: Document): number => Date.parse(textAt(document, "metadata", "creationTimestamp") ?? "")

const creationTimes = (documents: ReadonlyArray<Document>, namespace: string): Readonly<Record<string, number>> =>
  Object.fromEntries(documents.flatMap((document) => {
    const { name } = objectAt(document, "metadata")
    return typeof name === "string" && textAt(document, "metadata", "namespace") === namespace ? [[name, createdAt(document)]] : []
  }))

const nodeFacts = ({ eniConfigs, knowledge }: View, node: Node | undefined): NodeFacts => {
  if (node === undefined) return { node: "absent", cniNode: undefined, trunk: undefined }
  const member = knowledge.fleet.ofNode(node.metadata.name)
  return {
    limits: publishedLimits,
    eniConfig: eniConfigs[0] ?? "absent",
    ...member,
    node,
    cniNode: knowledge.cniNodes.get({ name: node.metadata.name }) ?? "absent",
    trunk: member?.trunk ?? "absent"
  }
}

const serviceAccountOf = ({ knowledge }: View, { metadata: { namespace }, spec }: Pod): ServiceAccountFacts => {
  const account = knowledge.serviceAccounts.get({ namespace, name: spec.serviceAccountName ?? "default" })
  return account === undefined ? { _tag: "Absent" } : { _tag: "Present", labels: account.metadata.labels ?? {} }
}

const decoded = (documents: ReadonlyArray<Document>): ReadonlyArray<readonly [Document, Pod]> =>
  documents.flatMap((document) => {
    const pod = podResource.decode(document)
    return Result.isSuccess(pod) ? [[document, pod.success] as const] : []
  })

/** A pod's story, for every pod. */
export const podStories = (view: View): ReadonlyArray<PodStory> => {
  const pods = decoded(view.pods)
  const nodes = [...view.knowledge.nodes.values()]
  const schedulingNodes = nodes.map((node) => ({
    node,
    asking: pods.filter(([, pod]) => pod.spec.nodeName === node.metadata.name && !isTerminal(pod) && wantsBranch(pod)).length
  }))
  return pods.map(([document, pod]) => {
    const { name, namespace } = pod.metadata
    const node = pod.spec.nodeName ? nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName) : undefined
    return explainPod({
      ...nodeFacts(view, node),
      namespace,
      name,
      pod,
      policies: view.knowledge.policies(),
      serviceAccount: serviceAccountOf(view, pod),
      quota: view.knowledge.settings.groupsPerInterface,
      unmatched: view.knowledge.settings.unmatched,
      createdAt: { pod: createdAt(document), policies: creationTimes(view.policies, namespace) },
      nodes: schedulingNodes,
      events: view.events,
      now: view.now
    })
  })
}

/** A node's story, for every node. */
export const nodeStories = (view: View): ReadonlyArray<NodeStory> =>
  [...view.knowledge.nodes.values()].map((node) =>
    explainNode({ ...nodeFacts(view, node), name: node.metadata.name, events: view.events, now: view.now }))

/** A policy's story, for every policy. */
export const policyStories = (view: View): ReadonlyArray<PolicyStory> => {
  const pods = decoded(view.pods).map(([document, pod]) => ({
    pod,
    serviceAccount: serviceAccountOf(view, pod),
    createdAt: createdAt(document)
  }))
  return view.policies.map((policy) => {
    const namespace = textAt(policy, "metadata", "namespace") ?? "default"
    return explainPolicy({
      namespace,
      name: textAt(policy, "metadata", "name") ?? "",
      policies: view.knowledge.policies(),
      pods,
      quota: view.knowledge.settings.groupsPerInterface,
      createdAt: creationTimes(view.policies, namespace),
      now: view.now
    })
  })
}
