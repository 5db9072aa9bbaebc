import { securityGroupPolicies } from "@branchline/core/model/Resource"
import { compilePolicy } from "@branchline/core/selection/Policy"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { build, only } from "./support/Deploy.js"
import { random, randomSpec } from "./support/RandomPolicy.js"
import { sender, type Verdict } from "./support/Warnings.js"

const path = "/apis/vpcresources.k8s.aws/v1beta1/namespaces/default/securitygrouppolicies"
const policy = (spec: unknown, name = "p") =>
  ({ apiVersion: "vpcresources.k8s.aws/v1beta1", kind: "SecurityGroupPolicy", metadata: { name, namespace: "default" }, spec })

const sg = "sg-0123456789abcdef0"
const groups = (...groupIds: ReadonlyArray<string>) => ({ securityGroups: { groupIds } })
const everything = { podSelector: {} }
const expression = (one: unknown) => ({ podSelector: { matchExpressions: [one] }, ...groups(sg) })

let plane: ControlPlane
let deployed: string
let api: Awaited<ReturnType<typeof sender>>

/** Admission policies are in force a moment after they were stored. */
const inForce = (what: string, spec: unknown, has: (verdict: Verdict) => boolean) =>
  eventually(what, async () => has(await api.send("POST", path, policy(spec))) || undefined)

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  deployed = await build()
  await plane.kubectl(["apply", "--server-side", "-f", "-"], {
    input: only(deployed, ["CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
  })
  api = await sender(plane)
  await inForce("means nothing", {}, ({ warnings }) => warnings.length === 2)
  await inForce("doubtful", { ...everything, ...groups("web") }, ({ warnings }) => warnings.length === 1)
})
afterAll(async () => {
  await api?.close()
  await plane?.stop()
})

const ignored = (spec: unknown): boolean => {
  const document = policy(spec)
  const decoded = securityGroupPolicies.decode({ ...document, metadata: { ...document.metadata, uid: "u", resourceVersion: "1" } })
  return Result.isFailure(decoded) || compilePolicy(decoded.success)._tag === "Invalid"
}

const isIgnoredWarning = (warning: string) => warning.includes("'securitygrouppolicy-means-nothing'")

describe("SecurityGroupPolicy: what upstream accepts is accepted, without a word where nothing is wrong", () => {
  const fine: ReadonlyArray<[string, unknown]> = [
    ["pods by labels", { podSelector: { matchLabels: { role: "db" } }, ...groups(sg) }],
    ["every pod of the namespace", { ...everything, ...groups(sg) }],
    ["accounts by labels", { serviceAccountSelector: { matchLabels: { "example.com/tier": "" } }, ...groups(sg) }],
    ["both selectors, every operator", {
      podSelector: {
        matchExpressions: [
          { key: "a", operator: "In", values: ["x", "y"] },
          { key: "b", operator: "NotIn", values: ["z"] },
          { key: "example.com/c", operator: "Exists" },
          { key: "d", operator: "DoesNotExist", values: [] }
        ]
      },
      serviceAccountSelector: {},
      ...groups(sg, "sg-01234567", "sg-fedcba9876543210f", "sg-00000001", "sg-00000002")
    }]
  ]
  it.each(fine)("%s", async (_, spec) => {
    expect(await api.send("POST", path, policy(spec))).toEqual({ status: 201, message: "", warnings: [] })
    expect(ignored(spec)).toBe(false)
  })
})

