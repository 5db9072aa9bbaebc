import { Effect, FileSystem, Layer, Path, PlatformError, Result } from "effect"
import { describe, expect, it } from "vitest"
import { objectAt, objectsAt } from "@branchline/adapter-memory/kubernetes/Document"
import { findingText } from "../../src/story/BadInput.js"
import * as Files from "../../src/story/manifests/Files.js"
import { fromFiles } from "../../src/story/manifests/Manifests.js"
import { fieldName, pathOf } from "../../src/story/manifests/Source.js"
import { pod, policy } from "./support.js"

const load = (...texts: ReadonlyArray<string>) => fromFiles(texts.map((text, index) => ({ name: `${index}.yaml`, text })))

const errorsOf = (...texts: ReadonlyArray<string>): ReadonlyArray<string> => {
  const loaded = load(...texts)
  return Result.isFailure(loaded) ? loaded.failure.findings.map(findingText) : expect.fail("it was taken")
}

const loadedOf = (...texts: ReadonlyArray<string>) => {
  const loaded = load(...texts)
  return Result.isSuccess(loaded) ? loaded.success : expect.fail(loaded.failure.message)
}

const warningsOf = (...texts: ReadonlyArray<string>): ReadonlyArray<string> => loadedOf(...texts).warnings.map(findingText)

const kindsOf = (...texts: ReadonlyArray<string>): ReadonlyArray<string> => loadedOf(...texts).manifests.map(({ kind }) => kind.kind)

const policyOf = (spec: string): string => `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: db }
spec:
${spec}`

