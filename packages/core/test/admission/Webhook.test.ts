import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { respond } from "../../src/admission/Webhook.js"
import { isObject } from "../../src/patch/Json.js"
import * as JsonPatch from "../../src/patch/JsonPatch.js"
import * as MergePatch from "../../src/patch/MergePatch.js"
import { json } from "../patch/arbitraries.js"
import { contextOf, patchOf, policy, responseTo, reviewOf, seedPod } from "./support.js"

const post = (body: string, path = "/mutate-v1-pod", world: Parameters<typeof contextOf>[0] = {}) =>
  Effect.runSync(respond({ path, body }, contextOf(world).context))
const postReview = (request: Schema.JsonObject, path = "/mutate-v1-pod") => post(JSON.stringify(reviewOf(request)), path)
const paths = ["/mutate-v1-pod", "/validate-v1-pod", "/validate-v1-node"] as const
const uid = "705ab4f5-6393-11e8-b7cc-42010a800002"

describe("text in, text out", () => {
  it("a review is answered with a review that has its uid", () => {
    const response = postReview({ object: seedPod })
    assert.strictEqual(response.status, 200)
    assert.deepStrictEqual(JSON.parse(response.body), {
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      response: responseTo("mutatePod", { object: seedPod })
    })
  })
  it("each path is its webhook", () => {
    const annotated = { object: MergePatch.apply(seedPod, { metadata: { annotations: { "vpc.amazonaws.com/pod-eni": "[]" } } }) }
    assert.include(postReview(annotated, "/mutate-v1-pod").body, "JSONPatch")
    assert.include(postReview(annotated, "/validate-v1-pod").body, "pod cannot be created with")
    const taint = { operation: "UPDATE", userInfo: { username: "system:serviceaccount:kube-system:aws-node" }, oldObject: {}, object: { spec: {} } }
    assert.include(postReview(taint, "/validate-v1-node").body, "aws-node can only update limited fields")
  })
  it("a patch is base64 of UTF-8", () => {
    const fargate = MergePatch.apply(seedPod, { metadata: { labels: { "eks.amazonaws.com/fargate-profile": "fp" } } })
    const groupIds = ["sg-grüße-🔒"]
    const response = responseTo("mutatePod", { object: fargate }, { policies: [policy({ securityGroups: { groupIds } })] })
    assert.deepStrictEqual(patchOf(response)?.map((operation) => "value" in operation ? operation.value : null), [
      { "fargate.amazonaws.com/pod-sg": "sg-grüße-🔒" }
    ])
  })
  it("another path is 404", () => {
    for (const path of ["/", "/mutate-v1-pods", "__proto__"]) assert.strictEqual(post("{}", path).status, 404)
  })
  it("a service account that cannot be read is 500, for the API server's failurePolicy to judge", () => {
    const policies = [policy({ podSelector: null, serviceAccountSelector: {} })]
    const world = { policies, serviceAccounts: { "default/default": "unreadable" } } as const
    assert.deepStrictEqual(post(JSON.stringify(reviewOf({ object: seedPod })), "/mutate-v1-pod", world), {
      status: 500,
      body: "the service account default/default could not be read: the server is away"
    })
  })
})

describe("a body that is no AdmissionReview at all gets HTTP 400", () => {
  const bodies: ReadonlyArray<readonly [name: string, body: string, reason: string]> = [
    ["no JSON", "{", "the body is no JSON"],
    ["nothing", "", "the body is no JSON"],
    ["a scalar", "null", "AdmissionReview: Expected object"],
    ["an older version", JSON.stringify({ ...reviewOf({}), apiVersion: "admission.k8s.io/v1beta1" }), "AdmissionReview.apiVersion: Expected"],
    ["a review without a request", JSON.stringify({ ...reviewOf({}), request: null }), "AdmissionReview.request: Expected object"],
    ["a request without a uid", JSON.stringify(reviewOf({ uid: "" })), "AdmissionReview.request.uid: "],
    ["an unknown operation", JSON.stringify(reviewOf({ operation: "PATCH" })), "AdmissionReview.request.operation: Expected \"CREATE\""]
  ]
  it.each(bodies)("%s", (_name, body, reason) => {
    for (const path of paths) {
      const response = post(body, path)
      assert.strictEqual(response.status, 400)
      assert.isTrue(response.body.startsWith(reason), response.body)
    }
  })
})

