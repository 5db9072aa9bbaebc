import { Effect } from "effect"
import * as Documents from "../../support/Documents.js"
import { database, makeWorld } from "../../support/Live.js"
import { pod, policy, type Situation, status } from "./Situation.js"
import { aWhile, policyFirst, withAws, withoutAws } from "./Steps.js"

const considerations = "Considerations"
const usage = "Use a security group policy for a Pod"

/** A pod was never made to ask for a branch. */
export const admission: ReadonlyArray<Situation> = [
  {
    title: "The policy was made after the pod",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* aWhile
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      yield* policyFirst(world)
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "AdmissionMissed",
    names: /older than policy db/,
    next: /delete the pod so that it is made again/
  },
  {
    title: "The webhook was away when the pod was made",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.serveWebhooks(() => Effect.fail("away"))
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "AdmissionMissed",
    names: /policy db was there, but the webhook did not change the pod/,
    next: /failurePolicy Ignore/
  },
  {
    title: "Pods got in while the webhook was away: what the policy says of them",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-0"))
      yield* world.serveWebhooks(() => Effect.fail("away"))
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: policy("db"),
    cause: "PodsWithout",
    names: /^web-1, which it selects/,
    next: /webhook missed/
  },
  {
    title: "The webhook did not answer for the last pod: what the screen says",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.serveWebhooks(() => Effect.fail("away"))
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: status,
    cause: "webhook",
    names: /did not change default\/web-1/,
    next: /.*/
  },
  {
    title: "A typo in the policy's selector",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* world.apply(Documents.policy("db", [database], { labels: { role: "bd" } }))
      yield* aWhile
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "NotSelected",
    names: /label role is "db", the podSelector wants role = "bd"/,
    next: /change policy db/
  },
  {
    title: "A policy that selects nothing, seen from the policy",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* world.apply(Documents.policy("db", [database], { labels: { role: "bd" } }))
      yield* aWhile
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: policy("db"),
    cause: "SelectsNothing",
    names: /selects none of 1/,
    next: /web-1 is nearest: .*role = "bd"/
  },
  {
    title: "The service account lacks the label that the policy selects by",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* world.apply(Documents.serviceAccount("ledger", { team: "shop" }))
      yield* world.apply(Documents.policy("db", [database], { serviceAccountLabels: { role: "db" } }))
      yield* aWhile
      yield* world.apply(Documents.pod("web-1", { spec: { serviceAccountName: "ledger" } }))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "NotSelected",
    names: /on the service account there is no label role/,
    next: /give the service account role = "db"/
  },
  {
    title: "The policy is in another namespace",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* world.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } })
      yield* world.apply(Documents.policy("db", [database], { namespace: "shop" }))
      yield* aWhile
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "NotSelected",
    names: /no policy is in its namespace/,
    next: /write a SecurityGroupPolicy in its namespace/
  },
  {
    title: "A policy without any selector",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* world.apply({
        apiVersion: "vpcresources.k8s.aws/v1beta1",
        kind: "SecurityGroupPolicy",
        metadata: { name: "db", namespace: "default" },
        spec: { securityGroups: { groupIds: [database] } }
      })
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: policy("db"),
    cause: "PolicyInvalid",
    names: /ignored for 1 problem/,
    next: /selector/i
  },
  {
    title: "The pod is on the host's network",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-1", { spec: { hostNetwork: true } }))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "HostNetwork",
    names: /host's network, so no policy can give it groups/,
    next: /take hostNetwork off the pod/
  },
  {
    title: "A Windows pod that a policy selects",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-1", { spec: { nodeSelector: { "kubernetes.io/os": "windows" } } }))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "Windows",
    names: /Windows pod gets no groups/,
    next: /run it on Linux/
  },
  {
    title: "A Fargate pod that was made before its policy",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* aWhile
      yield* world.apply(Documents.pod("web-1", { labels: { role: "db", "eks.amazonaws.com/fargate-profile": "default" } }))
      yield* aWhile
      yield* policyFirst(world)
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "AdmissionMissed",
    names: /older than policy db/,
    next: /delete the pod so that it is made again/,
    screen: /a Fargate pod|no fargate\.amazonaws\.com\/pod-sg/
  },
  {
    title: "The pod asks for the resource by hand, in its second container",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* aWhile
      const one = { limits: { "vpc.amazonaws.com/pod-eni": "1" }, requests: { "vpc.amazonaws.com/pod-eni": "1" } }
      const container = { image: "registry.example/app:1", imagePullPolicy: "IfNotPresent" }
      yield* world.apply(Documents.pod("web-1", { spec: { containers: [{ name: "main", ...container }, { name: "proxy", ...container, resources: one }] } }))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "NotFirstContainer",
    names: /proxy asks, and the CNI plugin reads the first one's limits only/,
    next: /first container/
  },
  {
    title: "The policy's groups were changed while the pod ran",
    guide: considerations,
    build: Effect.gen(function*() {
      const other = "sg-0000000000000000e"
      const world = yield* makeWorld({ securityGroups: [database, other] })
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-1"))
      yield* world.waitForPhase("web-1", "Running")
      yield* world.apply(Documents.policy("db", [other]))
      yield* aWhile
      return yield* withAws(world)
    }),
    question: pod("web-1"),
    cause: "Served",
    names: /other groups than it would get today \(sg-0000000000000000e\)/,
    next: /delete the pod so that it is made again/
  }
]
