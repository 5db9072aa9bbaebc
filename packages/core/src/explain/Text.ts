import { causeText } from "./CauseText.js"
import { layout, type Row } from "./Layout.js"
import { nodeRows } from "./NodeText.js"
import type { NodeStory } from "./NodeStory.js"
import { podRows } from "./PodText.js"
import type { PodStory } from "./PodStory.js"
import { policyRows } from "./PolicyText.js"
import type { PolicyStory } from "./PolicyStory.js"

/** A story that can be told. */
export type Story = PodStory | PolicyStory | NodeStory

const rowsOf = (story: Story): ReadonlyArray<Row> => {
  switch (story._tag) {
    case "PodStory":
      return podRows(story)
    case "PolicyStory":
      return policyRows(story)
    case "NodeStory":
      return nodeRows(story)
  }
}

/**
 * A story as lines of plain text for people: at most 100 columns, aligned, without colours; the same story gives the same lines.
 *
 * @example toLines(explainPod(facts)).at(-1) // "Next        nothing: all is well"
 */
export const toLines = (story: Story): ReadonlyArray<string> =>
  layout([
    ...rowsOf(story),
    { label: "Waits for", text: causeText(story.waitsFor.cause, story.now) },
    { label: "Next", text: story.waitsFor.next }
  ])

/** A story as plain text, a line end after every line. */
export const toText = (story: Story): string => toLines(story).map((line) => `${line}\n`).join("")
