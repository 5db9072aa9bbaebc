import { explainPod, type PodStory } from "@branchline/core/explain/PodStory"
import { admissionText, eventRows, podRows } from "@branchline/core/explain/PodText"
import { overQuotaSentence, verdictSentence } from "@branchline/core/explain/SelectionText"
import { counted } from "@branchline/core/explain/Words"
import { Effect, Schema } from "effect"
import { foundOf } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { NotSeen, notSeen, notSeenRows } from "../cluster/Unknowns.js"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { rowsText, type ToneRow } from "../output/Rows.js"
import { Cooling, coolingFor, coolingRows } from "./Cooling.js"
import { Ec2Branch, ec2BranchOf, ec2Rows, lostInterface } from "./Ec2Branch.js"
import { createdAt } from "./Moments.js"
import { nodeFactsOf, schedulingNodes, subnetOf } from "./NodeFactsOf.js"
import { arePoliciesSeen, madeAt, policiesOf, serviceAccountOf, unusableGroupsOf } from "./Policies.js"
import { Sandbox, sandboxOf, sandboxRows } from "./SandboxStory.js"
import { eventsOfPod } from "./Told.js"
import { noSuch } from "./NoSuch.js"
import { Waits, waitsOf, waitsRows } from "./Waits.js"

/** What `explain pod -o json` prints. */
export const PodExplained = Schema.Struct({
  kind: Schema.Literal("Pod"),
  namespace: Schema.String,
  name: Schema.String,
  uid: Schema.optionalKey(Schema.String),
  phase: Schema.optionalKey(Schema.String),
  seenAt: Schema.String,
  policies: Schema.Struct({
    seen: Schema.Boolean,
    decisions: Schema.Array(Schema.Struct({
      policy: Schema.String,
      verdict: Schema.String.annotate({ description: "Matched, PodMismatch, ServiceAccountMismatch, Invalid, …" }),
      reason: Schema.String
    }))
  }),
  groups: Schema.Struct({
    source: Schema.Literals(["policies", "node", "nobody", "undecided"]),
    ids: Schema.Array(Schema.String),
    warning: Schema.optionalKey(Schema.String)
  }),
  admission: Schema.Struct({ outcome: Schema.String, text: Schema.String }),
  scheduling: Schema.Struct({
    node: Schema.optionalKey(Schema.String),
    capacity: Schema.optionalKey(Schema.String),
    allocatable: Schema.optionalKey(Schema.String),
    asking: Schema.optionalKey(Schema.Int.annotate({ description: "Living pods bound to the node that ask for a branch, this one among them" }))
  }),
  allocation: Schema.optionalKey(Schema.String.annotate({ description: "Branch, InLine, NoTrunk, Nothing, …: as rebuilt from annotations, and from EC2 where it was looked at" })),
  annotation: Schema.optionalKey(Schema.Struct({
    outcome: Schema.Literals(["Missing", "Unreadable", "Readable"]),
    eniId: Schema.optionalKey(Schema.String),
    vlanId: Schema.optionalKey(Schema.Int),
    privateIp: Schema.optionalKey(Schema.String)
  })),
  ec2: Schema.optionalKey(Ec2Branch),
  cooling: Schema.Array(Cooling).annotate({ description: "What cools down on its node, where it waits for that" }),
  sandbox: Sandbox,
  events: Schema.Array(Schema.Struct({ at: Schema.optionalKey(Schema.String), type: Schema.String, reason: Schema.String, message: Schema.String, count: Schema.Int })),
  waitsFor: Waits,
  notSeen: Schema.Array(NotSeen)
})
export type PodExplained = typeof PodExplained.Type

/** What a story may be told by. */
export interface ExplainSettings {
  /** The account's quota of groups on an interface; 5 where it was not raised. */
  readonly quota?: number | undefined
}

/** What concerns a pod's story. */
const concerned = ["pods", "nodes", "cniNodes", "policies", "serviceAccounts", "eniConfigs", "configMaps", "daemonSets", "events"] as const

/** A pod's story, as the core tells it from what was found. */
export const podStory = (look: Look, pod: SeenPod, { quota }: ExplainSettings = {}): PodStory => {
  const { name, namespace } = pod.metadata
  const index = policiesOf(look)
  const node = pod.spec.nodeName ? nodeFactsOf(look, pod.spec.nodeName) : undefined
  const subnet = node === undefined || node.subnetId === "" ? undefined : subnetOf(look, node.subnetId)
  return explainPod({
    ...(node ?? { node: undefined, cniNode: undefined, trunk: undefined }),
    rebuilt: true,
    namespace,
    name,
    pod,
    policies: index,
    policiesSeen: arePoliciesSeen(look, namespace),
    serviceAccount: serviceAccountOf(look, pod),
    unusableGroups: unusableGroupsOf(look),
    branchInterface: lostInterface(look, pod),
    subnet,
    quota,
    createdAt: { pod: createdAt(pod), policies: madeAt(look, namespace) },
    nodes: schedulingNodes(look),
    events: eventsOfPod(look, namespace, name, pod.spec.nodeName),
    now: nowOf(look)
  })
}

type ChapterOf<Tag extends PodStory["chapters"][number]["_tag"]> = Extract<PodStory["chapters"][number], { readonly _tag: Tag }>