describe("manifests", () => {
  it("are applied with what others need first, whatever their order in the files", () => {
    const account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: loader }"
    expect(kindsOf(`${pod("a")}---\n${policy}---\n${account}`)).toEqual(["ServiceAccount", "SecurityGroupPolicy", "Pod"])
  })

  it("may be a List, as kubectl get -o yaml writes it, with what only the server sets", () => {
    const list = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: { name: a, uid: x, resourceVersion: "7", creationTimestamp: "2022-09-06T08:00:00Z" }
    spec: { containers: [{ name: c, image: i }] }
    status: { phase: Running }
  - apiVersion: v1
    kind: Pod
    metadata: { name: 1 }
    spec: { containers: [{ name: c, image: i }] }
`
    expect(errorsOf(list)).toEqual([`0.yaml:11: metadata.name: Expected string, got 1; put it in quotes`])
    const [manifest] = loadedOf(list.replace("{ name: 1 }", "{ name: b }")).manifests
    expect(manifest?.document).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [{ name: "c", image: "i" }] }
    })
  })

  it("may have numbers where the API has quantities", () => {
    const [manifest] = loadedOf(pod("a").replace("image: \"nginx:1.23\"", "image: i, resources: { requests: { cpu: 1, memory: 64Mi } }")).manifests
    const [container = {}] = objectsAt(manifest?.document ?? {}, "spec", "containers")
    expect(objectAt(container, "resources", "requests")).toEqual({ cpu: "1", memory: "64Mi" })
  })

  it("that are broken are named with file, line and mend", () => {
    expect(errorsOf("apiVersion: v1\nkind: [Pod\n")[0]).toMatch(/^0\.yaml:3: this is no YAML: .+; mend the syntax$/)
    expect(errorsOf("just words")).toEqual(["0.yaml:1: the document is no mapping; a manifest starts with apiVersion and kind"])
    expect(errorsOf("# nothing")).toEqual(["0.yaml: there is no manifest in it; write at least one document"])
    expect(errorsOf("kind: Pod")).toEqual(["0.yaml:1: apiVersion: the document has no apiVersion; say which API it belongs to"])
    expect(errorsOf(pod("a").replace("app: web", "app: 2"))).toEqual(["0.yaml:4: metadata.labels.app: Expected string, got 2; put it in quotes"])
    expect(errorsOf(pod("a").replace(/containers: \[.*\]/, "containers: []"))[0]).toMatch(/^0\.yaml:5: spec\.containers: Expected at least one container/)
    expect(errorsOf(pod("a").replace("name: a,", ""))).toEqual(["0.yaml:4: metadata.name: the Pod has no name; give it one"])
  })

  it("of an unknown kind or API are refused, with what was meant", () => {
    expect(errorsOf(policy.replace("SecurityGroupPolicy", "SecurityGroupPolcy"))).toEqual([
      `0.yaml:3: kind: unknown kind "SecurityGroupPolcy"; did you mean SecurityGroupPolicy?`
    ])
    expect(errorsOf(policy.replace("v1beta1", "v1"))).toEqual([
      `0.yaml:3: kind: no SecurityGroupPolicy is known under "vpcresources.k8s.aws/v1"; its apiVersion is vpcresources.k8s.aws/v1beta1`
    ])
  })

  it("without a part in the story are left out, and said so", () => {
    const service = "apiVersion: v1\nkind: Service\nmetadata: { name: s }"
    const daemons = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: d }"
    expect(warningsOf(`${service}\n---\n${daemons}\n---\n${pod("a")}`)).toEqual([
      "0.yaml:2: kind: Service is left out; it has no part in the story",
      "0.yaml:6: kind: DaemonSet is left out; this world runs no DaemonSet, so its pods are missing from the story"
    ])
  })

  it("a policy without groups is refused, as by its resource's own schema", () => {
    expect(errorsOf(policyOf("  podSelector: {}\n  securityGroups:\n    groupIds: []\n"))).toEqual([
      "0.yaml:7: spec.securityGroups.groupIds: it names no security group; list at least one group id"
    ])
  })

  it("what Kubernetes takes and the controller ignores, or EC2 may refuse, is a warning", () => {
    const groups = Array.from({ length: 6 }, (_, index) => `sg-0000000000000000${index}`).join(", ")
    expect(warningsOf(policyOf(`  podSelector: {}\n  securityGroups:\n    groupIds: [${groups}]\n`))).toEqual([
      "0.yaml:7: spec.securityGroups.groupIds: 6 security groups, EC2 allows 5 on an interface; " +
      "name fewer, or have the quota raised (16 at most); pods that get them will wait"
    ])
    const five = groups.slice(0, groups.lastIndexOf(","))
    expect(warningsOf(policyOf(`  podSelector: {}\n  securityGroups:\n    groupIds: [${five}]\n`))).toEqual([])
    const selector = "  podSelector:\n    matchExpressions:\n      - { key: app, operator: in, values: [a] }\n"
    expect(warningsOf(policyOf(`${selector}  securityGroups: { groupIds: [sg-1] }\n`))[0]).toMatch(
      /^0\.yaml:7: spec\.podSelector\.matchExpressions\[0\]\.operator: "in" is no operator, so the policy is ignored; /
    )
    expect(warningsOf(policyOf("  securityGroups: { groupIds: [sg-1] }\n"))[0]).toMatch(/^0\.yaml:4: spec: .*, so the policy is ignored; /)
  })

  it("that name what is not there are told: a service account is missed, a namespace is made", () => {
    expect(errorsOf(pod("a").replace("containers", "serviceAccountName: x, containers"))[0]).toMatch(
      /^0\.yaml:5: spec\.serviceAccountName: there is no ServiceAccount "x" among the manifests of namespace default; /
    )
    const elsewhere = pod("a").replace("name: a,", "name: a, namespace: shop,")
    expect(warningsOf(elsewhere)).toEqual(["0.yaml:4: metadata.namespace: namespace shop is not among the manifests; it is made as if it had been there"])
    expect(kindsOf(elsewhere)).toEqual(["Namespace", "Pod"])
  })

  it("that are there twice are refused", () => {
    expect(errorsOf(pod("a"), pod("a"))).toEqual(["1.yaml:4: metadata.name: Pod a is there already, in 0.yaml:3; take one out or rename it"])
  })

  it("a field's name leads back to it", () => {
    const path = ["spec", "containers", 0, "resources", "limits", "nvidia.com/gpu"]
    expect(fieldName(path)).toBe("spec.containers[0].resources.limits[nvidia.com/gpu]")
    expect(pathOf(fieldName(path))).toEqual(path)
  })
})

describe("manifest files", () => {
  const failing = (tag: PlatformError.SystemErrorTag) => {
    const error = PlatformError.systemError({ _tag: tag, module: "FileSystem", method: "stat", pathOrDescriptor: "secret.yaml" })
    const files = FileSystem.layerNoop({ stat: () => Effect.fail(error) })
    return Effect.runSync(Effect.flip(Files.read("secret.yaml")).pipe(Effect.provide(Layer.merge(files, Path.layer)))).message
  }

  it("that may not be read, or are not there, are named", () => {
    expect(failing("PermissionDenied")).toBe("secret.yaml: it may not be read; give yourself permission to read it")
    expect(failing("NotFound")).toBe("secret.yaml: there is no such file or directory; name a YAML file, or a directory of them")
  })
})
