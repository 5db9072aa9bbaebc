import { afterAll, beforeAll, expect, it } from "vitest"
import { Agent, request } from "undici"
import { certificate } from "../support/Certificates.js"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { build, only } from "./support/Deploy.js"

const user = {
  name: "system:serviceaccount:kube-system:eks-vpc-resource-controller",
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"]
}
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
const lease = `${leases}/cp-vpc-resource-controller`

let plane: ControlPlane
let agent: Agent

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false, customResources: false })
  const kinds = ["ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]
  await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: only(await build(), kinds) })
  const { cert, key } = await certificate({ commonName: user.name, organizations: user.groups, ca: plane.ca })
  agent = new Agent({ connect: { ca: plane.ca.cert, cert, key } })
})
afterAll(async () => {
  await agent?.close()
  await plane?.stop()
})

/** The priority level that the server counts a request of the controller to. */
const levelOf = async (method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<string> => {
  const answer = await request(`${plane.server}${path}`, {
    method,
    dispatcher: agent,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" } })
  })
  await answer.body.dump()
  expect(answer.statusCode).toBeLessThan(300)
  const uid = answer.headers["x-kubernetes-pf-prioritylevel-uid"]
  return plane.kubectl(["get", "prioritylevelconfigurations", "-o", `jsonpath={.items[?(@.metadata.uid=="${String(uid)}")].metadata.name}`])
}

it("the API server puts the lease before all else that the controller asks, by deploy/base and not without it", async () => {
  const renewal = () => levelOf("PATCH", lease, { spec: { renewTime: "2026-01-01T00:00:00.000000Z" } })
  const made = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "cp-vpc-resource-controller", namespace: "kube-system" } }
  expect(await levelOf("POST", leases, made)).toBe("leader-election")
  expect(await levelOf("GET", lease)).toBe("leader-election")
  expect(await renewal()).toBe("workload-high")
  await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: only(await build(), ["FlowSchema"]) })
  await eventually("the server goes by it", async () => await renewal() === "leader-election" || undefined)
  expect(await levelOf("GET", "/api/v1/pods?limit=1")).toBe("workload-high")
})
