import type { PodStory } from "@branchline/core/explain/PodStory"
import type { NodeStory } from "@branchline/core/explain/NodeStory"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { Schema } from "effect"
import { itemsOf } from "../cluster/Found.js"
import { Look } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { NotSeen, notSeen } from "../cluster/Unknowns.js"
import { nodeStory } from "../explain/ExplainNode.js"
import { type ExplainSettings, podStory } from "../explain/ExplainPod.js"
import { policyStory } from "../explain/ExplainPolicy.js"
import { ec2Of } from "../explain/Trunks.js"
import { Waits, waitsOf } from "../explain/Waits.js"
import { Feature, featureOf, LeaseSeen, leaseOf, madeAtOf, Versions, versionsOf, WebhookSeen, webhookOf, type Witnesses } from "./Controller.js"
import { Finding, findingsOf } from "./Findings.js"

/** What `status -o json` prints. */
export const StatusSeen = Schema.Struct({
  kind: Schema.Literal("Status"),
  seenAt: Schema.String,
  server: Schema.optionalKey(Schema.String),
  feature: Feature,
  lease: LeaseSeen,
  webhook: WebhookSeen,
  versions: Versions,
  nodes: Schema.Array(Schema.Struct({
    name: Schema.String,
    instanceType: Schema.optionalKey(Schema.String),
    trunk: Schema.Literals(["there", "missing", "not asked", "unknown"]),
    limit: Schema.optionalKey(Schema.Int),
    inUse: Schema.optionalKey(Schema.Int.annotate({ description: "This and the following: absent where the node's pods are not all known" })),
    inFlight: Schema.optionalKey(Schema.Int),
    cooling: Schema.optionalKey(Schema.Int.annotate({ description: "Absent where EC2 was not asked, too" })),
    free: Schema.optionalKey(Schema.Int),
    inLine: Schema.optionalKey(Schema.Int),
    waitsFor: Waits
  })).annotate({ description: "Linux nodes that carry branches, or could" }),
  otherNodes: Schema.Int.annotate({ description: "Nodes that carry none: another operating system, no trunk in their type, Auto Mode" }),
  subnets: Schema.optionalKey(Schema.Array(Schema.Struct({ id: Schema.String, cidr: Schema.String, freeAddresses: Schema.Int }))),
  policies: Schema.Array(Schema.Struct({
    namespace: Schema.String,
    name: Schema.String,
    groups: Schema.Int,
    pods: Schema.Int.annotate({ description: "That it selects" }),
    without: Schema.Int.annotate({ description: "Of them run without its groups" }),
    waitsFor: Waits
  })),
  waiting: Schema.Array(Schema.Struct({
    namespace: Schema.String,
    name: Schema.String,
    node: Schema.optionalKey(Schema.String),
    waitsFor: Waits
  })).annotate({ description: "Pods that lack something, and what" }),
  findings: Schema.Array(Finding),
  notSeen: Schema.Array(NotSeen)
})
export type StatusSeen = typeof StatusSeen.Type

/** Obstacles that are what a node is, and nothing to look into. */
const others: ReadonlySet<string> = new Set(["AutoMode", "NotLinux", "InstanceUnsupported"])

const trunkWord = ({ asked, trunk }: NodeStory): StatusSeen["nodes"][number]["trunk"] => {
  if (asked === "no") return "not asked"
  if (trunk === undefined || asked === "unknown") return "unknown"
  return trunk !== "absent" && trunk.attached ? "there" : "missing"
}

const nodeData = (look: Look, story: NodeStory): StatusSeen["nodes"][number] => {
  const trunk = story.trunk === "absent" ? undefined : story.trunk
  const ec2 = ec2Of(look)
  const limit = trunk?.room.limit ?? story.instance.limit
  const coolingKnown = ec2 !== undefined && !("unknown" in ec2.interfaces)
  return {
    name: story.name,
    ...(story.instance.instanceType === undefined ? {} : { instanceType: story.instance.instanceType }),
    trunk: trunkWord(story),
    ...(limit === undefined ? {} : { limit }),
    ...(trunk === undefined ? {} : {
      inUse: trunk.room.inUse,
      inFlight: trunk.room.inFlight,
      ...(coolingKnown ? { cooling: trunk.room.cooling + trunk.room.leaving } : {}),
      free: trunk.attached ? trunk.room.free : 0,
      inLine: trunk.line.length
    }),
    waitsFor: waitsOf(story.waitsFor, story.now)
  }
}

