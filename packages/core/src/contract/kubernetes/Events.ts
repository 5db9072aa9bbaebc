import { expect } from "@effect/vitest"
import { Effect, type Schema } from "effect"
import { events, pods } from "../../model/Resource.js"
import { type Check, failureOf, pod } from "./World.js"

/** `recordEvent`. */
export const recordedEvents = (check: Check): void => {
  check("records an event in the pod's namespace, where kubectl describe finds it", (world) =>
    Effect.gen(function*() {
      const { metadata } = yield* world.kubernetes.create(pods, pod(world, "one", { schedulerName: "nobody" }))
      yield* world.kubernetes.recordEvent({
        regarding: { apiVersion: "v1", kind: "Pod", namespace: world.namespace, name: "one", uid: metadata.uid },
        type: "Normal",
        reason: "SecurityGroupRequested",
        message: "Pod will get the following Security Groups [sg-a sg-b]"
      })
      const { items } = yield* world.kubernetes.list(events, {
        namespace: world.namespace,
        fieldSelector: `involvedObject.name=one,involvedObject.uid=${metadata.uid}`
      })
      expect(items).toHaveLength(1)
      expect(items[0]).toMatchObject({
        involvedObject: { apiVersion: "v1", kind: "Pod", namespace: world.namespace, name: "one", uid: metadata.uid },
        type: "Normal",
        reason: "SecurityGroupRequested",
        message: "Pod will get the following Security Groups [sg-a sg-b]",
        source: { component: "vpc-resource-controller" },
        reportingComponent: "vpc-resource-controller"
      })
      expect(items[0]?.lastTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    }))

  check("records a second event at a second call", (world) =>
    Effect.gen(function*() {
      const record = world.kubernetes.recordEvent({
        regarding: { apiVersion: "v1", kind: "Pod", namespace: world.namespace, name: "one", uid: "1" },
        type: "Warning",
        reason: "BranchAllocationFailed",
        message: "failed to allocate branch ENI to pod: no address"
      })
      yield* record
      yield* record
      const { items } = yield* world.kubernetes.list(events, { namespace: world.namespace, fieldSelector: "involvedObject.name=one" })
      expect(items).toHaveLength(2)
    }))

  check("records an event that has a moment once, however often it is told", (world) =>
    Effect.gen(function*() {
      const record = world.kubernetes.recordEvent({
        regarding: { apiVersion: "v1", kind: "Pod", namespace: world.namespace, name: "one", uid: "1" },
        type: "Normal",
        reason: "ResourceAllocated",
        message: "Allocated",
        moment: 1_662_451_200_000_000_001n
      })
      yield* record
      expect((yield* Effect.flip(record)).reason._tag).toBe("AlreadyExists")
      const { items } = yield* world.kubernetes.list(events, { namespace: world.namespace, fieldSelector: "involvedObject.name=one" })
      expect(items).toHaveLength(1)
    }))

  check("records a node's event in the namespace default, under the UID that was given", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      yield* world.kubernetes.recordEvent({
        regarding: { apiVersion: "v1", kind: "Node", name, uid: name },
        type: "Normal",
        reason: "NodeTrunkInitiated",
        message: "The node has trunk interface initialized successfully"
      })
      const { items } = yield* world.kubernetes.list(events, { namespace: "default", fieldSelector: `involvedObject.name=${name}` })
      expect(items.map((item) => item.involvedObject.uid)).toEqual([name])
    }))

  check("records an event about an object with the longest of names", (world) =>
    Effect.gen(function*() {
      const name = `${"long".repeat(60)}.${"x".repeat(12)}`
      yield* world.kubernetes.recordEvent({
        regarding: { apiVersion: "v1", kind: "Pod", namespace: world.namespace, name, uid: "1" },
        type: "Normal",
        reason: "ResourceAllocated",
        message: "Allocated [] to the pod"
      })
      const { items } = yield* world.kubernetes.list(events, { namespace: world.namespace, fieldSelector: `involvedObject.name=${name}` })
      expect(items).toHaveLength(1)
    }))

  check("keeps an event only where its object is: Invalid, with the field", (world) =>
    Effect.gen(function*() {
      const about = (involvedObject: Schema.JsonObject) =>
        world.kubernetes.create(events, {
          metadata: { generateName: "event-", namespace: world.namespace },
          involvedObject: { apiVersion: "v1", name: "one", uid: "1", ...involvedObject },
          type: "Normal",
          reason: "ResourceAllocated",
          message: "Allocated [] to the pod"
        })
      yield* about({ kind: "Pod", namespace: world.namespace })
      for (const elsewhere of [{ kind: "Pod", namespace: "default" }, { kind: "Node" }]) {
        expect((yield* failureOf(about(elsewhere))).reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "involvedObject.namespace" }] })
      }
    }))
}
