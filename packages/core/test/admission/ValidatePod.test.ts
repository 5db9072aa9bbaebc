import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import { controllerIdentities } from "../../src/model/Names.js"
import { responseTo } from "./support.js"

const uid = "705ab4f5-6393-11e8-b7cc-42010a800002"
const allowed = { uid, allowed: true }
const forbidden = (message: string) => ({ uid, allowed: false, status: { code: 403, reason: "Forbidden", message } })
const podEni = "vpc.amazonaws.com/pod-eni"
const privateIp = "vpc.amazonaws.com/PrivateIPv4Address"
const fargate = "fargate.amazonaws.com/pod-sg"
const windows = { ipamEnabled: true, served: false }

const pod = (annotations: Schema.Json): Schema.JsonObject => ({ metadata: { name: "aws-cli", annotations }, spec: { containers: [] } })
const create = (annotations: Schema.Json, world = {}) => responseTo("validatePod", { object: pod(annotations) }, world)

describe("pod CREATE", () => {
  const refusal = forbidden("pod cannot be created with vpc.amazonaws.com/pod-eni annotation")
  it("the annotation pod-eni may not be there", () => {
    assert.deepStrictEqual(create({ [podEni]: "[]" }), refusal)
    assert.deepStrictEqual(create({ [podEni]: "" }), refusal)
  })
  it("not even when a controller brings it", () => {
    const request = { userInfo: { username: controllerIdentities[0] ?? "" }, object: pod({ [podEni]: "[]" }) }
    assert.deepStrictEqual(responseTo("validatePod", request), refusal)
  })
  it("nor PrivateIPv4Address while Windows IPAM is on", () => {
    assert.deepStrictEqual(
      create({ [privateIp]: "10.0.0.1/24" }, { windows }),
      forbidden("pod cannot be created with vpc.amazonaws.com/PrivateIPv4Address annotation")
    )
    assert.deepStrictEqual(create({ [privateIp]: "10.0.0.1/24" }), allowed)
  })
  it("everything else is allowed", () => {
    for (const annotations of [null, {}, { other: "x" }, { [podEni]: null }, { [fargate]: "sg-1" }]) {
      assert.deepStrictEqual(create(annotations), allowed)
    }
    assert.deepStrictEqual(responseTo("validatePod", { object: {} }), allowed)
    assert.deepStrictEqual(responseTo("validatePod", { subResource: "eviction", object: pod({ [podEni]: "x" }) }), allowed)
  })
})

describe("pod UPDATE", () => {
  const update = (before: Schema.Json, after: Schema.Json, request: Schema.JsonObject = {}, world = {}) =>
    responseTo("validatePod", { operation: "UPDATE", oldObject: pod(before), object: pod(after), ...request }, world)
  const refusal = forbidden("annotation is not set by vpc-resource-controller")
  const changes: ReadonlyArray<readonly [name: string, before: Schema.Json, after: Schema.Json]> = [
    ["set", null, { [podEni]: "[]" }],
    ["set to nothing", {}, { [podEni]: "" }],
    ["changed", { [podEni]: "[]" }, { [podEni]: "[1]" }],
    ["removed", { [podEni]: "[]" }, {}],
    ["removed with all others", { [podEni]: "[]" }, null]
  ]
  for (const [name, before, after] of changes) {
    it(`pod-eni is not ${name} by just anybody`, () => {
      assert.deepStrictEqual(update(before, after), refusal)
      assert.deepStrictEqual(update(before, after, { userInfo: { username: "system:serviceaccount:kube-system:aws-node" } }), refusal)
      assert.deepStrictEqual(update(before, after, { userInfo: null }), refusal)
    })
    it(`pod-eni is ${name} by a controller`, () => {
      for (const username of controllerIdentities) assert.deepStrictEqual(update(before, after, { userInfo: { username } }), allowed)
    })
  }
  it("through a subresource it is an update as well", () => {
    assert.deepStrictEqual(update({}, { [podEni]: "[]" }, { subResource: "status" }), refusal)
  })
  it("PrivateIPv4Address is guarded while Windows IPAM is on", () => {
    assert.deepStrictEqual(update({}, { [privateIp]: "10.0.0.1/24" }, {}, { windows }), refusal)
    assert.deepStrictEqual(update({}, { [privateIp]: "10.0.0.1/24" }), allowed)
  })
  it("the Fargate annotation never changes, whoever asks", () => {
    const refusal = forbidden("annotation is not set by mutating webhook")
    for (const username of ["kubernetes-admin", ...controllerIdentities]) {
      const userInfo = { username }
      assert.deepStrictEqual(update({}, { [fargate]: "sg-1" }, { userInfo }), refusal)
      assert.deepStrictEqual(update({ [fargate]: "sg-1" }, null, { userInfo }), refusal)
      assert.deepStrictEqual(update({ [fargate]: "sg-1" }, { [fargate]: "sg-2" }, { userInfo }), refusal)
    }
  })
  it("everything else is allowed", () => {
    assert.deepStrictEqual(update({ [podEni]: "[]", [fargate]: "sg-1" }, { [podEni]: "[]", [fargate]: "sg-1", other: "x" }), allowed)
    assert.deepStrictEqual(update(null, { [podEni]: null }), allowed)
    const odd = { operation: "UPDATE", oldObject: { metadata: {}, spec: 1 }, object: { metadata: null, spec: [] } }
    assert.deepStrictEqual(responseTo("validatePod", odd), allowed)
  })
  it("other kinds are allowed unread", () => {
    for (const operation of ["CREATE", "UPDATE"]) {
      const request = { operation, kind: { group: "apps", version: "v1", kind: "Deployment" }, object: { metadata: 1 } }
      assert.deepStrictEqual(responseTo("validatePod", request), allowed)
    }
  })
  it("DELETE and CONNECT are allowed unread", () => {
    for (const operation of ["DELETE", "CONNECT"]) assert.deepStrictEqual(responseTo("validatePod", { operation, object: null }), allowed)
  })
})
