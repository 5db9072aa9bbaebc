import { type Document, nameOf, namespaceOf, uidOf } from "@branchline/adapter-memory/kubernetes/Document"
import { capacityPatch, patchLines, podCreation, podCreationLines } from "./AuditView.js"
import { describeNode } from "./describe/Node.js"
import { describePod } from "./describe/Pod.js"
import { humanDuration } from "./describe/Times.js"
import { ec2Lines } from "./Ec2View.js"
import type { Recording } from "./Recording.js"
import type { Story } from "./Story.js"
import type { Style } from "./Style.js"
import { isSettled, summaryLines } from "./Summary.js"
import { type Beat, beats, timelineOf } from "./timeline/Timeline.js"

/** Of more pods than these, one that is served and one that waits are described. */
const describedPods = 2

const section = (title: string, lines: ReadonlyArray<string>, style: Style): ReadonlyArray<string> => ["", style.heading(title), "", ...lines]

const toDescribe = ({ podStories, pods }: Recording): ReadonlyArray<Document> => {
  if (pods.length <= describedPods) return pods
  const ofStory = (settled: boolean): Document | undefined => {
    const uid = podStories.find((story) => isSettled(story) === settled)?.uid
    return pods.find((pod) => uidOf(pod) === uid)
  }
  return [ofStory(true), ofStory(false)].filter((pod) => pod !== undefined)
}

const command = (pod: Document): string => {
  const namespace = namespaceOf(pod) ?? "default"
  return `$ kubectl describe pod ${nameOf(pod)}${namespace === "default" ? "" : ` -n ${namespace}`}`
}

/** What comes before the timeline. */
export const opening = ({ instanceType, nodes, seed, title }: Story, style: Style): ReadonlyArray<string> => [
  style.heading(title),
  `${nodes} ${nodes === 1 ? "node" : "nodes"} of ${instanceType}, in virtual time, seed ${seed}: the same seed plays the same story.`,
  ""
]

/** The timeline, beat by beat. */
export const timelineBeats = (recording: Recording, style: Style): ReadonlyArray<Beat> =>
  beats(timelineOf(recording), recording.startedAt, style)

/** What comes after it: descriptions, audit records, EC2 calls, and how it ended. */
export const closing = (recording: Recording, style: Style): ReadonlyArray<string> => {
  const { audit, calls, endedAt, events, nodes, pods, startedAt } = recording
  const creation = podCreation(audit)
  const patch = capacityPatch(audit)
  const [node] = nodes
  return [
    ...toDescribe(recording).flatMap((pod) => section(command(pod), describePod(pod, nodes, events, endedAt), style)),
    ...(node === undefined ? [] : section(`$ kubectl describe node ${nameOf(node)}`, describeNode(node, pods, events, endedAt), style)),
    ...(creation === undefined
      ? []
      : section(`Audit record: the creation of pod ${creation.objectRef.name ?? ""}`.trimEnd(), podCreationLines(creation), style)),
    ...(patch === undefined ? [] : section("Audit record: the node's capacity", patchLines(patch), style)),
    ...section("EC2 calls", ec2Lines(calls), style),
    ...section(`After ${humanDuration(endedAt - startedAt)}`, summaryLines(recording, style), style)
  ]
}

/** The whole report as lines. */
export const reportLines = (story: Story, recording: Recording, style: Style): ReadonlyArray<string> => [
  ...opening(story, style),
  ...timelineBeats(recording, style).flatMap(({ lines }) => lines),
  ...closing(recording, style)
]
