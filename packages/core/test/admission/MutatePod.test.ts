import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { review } from "../../src/admission/Admission.js"
import * as JsonPatch from "../../src/patch/JsonPatch.js"
import * as MergePatch from "../../src/patch/MergePatch.js"
import audit from "../fixtures/seed/audit-pod-create.json" with { type: "json" }
import { contextOf, patchOf, policy, responseTo, reviewOf, seedPod } from "./support.js"

/** The seed's pod, changed. */
const pod = (change: Schema.JsonObject): Schema.Json => MergePatch.apply(seedPod, change)
const mutate = (object: Schema.Json, world: Parameters<typeof contextOf>[0] = {}) => responseTo("mutatePod", { object }, world)

const resourcesPatch = (resource: string): ReadonlyArray<JsonPatch.Operation> => [
  { op: "add", path: "/spec/containers/0/resources/limits", value: { [resource]: "1" } },
  { op: "add", path: "/spec/containers/0/resources/requests", value: { [resource]: "1" } }
]
const podEniPatch = resourcesPatch("vpc.amazonaws.com/pod-eni")
const uid = "705ab4f5-6393-11e8-b7cc-42010a800002"

describe("the seed's pod", () => {
  const record = JSON.parse(audit.annotations["patch.webhook.admission.k8s.io/round_0_index_3"])

  it("round 0: gets the very patch of the record", () => {
    const response = mutate(seedPod)
    assert.strictEqual(response.patchType, record.patchType)
    assert.strictEqual(JSON.stringify(patchOf(response)), JSON.stringify(record.patch))
    assert.deepStrictEqual(Object.keys(response), ["uid", "allowed", "patchType", "patch"])
    assert.strictEqual(response.uid, uid)
    assert.isTrue(response.allowed)
  })

  it("round 1: reinvoked, it changes nothing", () => {
    const mutated = Result.getOrThrow(JsonPatch.apply(seedPod, record.patch))
    assert.deepStrictEqual(mutate(mutated), { uid, allowed: true })
  })
})

describe("which pods get pod-eni", () => {
  const untouched = { uid, allowed: true }

  it("a pod that matches no policy is allowed as it is", () => {
    assert.deepStrictEqual(mutate(pod({ metadata: { labels: { role: "web" } } })), untouched)
    assert.deepStrictEqual(mutate(pod({ metadata: { labels: null } })), untouched)
  })
  it("no CRD installed: allow", () => {
    assert.deepStrictEqual(mutate(seedPod, { policies: [] }), untouched)
  })
  it("hostNetwork pods are left alone", () => {
    assert.deepStrictEqual(mutate(pod({ spec: { hostNetwork: true } })), untouched)
    assert.deepStrictEqual(patchOf(mutate(pod({ spec: { hostNetwork: false } }))), podEniPatch)
  })
  it("hostNetwork comes first: the Fargate annotation of such a pod is left alone too", () => {
    const metadata = {
      labels: { "eks.amazonaws.com/fargate-profile": "fp" },
      annotations: { "fargate.amazonaws.com/pod-sg": "sg-mine" }
    }
    assert.deepStrictEqual(mutate(pod({ metadata, spec: { hostNetwork: true } })), untouched)
  })
  it("only policies in the pod's own namespace count", () => {
    assert.deepStrictEqual(mutate(pod({ metadata: { namespace: "other" } })), untouched)
  })
  it("an empty metadata.namespace: the request's is used", () => {
    for (const namespace of ["", null]) {
      assert.deepStrictEqual(patchOf(mutate(pod({ metadata: { namespace } }))), podEniPatch)
      const request = { namespace: "other", object: pod({ metadata: { namespace } }) }
      assert.deepStrictEqual(responseTo("mutatePod", request), untouched)
    }
  })
  it("generateName: a pod without a name is served", () => {
    assert.deepStrictEqual(patchOf(mutate(pod({ metadata: { name: null, generateName: "aws-cli-" } }))), podEniPatch)
  })
  it("missing resources are made", () => {
    const one = { "vpc.amazonaws.com/pod-eni": "1" }
    assert.deepStrictEqual(patchOf(mutate(pod({ spec: { containers: [{ name: "aws-cli" }] } }))), [
      { op: "add", path: "/spec/containers/0/resources", value: { limits: one, requests: one } }
    ])
  })
  it("a pod without containers is not ours to refuse", () => {
    assert.deepStrictEqual(mutate(pod({ spec: { containers: [] } })), untouched)
  })
  it("only pod CREATE mutates", () => {
    for (const operation of ["UPDATE", "DELETE", "CONNECT"]) {
      assert.deepStrictEqual(responseTo("mutatePod", { operation, object: seedPod }), untouched)
    }
    assert.deepStrictEqual(responseTo("mutatePod", { subResource: "eviction", object: seedPod }), untouched)
    const binding = { kind: { group: "", version: "v1", kind: "Binding" }, subResource: "binding", object: { target: {} } }
    assert.deepStrictEqual(responseTo("mutatePod", binding), untouched)
    assert.deepStrictEqual(responseTo("mutatePod", { operation: "DELETE", object: null }), untouched)
    const template = { kind: { group: "", version: "v1", kind: "PodTemplate" }, object: { template: seedPod } }
    assert.deepStrictEqual(responseTo("mutatePod", template), untouched)
  })
  it("a dry run gets the same answer", () => {
    assert.deepStrictEqual(responseTo("mutatePod", { dryRun: true, object: seedPod }), mutate(seedPod))
  })
})

