import { it } from "@effect/vitest"
import { cniNodes, nodes, pods } from "@branchline/core/model/Resource"
import * as MemoryKubernetes from "@branchline/adapter-memory/kubernetes/MemoryKubernetes"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { recording, type Write } from "../../src/controller/dry-run/Recording.js"

/** A cluster with a node, as it is and as a recording port shows it. */
const setUp = Effect.gen(function*() {
  const memory = yield* MemoryKubernetes.make()
  const real = memory.portFor("somebody")
  const node = yield* real.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: { providerID: "aws:///a/i-1" } })
  const writes: Array<Write> = []
  return { real, node, writes, port: recording(real, (write) => Effect.sync(() => void writes.push(write))) }
})

describe("the recording port", () => {
  it.effect("answers a patch as the server would, remembers it for get, and sends nothing", () =>
    Effect.gen(function*() {
      const { node, port, real, writes } = yield* setUp
      const patch = { _tag: "merge", patch: { metadata: { uid: node.metadata.uid }, status: { capacity: { "vpc.amazonaws.com/pod-eni": "9" } } } } as const
      const answer = yield* port.patch(nodes, { name: "node-1" }, patch, { subresource: "status" })
      expect(answer.status?.capacity).toEqual({ "vpc.amazonaws.com/pod-eni": "9" })
      expect((yield* port.get(nodes, { name: "node-1" })).status?.capacity).toEqual({ "vpc.amazonaws.com/pod-eni": "9" })
      expect(yield* real.get(nodes, { name: "node-1" })).toEqual(node)
      expect(writes).toEqual([{ _tag: "Patch", kind: "Node", key: { name: "node-1" }, subresource: "status", patch }])
    }))

  it.effect.each([
    [{ uid: "another" }, "Invalid"],
    [{ resourceVersion: "1000000" }, "Conflict"]
  ] as const)("refuses a patch with metadata %j, as the server would, and tells nothing", ([metadata, reason]) =>
    Effect.gen(function*() {
      const { port, writes } = yield* setUp
      const error = yield* Effect.flip(port.patch(nodes, { name: "node-1" }, { _tag: "merge", patch: { metadata } }))
      expect(error.reason._tag).toBe(reason)
      expect(writes).toEqual([])
    }))

  it.effect("refuses what there is not", () =>
    Effect.gen(function*() {
      const { port, writes } = yield* setUp
      const calls = [port.patch(pods, { namespace: "default", name: "a" }, { _tag: "merge", patch: {} }), port.delete(pods, { namespace: "default", name: "a" })]
      const errors = yield* Effect.forEach(calls, (call) => Effect.flip(call))
      expect(errors.map(({ reason }) => reason._tag)).toEqual(["NotFound", "NotFound"])
      expect(writes).toEqual([])
    }))

  it.effect("makes objects that only it knows", () =>
    Effect.gen(function*() {
      const { port, real, writes } = yield* setUp
      const document = { apiVersion: "vpcresources.k8s.aws/v1alpha1", kind: "CNINode", metadata: { name: "node-1" } }
      expect((yield* port.create(cniNodes, document)).metadata.name).toBe("node-1")
      expect((yield* port.get(cniNodes, { name: "node-1" })).metadata.uid).not.toBe("")
      expect((yield* Effect.flip(real.get(cniNodes, { name: "node-1" }))).reason._tag).toBe("NotFound")
      yield* port.recordEvent({ regarding: { apiVersion: "v1", kind: "Node", name: "node-1", uid: "node-1" }, type: "Normal", reason: "A", message: "b" })
      yield* port.delete(nodes, { name: "node-1" })
      expect((yield* real.get(nodes, { name: "node-1" })).metadata.name).toBe("node-1")
      expect(writes.map(({ _tag }) => _tag)).toEqual(["Create", "Event", "Delete"])
    }))
})
