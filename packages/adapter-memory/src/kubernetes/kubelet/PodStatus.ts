import { Effect, type Schema } from "effect"
import { timestamp } from "../informer/Timestamp.js"
import type { KubeletPod } from "./KubeletPod.js"

const condition = (type: string, status: boolean, time: string, reason?: string): Schema.JsonObject => ({
  type,
  status: status ? "True" : "False",
  lastProbeTime: null,
  lastTransitionTime: time,
  ...(reason === undefined ? {} : { reason })
})

const conditions = (time: string, ready: boolean): ReadonlyArray<Schema.JsonObject> => {
  const reason = ready ? undefined : "PodCompleted"
  return [
    condition("Initialized", true, time, reason),
    condition("Ready", ready, time, reason),
    condition("ContainersReady", ready, time, reason),
    condition("PodScheduled", true, time)
  ]
}

/** The status of a pod whose containers run, as a merge patch that lands on this very pod. */
export const running = Effect.fnUntraced(function*(pod: KubeletPod, address: string) {
  const time = yield* timestamp
  return {
    metadata: { uid: pod.metadata.uid },
    status: {
      phase: "Running",
      podIP: address,
      podIPs: [{ ip: address }],
      startTime: time,
      conditions: conditions(time, true),
      containerStatuses: pod.spec.containers.map(({ image, name }) => ({
        name,
        image: image ?? "",
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: time } }
      }))
    }
  } satisfies Schema.JsonObject
})

/** The status of a pod whose containers have ended. */
export const ended = Effect.fnUntraced(function*(pod: KubeletPod, phase: "Succeeded" | "Failed") {
  const time = yield* timestamp
  const terminated = phase === "Succeeded"
    ? { exitCode: 0, reason: "Completed", finishedAt: time }
    : { exitCode: 1, reason: "Error", finishedAt: time }
  return {
    metadata: { uid: pod.metadata.uid },
    status: {
      phase,
      conditions: conditions(time, false),
      containerStatuses: pod.spec.containers.map(({ image, name }) => ({
        name,
        image: image ?? "",
        ready: false,
        started: false,
        restartCount: 0,
        state: { terminated }
      }))
    }
  } satisfies Schema.JsonObject
})