describe("Fargate pods", () => {
  const annotation = "fargate.amazonaws.com/pod-sg"
  const path = "/metadata/annotations/fargate.amazonaws.com~1pod-sg"
  const fargate = (annotations: Schema.JsonObject | null, role = "demo-sg") =>
    pod({ metadata: { labels: { "eks.amazonaws.com/fargate-profile": "", role }, annotations } })
  const world = { policies: [policy(), policy({ securityGroups: { groupIds: ["sg-2", "sg-1"] } }, "second")] }

  it("get the annotation, comma-joined, when policies match; no resources", () => {
    const value = "sg-079157a483bcb371f,sg-2,sg-1"
    assert.deepStrictEqual(patchOf(mutate(fargate(null), world)), [
      { op: "add", path: "/metadata/annotations", value: { [annotation]: value } }
    ])
    assert.deepStrictEqual(patchOf(mutate(fargate({ a: "b" }), world)), [{ op: "add", path, value }])
    assert.deepStrictEqual(patchOf(mutate(fargate({ [annotation]: "sg-mine" }), world)), [{ op: "replace", path, value }])
    assert.isUndefined(patchOf(mutate(fargate({ [annotation]: value }), world)))
  })
  it("lose one that they brought when none matches", () => {
    assert.deepStrictEqual(patchOf(mutate(fargate({ [annotation]: "sg-mine" }, "web"), world)), [{ op: "remove", path }])
    assert.isUndefined(patchOf(mutate(fargate({ a: "b" }, "web"), world)))
  })
  it("come before Windows", () => {
    const both = MergePatch.apply(fargate(null), { spec: { nodeSelector: { "kubernetes.io/os": "windows" } } })
    const windows = { ipamEnabled: true, served: true }
    assert.strictEqual(patchOf(mutate(both, { windows }))?.[0]?.path, "/metadata/annotations")
  })
  it("are warned of too many groups as well", () => {
    assert.lengthOf(mutate(fargate(null), { ...world, quota: 2 }).warnings ?? [], 1)
  })
})

describe("Windows pods", () => {
  const windowsPod = (label: string, value = "windows") => pod({ spec: { nodeSelector: { [label]: value } } })
  const served = { windows: { ipamEnabled: true, served: true } }

  it("get PrivateIPv4Address when Windows IPAM is on and served by somebody, whatever policies say", () => {
    for (const label of ["kubernetes.io/os", "beta.kubernetes.io/os"]) {
      for (const policies of [[], [policy()]]) {
        const response = mutate(windowsPod(label), { ...served, policies })
        assert.deepStrictEqual(patchOf(response), resourcesPatch("vpc.amazonaws.com/PrivateIPv4Address"))
      }
    }
  })
  it("get nothing while IPAM is off or nobody serves it, not even pod-eni", () => {
    for (const windows of [{ ipamEnabled: false, served: true }, { ipamEnabled: true, served: false }]) {
      assert.deepStrictEqual(mutate(windowsPod("kubernetes.io/os"), { windows }), { uid, allowed: true })
    }
  })
  it("are only those: a pod that selects Linux gets pod-eni", () => {
    assert.deepStrictEqual(patchOf(mutate(windowsPod("kubernetes.io/os", "linux"), served)), podEniPatch)
  })
})

describe("the service account", () => {
  const byAccount = policy({ podSelector: null, serviceAccountSelector: { matchLabels: { team: "blue" } } }, "by-account")
  const ask = (object: Schema.Json, world: Parameters<typeof contextOf>[0]) => {
    const { asked, context } = contextOf(world)
    const { response } = Effect.runSync(review("mutatePod", reviewOf({ object }), context))
    return { asked, patched: patchOf(response) !== undefined }
  }
  const other = pod({ metadata: { labels: null } })

  it("is read only when a policy asks for it", () => {
    assert.deepStrictEqual(ask(seedPod, {}), { asked: [], patched: true })
    assert.deepStrictEqual(ask(other, { policies: [byAccount], serviceAccounts: { "default/default": { team: "blue" } } }), {
      asked: ["default/default"],
      patched: true
    })
  })
  it("is the one that the pod names, else default", () => {
    const named = MergePatch.apply(other, { spec: { serviceAccountName: "web" } })
    assert.deepStrictEqual(ask(named, { policies: [byAccount], serviceAccounts: { "default/web": { team: "blue" } } }), {
      asked: ["default/web"],
      patched: true
    })
    for (const serviceAccountName of ["", null]) {
      const unnamed = MergePatch.apply(other, { spec: { serviceAccountName } })
      assert.deepStrictEqual(ask(unnamed, { policies: [byAccount] }).asked, ["default/default"])
    }
  })
  it("that does not exist: a policy that selects by it does not match, the others still do", () => {
    assert.isFalse(ask(other, { policies: [byAccount] }).patched)
    assert.isTrue(ask(seedPod, { policies: [byAccount, policy()] }).patched)
  })
  it("is nobody's for mirror pods, which are let through as they are", () => {
    const mirror = MergePatch.apply(other, { metadata: { annotations: { "kubernetes.io/config.mirror": "" } } })
    assert.deepStrictEqual(ask(mirror, { policies: [byAccount] }), { asked: [], patched: false })
  })
  it("is not read for hostNetwork and Windows pods, whom it cannot change", () => {
    for (const spec of [{ hostNetwork: true }, { nodeSelector: { "kubernetes.io/os": "windows" } }]) {
      assert.deepStrictEqual(ask(MergePatch.apply(other, { spec }), { policies: [byAccount] }), { asked: [], patched: false })
    }
  })
})

