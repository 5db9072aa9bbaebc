import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane({ scheduler: true })
})
afterAll(() => plane?.stop())

describe("the control plane for tests", () => {
  it("schedules a pod on a node that a test makes", async () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "one" } }
    await plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(node) })
    const status = { capacity: { cpu: "2", memory: "4Gi", pods: "10" }, conditions: [{ type: "Ready", status: "True" }] }
    await plane.kubectl(["patch", "node", "one", "--subresource=status", "--type=merge", "-p", JSON.stringify({ status: { ...status, allocatable: status.capacity } })])
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: [{ name: "a", image: "pause" }] } }
    await plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(pod) })
    await plane.kubectl(["wait", "--for=condition=PodScheduled", "--timeout=60s", "pod/a"])
    expect(await plane.kubectl(["get", "pod", "a", "-o", "jsonpath={.spec.nodeName}"])).toBe("one")
  })

  it("knows a user by certificate, and what RBAC lets it do", async () => {
    await expect(plane.kubectl(["get", "nodes"], { user: { name: "somebody" } })).rejects.toThrow(/"somebody" cannot list resource "nodes"/)
  })

  it("audits what was asked and what was answered", () => {
    const creation = plane.audit().find(({ verb, objectRef }) =>
      verb === "create" && JSON.stringify(objectRef).includes(`"resource":"pods"`))
    expect(creation).toMatchObject({ stage: "ResponseComplete", objectRef: { resource: "pods", name: "a" } })
  })

  it("comes back with what it held after a restart", async () => {
    await plane.apiServer.stop()
    await plane.apiServer.start()
    expect(await plane.kubectl(["get", "pod", "a", "-o", "name"])).toBe("pod/a\n")
  })
})