/** Pods that a policy may concern: those that ask, and those of namespaces with policies. */
const concerned = (look: Look): ReadonlyArray<SeenPod> => {
  const namespaces = new Set(itemsOf(look.cluster.policies).map(({ metadata }) => metadata.namespace))
  return itemsOf(look.cluster.pods).filter((pod) => !isTerminal(pod) && (wantsBranch(pod) || namespaces.has(pod.metadata.namespace)))
}

interface Told {
  readonly pod: SeenPod
  readonly story: PodStory
}

const witnessesOf = (told: ReadonlyArray<Told>): Witnesses => {
  let witnesses: Witnesses = { answered: undefined, answeredAt: 0, missed: undefined, missedAt: 0 }
  for (const { pod, story } of told) {
    const admission = story.chapters.find((chapter) => chapter._tag === "Admission")?.admission
    const at = madeAtOf(pod)
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`
    if (admission?._tag === "Asks" && admission.selected && at > witnesses.answeredAt) witnesses = { ...witnesses, answered: name, answeredAt: at }
    if (admission?._tag === "Missed" && admission.why === "webhook missed it" && at > witnesses.missedAt) witnesses = { ...witnesses, missed: name, missedAt: at }
  }
  return witnesses
}

/** A pod that waits, and not one whose story ends well or that is about to end. */
const lacks = ({ story: { waitsFor } }: Told): boolean => !waitsOf(waitsFor, 0).fine

/** What a screen may be told by. */
export interface StatusSettings extends ExplainSettings {
  /** Only this namespace's policies and pods; nodes are told whole. */
  readonly namespace?: string | undefined
}

/** The whole feature, from one look. */
export const statusOf = (look: Look, { namespace: only, ...settings }: StatusSettings = {}): StatusSeen => {
  const isWanted = ({ metadata: { namespace } }: { readonly metadata: { readonly namespace: string } }): boolean => only === undefined || namespace === only
  const told = concerned(look).filter(isWanted).map((pod): Told => ({ pod, story: podStory(look, pod, settings) }))
  const stories = itemsOf(look.cluster.nodes).map(({ metadata }) => nodeStory(look, metadata.name))
  const carrying = stories.filter(({ waitsFor }) => !others.has(waitsFor.cause._tag))
  const ec2 = ec2Of(look)
  return {
    kind: "Status",
    seenAt: look.takenAt,
    ...(look.server === undefined ? {} : { server: look.server }),
    feature: featureOf(look),
    lease: leaseOf(look),
    webhook: webhookOf(look, witnessesOf(told)),
    versions: versionsOf(look),
    nodes: carrying.map((story) => nodeData(look, story)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    otherNodes: stories.length - carrying.length,
    ...(ec2 === undefined || "unknown" in ec2.subnets
      ? {}
      : { subnets: ec2.subnets.items.map(({ cidr, freeAddresses, subnetId }) => ({ id: subnetId, cidr, freeAddresses })) }),
    policies: itemsOf(look.cluster.policies).filter(isWanted).map(({ metadata: { name, namespace } }) => {
      const story = policyStory(look, namespace, name, settings)
      const selected = story.pods.filter(({ verdict }) => verdict._tag === "Matched")
      return {
        namespace,
        name,
        groups: story.groups.length,
        pods: selected.length,
        without: selected.filter(({ without }) => without).length,
        waitsFor: waitsOf(story.waitsFor, story.now)
      }
    }).toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1)),
    waiting: told.filter(lacks).map(({ pod, story }) => ({
      namespace: pod.metadata.namespace,
      name: pod.metadata.name,
      ...(pod.spec.nodeName ? { node: pod.spec.nodeName } : {}),
      waitsFor: waitsOf(story.waitsFor, story.now)
    })).toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1)),
    findings: findingsOf(look),
    notSeen: notSeen(look, Object.keys(Look.fields.cluster.fields) as ReadonlyArray<keyof Look["cluster"]>)
  }
}

/** Whether there is something to look into. */
export const isWell = (status: StatusSeen): boolean =>
  [status.feature, status.lease, status.webhook].every(({ health }) => health !== "bad") &&
  status.findings.length === 0 &&
  [...status.nodes, ...status.policies, ...status.waiting].every(({ waitsFor }) => waitsFor.fine || waitsFor.actor === "nobody")
