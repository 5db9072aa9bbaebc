import type { Step } from "../dry-run/Plan.js"

/** What is done, in a word that a metric can carry. */
export const kindOfStep = (step: Step): string => {
  switch (step._tag) {
    case "Branch":
      return step.command._tag
    case "Trunk":
      return step.call.startsWith("create") ? "CreateTrunk" : step.call.startsWith("attach") ? "AttachTrunk" : step.call.startsWith("let") ? "DeleteOnTermination" : "DeleteInterface"
    case "Write":
      return step.write._tag === "Event" ? "Event" : `${step.write._tag}${step.write.kind}`
    case "Waits":
      return "Waits"
  }
}

/**
 * Names a step: the same one at another moment has the same key, although the VLAN id, the device index or the length of the wait that it would come with is
 * another by then.
 */
export const keyOfStep = (step: Step): string => {
  switch (step._tag) {
    case "Branch":
      return `${step.command._tag} ${step.pod} ${step.node}`
    case "Trunk":
      return `${step.node} ${step.call.split(" ", 2).join(" ")}`
    case "Write":
      return step.write._tag === "Event"
        ? JSON.stringify(step.write)
        : `${step.write._tag} ${step.write.kind} ${step.write.key.namespace ?? ""}/${step.write.key.name}`
    case "Waits":
      return `waits ${step.pod}`
  }
}

/** Whom a step is about, by the keys that logs carry. */
export const subjectOfStep = (step: Step): Readonly<Record<string, string>> => {
  switch (step._tag) {
    case "Branch":
      return { pod: step.pod, node: step.node }
    case "Trunk":
      return { node: step.node }
    case "Write":
      return step.write._tag !== "Event" && step.write.kind !== "Pod" ? { node: step.write.key.name } : {}
    case "Waits":
      return { pod: step.pod }
  }
}