describe("warnings", () => {
  const six = policy({ securityGroups: { groupIds: ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"] } })
  it("a pod over the groups quota is warned, never refused", () => {
    const response = mutate(seedPod, { policies: [six] })
    assert.deepStrictEqual(response.warnings, ["6 security groups match this pod; EC2 may refuse more than 5 on one network interface"])
    assert.deepStrictEqual(patchOf(response), podEniPatch)
    assert.isUndefined(mutate(seedPod, { policies: [six], quota: 6 }).warnings)
  })

  const asking = (...counts: ReadonlyArray<Schema.JsonObject>) =>
    pod({ spec: { containers: counts.map((resources, index) => ({ name: `c${index}`, resources })) } })
  const one = { requests: { "vpc.amazonaws.com/pod-eni": "1" } }
  it("a pod that asks for pod-eni in more than one container is warned", () => {
    const warning = (count: number) => [
      `${count} containers ask for vpc.amazonaws.com/pod-eni; the pod gets one branch interface for all of them`
    ]
    assert.deepStrictEqual(mutate(asking(one, { limits: one.requests }), { policies: [] }).warnings, warning(2))
    // The match makes the first container ask.
    assert.deepStrictEqual(mutate(asking({}, one, one)).warnings, warning(3))
    assert.isUndefined(mutate(asking({}, one), { policies: [] }).warnings)
    assert.isUndefined(mutate(asking(one, {})).warnings)
  })
})

describe("for every pod", () => {
  const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))
  const quantities = maybe(Schema.Struct({
    "vpc.amazonaws.com/pod-eni": Schema.optionalKey(Schema.Literals(["1", "2"])),
    cpu: Schema.optionalKey(Schema.Literal("1"))
  }))
  const Container = Schema.Struct({
    name: Schema.Literal("c"),
    image: Schema.Literal("i"),
    resources: maybe(Schema.Struct({ limits: quantities, requests: quantities }))
  })
  const AnyPod = Schema.Struct({
    metadata: maybe(Schema.Struct({
      namespace: maybe(Schema.Literals(["", "default"])),
      labels: maybe(Schema.Struct({
        role: Schema.optionalKey(Schema.Literals(["demo-sg", "web"])),
        "eks.amazonaws.com/fargate-profile": Schema.optionalKey(Schema.Literal("fp"))
      })),
      annotations: maybe(Schema.Struct({
        "fargate.amazonaws.com/pod-sg": Schema.optionalKey(Schema.Literal("sg-mine")),
        other: Schema.optionalKey(Schema.Literal("kept"))
      }))
    })),
    spec: Schema.Struct({
      hostNetwork: maybe(Schema.Boolean),
      nodeSelector: maybe(Schema.Struct({ "kubernetes.io/os": Schema.optionalKey(Schema.Literals(["linux", "windows"])) })),
      containers: Schema.Array(Container),
      restartPolicy: Schema.Literal("Always")
    })
  })
  const worlds = Schema.Struct({ ipamEnabled: Schema.Boolean, served: Schema.Boolean })
  const pods = Arbitrary.schema(AnyPod).pipe(Arbitrary.map((value): Schema.JsonObject => ({ ...value, metadata: value.metadata ?? null })))

  it.prop("the answer is allowed, its patch applies, and the patched pod gets no second patch", {
    object: pods,
    windows: worlds
  }, ({ object, windows }) => {
    const response = mutate(object, { windows })
    assert.isTrue(response.allowed)
    assert.strictEqual(response.patchType, response.patch === undefined ? undefined : "JSONPatch")
    const patch = patchOf(response)
    if (patch === undefined) return
    const after = Result.getOrThrowWith(JsonPatch.apply(object, patch), (failure) => new Error(JSON.stringify(failure)))
    assert.isUndefined(mutate(after, { windows }).patch)
    assert.notDeepEqual(after, object)
  }, { arbitrary: { runs: 500, seed: 1 } })
})
