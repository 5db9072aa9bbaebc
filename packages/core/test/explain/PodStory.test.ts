import { describe, expect, it } from "@effect/vitest"
import { explainPod } from "../../src/explain/PodStory.js"
import * as S from "./support.js"

const { now, seconds } = S

describe("the chapters of a pod's story", () => {
  it("come in the order in which things happen", () => {
    const story = explainPod(S.facts({ pod: S.pod({ phase: "Running", annotations: S.annotation() }), trunk: S.serve(S.ready(9)), events: [S.event("Pod", "Scheduled", "…", 1, "Normal")] }))
    expect(story.chapters.map(({ _tag }) => _tag)).toEqual([
      "Policies",
      "Groups",
      "Admission",
      "Scheduling",
      "Allocation",
      "Annotation",
      "Events"
    ])
  })

  it("end before allocation where the pod gets no branch", () => {
    const story = explainPod(S.facts({ pod: S.pod({ asks: false, phase: "Running" }), policies: S.policies() }))
    expect(story.chapters.map(({ _tag }) => _tag)).toEqual(["Policies", "Groups", "Admission", "Scheduling"])
  })

  it("count six groups against the quota, and do not make that the cause", () => {
    const six = S.policy("db", ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"])
    const story = explainPod(S.facts({ policies: S.policies(six) }))
    expect(story.chapters).toContainEqual(expect.objectContaining({ _tag: "Groups", overQuota: { groups: 6, quota: 5 } }))
    expect(story.waitsFor.cause).toEqual({ _tag: "NotPickedUp" })
  })

  it("leave out events of a former pod of the name, and sort the others by time", () => {
    const old = { ...S.event("Pod", "Scheduled", "old", 0), involvedObject: { kind: "Pod", namespace: "default", name: "web-1", uid: "uid-former" } }
    const { chapters } = explainPod(S.facts({ events: [S.event("Pod", "B", "second", 1), old, S.event("Pod", "A", "first", 9)] }))
    expect(chapters.at(-1)).toMatchObject({
      _tag: "Events",
      events: [{ message: "first", at: now - 9 * seconds }, { message: "second", at: now - seconds }]
    })
  })

  it("give the second in line the second branch that cools", () => {
    let trunk = S.serve(S.serve(S.ready(2), "a", 7, 0), "b", 8, 0)
    trunk = S.release(S.release(trunk, "a", now - 30 * seconds), "b", now - 10 * seconds)
    trunk = S.request(S.request(trunk, "first"))
    expect(explainPod(S.facts({ trunk })).waitsFor.cause).toMatchObject({ _tag: "SlotCooling", place: 2, at: now + 50 * seconds })
  })

  it("count what stands above the limit before a place comes free", () => {
    let trunk = S.serve(S.serve(S.ready(2), "a", 7, 0), "b", 8, 0)
    trunk = S.release(S.release(trunk, "a", now - 30 * seconds), "b", now - 10 * seconds)
    trunk = S.request({ ...trunk, limit: 1 })
    expect(explainPod(S.facts({ trunk })).waitsFor.cause).toMatchObject({ _tag: "SlotCooling", place: 1, at: now + 50 * seconds })
  })
})
