import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { nodes, pods } from "@branchline/core/model/Resource"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { Document } from "../../src/kubernetes/Document.js"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import type { Webhook } from "../../src/kubernetes/Webhook.js"
import { simulated } from "../../src/simulation/Simulation.js"
import { allow, answer, giveBranch, handler, mutating, patch, podRule, validating } from "./webhooks.js"

const pod = (labels: Document = {}): Document => ({
  metadata: { name: "web", labels },
  spec: { containers: [{ name: "main", image: "nginx:1" }] }
})

const label = (key: string, value: string) =>
  handler((uid) => patch(uid, [{ op: "add", path: `/metadata/labels/${key}`, value }]))

/** A server with these webhooks, to which a pod comes; what the audit log says of it. */
const admit = (webhooks: ReadonlyArray<Webhook>, document: Document = pod()) =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    yield* Effect.forEach(webhooks, memory.registerWebhook)
    const result = yield* Effect.result(memory.server.as("kubernetes-admin").create(pods, document))
    const [event] = yield* memory.audit.events
    return { result, annotations: event?.annotations ?? {} }
  }).pipe(simulated())

const created = (webhooks: ReadonlyArray<Webhook>, document?: Document) =>
  Effect.flatMap(admit(webhooks, document), ({ result, annotations }) =>
    Effect.map(Effect.fromResult(result), (object) => ({ object, annotations })))

const refused = (webhooks: ReadonlyArray<Webhook>, document?: Document): Effect.Effect<KubernetesError, unknown> =>
  Effect.flatMap(admit(webhooks, document), ({ result }) => Effect.flip(Effect.fromResult(result)))

const mutation = (round: number, index: number) => `mutation.webhook.admission.k8s.io/round_${round}_index_${index}`

it.effect("calls mutating webhooks in the order of their configurations' names, each on what the one before it made", () =>
  Effect.gen(function*() {
    const append = (text: string) =>
      handler((uid, object) => {
        const trail = object["metadata"] !== undefined && JSON.stringify(object["metadata"]).match(/"trail":"(\w*)"/)?.[1] || ""
        return patch(uid, [{ op: "add", path: "/metadata/labels/trail", value: `${trail}${text}` }])
      })
    const { object } = yield* created([mutating("c", append("c")), mutating("a", append("a")), mutating("b", append("b"))])
    expect(object).toMatchObject({ metadata: { labels: { trail: "abc" } } })
  }))

it.effect("counts webhooks that do not match in the index, and writes their annotations to the letter", () =>
  Effect.gen(function*() {
    const { annotations } = yield* created([
      mutating("a", handler(allow), { rules: [{ ...podRule, resources: ["services"] }] }),
      mutating("b", label("x", "1"))
    ])
    expect(annotations[mutation(0, 0)]).toBeUndefined()
    expect(annotations[mutation(0, 1)]).toBe("{\"configuration\":\"b\",\"webhook\":\"b.example.com\",\"mutated\":true}")
    expect(annotations["patch.webhook.admission.k8s.io/round_0_index_1"]).toBe(
      "{\"configuration\":\"b\",\"webhook\":\"b.example.com\",\"patch\":[{\"op\":\"add\",\"path\":\"/metadata/labels/x\",\"value\":\"1\"}]," +
        "\"patchType\":\"JSONPatch\"}"
    )
  }))

it.effect("asks an IfNeeded webhook again after another one mutated, and a Never webhook not", () =>
  Effect.gen(function*() {
    const { annotations } = yield* created([
      mutating("a", handler(allow), { reinvocationPolicy: "IfNeeded" }),
      mutating("b", handler(allow)),
      mutating("c", label("x", "1"), { reinvocationPolicy: "IfNeeded" })
    ])
    expect(Object.keys(annotations).filter((key) => key.startsWith("mutation."))).toEqual([
      mutation(0, 0),
      mutation(0, 1),
      mutation(0, 2),
      // The last mutator is not asked again: nobody changed the pod after it.
      mutation(1, 0)
    ])
  }))

