import { listed } from "@branchline/core/explain/Words"
import { causeText } from "@branchline/core/explain/CauseText"
import { wrap } from "@branchline/core/explain/Layout"
import type { PodStory } from "@branchline/core/explain/PodStory"
import { type Document, nameOf, namespaceOf, textAt, uidOf } from "@branchline/adapter-memory/kubernetes/Document"
import { readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { Result } from "effect"
import { align } from "./describe/Tabwriter.js"
import type { Recording } from "./Recording.js"
import type { Style } from "./Style.js"

const width = 100
const indent = "      "

/** A pod is settled when nothing is owed to it. */
export const isSettled = ({ waitsFor }: PodStory): boolean => waitsFor.actor === "nobody"

/** The groups of its own that a pod has or is to have: only a pod that asks for a branch gets any. */
const groupsOf = ({ chapters }: PodStory): ReadonlyArray<string> =>
  chapters.some((chapter) => chapter._tag === "Admission" && chapter.admission._tag === "Asks")
    ? chapters.flatMap((chapter) => chapter._tag === "Groups" ? chapter.groups : [])
    : []

const branchOf = (pod: Document): string => {
  const annotation = textAt(pod, "metadata", "annotations", podEni)
  const branch = annotation === undefined ? undefined : Result.getOrUndefined(readBranchAnnotation(annotation))
  return branch === undefined ? "no branch" : `VLAN ${branch.vlanId}`
}

/** `ip-192-168-0-4`: the rest is the same for all. */
const shortNode = (pod: Document): string => (textAt(pod, "spec", "nodeName") ?? "no node").split(".")[0] ?? ""

const shownGroups = 2

const groupsText = (groups: ReadonlyArray<string>): string => {
  if (groups.length === 0) return "node's groups"
  const more = groups.length - shownGroups
  return `${groups.slice(0, shownGroups).join(" ")}${more > 0 ? ` and ${more} more` : ""}`
}

const podCells = (pod: Document, story: PodStory | undefined): string => {
  return [
    `  ${namespaceOf(pod)}/${nameOf(pod)}`,
    textAt(pod, "status", "phase") ?? "Pending",
    shortNode(pod),
    textAt(pod, "status", "podIP") ?? "no address",
    branchOf(pod),
    groupsText(story === undefined ? [] : groupsOf(story))
  ].join("\t")
}

const indented = (text: string): ReadonlyArray<string> => wrap(text, width - indent.length).map((line) => `${indent}${line}`)

/** How it all ended: every pod, who waits for what, and whether a promise was broken. */
export const summaryLines = ({ endedAt, pods, podStories, violations }: Recording, style: Style): ReadonlyArray<string> => {
  const byUid = new Map(podStories.map((story) => [story.uid, story]))
  const rows = align(pods.map((pod) => podCells(pod, byUid.get(uidOf(pod)))))
  const waiting = podStories.filter((story) => !isSettled(story))
  const lines = pods.flatMap((pod, index) => {
    const story = byUid.get(uidOf(pod))
    const row = rows[index] ?? ""
    if (story === undefined || isSettled(story)) return [style.good(row)]
    return [
      style.warning(row),
      ...indented(`waits for ${causeText(story.waitsFor.cause, endedAt)}`),
      ...indented(`next: ${story.waitsFor.next}`)
    ]
  })
  const verdict = waiting.length === 0
    ? "  Every pod has what it is owed."
    : `  ${waiting.length} of ${pods.length} pods still wait: ${listed(waiting.map(({ name }) => name))}.`
  return [
    ...lines,
    "",
    waiting.length === 0 ? verdict : style.warning(verdict),
    ...(violations.length === 0
      ? ["  No node saw a promise broken: no VLAN id held twice, no live pod's branch touched."]
      : violations.map(({ kind, message }) => style.bad(`  VIOLATION: ${kind}: ${message}`)))
  ]
}