describe("SecurityGroupPolicy: what upstream's schema lets through although it is a mistake is accepted, and told", () => {
  const mistakes: ReadonlyArray<[string, unknown, RegExp]> = [
    ["no spec", undefined, /neither spec\.podSelector nor spec\.serviceAccountSelector/],
    ["no selector", groups(sg), /neither spec\.podSelector nor spec\.serviceAccountSelector/],
    ["no groups", everything, /names no security group/],
    ["an empty group", { ...everything, ...groups("") }, /holds an empty text/],
    ["an operator in the wrong case", expression({ key: "role", operator: "in", values: ["db"] }), /no such operator: "in"; write In, NotIn/],
    ["an operator that does not exist", expression({ key: "role", operator: "Equals", values: ["db"] }), /no such operator: "Equals"/],
    ["In without values", expression({ key: "role", operator: "In" }), /need at least one value/],
    ["NotIn with no values", expression({ key: "role", operator: "NotIn", values: [] }), /need at least one value/],
    ["Exists with values", expression({ key: "role", operator: "Exists", values: ["db"] }), /take no values/],
    ["a key that is none", expression({ key: "role of it", operator: "Exists" }), /no label key: "role of it"/],
    ["a key with two slashes", { podSelector: { matchLabels: { "a/b/c": "x" } }, ...groups(sg) }, /no label key: "a\/b\/c"/],
    ["a value that is none", { serviceAccountSelector: { matchLabels: { role: "d b" } }, ...groups(sg) }, /no label value: "d b"/],
    ["a value too long", expression({ key: "role", operator: "In", values: ["a".repeat(64)] }), /no label value: "a{64}"/],
    ["a group named twice", { ...everything, ...groups(sg, "sg-01234567", sg) }, /named more than once.*: sg-0123456789abcdef0/],
    ["a group's name in place of its id", { ...everything, ...groups("web", sg) }, /no security group id: web/],
    ["more groups than the default quota", { ...everything, ...groups(...Array.from({ length: 6 }, (_, i) => `sg-0000000${i}`)) }, /6 security groups; EC2 refuses more than 5/],
    ["a field that nobody knows", { ...everything, ...groups(sg), podSelctor: {} }, /unknown field "spec\.podSelctor"/]
  ]
  it.each(mistakes)("%s", async (_, spec, warning) => {
    const verdict = await api.send("POST", path, policy(spec))
    expect(verdict.status).toBe(201)
    expect(verdict.warnings.filter((text) => warning.test(text))).toHaveLength(1)
  })

  it("everything at once is told at once", async () => {
    const verdict = await api.send("POST", path, policy({ podSelector: { matchExpressions: [{ key: "-", operator: "Is", values: ["-"] }] } }))
    expect(verdict.warnings.filter(isIgnoredWarning)).toHaveLength(4)
  })

  it("kubectl prints it", async () => {
    const printed = await plane.kubectl(["apply", "--dry-run=server", "--warnings-as-errors", "-f", "-"], {
      input: JSON.stringify(policy({ ...everything }))
    }).catch(String)
    expect(printed).toContain("this policy is ignored: spec.securityGroups.groupIds names no security group; list at least one")
  })

  it("the API server warns of just those policies that the controller ignores", async () => {
    const next = random(20_240_607)
    const specs = Array.from({ length: 400 }, () => randomSpec(next))
    const verdicts = await Promise.all(specs.map((spec) => api.send("POST", path, policy(spec))))
    const counts = { ignored: 0, served: 0 }
    for (const [i, spec] of specs.entries()) {
      const verdict = verdicts[i]
      expect(verdict?.status, JSON.stringify(spec)).toBe(201)
      expect(verdict?.warnings.some(isIgnoredWarning), `${JSON.stringify(spec)}: ${verdict?.warnings.join()}`).toBe(ignored(spec))
      counts[ignored(spec) ? "ignored" : "served"]++
    }
    expect(Math.min(counts.ignored, counts.served)).toBeGreaterThan(100)
  })
})

describe("SecurityGroupPolicy: what upstream refuses is refused", () => {
  const refused: ReadonlyArray<[string, unknown, RegExp]> = [
    ["an empty list of groups", { ...everything, ...groups() }, /groupIds.*should have at least 1 items/],
    ["17 groups", { ...everything, ...groups(...Array.from({ length: 17 }, (_, i) => `sg-${10_000_000 + i}`)) }, /must have at most 16 items/],
    ["an expression without an operator", expression({ key: "role" }), /operator: Required value/],
    ["a number where a text belongs", { ...everything, securityGroups: { groupIds: [5] } }, /must be of type string/]
  ]
  it.each(refused)("%s", async (_, spec, reason) => {
    const { message, status } = await api.send("POST", path, policy(spec))
    expect(status).toBe(422)
    expect(message).toMatch(reason)
  })
})

describe("SecurityGroupPolicy: those that are stored", () => {
  const useless = policy({ podSelector: { matchExpressions: [{ key: "role", operator: "in", values: ["db"] }] }, ...groups(sg) }, "stored")

  it("can be labelled without a warning, and are told again when their spec changes", async () => {
    expect((await api.send("POST", path, useless, false)).status).toBe(201)
    expect(await api.send("PATCH", `${path}/stored`, { metadata: { labels: { team: "a" } } })).toEqual({ status: 200, message: "", warnings: [] })
    const changed = await api.send("PATCH", `${path}/stored`, { spec: groups("sg-01234567") })
    expect(changed.warnings.filter(isIgnoredWarning)).toHaveLength(1)
  })

  it("are listed with their groups", async () => {
    expect(await plane.kubectl(["get", "sgp", "stored"])).toMatch(/NAME +SECURITY-GROUP-IDS +AGE\nstored +\["sg-0123456789abcdef0"\]/)
  })

  it("are refused under components/strict-policies, but stay, and can be labelled", async () => {
    const strict = only(await build("strict-policies"), ["ValidatingAdmissionPolicyBinding"])
    await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: strict })
    try {
      await inForce("a refusal", {}, ({ status }) => status === 422)
      const refusal = await api.send("POST", path, { ...useless, metadata: { ...useless.metadata, name: "another" } })
      expect(refusal).toMatchObject({ status: 422, message: expect.stringContaining('no such operator: "in"') })
      expect((await api.send("POST", path, policy({ ...everything, ...groups("web") }))).status).toBe(201)
      expect((await api.send("PATCH", `${path}/stored`, { metadata: { labels: { team: "b" } } })).status).toBe(200)
      expect((await api.send("PATCH", `${path}/stored`, { spec: { podSelector: { matchExpressions: null } } })).status).toBe(200)
    } finally {
      await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: only(deployed, ["ValidatingAdmissionPolicyBinding"]) })
    }
  })
})