it.effect("asks the mutator itself again when an in-tree plugin changed the pod after it", () =>
  Effect.gen(function*() {
    const { annotations, object } = yield* created([mutating("a", giveBranch, { reinvocationPolicy: "IfNeeded" })])
    expect(annotations[mutation(0, 0)]).toContain("\"mutated\":true")
    expect(annotations[mutation(1, 0)]).toContain("\"mutated\":false")
    expect(object).toMatchObject({
      spec: {
        tolerations: [
          { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
          { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
          { key: "vpc.amazonaws.com/pod-eni", operator: "Exists", effect: "NoSchedule" }
        ]
      }
    })
  }))

it.effect("gives a pod that asks for the resource itself its toleration without any webhook", () =>
  Effect.gen(function*() {
    const resources = { limits: { "vpc.amazonaws.com/pod-eni": "1" } }
    const document = { metadata: { name: "web" }, spec: { containers: [{ name: "main", image: "nginx:1", resources }] } }
    const { object, annotations } = yield* created([], document)
    expect(JSON.stringify(object)).toContain("{\"key\":\"vpc.amazonaws.com/pod-eni\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}")
    expect(annotations).toEqual({ "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "" })
  }))

it.effect("fills in requests where a webhook gave limits alone", () =>
  Effect.gen(function*() {
    const limits = handler((uid) =>
      patch(uid, [{ op: "add", path: "/spec/containers/0/resources/limits", value: { "vpc.amazonaws.com/pod-eni": "1" } }])
    )
    const { object } = yield* created([mutating("a", limits)])
    expect(object).toMatchObject({ spec: { containers: [{ resources: { requests: { "vpc.amazonaws.com/pod-eni": "1" } } }] } })
  }))

it.effect("refuses a pod whose extended resource limit and request differ", () =>
  Effect.gen(function*() {
    const resources = { limits: { "vpc.amazonaws.com/pod-eni": "2" }, requests: { "vpc.amazonaws.com/pod-eni": "1" } }
    const error = yield* refused([], { metadata: { name: "web" }, spec: { containers: [{ name: "main", image: "nginx:1", resources }] } })
    expect(error.message).toContain("must be equal to vpc.amazonaws.com/pod-eni limit of 2")
    expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "spec.containers[0].resources.requests" }] })
  }))

it.effect("lets the namespace's and the object's labels choose", () =>
  Effect.gen(function*() {
    const { object } = yield* created([
      mutating("a", label("object", "1"), { objectSelector: { matchLabels: { role: "db" } } }),
      mutating("b", label("no-object", "1"), { objectSelector: { matchLabels: { role: "web" } } }),
      mutating("c", label("namespace", "1"), { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } }),
      mutating("d", label("no-namespace", "1"), {
        namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["default"] }] }
      })
    ], pod({ role: "db" }))
    expect(object).toMatchObject({ metadata: { labels: { role: "db", object: "1", namespace: "1" } } })
    expect(JSON.stringify(object)).not.toContain("no-")
  }))

const failures: ReadonlyArray<readonly [what: string, handler: Webhook["handler"], words: string]> = [
  ["answers with an HTTP error", () => Effect.succeed({ status: 400, body: "no review" }), "HTTP 400: no review"],
  ["answers with no JSON", () => Effect.succeed({ status: 200, body: "<html>" }), "no AdmissionReview"],
  ["answers another request", handler(() => allow("someone-else")), "received invalid webhook response: expected response.uid="],
  ["answers with a patch that is none", handler((uid) => patch(uid, "no patch")), "undecodable patch"],
  [
    "answers with a patch but no type",
    handler((uid) => answer({ uid, allowed: true, patch: "W10=" })),
    "webhook returned response.patch but not response.patchType"
  ],
  ["fails", () => Effect.fail("no route to host"), "no route to host"],
  ["crashes", () => Effect.die(new Error("nil pointer")), "nil pointer"],
  ["takes too long", () => Effect.never, "context deadline exceeded"]
]

it.effect.each(failures)("lets the pod in with failurePolicy Ignore when a webhook %s, and says so", ([, broken]) =>
  Effect.gen(function*() {
    const { annotations } = yield* created([mutating("a", broken, { failurePolicy: "Ignore" })])
    expect(annotations["failed-open.mutation.webhook.admission.k8s.io/round_0_index_0"]).toBe("a.example.com")
    expect(annotations[mutation(0, 0)]).toContain("\"mutated\":false")
    const validated = yield* created([validating("a", broken, { failurePolicy: "Ignore" })])
    expect(validated.annotations["failed-open.validating.webhook.admission.k8s.io/round_0_index_0"]).toBe("a.example.com")
  }))

it.effect.each(failures)("keeps the pod out with failurePolicy Fail when a webhook %s: retryable", ([, broken, words]) =>
  Effect.gen(function*() {
    const error = yield* refused([mutating("a", broken)])
    expect(error.reason._tag).toBe("UnknownOutcome")
    expect(error.message).toContain("failed calling webhook \"a.example.com\": ")
    expect(error.message).toContain(words)
    expect((yield* refused([validating("a", broken)])).reason._tag).toBe("UnknownOutcome")
  }))

it.effect("waits for a webhook as long as its timeout says", () =>
  Effect.gen(function*() {
    const slow: Webhook["handler"] = (body) => Effect.andThen(Effect.sleep("3 seconds"), handler(allow)(body))
    yield* created([mutating("a", slow, { timeout: "4 seconds" })])
    expect((yield* refused([mutating("a", slow, { timeout: "2 seconds" })])).message).toContain("context deadline exceeded")
  }))

it.effect("fails the request where a webhook's patch does not apply, whatever the failure policy", () =>
  Effect.gen(function*() {
    const impossible = handler((uid) => patch(uid, [{ op: "replace", path: "/spec/nothing", value: 1 }]))
    expect((yield* refused([mutating("a", impossible, { failurePolicy: "Ignore" })])).reason._tag).toBe("UnknownOutcome")
  }))

