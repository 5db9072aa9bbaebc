import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { applyWorld, controller, noServers, pod } from "./World.js"

let plane: ControlPlane
let kubeconfig = ""

/** Somebody who may look and nothing else. */
const reader = { name: "reader" }

const role = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "reader" },
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }]
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: reader.name }]
    }
  ]
}

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  await plane.kubectl(["create", "serviceaccount", "default"])
  await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(role) })
  await applyWorld(plane)
  const lost = pod("lost-1")
  await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ ...lost, spec: { ...lost.spec, nodeName: "node-9" } }) })
  kubeconfig = await plane.kubeconfig(reader)
})
afterAll(() => plane.stop())

/** Everything that a controller could change, with its version. */
const versions = async (): Promise<ReadonlyArray<string>> => {
  const text = await plane.kubectl([
    "get", "nodes,pods,events,cninodes,securitygrouppolicies,leases,secrets,configmaps", "-A",
    "-o", "jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}"
  ])
  // The API server renews a Lease of its own.
  return text.split("\n").filter((line) => !line.startsWith("Lease kube-system/apiserver-"))
}

const dryRun = (...more: ReadonlyArray<string>) =>
  controller(["--cluster-name", "seed", "--kubeconfig", kubeconfig, ...noServers, "--dry-run", ...more])

describe("--dry-run", () => {
  it("prints what would be done to every node and pod, and why a pod would wait, and ends", async () => {
    const { code, stderr, stdout } = await dryRun()
    expect(code, stderr).toBe(0)
    const lines = stdout.trim().split("\n")
    const places = [
      /^ec2 +node node-1: create a trunk in subnet-\w+ with sg-\w+$/,
      /^ec2 +node node-1: attach it at device index 2$/,
      /^ec2 +pod default\/web-1 on node-1: create a branch in subnet-\w+ with sg-079157a483bcb371f, for VLAN id 1$/,
      /^ec2 +pod default\/web-1 on node-1: associate it with the trunk under VLAN id 1$/,
      /^kubernetes +patch Pod default\/web-1: \{.*"vpc\.amazonaws\.com\/pod-eni":"\[\{.*"vlanId\\":1,/,
      /^kubernetes +event Normal ResourceAllocated on Pod default\/web-1: Allocated /,
      /^waits +pod default\/lost-1 for a node: the one it names does not exist$/
    ].map((line) => lines.findIndex((one) => line.test(one)))
    expect(places, stdout).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(lines).toContainEqual(expect.stringMatching(/^kubernetes +patch Node node-1 \(status\): \{"status":\{"capacity":\{"vpc\.amazonaws\.com\/pod-eni":"9"\}\}\}$/))
    expect(lines.at(-1)).toBe("6 writes to the API server and 7 calls to EC2. Nothing was sent. 1 pod waits.")
    expect(new Set(lines).size).toBe(lines.length)
  })

  it("touches nothing: no object has another version, and the audit log has no write of its user", async () => {
    const before = await versions()
    const { code } = await dryRun()
    expect(code).toBe(0)
    expect(await versions()).toEqual(before)
    expect(before.length).toBeGreaterThan(5)
    const calls = plane.audit().filter(({ user }) => typeof user === "object" && user !== null && "username" in user && user.username === reader.name)
    const writes = calls.filter(({ verb }) => !["get", "list", "watch"].includes(String(verb)))
    const kinds = writes.map(({ objectRef }) => typeof objectRef === "object" && objectRef !== null && "resource" in objectRef ? objectRef.resource : objectRef)
    // The question who may do what is a create that creates nothing.
    expect([...new Set(kinds)]).toEqual(["selfsubjectaccessreviews"])
    expect(calls.some(({ verb }) => verb === "list")).toBe(true)
  })

  it("--json: the same plan, one object per line", async () => {
    const [text, json] = [await dryRun(), await dryRun("--json")]
    const steps = json.stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(steps).toHaveLength(text.stdout.trim().split("\n").length - 1)
    expect(steps.filter(({ step }) => step === "ec2").reduce((sum, { ec2Calls }) => sum + Number(ec2Calls), 0)).toBe(7)
    expect(steps).toContainEqual(expect.objectContaining({ step: "kubernetes", _tag: "Patch", kind: "Pod", key: { namespace: "default", name: "web-1" } }))
    expect(steps).toContainEqual({ step: "waits", pod: "default/lost-1", why: "a node: the one it names does not exist" })
  })

  it("of a cluster in which everything is done: nothing to do", async () => {
    await plane.kubectl(["delete", "pod", "web-1", "lost-1", "--grace-period=0", "--force"])
    await plane.kubectl(["patch", "cninode", "node-1", "--type=merge", "-p", "{\"spec\":{\"features\":[]}}"])
    const { stdout } = await dryRun()
    expect(stdout).toMatch(/^Nothing to do\.\n$/)
  })
})
