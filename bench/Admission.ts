import { respond, type WebhookRequest } from "@branchline/core/admission/Webhook"
import type { AdmissionContext } from "@branchline/core/admission/Facts"
import { mutatePodWebhook } from "@branchline/core/model/Names"
import * as PolicyIndex from "@branchline/core/selection/PolicyIndex"
import { Effect } from "effect"
import { podDocument, policies, uidOf } from "./Documents.js"
import type { Figure, Measure } from "./Figure.js"
import { microseconds } from "./Sampling.js"

export const namespace = "shop"

/** A review's body as a server reads it off the wire: one flat text. */
export const bodyOf = (number: number): string => {
  const body = JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: uidOf(number),
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      requestKind: { group: "", version: "v1", kind: "Pod" },
      requestResource: { group: "", version: "v1", resource: "pods" },
      namespace,
      operation: "CREATE",
      userInfo: {
        username: "system:serviceaccount:kube-system:replicaset-controller",
        uid: uidOf(1),
        groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
      },
      object: podDocument(number, namespace),
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" }
    }
  })
  return Buffer.from(body).toString()
}

export const contextOf = (count: number): AdmissionContext => ({
  facts: Effect.succeed({
    policies: PolicyIndex.fromPolicies(policies(namespace, count)),
    groupsPerInterface: 5,
    windows: { ipamEnabled: false, served: false }
  }),
  serviceAccount: () => Effect.succeed({})
})

const answer = (request: WebhookRequest, context: AdmissionContext): string => {
  const { body, status } = Effect.runSync(respond(request, context))
  if (status !== 200) throw new Error(`status ${status}: ${body}`)
  return body
}

/** What a review costs from the text of its body to the text of the answer: JSON, decoding, selection and patch. */
export const admission: Measure = {
  name: "admission",
  title: "reviews of an 8 KB pod",
  run: (say) =>
    [1, 100, 10_000].flatMap((count): ReadonlyArray<Figure> => {
      say(`${count} policies in the namespace`)
      const context = contextOf(count)
      const requests = Array.from({ length: 64 }, (_, index) => ({
        path: mutatePodWebhook.path,
        body: bodyOf(Math.floor((index * count) / 64))
      }))
      for (const request of requests) {
        if (!answer(request, context).includes("JSONPatch")) throw new Error("a review that should patch does not")
      }
      const { mean, median, p99 } = microseconds((call) => answer(requests[call % 64]!, context), 1, { warmUp: 1_000, measure: 3_000 })
      const parse = microseconds((call) => JSON.parse(requests[call % 64]!.body)).median
      const where = `${count.toLocaleString("en-US")} ${count === 1 ? "policy" : "policies"}`
      return [
        {
          name: `admission review, ${where}: median`,
          value: median,
          unit: "µs",
          ...(count === 100 ? { aim: { at: "most", value: 100 } as const } : {}),
          note: `p99 ${p99.toFixed(0)} µs; JSON.parse alone ${Math.round(parse / median * 100)} %`
        },
        { name: `admission reviews, ${where}`, value: 1e6 / mean, unit: "/s" }
      ]
    })
}
