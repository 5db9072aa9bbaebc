import { readFileSync } from "node:fs"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { nodes, pods } from "@branchline/core/model/Resource"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import { simulated } from "../../src/simulation/Simulation.js"
import { allow, giveBranch, handler, mutating } from "./webhooks.js"

const record = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../core/test/fixtures/seed/${name}.json`, import.meta.url), "utf8"))

const controller = "system:serviceaccount:kube-system:eks-vpc-resource-controller"

it.effect("records the pod's creation as the real cluster did: both rounds of webhooks, and the patch", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    const again = { reinvocationPolicy: "IfNeeded" as const }
    const fargate = "0500-amazon-eks-fargate-mutation.amazonaws.com"
    yield* memory.registerWebhook(mutating(fargate, handler(allow), { name: fargate }))
    yield* memory.registerWebhook(mutating("aws-load-balancer-webhook", handler(allow), { objectSelector: { matchLabels: { absent: "1" } } }))
    yield* memory.registerWebhook(mutating("pod-identity-webhook", handler(allow), { name: "iam-for-pods.amazonaws.com", ...again }))
    yield* memory.registerWebhook(mutating("vpc-resource-mutating-webhook", giveBranch, { name: "mpod.vpc.k8s.aws", ...again }))
    yield* memory.server.as("kubernetes-admin").apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "aws-cli", namespace: "default", labels: { role: "demo-sg" } },
      spec: { containers: [{ name: "aws-cli", image: "amazon/aws-cli:latest", imagePullPolicy: "IfNotPresent" }] }
    })
    const [event] = yield* memory.audit.events
    const seed = record("audit-pod-create")
    const ofWebhooks = (annotations: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith("podsecuritypolicy.")))
    expect(event?.verb).toBe(seed.verb)
    expect(event?.objectRef).toEqual(seed.objectRef)
    expect(event?.annotations).toEqual(ofWebhooks(seed.annotations))
    expect(event).toMatchObject({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      stage: "ResponseComplete",
      requestURI: "/api/v1/namespaces/default/pods",
      responseStatus: { metadata: {}, code: 201 },
      requestReceivedTimestamp: "2022-09-06T08:00:00.000000Z"
    })
  }).pipe(simulated()))

it.effect("records the patch of the node's status as the real cluster did", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    const seed = record("audit-node-status-patch")
    const name: string = seed.objectRef.name
    yield* memory.server.as("kubelet").create(nodes, { metadata: { name } })
    yield* memory.portFor({ username: controller, uid: seed.user.uid, groups: seed.user.groups }, { userAgent: seed.userAgent }).patch(
      nodes,
      { name },
      { _tag: "merge", patch: { status: { capacity: { "vpc.amazonaws.com/pod-eni": "9" } } } },
      { subresource: "status" }
    )
    const { verb, user, userAgent, objectRef, responseStatus, requestObject } = seed
    const event = (yield* memory.audit.events)[1]
    expect(event).toMatchObject({ verb, user, userAgent, objectRef, responseStatus, requestObject })
    expect(event?.requestURI).toBe(`/api/v1/nodes/${name}/status`)
  }).pipe(simulated()))

it.effect("records what was refused, with code and reason, and no reads", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    const verbs = memory.server.as(controller)
    yield* verbs.list(pods)
    yield* Effect.ignore(verbs.get(pods, { namespace: "default", name: "none" }))
    yield* Effect.ignore(verbs.delete(pods, { namespace: "default", name: "none" }, { uid: "1", gracePeriodSeconds: 0 }))
    const events = yield* memory.audit.events
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      verb: "delete",
      user: { username: controller, groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"] },
      responseStatus: { status: "Failure", reason: "NotFound", code: 404, message: "pods \"none\" not found" },
      requestObject: { kind: "DeleteOptions", gracePeriodSeconds: 0, preconditions: { uid: "1" } }
    })
  }).pipe(simulated()))

it.effect("tells when a request came and when it was answered", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    const slow = (body: string) => Effect.andThen(Effect.sleep("1500 millis"), handler(allow)(body))
    yield* memory.registerWebhook(mutating("slow", slow))
    yield* memory.server.as("kubernetes-admin").create(pods, { metadata: { name: "web" }, spec: { containers: [{ name: "main" }] } })
    expect((yield* memory.audit.events)[0]).toMatchObject({
      requestReceivedTimestamp: "2022-09-06T08:00:00.000000Z",
      stageTimestamp: "2022-09-06T08:00:01.500000Z"
    })
  }).pipe(simulated()))

it.effect("forgets the oldest events when it is full", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make({ auditCapacity: 2 })
    const verbs = memory.server.as("kubernetes-admin")
    for (const name of ["a", "b", "c", "d", "e"]) yield* verbs.create(nodes, { metadata: { name } })
    expect((yield* memory.audit.events).map((event) => event.objectRef.name)).toEqual(["d", "e"])
  }).pipe(simulated()))
