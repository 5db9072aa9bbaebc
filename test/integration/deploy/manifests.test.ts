import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { build, components, documents, only } from "./support/Deploy.js"

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane({ customResources: false })
})
afterAll(() => plane?.stop())

const apply = (text: string) => plane.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], { input: text })

describe("deploy/base", () => {
  it("is applied with one command, and changes nothing when it is applied again", async () => {
    const text = await build()
    await apply(text)
    await plane.kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"])
    const kept = async () =>
      JSON.stringify(
        await Promise.all(documents(text).map(async ({ kind, metadata: { name, namespace } }) => {
          const args = ["get", kind, name, ...(namespace === undefined ? [] : ["-n", namespace]), "-o", "jsonpath={.metadata.generation} {.spec} {.rules} {.webhooks} {.data}"]
          return [kind, name, await plane.kubectl(args)]
        })),
        undefined,
        1
      )
    const before = await kept()
    await apply(text)
    expect(await kept()).toBe(before)
  })

  it("keeps the certificates and the authority that the controller wrote, when it is applied again", async () => {
    const name = "vpc-resource-mutating-webhook"
    const caBundle = Buffer.from(plane.ca.cert).toString("base64")
    const secret = ["vpc-resource-webhook-tls", "-n", "kube-system"]
    await plane.kubectl(["patch", "secret", ...secret, "--type=merge", "-p", JSON.stringify({ data: { "ca.crt": caBundle } })])
    await plane.kubectl(["patch", "mutatingwebhookconfiguration", name, "--type=json", "-p", JSON.stringify([{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value: caBundle }])])
    await apply(await build())
    expect(await plane.kubectl(["get", "secret", ...secret, "-o", "jsonpath={.data.ca\\.crt}"])).toBe(caBundle)
    expect(await plane.kubectl(["get", "mutatingwebhookconfiguration", name, "-o", "jsonpath={.webhooks[0].clientConfig.caBundle}"])).toBe(caBundle)
  })

  it("names nothing that is not there", async () => {
    interface Any {
      readonly spec?: { readonly template?: { readonly spec: { readonly serviceAccountName: string; readonly containers: ReadonlyArray<Record<string, ReadonlyArray<Record<string, Record<string, string>>>>> } } }
      readonly webhooks?: ReadonlyArray<{ readonly clientConfig: { readonly service: { readonly name: string; readonly namespace: string; readonly port: number } } }>
    }
    const all = documents<Any>(await build())
    const has = (kind: string, name: string | undefined, namespace?: string) =>
      all.some((one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace)
    for (const { webhooks = [] } of all) {
      for (const { clientConfig: { service } } of webhooks) expect(has("Service", service.name, service.namespace)).toBe(true)
    }
    const deployment = all.find(({ kind }) => kind === "Deployment")?.spec?.template?.spec
    expect(has("ServiceAccount", deployment?.serviceAccountName, "kube-system")).toBe(true)
    expect(has("ConfigMap", deployment?.containers[0]?.["envFrom"]?.[0]?.["configMapRef"]?.["name"], "kube-system")).toBe(true)
  })

  it("runs the controller with no more than it needs of its node, under the strictest pod security standard", async () => {
    // The namespace that enforces it in a real cluster may not be kube-system: the pod is tried in one that does.
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "strict", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } }
    await plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(namespace) })
    await plane.kubectl(["create", "serviceaccount", "eks-vpc-resource-controller", "-n", "strict"])
    const template = documents<{ readonly spec: { readonly template: { readonly metadata: object; readonly spec: object } } }>(await build())
      .find(({ kind }) => kind === "Deployment")?.spec.template
    const pod = { apiVersion: "v1", kind: "Pod", ...template, metadata: { ...template?.metadata, name: "controller" } }
    const withoutSafety = { ...pod, spec: { ...template?.spec, securityContext: {} } }
    const dryRun = (document: object) => plane.kubectl(["create", "--dry-run=server", "-n", "strict", "-f", "-"], { input: JSON.stringify(document) })
    expect(await dryRun(pod)).toContain("pod/controller created")
    await expect(dryRun(withoutSafety)).rejects.toThrow(/violates PodSecurity "restricted/)
  })

  it("has only admission policies whose expressions fit their resources", async () => {
    interface Policy {
      readonly metadata: { readonly generation: number }
      readonly status?: { readonly observedGeneration: number; readonly typeChecking?: { readonly expressionWarnings?: ReadonlyArray<object> } }
    }
    const checked = await eventually("all policies are checked", async () => {
      const { items } = JSON.parse(await plane.kubectl(["get", "validatingadmissionpolicies", "-o", "json"])) as { readonly items: ReadonlyArray<Policy> }
      return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation && status.typeChecking !== undefined) ? items : undefined
    })
    expect(checked).toHaveLength(3)
    expect(checked.flatMap(({ status }) => status?.typeChecking?.expressionWarnings ?? [])).toEqual([])
  })
})

describe("deploy/components", () => {
  it("are these, and no more", () => {
    expect([...components].sort()).toEqual([
      "cert-manager", "fail-closed-mutation", "fail-closed-node-validation", "fail-closed-pod-validation", "host-network", "opt-in-namespaces", "own-certificates", "strict-policies"
    ])
  })

  // Its custom resources are somebody else's to install.
  const ofOthers = ["Issuer", "Certificate"]

  it.each(components)("%s builds and is applied", async (component) => {
    const text = await build(component)
    const kinds = [...new Set(documents(text).map(({ kind }) => kind))].filter((kind) => !ofOthers.includes(kind))
    await apply(only(text, kinds))
    expect(text).not.toBe(await build())
  })

  it("all go together, as far as they do not contradict each other", async () => {
    await apply(only(await build("fail-closed-mutation", "fail-closed-node-validation", "fail-closed-pod-validation", "opt-in-namespaces", "own-certificates", "host-network", "strict-policies"), ["Deployment", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ClusterRole", "Role"]))
    const rights = await plane.kubectl(["get", "clusterrole", "eks-vpc-resource-controller", "-o", "jsonpath={.rules[*].resources}"])
    expect(rights).not.toContain("webhookconfigurations")
  })
})
