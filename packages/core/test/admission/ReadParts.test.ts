import { describe, expect, it } from "@effect/vitest"
import { Effect, type Schema } from "effect"
import { prune } from "../../src/admission/Pruning.js"
import { readParts } from "../../src/admission/ReadParts.js"
import { respond } from "../../src/admission/Webhook.js"
import { contextOf, reviewOf, seedPod } from "./support.js"

const pod = {
  ...seedPod,
  metadata: {
    name: "a", generateName: "a-", namespace: "default", labels: { role: "demo-sg", app: "a" }, annotations: { "vpc.amazonaws.com/pod-eni": "[]", "fargate.amazonaws.com/pod-sg": "sg-1", note: "\"" },
    managedFields: [{ manager: "kubectl", fieldsV1: { "f:spec": { "k:{\"name\":\"a\"}": {} } } }]
  },
  spec: {
    nodeName: "n", hostNetwork: false, serviceAccountName: "default", nodeSelector: { "kubernetes.io/os": "linux" }, tolerations: [{ tolerationSeconds: 300 }],
    containers: [
      { name: "a", image: "i", env: [{ name: "A", value: "B" }], resources: { limits: { cpu: "1" }, requests: { cpu: "1", "vpc.amazonaws.com/pod-eni": "1" } } },
      { name: "b", resources: { limits: { "vpc.amazonaws.com/pod-eni": "1" } } }
    ]
  }
}

const kind = { group: "", version: "v1", kind: "Pod" }
const resource = { group: "", version: "v1", resource: "pods" }
const request = (operation: string, oldObject: Schema.Json): Schema.JsonObject => ({
  kind, resource, subResource: "", requestKind: kind, requestResource: resource, requestSubResource: "", name: "a", namespace: "default", operation,
  userInfo: { username: "u", uid: "1", groups: ["g"], extra: { key: ["value"] } }, object: pod, oldObject, dryRun: false, options: { kind: "CreateOptions" }
})

const wrong: ReadonlyArray<Schema.Json | undefined> = [undefined, null, true, 0, "", "x", "CREATE", [], [1], ["x"], [null], {}, { a: 1 }, { a: "b" }, { name: 1, labels: [], kind: {} }]

/** The document once for each of its places and each wrong value, which stands there for as long as it is looked at. */
const spoilt = (document: Schema.Json, visit: (place: string) => void): void => {
  const walk = (tree: unknown, path: string): void => {
    if (typeof tree !== "object" || tree === null) return
    for (const key of Object.keys(tree)) {
      const parent = tree as { [key: string]: Schema.Json | undefined }
      const right = parent[key]
      for (const value of wrong) {
        parent[key] = value
        visit(`${path}.${key}: ${JSON.stringify(value)}`)
      }
      parent[key] = right
      walk(right, `${path}.${key}`)
    }
  }
  walk(document, "$")
}

describe("what the pods' webhooks read", () => {
  const { context } = contextOf({})
  const answer = (path: string, body: string) => Effect.runSync(respond({ path, body }, context))

  for (const [path, operation, oldObject] of [
    ["/mutate-v1-pod", "CREATE", null], ["/validate-v1-pod", "CREATE", null], ["/validate-v1-pod", "UPDATE", pod], ["/mutate-v1-pod", "UPDATE", pod]
  ] as const) {
    it(`is all that ${path} answers by, also where a ${operation} is wrong somewhere`, () => {
      const document: Schema.Json = JSON.parse(JSON.stringify(reviewOf(request(operation, oldObject))))
      const parts = path === "/mutate-v1-pod" ? readParts.mutatePod : readParts.validatePod
      expect(prune(JSON.stringify(document), parts)?.length).toBeLessThan(JSON.stringify(document).length)
      let pruned = 0
      spoilt(document, (place) => {
        const body = JSON.stringify(document)
        if (prune(body, parts) !== undefined) pruned++
        // Not written as an API server writes it, so it is read whole.
        expect(answer(path, body), place).toEqual(answer(path, ` ${body}`))
      })
      expect(pruned).toBeGreaterThan(500)
    })
  }
})
