import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { instanceIdOf } from "../../src/model/Node.js"
import {
  apiVersionOf,
  cniNodes,
  configMaps,
  eniConfigs,
  events,
  leases,
  nodes,
  pods,
  securityGroupPolicies,
  serviceAccounts
} from "../../src/model/Resource.js"

const metadata = { name: "a", namespace: "default", uid: "u-1", resourceVersion: "7" }

const documents = {
  pods: { metadata, spec: { containers: [{ name: "main" }] } },
  nodes: { metadata: { name: "n", uid: "u", resourceVersion: "1" } },
  serviceAccounts: { metadata },
  configMaps: { metadata, data: { "branch-eni-cooldown": "abc" } },
  securityGroupPolicies: { metadata, spec: { podSelector: {}, securityGroups: { groupIds: ["sg-1"] } } },
  cniNodes: { metadata: { name: "n", uid: "u", resourceVersion: "1" }, spec: { features: [{ name: "SecurityGroupsForPods", value: "" }] } },
  eniConfigs: { metadata: { name: "n", uid: "u", resourceVersion: "1" }, spec: { subnet: "subnet-1", securityGroups: ["sg-1"] } },
  events: { metadata, involvedObject: { kind: "Pod", name: "a" } },
  leases: { metadata, spec: { leaseDurationSeconds: 30 } }
} as const
const resources = { pods, nodes, serviceAccounts, configMaps, securityGroupPolicies, cniNodes, eniConfigs, events, leases }
const kinds = Object.keys(resources) as ReadonlyArray<keyof typeof resources>

const decode = (kind: keyof typeof resources, document: unknown): Result.Result<unknown, string> => resources[kind].decode(document)

describe("documents", () => {
  it.each(kinds)("%s that are wider than ours decode, without what we do not know", (kind) => {
    const wider = { ...documents[kind], apiVersion: "x/v9", somethingNew: { deep: [1, 2, 3] } }
    const decoded = decode(kind, wider)
    expect(Result.isSuccess(decoded) && decoded.success).toEqual(documents[kind])
  })

  it.each(kinds)("%s in which Kubernetes sent null for what is optional decode", (kind) => {
    const { metadata: given } = documents[kind]
    expect(Result.isSuccess(decode(kind, { ...documents[kind], metadata: { ...given, labels: null, deletionTimestamp: null } }))).toBe(true)
  })

  it.each(kinds)("%s without a UID, or that are no object at all, fail with the path", (kind) => {
    const { uid: _uid, ...rest } = documents[kind].metadata
    const decoded = decode(kind, { ...documents[kind], metadata: rest })
    expect(Result.isFailure(decoded) && decoded.failure).toContain(`["metadata"]["uid"]`)
    for (const junk of [null, 3, "pod", []]) expect(Result.isFailure(decode(kind, junk))).toBe(true)
  })

  it("that contradict ours in several places name every place", () => {
    const decoded = decode("pods", {
      metadata: { ...metadata, labels: { role: 7 } },
      spec: { nodeName: ["n"], containers: [{ name: "main", resources: { limits: { cpu: 1 } } }] }
    })
    const problem = Result.isFailure(decoded) ? decoded.failure : ""
    for (const path of [`["labels"]["role"]`, `["spec"]["nodeName"]`, `["containers"][0]["resources"]["limits"]["cpu"]`]) {
      expect(problem).toContain(path)
    }
  })

  it("keep of a pod's annotations only those that mean something here", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "x".repeat(9000), "vpc.amazonaws.com/pod-eni": "[]" }
    const decoded = pods.decode({ ...documents.pods, metadata: { ...metadata, annotations } })
    expect(Result.isSuccess(decoded) && decoded.success.metadata.annotations).toEqual({ "vpc.amazonaws.com/pod-eni": "[]" })
  })
})

describe("places", () => {
  it("apiVersion is the bare version in the core group", () => {
    expect([pods, securityGroupPolicies, leases].map(apiVersionOf)).toEqual(["v1", "vpcresources.k8s.aws/v1beta1", "coordination.k8s.io/v1"])
  })

  it.each([
    ["aws:///eu-west-1a/i-0123456789abcdef0", "i-0123456789abcdef0"],
    ["aws:///eu-west-1a/i-01234567", "i-01234567"],
    ["aws:///eu-west-1a/fargate-ip-10-0-0-1", undefined],
    ["aws:////i-0123456789abcdef0", undefined],
    ["gce://project/zone/i-0123456789abcdef0", undefined],
    ["aws:///eu-west-1a/i-0123456789abcdef0/more", undefined],
    ["", undefined]
  ])("the instance of %s is %s", (providerID, expected) => {
    expect(instanceIdOf(providerID)).toBe(expected)
  })
})
