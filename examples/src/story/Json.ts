import { toLines } from "@branchline/core/explain/Text"
import { type Finding, findingText } from "./BadInput.js"
import { actionCounts } from "./Ec2View.js"
import type { Recording } from "./Recording.js"
import type { Story } from "./Story.js"
import { isSettled } from "./Summary.js"
import { timelineOf } from "./timeline/Timeline.js"

const iso = (millis: number): string => new Date(millis).toISOString()

/**
 * Everything as one JSON document. Times are RFC 3339; `explanations` holds each story as data and as lines of text.
 */
export const toJson = (story: Story, recording: Recording, warnings: ReadonlyArray<Finding>): string => {
  const { audit, calls, endedAt, events, nodes, nodeStories, podStories, pods, policyStories, startedAt, violations } = recording
  return JSON.stringify({
    title: story.title,
    seed: story.seed,
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    warnings: warnings.map(findingText),
    waiting: podStories.filter((one) => !isSettled(one)).map(({ name, namespace }) => `${namespace}/${name}`),
    violations,
    timeline: timelineOf(recording).map(({ at, ...entry }) => ({ at: iso(at), ...entry })),
    pods,
    nodes,
    events,
    audit,
    ec2: { counts: actionCounts(calls), calls: calls.map(({ at, ...call }) => ({ at: iso(at), ...call })) },
    explanations: [...podStories, ...nodeStories, ...policyStories].map((one) => ({ ...one, text: toLines(one) }))
  }, undefined, 2)
}