describe("CNINode and ENIConfig: what upstream accepts, of whatever release", () => {
  const keeps = async (document: { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown }, plural: string) => {
    const name = `${document.kind.toLowerCase()}-kept`
    const sent = { ...document, metadata: { name } }
    await plane.kubectl(["create", "--validate=strict", "-f", "-"], { input: JSON.stringify(sent) })
    const { metadata: _, ...kept } = JSON.parse(await plane.kubectl(["get", plural, name, "-o", "json"])) as Record<string, unknown>
    await plane.kubectl(["delete", plural, name])
    expect(kept).toEqual(document)
  }

  it("a CNINode keeps what newer releases and other controllers write", () =>
    keeps({
      apiVersion: "vpcresources.k8s.aws/v1alpha1",
      kind: "CNINode",
      spec: {
        features: [{ name: "SecurityGroupsForPods" }, { name: "CustomNetworking", value: "zone-a" }, { name: "Later", settings: { a: 1 } }],
        managedBy: "eks-auto-mode",
        tags: { team: "a" },
        later: [{ deep: true }]
      }
    }, "cninodes"))

  it("a CNINode's status is a subresource, and keeps what it is given", async () => {
    await plane.kubectl(["create", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "vpcresources.k8s.aws/v1alpha1", kind: "CNINode", metadata: { name: "one" } })
    })
    const status = {
      nodeNetworkState: { interfaces: [{ id: "eni-1", prefixes: ["10.0.0.0/28"] }] },
      trunkInterface: { id: "eni-2", deviceIndex: 3, branches: [{ id: "eni-3", vlanID: 1, ipv4CIDRs: ["10.0.0.1/32"] }] }
    }
    await plane.kubectl(["patch", "cninode", "one", "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })])
    await plane.kubectl(["patch", "cninode", "one", "--type=merge", "-p", JSON.stringify({ status: null, spec: { tags: { a: "b" } } })])
    expect(JSON.parse(await plane.kubectl(["get", "cnd", "one", "-o", "jsonpath={.status}"]))).toEqual(status)
  })

  it("CNINodes can be selected by their owner", async () => {
    for (const managedBy of ["eks-auto-mode", "vpc-resource-controller"]) {
      await plane.kubectl(["create", "-f", "-"], {
        input: JSON.stringify({ apiVersion: "vpcresources.k8s.aws/v1alpha1", kind: "CNINode", metadata: { name: `of-${managedBy}` }, spec: { managedBy } })
      })
    }
    expect(await plane.kubectl(["get", "cninodes", "--field-selector=spec.managedBy=eks-auto-mode", "-o", "name"]))
      .toBe("cninode.vpcresources.k8s.aws/of-eks-auto-mode\n")
  })

  it("an ENIConfig keeps every field", () =>
    keeps({
      apiVersion: "crd.k8s.amazonaws.com/v1alpha1",
      kind: "ENIConfig",
      spec: { subnet: "subnet-01234567", securityGroups: [sg], later: { a: 1 } },
      status: { seen: true }
    }, "eniconfigs"))

  const enis: ReadonlyArray<[string, unknown, RegExp]> = [
    ["without a subnet", {}, /spec\.subnet is missing/],
    ["with a subnet's name", { subnet: "private-a" }, /spec\.subnet is no subnet id: private-a/],
    ["with a group's name", { subnet: "subnet-01234567", securityGroups: ["web"] }, /no security group id in spec\.securityGroups: web/]
  ]
  it.each(enis)("an ENIConfig %s is accepted, and told", async (_, spec, warning) => {
    const document = { apiVersion: "crd.k8s.amazonaws.com/v1alpha1", kind: "ENIConfig", metadata: { name: "one" }, spec }
    const verdict = await eventually("the warning", async () => {
      const answer = await api.send("POST", "/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs", document)
      return answer.warnings.length > 0 ? answer : undefined
    }, 10_000)
    expect(verdict).toMatchObject({ status: 201, warnings: [expect.stringMatching(warning)] })
  })
})
