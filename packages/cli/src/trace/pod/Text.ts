import { podEni } from "@branchline/core/model/Names"
import type { Page } from "../../output/Page.js"
import { readingRows } from "../ReadingText.js"
import { emptyRow, type MarkedRow, rowsText, span } from "../Rows.js"
import type { PodTimeline, PodTrace, Step } from "./Schema.js"

const clock = ({ at, coarse }: Step): string => (at === undefined ? "(no time)" : coarse ? at.slice(11, 19) : at.slice(11, 23))

const sinceText = ({ sinceCreated }: Step): string => (sinceCreated === undefined ? "" : sinceCreated < 0 ? span(sinceCreated) : `+${span(sinceCreated)}`)

const marks = { plain: undefined, good: "good", warning: "warning", bad: "bad" } as const

const asks = { yes: `asks for ${podEni}`, no: `does not ask for ${podEni}`, unknown: `whether it asks for ${podEni} is not recorded` } as const

const latencyText = ({ boundToAnnotated, createRequest, createToAnnotated, createToBound }: PodTimeline["latencies"]): string => [
  ...(createRequest === undefined ? [] : [`the creation took ${span(createRequest)}`]),
  ...(createToBound === undefined ? [] : [`created → bound ${span(createToBound)}`]),
  ...(boundToAnnotated === undefined ? [] : [`bound → annotated ${span(boundToAnnotated)}`]),
  ...(createToAnnotated === undefined ? [] : [`created → annotated ${span(createToAnnotated)}`])
].join(", ")

const stepRows = (steps: ReadonlyArray<Step>): ReadonlyArray<MarkedRow> => {
  const wide = Math.max(0, ...steps.map((step) => sinceText(step).length))
  let day: string | undefined
  return steps.flatMap((step): ReadonlyArray<MarkedRow> => {
    const today = step.at?.slice(0, 10)
    const heading: ReadonlyArray<MarkedRow> = today === undefined || today === day ? [] : [{ label: today, text: "", mark: "faint" }]
    day = today ?? day
    return [
      ...heading,
      { label: `${clock(step).padEnd(12)} ${sinceText(step).padStart(wide)}`.trimEnd(), text: step.text, mark: marks[step.mark] },
      ...step.details.map((detail): MarkedRow => ({ label: "", text: detail.startsWith("  ") ? `· ${detail.trim()}` : detail, mark: "faint" }))
    ]
  })
}

const podRows = (pod: PodTimeline, index: number, of: number): ReadonlyArray<MarkedRow> => {
  const latencies = latencyText(pod.latencies)
  return [
    { label: `${pod.namespace}/${pod.name}${of > 1 ? ` (${index + 1} of ${of} of this name)` : ""}`, text: "", mark: "heading" },
    ...(pod.uid === undefined ? [] : [{ label: "UID", text: pod.uid, under: true }]),
    { label: "Pod", text: asks[pod.asks], under: true },
    ...(pod.node === undefined ? [] : [{ label: "Node", text: pod.node, under: true }]),
    ...(latencies === "" ? [] : [{ label: "Times", text: latencies, under: true }]),
    emptyRow,
    ...stepRows(pod.steps),
    ...(pod.findings.length === 0 ? [] : [emptyRow]),
    ...pod.findings.map((text): MarkedRow => ({ label: "Look into", text, mark: "bad" })),
    emptyRow
  ]
}

/** A pod's story for people. */
export const podTraceText = ({ asked, pods, reading }: PodTrace, page: Page): string => {
  const sections = pods.length === 0
    ? [rowsText([{ label: asked, text: "no record is about this pod" }, emptyRow], page)]
    : pods.map((pod, index) => rowsText(podRows(pod, index, pods.length), page))
  return [...sections, rowsText(readingRows(reading), page)].join("\n")
}