const chapter = <Tag extends PodStory["chapters"][number]["_tag"]>(story: PodStory, tag: Tag): ChapterOf<Tag> | undefined =>
  story.chapters.find((one): one is ChapterOf<Tag> => one._tag === tag)

const isoOf = (at: number): string => new Date(at).toISOString()

const present = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } => (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string }

const annotationData = (found: ChapterOf<"Annotation"> | undefined): PodExplained["annotation"] | undefined => {
  if (found === undefined) return undefined
  const { annotation } = found
  if (annotation._tag !== "Readable") return { outcome: annotation._tag }
  const { eniId, privateIp, vlanId } = annotation.details
  return { outcome: "Readable", eniId, vlanId, privateIp }
}

/** What the scheduler counts on the pod's node. */
const askingOn = (look: Look, nodeName: string | null | undefined): { readonly asking?: number } => {
  const asking = schedulingNodes(look)?.find(({ node }) => node.metadata.name === nodeName)?.asking
  return asking === undefined ? {} : { asking }
}

const dataOf = (look: Look, pod: SeenPod, story: PodStory): PodExplained => {
  const policies = chapter(story, "Policies")
  const groups = chapter(story, "Groups")
  const admission = chapter(story, "Admission")
  const scheduling = chapter(story, "Scheduling")
  const allocation = chapter(story, "Allocation")
  const annotation = annotationData(chapter(story, "Annotation"))
  const events = chapter(story, "Events")?.events ?? []
  return {
    kind: "Pod",
    namespace: story.namespace,
    name: story.name,
    ...present("uid", story.uid),
    ...present("phase", story.phase),
    seenAt: look.takenAt,
    policies: {
      seen: policies?.seen ?? false,
      decisions: (policies?.decisions ?? []).map(({ policy, verdict }) => ({ policy, verdict: verdict._tag, reason: verdictSentence(verdict) }))
    },
    groups: {
      source: groups?.source ?? "nobody",
      ids: groups?.groups ?? [],
      ...(groups?.overQuota === undefined ? {} : { warning: overQuotaSentence(groups.overQuota) })
    },
    admission: admission === undefined ? { outcome: "NotConcerned", text: "" } : { outcome: admission.admission._tag, text: admissionText(admission.admission) },
    scheduling: { ...present("node", scheduling?.nodeName), ...present("capacity", scheduling?.capacity), ...present("allocatable", scheduling?.allocatable), ...askingOn(look, pod.spec.nodeName) },
    ...(allocation === undefined ? {} : { allocation: allocation.allocation._tag, ec2: ec2BranchOf(look, pod, groups?.groups ?? []) }),
    ...(annotation === undefined ? {} : { annotation }),
    cooling: coolingFor(look, story, pod.spec.nodeName ?? ""),
    sandbox: sandboxOf(events),
    events: events.map(({ at, count, message, reason, type }) => ({ ...present("at", at === undefined ? undefined : isoOf(at)), type, reason, message, count })),
    waitsFor: waitsOf(story.waitsFor, story.now),
    notSeen: notSeen(look, concerned)
  }
}

const sandboxReasons: ReadonlySet<string> = new Set(["FailedCreatePodSandBox", "SandboxChanged"])

/** The core's rows, with what the scheduler counts after what the node says. */
const storyRows = (story: PodStory, { scheduling: { allocatable, asking } }: PodExplained): ReadonlyArray<ToneRow> =>
  podRows({ ...story, chapters: story.chapters.filter(({ _tag }) => _tag !== "Events") }).flatMap((row): ReadonlyArray<ToneRow> =>
    row.label === "pod-eni" && row.under === true && asking !== undefined && allocatable !== undefined
      ? [row, { label: "asked for", text: `${asking} of ${allocatable}, by ${counted(asking, "pod")} bound there`, under: true }]
      : [row])

const rowsOf = (story: PodStory, data: PodExplained): ReadonlyArray<ToneRow> => [
  ...storyRows(story, data),
  ...(data.ec2 === undefined ? [] : ec2Rows(data.ec2)),
  ...coolingRows(data.cooling, story.now),
  ...sandboxRows(data.sandbox, data.annotation?.outcome === "Readable", story.now),
  // What the sandbox's chapter has told.
  ...eventRows((chapter(story, "Events")?.events ?? []).filter(({ reason }) => !sandboxReasons.has(reason)), story.now),
  ...waitsRows(data.waitsFor),
  ...notSeenRows(data.notSeen.filter(({ what }) => what !== "EC2"))
]

/** Why a pod has, or has not, its groups. Fails where there is no such pod, or nobody may see it. */
export const explainPodOf = Effect.fnUntraced(function*(look: Look, namespace: string, name: string, settings: ExplainSettings = {}): Effect.fn.Return<Answer<PodExplained>, CouldNotLook> {
  const pod = foundOf(look.cluster.pods, name, namespace)
  if (pod === undefined || pod === "absent") return yield* noSuch(look.cluster.pods, { what: "pod", name, namespace })
  const story = podStory(look, pod, settings)
  const data = dataOf(look, pod, story)
  return { data, found: !data.waitsFor.fine, text: (page) => rowsText(rowsOf(story, data), page) }
})
