import { describe, expect, it } from "vitest"
import { podEni } from "@branchline/core/model/Names"
import { objectAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { summaryLines } from "../../src/story/Summary.js"
import { colourless } from "../../src/story/Style.js"
import { phaseOf, playNow, pod, policy, storyOf } from "./support.js"

const names = Array.from({ length: 10 }, (_, index) => `web-${index + 1}`)
const texts = [policy, ...names.map(pod)]
const cooldown = 60_000

describe("ten pods on one m5.large", () => {
  it("nine run, the tenth waits as Pending and is told why", () => {
    const recording = playNow(storyOf(texts, { cooldown }))
    expect(names.filter((name) => phaseOf(recording, name) === "Running")).toHaveLength(9)
    expect(phaseOf(recording, "web-10")).toBe("Pending")
    const reasons = recording.events.filter(({ involvedObject }) => involvedObject.name === "web-10")
    expect(reasons.map(({ message, reason }) => [reason, message])).toEqual([[
      "FailedScheduling",
      `0/1 nodes are available: 1 Insufficient ${podEni}. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.`
    ]])
    const story = recording.podStories.find(({ name }) => name === "web-10")
    expect(story?.waitsFor.cause).toMatchObject({ _tag: "AllNodesTaken", nodes: 1 })
    expect(summaryLines(recording, colourless)).toContain("  1 of 10 pods still wait: web-10.")
    expect(recording.violations).toEqual([])
  })

  it("one is deleted, and after the cooldown the tenth runs", () => {
    const recording = playNow(storyOf(texts, { cooldown, deletions: ["web-3"] }))
    expect(phaseOf(recording, "web-3")).toBeUndefined()
    expect(names.filter((name) => phaseOf(recording, name) === "Running")).toHaveLength(9)
    expect(phaseOf(recording, "web-10")).toBe("Running")

    const gone = recording.audit.find(({ objectRef, requestObject, verb }) =>
      verb === "delete" && objectRef.name === "web-3" && objectAt({ requestObject: requestObject ?? null }, "requestObject")["gracePeriodSeconds"] === 0)
    const annotated = recording.audit.find(({ objectRef, requestObject, verb }) =>
      verb === "patch" && objectRef.name === "web-10" &&
      textAt({ requestObject: requestObject ?? null }, "requestObject", "metadata", "annotations", podEni) !== undefined)
    const waited = Date.parse(annotated?.stageTimestamp ?? "") - Date.parse(gone?.stageTimestamp ?? "")
    expect(waited).toBeGreaterThanOrEqual(cooldown)
    expect(waited).toBeLessThan(cooldown + 5_000)
    // The scheduler holds the slot for free at once: the wait has its reason, with the seconds.
    const told = recording.events.find(({ involvedObject, reason }) => involvedObject.name === "web-10" && reason === "BranchAllocationFailed")
    expect(told?.message).toMatch(/^failed to allocate branch ENI to pod: all 9 branch interfaces of the node are taken \(8 in use, .*1 cooling down.* in (5\d|60) s$/)
    expect(recording.violations).toEqual([])
  })
})
