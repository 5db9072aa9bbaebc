import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { podEni, privateIPv4Address } from "../../src/model/Names.js"
import { equals, isObject } from "../../src/patch/Json.js"
import * as JsonPatch from "../../src/patch/JsonPatch.js"
import * as MergePatch from "../../src/patch/MergePatch.js"
import { fargateGroups, podAnnotation, podResources } from "../../src/patch/PodPatch.js"
import audit from "../fixtures/seed/audit-pod-create.json" with { type: "json" }
import { frozen, json } from "./arbitraries.js"

const pod = (container: Schema.JsonObject): Schema.JsonObject => ({
  metadata: { name: "aws-cli" },
  spec: { containers: [{ name: "aws-cli", ...container }, { name: "sidecar", resources: {} }] }
})

const patched = (document: Schema.Json, patch: ReadonlyArray<JsonPatch.Operation> | undefined): Schema.Json =>
  Result.getOrThrowWith(JsonPatch.apply(frozen(document), patch ?? []), (failure) => new Error(JSON.stringify(failure)))

describe("podResources", () => {
  it("a container that has neither limits nor requests gets the real cluster's patch, to the letter", () => {
    const record = JSON.parse(audit.annotations["patch.webhook.admission.k8s.io/round_0_index_3"])
    assert.strictEqual(JSON.stringify(podResources(pod({ resources: {} }), podEni)), JSON.stringify(record.patch))
  })

  const limits = "/spec/containers/0/resources/limits"
  const requests = "/spec/containers/0/resources/requests"
  const key = "/vpc.amazonaws.com~1pod-eni"
  const cases: ReadonlyArray<readonly [name: string, container: Schema.JsonObject, patch: ReadonlyArray<JsonPatch.Operation> | undefined]> = [
    ["a container that has limits already keeps them, and gets only the new key", { resources: { limits: { cpu: "1" } } }, [
      { op: "add", path: limits + key, value: "1" },
      { op: "add", path: requests, value: { [podEni]: "1" } }
    ]],
    ["a container that has requests already keeps them", { resources: { requests: { cpu: "1" } } }, [
      { op: "add", path: limits, value: { [podEni]: "1" } },
      { op: "add", path: requests + key, value: "1" }
    ]],
    ["empty maps get the key", { resources: { limits: {}, requests: {} } }, [
      { op: "add", path: limits + key, value: "1" },
      { op: "add", path: requests + key, value: "1" }
    ]],
    ["null stands for nothing there", { resources: { limits: null, requests: null } }, [
      { op: "add", path: limits, value: { [podEni]: "1" } },
      { op: "add", path: requests, value: { [podEni]: "1" } }
    ]],
    ["missing resources are made", {}, [
      { op: "add", path: "/spec/containers/0/resources", value: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }
    ]],
    ["resources that are null are made", { resources: null }, [
      { op: "add", path: "/spec/containers/0/resources", value: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }
    ]],
    ["container 0's value becomes \"1\" whatever it was", { resources: { limits: { [podEni]: "5" }, requests: { [podEni]: 1 } } }, [
      { op: "replace", path: limits + key, value: "1" },
      { op: "replace", path: requests + key, value: "1" }
    ]],
    ["only what is missing is added", { resources: { limits: { [podEni]: "1" } } }, [
      { op: "add", path: requests, value: { [podEni]: "1" } }
    ]],
    ["a pod that is already right gets no patch", { resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }, undefined]
  ]
  it.each(cases)("%s", (_name, container, patch) => {
    assert.deepStrictEqual(podResources(pod(container), podEni), patch)
    const after = patched(pod(container), patch)
    assert.isUndefined(podResources(after, podEni))
  })

  it("PrivateIPv4Address goes the same way", () => {
    assert.deepStrictEqual(podResources(pod({ resources: { limits: { cpu: "1" } } }), privateIPv4Address), [
      { op: "add", path: `${limits}/vpc.amazonaws.com~1PrivateIPv4Address`, value: "1" },
      { op: "add", path: requests, value: { [privateIPv4Address]: "1" } }
    ])
  })

  it("a pod without containers gets no patch", () => {
    for (const spec of [{}, { containers: null }, { containers: [] }, { containers: [null] }, null]) {
      assert.isUndefined(podResources({ spec }, podEni))
    }
  })

  // Each of the forms in which a map of quantities can arrive, with and without our key, beside others.
  const quantities = Schema.optionalKey(Schema.NullOr(Schema.Struct({
    [podEni]: Schema.optionalKey(Schema.Literals(["1", "2", ""])),
    cpu: Schema.optionalKey(Schema.Literal("100m"))
  })))
  const container = Schema.Struct({
    image: Schema.optionalKey(Schema.Literal("amazon/aws-cli:latest")),
    resources: Schema.optionalKey(Schema.NullOr(Schema.Struct({
      limits: quantities,
      requests: quantities,
      claims: Schema.optionalKey(Schema.Null)
    })))
  })
  const withoutResource = (document: Schema.Json): Schema.Json => {
    // What the patch may have made: the two entries, and the maps around them.
    const spare = MergePatch.apply(document, { [podEni]: null })
    if (!isObject(spare)) return document
    const rest = Object.entries(spare).map(([key, value]) => [key, withoutResource(value)] as const)
    const made = (key: string, value: Schema.Json) =>
      ["resources", "limits", "requests"].includes(key) && (value === null || equals(value, {}))
    return Object.fromEntries(rest.filter(([key, value]) => !made(key, value)))
  }
  it.prop("for every pod: the resource is there, nothing else changed, and a second patch is none", {
    container,
    metadata: json(2)
  }, ({ container, metadata }) => {
    const before: Schema.Json = { metadata, spec: { containers: [{ ...container }], hostPID: true } }
    const patch = podResources(frozen(before), podEni)
    const after = patched(before, patch)
    const first = { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } }
    const resources = patched(after, [{ op: "copy", from: "/spec/containers/0/resources", path: "" }])
    assert.deepStrictEqual(MergePatch.apply(resources, first), resources)
    assert.isUndefined(podResources(after, podEni))
    const containerOf = (document: Schema.Json) => patched(document, [{ op: "copy", from: "/spec/containers/0", path: "" }])
    assert.deepStrictEqual(withoutResource(containerOf(after)), withoutResource(containerOf(before)))
    const rest: ReadonlyArray<JsonPatch.Operation> = [{ op: "remove", path: "/spec/containers/0" }]
    assert.deepStrictEqual(patched(after, rest), patched(before, rest))
    assert.strictEqual(patch === undefined, equals(before, after))
  }, { arbitrary: { runs: 500, seed: 1 } })
})

