import { Effect, Result, type Schema } from "effect"
import { Base64 } from "effect/encoding"
import type { AdmissionResponse } from "../../src/model/AdmissionReview.js"
import { securityGroupPolicies } from "../../src/model/Resource.js"
import { type AdmissionWebhook, review } from "../../src/admission/Admission.js"
import { type AdmissionContext, ServiceAccountUnreadable } from "../../src/admission/Facts.js"
import * as JsonPatch from "../../src/patch/JsonPatch.js"
import * as PolicyIndex from "../../src/selection/PolicyIndex.js"

/** The policy of the seed, or one with another spec, in the namespace `default`. */
export const policy = (spec: Schema.JsonObject = {}, name = "my-security-group-policy-demo") =>
  Result.getOrThrowWith(
    securityGroupPolicies.decode({
      metadata: { name, namespace: "default", uid: name, resourceVersion: "1" },
      spec: {
        podSelector: { matchLabels: { role: "demo-sg" } },
        securityGroups: { groupIds: ["sg-079157a483bcb371f"] },
        ...spec
      }
    }),
    (problem) => new Error(problem)
  )

interface World {
  readonly policies?: ReadonlyArray<ReturnType<typeof policy>>
  readonly quota?: number
  readonly windows?: { readonly ipamEnabled: boolean; readonly served: boolean }
  /** By `namespace/name`; `"unreadable"` for one that cannot be read. */
  readonly serviceAccounts?: { readonly [key: string]: { readonly [label: string]: string } | "unreadable" }
}

/** A context, and the service accounts that were asked for. */
export const contextOf = ({ policies = [policy()], quota = 5, serviceAccounts = {}, windows = { ipamEnabled: false, served: false } }: World) => {
  const asked: Array<string> = []
  const context: AdmissionContext = {
    facts: Effect.succeed({ policies: PolicyIndex.fromPolicies(policies), groupsPerInterface: quota, windows }),
    serviceAccount: Effect.fnUntraced(function*(namespace: string, name: string) {
      asked.push(`${namespace}/${name}`)
      const labels = serviceAccounts[`${namespace}/${name}`]
      if (labels === "unreadable") return yield* new ServiceAccountUnreadable({ namespace, name, reason: "the server is away" })
      return labels
    })
  }
  return { asked, context }
}

/** A review as an API server sends it. */
export const reviewOf = (request: Schema.JsonObject): Schema.JsonObject => ({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: {
    uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
    namespace: "default",
    operation: "CREATE",
    userInfo: { username: "kubernetes-admin" },
    dryRun: false,
    ...request
  }
})

/** The seed's pod as the API server's admission sees it. */
export const seedPod: Schema.JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "aws-cli", namespace: "default", labels: { role: "demo-sg" }, creationTimestamp: null },
  spec: {
    containers: [
      {
        name: "aws-cli",
        image: "amazon/aws-cli:latest",
        command: ["sleep", "infinity"],
        resources: {},
        imagePullPolicy: "IfNotPresent"
      }
    ],
    restartPolicy: "Always",
    serviceAccountName: "default"
  },
  status: {}
}

/** The response to a review, for which the world must be readable. */
export const responseTo = (webhook: AdmissionWebhook, request: Schema.JsonObject, world: World = {}): AdmissionResponse =>
  Effect.runSync(review(webhook, reviewOf(request), contextOf(world).context)).response

/** The JSON Patch of a response, read as the API server reads it. */
export const patchOf = (response: AdmissionResponse): ReadonlyArray<JsonPatch.Operation> | undefined => {
  if (response.patch === undefined) return undefined
  const text = Result.getOrThrow(Base64.decodeString(response.patch))
  return Result.getOrThrowWith(JsonPatch.fromJson(JSON.parse(text)), (reason) => new Error(reason))
}
