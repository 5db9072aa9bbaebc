import type { Row } from "./Layout.js"
import { admissionText } from "./PodText.js"
import type { PolicyPodStory, PolicyStory } from "./PolicyStory.js"
import { overQuotaSentence, problemSentence, verdictSentence } from "./SelectionText.js"
import { counted, listed } from "./Words.js"

const judgement = ({ policy, problems }: PolicyStory): string => {
  switch (policy) {
    case "absent":
      return "does not exist"
    case "invalid":
      return `is invalid and ignored: ${counted(problems.length, "problem")}`
    case "valid":
      return "is valid"
  }
}

const podText = ({ admission, groups, overQuota, verdict, without }: PolicyPodStory): string => {
  if (admission === undefined) return verdictSentence(verdict)
  const parts = [
    without ? `selected, but without its groups: ${admissionText(admission)}` : `selected, gets ${groups.join(" ")}`,
    ...(overQuota === undefined ? [] : [overQuotaSentence(overQuota)])
  ]
  return parts.join("; ")
}

/** A policy's story as rows. */
export const policyRows = (story: PolicyStory): ReadonlyArray<Row> => {
  const selected = story.pods.filter(({ verdict }) => verdict._tag === "Matched").length
  return [
    { label: "Policy", text: `${story.namespace}/${story.name} ${judgement(story)}` },
    ...story.problems.flatMap((problem): ReadonlyArray<Row> => [
      { label: "problem", text: problemSentence(problem), under: true },
      { label: "mend", text: problem.mend, under: true }
    ]),
    ...(story.policy === "valid" ? [{ label: "Groups", text: story.groups.join(" ") }] : []),
    ...(story.policy === "absent" ? [] : [{ label: "Pods", text: `${selected} selected of ${story.pods.length} in the namespace` }]),
    ...(story.policy === "valid" ? story.pods.map((pod): Row => ({ label: pod.name, text: podText(pod), under: true })) : []),
    ...(story.overlaps.length > 0 ? [{ label: "Overlaps", text: "pods get the union of all policies that match" }] : []),
    ...story.overlaps.map(({ adds, pods, policy }): Row => ({
      label: policy,
      text: `also selects ${listed(pods)}, ${adds.length === 0 ? "adds no group" : `adds ${adds.join(" ")}`}`,
      under: true
    }))
  ]
}
