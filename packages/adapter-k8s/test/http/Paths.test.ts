import { describe, expect, it } from "@effect/vitest"
import * as Paths from "@branchline/adapter-k8s/http/Paths"
import { cniNodes, leases, nodes, pods } from "@branchline/core/model/Resource"

describe("paths", () => {
  it.each([
    [Paths.collection(pods, "default"), "/api/v1/namespaces/default/pods"],
    [Paths.collection(pods), "/api/v1/pods"],
    [Paths.collection(nodes), "/api/v1/nodes"],
    [Paths.collection(nodes, "default"), "/api/v1/nodes"],
    [Paths.collection(leases, "kube-system"), "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"],
    [Paths.object(cniNodes, { name: "ip-10-0-0-1.ec2.internal" }), "/apis/vpcresources.k8s.aws/v1alpha1/cninodes/ip-10-0-0-1.ec2.internal"],
    [Paths.object(pods, { namespace: "default", name: "a" }, "status"), "/api/v1/namespaces/default/pods/a/status"],
    [Paths.object(pods, { namespace: "a/b", name: "?x=1" }), "/api/v1/namespaces/a%2Fb/pods/%3Fx%3D1"]
  ])("%s", (path, expected) => expect(path).toBe(expected))

  it("leaves out what is undefined, and encodes the rest", () => {
    expect(Paths.withQuery("/a", { limit: 500, continue: undefined, watch: true })).toBe("/a?limit=500&watch=true")
    expect(Paths.withQuery("/a", { continue: undefined })).toBe("/a")
    expect(Paths.ofScope(pods, { namespace: "default", fieldSelector: "spec.nodeName=a b,status.phase!=Failed" }, { limit: 1 }))
      .toBe("/api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3Da+b%2Cstatus.phase%21%3DFailed&limit=1")
  })

  it.each([["", "may not be empty"], [".", "may not be '.'"], ["..", "may not be '..'"], ["a/b", "may not contain '/'"], ["a%b", "may not contain '%'"]])(
    "takes %j for no name",
    (name, why) => expect(Paths.problemOfSegment("the name", name)).toContain(why)
  )

  it("takes any other", () => expect(Paths.problemOfSegment("the name", "web-0.example")).toBeUndefined())
})