describe("a review whose object is broken gets a response with allowed: false, code 400, path and reason", () => {
  const broken = (message: string) => ({ uid, allowed: false, status: { code: 400, reason: "BadRequest", message } })
  const change = (patch: Schema.JsonObject) => ({ object: MergePatch.apply(seedPod, patch) })
  const cases: ReadonlyArray<readonly [name: string, request: Schema.JsonObject, message: string]> = [
    ["no object", {}, "object: Expected object"],
    ["null", { object: null }, "object: Expected object"],
    ["an array", { object: [] }, "object: Expected object"],
    ["no spec", change({ spec: null }), "object.spec: Missing key"],
    ["containers that are no array", change({ spec: { containers: {} } }), "object.spec.containers: Expected array"],
    ["a container without a name", change({ spec: { containers: [{}] } }), "object.spec.containers[0].name: Missing key"],
    ["a label that is no text", change({ metadata: { labels: { role: 1 } } }), "object.metadata.labels.role: Expected string"],
    ["hostNetwork that is no boolean", change({ spec: { hostNetwork: "true" } }), "object.spec.hostNetwork: Expected boolean | null"]
  ]
  it.each(cases)("%s", (_name, request, message) => {
    assert.deepStrictEqual(responseTo("mutatePod", request), broken(message))
  })
  it("an old object that is broken, too", () => {
    const request = { operation: "UPDATE", oldObject: { metadata: { annotations: [] } }, object: seedPod }
    assert.deepStrictEqual(responseTo("validatePod", request), broken("oldObject.metadata.annotations: Expected object | null"))
    const byAgent = { ...request, userInfo: { username: "system:serviceaccount:kube-system:aws-node" }, oldObject: { metadata: { labels: 7 } } }
    assert.deepStrictEqual(responseTo("validateNode", byAgent), broken("oldObject.metadata.labels: Expected object | null"))
  })
})

