import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { equals } from "../../src/patch/Json.js"
import * as JsonPatch from "../../src/patch/JsonPatch.js"
import * as MergePatch from "../../src/patch/MergePatch.js"
import { jsonObject, Key } from "../patch/arbitraries.js"
import { responseTo } from "./support.js"

const uid = "705ab4f5-6393-11e8-b7cc-42010a800002"
const allowed = { uid, allowed: true }
const forbidden = {
  uid,
  allowed: false,
  status: { code: 403, reason: "Forbidden", message: "aws-node can only update limited fields on the Node Object" }
}
const agent = { username: "system:serviceaccount:kube-system:aws-node" }

const node: Schema.JsonObject = {
  metadata: {
    name: "ip-192-168-31-166",
    uid: "node-uid",
    resourceVersion: "41",
    labels: { "kubernetes.io/os": "linux" },
    managedFields: [{ manager: "kubelet" }]
  },
  spec: { providerID: "aws:///eu-west-1a/i-0123456789abcdef0", taints: [{ key: "a" }] },
  status: { capacity: { cpu: "2" } }
}
const update = (change: Schema.JsonObject, before: Schema.Json = node, request: Schema.JsonObject = {}) =>
  responseTo("validateNode", {
    operation: "UPDATE",
    userInfo: agent,
    oldObject: before,
    object: MergePatch.apply(before, change),
    ...request
  })

describe("node UPDATE by aws-node", () => {
  it("may set, change and remove its two labels", () => {
    const labels = { "vpc.amazonaws.com/has-trunk-attached": "true", "vpc.amazonaws.com/eniConfig": "eu-west-1a" }
    assert.deepStrictEqual(update({ metadata: { labels } }), allowed)
    const labelled = MergePatch.apply(node, { metadata: { labels } })
    assert.deepStrictEqual(update({ metadata: { labels: { "vpc.amazonaws.com/has-trunk-attached": "false" } } }, labelled), allowed)
    assert.deepStrictEqual(update({ metadata: { labels: { "vpc.amazonaws.com/eniConfig": null } } }, labelled), allowed)
    const first = MergePatch.apply(node, { metadata: { labels: null } })
    assert.deepStrictEqual(update({ metadata: { labels } }, first), allowed)
  })
  it("managedFields, selfLink and resourceVersion aside", () => {
    assert.deepStrictEqual(update({ metadata: { managedFields: [{ manager: "aws-node" }], selfLink: "/x", resourceVersion: "" } }), allowed)
    assert.deepStrictEqual(update({ metadata: { managedFields: null, resourceVersion: null } }), allowed)
  })
  const changes: ReadonlyArray<readonly [name: string, change: Schema.JsonObject]> = [
    ["another label", { metadata: { labels: { "kubernetes.io/os": "windows" } } }],
    ["a new label", { metadata: { labels: { team: "blue" } } }],
    ["a label less", { metadata: { labels: { "kubernetes.io/os": null } } }],
    ["the older spelling of the ENIConfig label", { metadata: { labels: { "k8s.amazonaws.com/eniConfig": "x" } } }],
    ["an annotation", { metadata: { annotations: { "vpc.amazonaws.com/has-trunk-attached": "true" } } }],
    ["a finalizer", { metadata: { finalizers: ["a/b"] } }],
    ["a taint", { spec: { taints: [{ key: "b" }] } }],
    ["a field that we do not know", { spec: { unknown: true } }],
    ["the capacity", { status: { capacity: { cpu: "4" } } }]
  ]
  for (const [name, change] of changes) {
    it(`may not change ${name}`, () => {
      assert.deepStrictEqual(update(change), forbidden)
      const smuggled = MergePatch.apply(change, { metadata: { labels: { "vpc.amazonaws.com/has-trunk-attached": "true" } } })
      assert.deepStrictEqual(update({}, node, { object: MergePatch.apply(node, smuggled) }), forbidden)
    })
  }

  it.prop("for every node: one member more or less anywhere is refused, no difference is allowed", {
    some: jsonObject(3),
    key: Key,
    at: Schema.Literals(["", "/metadata", "/metadata/a", "/spec"])
  }, ({ at, key, some }) => {
    const before: Schema.Json = { ...some, metadata: { name: "n", a: some }, spec: some }
    assert.deepStrictEqual(update({}, before, { object: JSON.parse(JSON.stringify(before)) }), allowed)
    const patch: ReadonlyArray<JsonPatch.Operation> = [{ op: "add", path: `${at}/extra`, value: key }]
    const after = Result.getOrThrowWith(JsonPatch.apply(before, patch), (failure) => new Error(failure.reason))
    assert.isFalse(equals(after, before))
    assert.deepStrictEqual(update({}, before, { object: after }), forbidden)
    assert.deepStrictEqual(update({}, after, { object: before }), forbidden)
  })
})

describe("everything else is allowed", () => {
  const anything = { object: { metadata: 1 }, oldObject: null }
  it("by everybody else, unread", () => {
    for (const userInfo of [{ username: "system:node:ip-192-168-31-166" }, { username: null }, null]) {
      assert.deepStrictEqual(update({ spec: { taints: null } }, node, { userInfo, ...anything }), allowed)
    }
  })
  it("other operations and other kinds", () => {
    for (const operation of ["CREATE", "DELETE", "CONNECT"]) assert.deepStrictEqual(update({}, node, { operation, ...anything }), allowed)
    const lease = { kind: { group: "coordination.k8s.io", version: "v1", kind: "Lease" } }
    assert.deepStrictEqual(update({}, node, { ...lease, ...anything }), allowed)
  })
})