it.effect("tells a refusal in the webhook's words, with its code", () =>
  Effect.gen(function*() {
    const deny = (status: Document) => handler((uid) => answer({ uid, allowed: false, status }))
    const forbidden = yield* refused([validating("a", deny({ code: 403, message: "not today" }))])
    expect(forbidden.reason._tag).toBe("Forbidden")
    expect(forbidden.message).toBe("admission webhook \"a.example.com\" denied the request: not today")
    const mute = yield* refused([mutating("a", handler((uid) => answer({ uid, allowed: false })))])
    expect(mute.reason._tag).toBe("BadRequest")
    expect(mute.message).toBe("admission webhook \"a.example.com\" denied the request without explanation")
  }))

it.effect("lets validating webhooks see the finished pod, all of them, and refuses when one does", () =>
  Effect.gen(function*() {
    const seen: Array<Document> = []
    const see = handler((uid, object) => {
      seen.push(object)
      return allow(uid)
    })
    const deny = handler((uid) => answer({ uid, allowed: false, status: { code: 403, message: "no" } }))
    const error = yield* refused([mutating("m", giveBranch), validating("a", deny), validating("b", see)])
    expect(error.message).toContain("a.example.com")
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ metadata: { name: "web", namespace: "default" }, status: { phase: "Pending" } })
    expect(JSON.stringify(seen[0])).toContain("\"uid\"")
    expect(JSON.stringify(seen[0])).toContain("vpc.amazonaws.com/pod-eni")
  }))

it.effect("sends the review that kube-apiserver sends", () =>
  Effect.gen(function*() {
    const bodies: Array<string> = []
    const spy: Webhook["handler"] = (body) => {
      bodies.push(body)
      return handler(allow)(body)
    }
    yield* Effect.gen(function*() {
      const memory = yield* MemoryKubernetes.make()
      const rules = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*" as const], resources: ["nodes/*"] }]
      yield* memory.registerWebhook(mutating("a", spy, { rules }))
      const verbs = memory.server.as("system:serviceaccount:kube-system:aws-node")
      yield* verbs.create(nodes, { metadata: { name: "n1" } })
      yield* verbs.patch(nodes, { name: "n1" }, { _tag: "merge", patch: { status: { capacity: { cpu: "2" } } } }, { subresource: "status" })
      yield* verbs.delete(nodes, { name: "n1" })
    }).pipe(simulated())
    const node = { group: "", version: "v1", kind: "Node" }
    const resource = { group: "", version: "v1", resource: "nodes" }
    const requests = bodies.map((body) => JSON.parse(body).request)
    expect(requests.map(({ operation }) => operation)).toEqual(["CREATE", "UPDATE", "DELETE"])
    expect(requests[0]).toMatchObject({
      kind: node,
      resource,
      requestKind: node,
      requestResource: resource,
      name: "n1",
      userInfo: {
        username: "system:serviceaccount:kube-system:aws-node",
        groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
      },
      object: { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } },
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" }
    })
    expect(requests[0]).not.toHaveProperty("namespace")
    expect(requests[1]).toMatchObject({
      subResource: "status",
      requestSubResource: "status",
      object: { status: { capacity: { cpu: "2" } } },
      oldObject: { metadata: { name: "n1" } }
    })
    expect(requests[2]).toMatchObject({ object: null, oldObject: { status: { capacity: { cpu: "2" } } } })
    expect(new Set(requests.map(({ uid }) => uid)).size).toBe(3)
  }))

it.effect("takes a rule without a slash for the resource alone, and one with a star for its subresources too", () =>
  Effect.gen(function*() {
    const calls: Array<string> = []
    const spy = (name: string): Webhook["handler"] => (body) => {
      const { operation, subResource = "" } = JSON.parse(body).request
      calls.push(`${name} ${operation} ${subResource}`)
      return handler(allow)(body)
    }
    const memory = yield* MemoryKubernetes.make()
    const verbs = memory.server.as("kubernetes-admin")
    const rule = { ...podRule, operations: ["*" as const] }
    yield* memory.registerWebhook(mutating("main", spy("main"), { rules: [{ ...rule, resources: ["pods"] }] }))
    yield* memory.registerWebhook(mutating("sub", spy("sub"), { rules: [{ ...rule, resources: ["pods/*"] }] }))
    const key = { namespace: "default", name: "web" }
    yield* verbs.create(pods, pod())
    yield* verbs.bind(key, "n1")
    yield* verbs.patch(pods, key, { _tag: "merge", patch: { status: { phase: "Running" } } }, { subresource: "status" })
    expect(calls).toEqual(["main CREATE ", "sub CREATE ", "sub CREATE binding", "sub UPDATE status"])
  }).pipe(simulated()))

it.effect("calls an unregistered webhook no more, and one that was registered again in its new form", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    const verbs = memory.server.as("kubernetes-admin")
    const create = (name: string) =>
      verbs.create(pods, { metadata: { name, labels: {} }, spec: { containers: [{ name: "main", image: "nginx:1" }] } })
    yield* memory.registerWebhook(mutating("a", label("version", "1")))
    yield* memory.registerWebhook(mutating("a", label("version", "2")))
    expect(yield* create("one")).toMatchObject({ metadata: { labels: { version: "2" } } })
    yield* memory.unregisterWebhook("a", "a.example.com")
    expect(JSON.stringify(yield* create("two"))).not.toContain("version\"")
  }).pipe(simulated()))
