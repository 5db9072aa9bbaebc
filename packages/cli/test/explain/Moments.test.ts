import { PodUid } from "@branchline/core/model/Ids"
import { describe, expect, it } from "vitest"
import type { SeenEvent } from "../../src/cluster/Seen.js"
import { asTold, endedAt, millisOf } from "../../src/explain/Moments.js"

const event = (change: Partial<SeenEvent>): SeenEvent => ({
  metadata: { name: "a", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "2023-11-14T22:13:00Z" },
  involvedObject: { kind: "Pod", name: "web-1" },
  ...change
})

describe("an event's time and count", () => {
  it.each([
    ["as core/v1 has them", event({ lastTimestamp: "2023-11-14T22:13:20Z", count: 3 }), "2023-11-14T22:13:20Z", 3],
    ["as events.k8s.io has them, of one that was told once", event({ eventTime: "2023-11-14T22:13:10.123456Z", lastTimestamp: null }), "2023-11-14T22:13:10.123456Z", 1],
    ["as a series has them, which goes on after its first time", event({ lastTimestamp: "2023-11-14T22:13:10Z", series: { count: 7, lastObservedTime: "2023-11-14T22:13:30.000000Z" } }), "2023-11-14T22:13:30.000000Z", 7],
    ["or else when it was made", event({}), "2023-11-14T22:13:00Z", 1]
  ])("%s", (_, told, at, count) => {
    expect(asTold(told)).toMatchObject({ lastTimestamp: at, count })
  })
})

describe("the end of a pod", () => {
  const bare = { metadata: { name: "job", namespace: "default", uid: PodUid.make("u"), resourceVersion: "1" }, spec: { containers: [] } }
  const status = (name: string, finishedAt: string | null) => ({ name, state: { terminated: { finishedAt } } })
  const pod = (containerStatuses: ReadonlyArray<ReturnType<typeof status>>) => ({ ...bare, status: { phase: "Succeeded", containerStatuses } })

  it("is that of its last container", () => {
    expect(endedAt(pod([status("a", "2023-11-14T22:13:00Z"), status("b", "2023-11-14T22:13:09Z")]))).toBe(millisOf("2023-11-14T22:13:09Z"))
  })

  it("is not known where no container tells", () => {
    expect(endedAt(pod([status("a", null)]))).toBeUndefined()
    expect(endedAt(pod([]))).toBeUndefined()
  })
})