describe("fargateGroups", () => {
  const annotation = "fargate.amazonaws.com/pod-sg"
  const path = "/metadata/annotations/fargate.amazonaws.com~1pod-sg"
  const cases: ReadonlyArray<
    readonly [name: string, metadata: Schema.Json, groups: ReadonlyArray<string>, patch: ReadonlyArray<JsonPatch.Operation> | undefined]
  > = [
    ["groups are joined by commas", { annotations: { a: "b" } }, ["sg-1", "sg-2"], [{ op: "add", path, value: "sg-1,sg-2" }]],
    ["annotations are made where there are none", {}, ["sg-1"], [{ op: "add", path: "/metadata/annotations", value: { [annotation]: "sg-1" } }]],
    ["annotations are made where they are null", { annotations: null }, ["sg-1"], [
      { op: "add", path: "/metadata/annotations", value: { [annotation]: "sg-1" } }
    ]],
    ["an annotation that the pod brought is replaced", { annotations: { [annotation]: "sg-mine" } }, ["sg-1"], [
      { op: "replace", path, value: "sg-1" }
    ]],
    ["an annotation that is already right gets no patch", { annotations: { [annotation]: "sg-1" } }, ["sg-1"], undefined],
    ["an annotation that the pod brought is lost when no policy matches", { annotations: { [annotation]: "sg-mine" } }, [], [
      { op: "remove", path }
    ]],
    ["nothing is lost where nothing was brought", { annotations: { a: "b" } }, [], undefined],
    ["nothing is lost where there are no annotations", { annotations: null }, [], undefined],
    ["metadata is made where it is null", null, ["sg-1"], [{ op: "add", path: "/metadata", value: { annotations: { [annotation]: "sg-1" } } }]]
  ]
  it.each(cases)("%s", (_name, metadata, groups, patch) => {
    const document: Schema.Json = { metadata, spec: {} }
    assert.deepStrictEqual(fargateGroups(document, groups), patch)
    assert.isUndefined(fargateGroups(patched(document, patch), groups))
  })

  const ids = Arbitrary.array(Arbitrary.schema(Schema.Literals(["sg-1", "sg-2", "sg-3"])), { maxLength: 3 })
  it.prop("for every pod: a second patch is none, and every other annotation stays", { before: ids, groups: ids }, ({ before, groups }) => {
    const document: Schema.Json = { metadata: { annotations: { [annotation]: before.join(), other: "kept" }, labels: {} } }
    const after = patched(document, fargateGroups(frozen(document), groups))
    assert.deepStrictEqual(after, {
      metadata: { annotations: { ...(groups.length > 0 ? { [annotation]: groups.join() } : {}), other: "kept" }, labels: {} }
    })
    assert.isUndefined(fargateGroups(after, groups))
  })
})

describe("podAnnotation", () => {
  it("is a merge patch that carries the UID", () => {
    assert.deepStrictEqual(podAnnotation({ uid: "b75dc772", value: "[]" }), {
      metadata: { uid: "b75dc772", annotations: { [podEni]: "[]" } }
    })
  })
  it("carries the resource version where one is asked for", () => {
    assert.deepStrictEqual(podAnnotation({ uid: "b75dc772", resourceVersion: "41", value: "[]" }), {
      metadata: { uid: "b75dc772", resourceVersion: "41", annotations: { [podEni]: "[]" } }
    })
  })
  it.prop("on the pod with that UID it changes the annotation and nothing else; a second time, nothing", { other: json(2) }, ({ other }) => {
    const document: Schema.Json = { metadata: { uid: "u", name: "p", annotations: { other: "kept" } }, spec: { other: "kept" }, other }
    const patch = podAnnotation({ uid: "u", value: "[{}]" })
    const after = MergePatch.apply(frozen(document), patch)
    assert.deepStrictEqual(after, {
      metadata: { uid: "u", name: "p", annotations: { other: "kept", [podEni]: "[{}]" } },
      spec: { other: "kept" },
      other
    })
    assert.deepStrictEqual(MergePatch.apply(after, patch), after)
  })
})