/** Every pointer to a member of the document that is not the document itself. */
const pointers = (document: Schema.Json, at = ""): ReadonlyArray<string> =>
  typeof document !== "object" || document === null
    ? []
    : Object.entries(document).flatMap(([key, child]) => {
      const pointer = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`
      return [pointer, ...pointers(child, pointer)]
    })

const fullPod = MergePatch.apply(seedPod, {
  metadata: {
    annotations: { "vpc.amazonaws.com/pod-eni": "[]", "fargate.amazonaws.com/pod-sg": "sg-1" },
    labels: { "eks.amazonaws.com/fargate-profile": "fp" }
  },
  spec: {
    hostNetwork: false,
    nodeSelector: { "kubernetes.io/os": "linux" },
    containers: [{ name: "a", resources: { limits: { cpu: "1" }, requests: null } }, { name: "b" }]
  }
})
const requests: ReadonlyArray<Schema.JsonObject> = [
  reviewOf({ object: seedPod }),
  reviewOf({ object: fullPod, kind: { group: "", version: "v1", kind: "Pod" }, subResource: "" }),
  reviewOf({ operation: "UPDATE", object: fullPod, oldObject: seedPod }),
  reviewOf({
    operation: "UPDATE",
    userInfo: { username: "system:serviceaccount:kube-system:aws-node" },
    object: { metadata: { labels: { "vpc.amazonaws.com/has-trunk-attached": "true" }, managedFields: [] }, spec: {} },
    oldObject: { metadata: { labels: {} }, spec: {} }
  })
]
const places = requests.flatMap((review) => pointers(review).map((path) => ({ review, path })))

/** What must hold of an answer, whatever was asked. */
const wellFormed = (body: string, path: string): void => {
  const answer = post(body, path)
  if (answer.status !== 200) {
    assert.strictEqual(answer.status, 400)
    assert.isNotEmpty(answer.body)
    return
  }
  const review: unknown = JSON.parse(answer.body)
  const response = isObject(review) && isObject(review["response"]) ? review["response"] : {}
  assert.strictEqual(response["uid"], JSON.parse(body).request.uid)
  const status = response["status"]
  if (response["allowed"] === true) assert.isUndefined(status)
  else assert.include([400, 403], isObject(status) ? status["code"] : undefined)
}

describe("never a crash, whatever the junk", () => {
  it.prop("any JSON", { body: json(4) }, ({ body }) => {
    for (const path of paths) wellFormed(JSON.stringify(body), path)
  }, { arbitrary: { runs: 300, seed: 1 } })

  const place = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: places.length - 1 })))
  it.prop("any JSON in the place of any field", { at: place, value: json(3) }, ({ at, value }) => {
    const { path, review } = places[at] ?? assert.fail()
    const body = Result.getOrThrow(JsonPatch.apply(review, [{ op: "replace", path, value }]))
    for (const webhook of paths) wellFormed(JSON.stringify(body), webhook)
  }, { arbitrary: { runs: 1_000, seed: 1 } })

  const wrong: ReadonlyArray<Schema.Json> = [null, true, 0, 1.5, "", "text", [], [null], {}, { a: 1 }, [[]]]
  it("each wrong type in each field", () => {
    for (const { path, review } of places) {
      for (const value of wrong) {
        const body = Result.getOrThrow(JsonPatch.apply(review, [{ op: "replace", path, value }]))
        for (const webhook of paths) wellFormed(JSON.stringify(body), webhook)
      }
      const body = Result.getOrThrow(JsonPatch.apply(review, [{ op: "remove", path }]))
      for (const webhook of paths) wellFormed(JSON.stringify(body), webhook)
    }
  })

  it("nesting 100,000 deep in each field", () => {
    const deep = "[".repeat(9_990) + "]".repeat(9_990)
    const deepObject = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)
    for (const { path, review } of places.slice(0, 40)) {
      const marked = JSON.stringify(Result.getOrThrow(JsonPatch.apply(review, [{ op: "replace", path, value: "MARK" }])))
      for (const junk of [deep, deepObject]) {
        const body = marked.replace('"MARK"', () => junk)
        for (const webhook of paths) assert.include([200, 400], post(body, webhook).status)
      }
    }
  })

  it("nesting as deep as an API server reads, in what aws-node sends, is compared, not feared", () => {
    const body = JSON.stringify(reviewOf({
      operation: "UPDATE",
      userInfo: { username: "system:serviceaccount:kube-system:aws-node" },
      oldObject: { spec: "MARK" },
      object: { spec: "MARK" }
    })).replaceAll('"MARK"', () => "[".repeat(9_990) + "]".repeat(9_990))
    assert.deepStrictEqual(JSON.parse(post(body, "/validate-v1-node").body).response, { uid, allowed: true })
  })

  it("__proto__ and constructor as keys change no prototype and match nothing", () => {
    const hostile = '{"__proto__":{"role":"demo-sg","hostNetwork":true},"constructor":{"prototype":{"role":"demo-sg"}}}'
    const body = (object: string) => JSON.stringify(reviewOf({ object: "MARK" })).replace('"MARK"', () => object)
    const metadata = '{"namespace":"default","__proto__":{"labels":{"role":"demo-sg"}}}'
    const labels = `{"metadata":${metadata},"spec":{"containers":[{"name":"a","__proto__":{"x":1}}],"__proto__":${hostile}}}`
    const response = JSON.parse(post(body(labels)).body).response
    assert.deepStrictEqual(response, { uid, allowed: true })
    assert.isFalse("role" in {} || "hostNetwork" in {})
    for (const webhook of paths) wellFormed(body(hostile), webhook)
  })
})
