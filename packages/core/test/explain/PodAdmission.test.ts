import type { PodStoryFacts } from "../../src/explain/Facts.js"
import { podEni } from "../../src/model/Names.js"
import type { SecurityGroupPolicy } from "../../src/model/SecurityGroupPolicy.js"
import { pods, type Situation } from "./Situations.js"
import * as S from "./support.js"

const { now } = S
const account = { serviceAccount: { matchLabels: { team: "a" } } }
const unasked = S.pod({ asks: false, phase: "Running" })

const unselected = (policy: SecurityGroupPolicy, change: Partial<PodStoryFacts> = {}): PodStoryFacts =>
  S.facts({ pod: unasked, policies: S.policies(policy), ...change })

const policiesMade: ReadonlyArray<Situation> = [
  {
    name: "no policy in the namespace",
    facts: S.facts({ pod: unasked, policies: S.policies() }),
    cause: { _tag: "NotSelected", nearest: undefined },
    actor: "nobody",
    next: /write a SecurityGroupPolicy/
  },
  {
    name: "a policy that selects other labels",
    facts: unselected(S.policy("web", ["sg-1"], { pod: { matchLabels: { role: "web" } } })),
    cause: { _tag: "NotSelected", nearest: { policy: "web", verdict: { _tag: "PodMismatch" } } },
    actor: "nobody",
    next: /role = "web"/
  },
  {
    name: "an invalid policy",
    facts: unselected(S.policy("db", ["sg-1"], { pod: { matchExpressions: [{ key: "role", operator: "in", values: ["db"] }] } })),
    cause: { _tag: "NotSelected", nearest: { policy: "db", verdict: { _tag: "Invalid" } } },
    actor: "nobody",
    next: /mend policy db: spec\.podSelector\.matchExpressions\[0\]\.operator: "in" is no operator/
  },
  {
    name: "a policy without groups",
    facts: unselected(S.policy("db", [])),
    cause: { _tag: "NotSelected", nearest: { verdict: { _tag: "Invalid", problems: [{ code: "NoGroups" }] } } },
    actor: "nobody",
    next: /list at least one group id/
  },
  {
    name: "a service account that does not exist",
    facts: unselected(S.policy("db", ["sg-1"], account), { serviceAccount: { _tag: "Absent" } }),
    cause: { _tag: "NotSelected", nearest: { verdict: { _tag: "ServiceAccountAbsent" } } },
    actor: "nobody",
    next: /create the service account/
  },
  {
    name: "a service account without the label",
    facts: unselected(S.policy("db", ["sg-1"], account), { serviceAccount: { _tag: "Present", labels: {} } }),
    cause: { _tag: "NotSelected", nearest: { verdict: { _tag: "ServiceAccountMismatch" } } },
    actor: "nobody",
    next: /give the service account team = "a"/
  },
  {
    name: "a service account that nobody looked at",
    facts: unselected(S.policy("db", ["sg-1"], account)),
    cause: { _tag: "NotLooked", at: "service account" },
    actor: "person",
    next: /service account/
  },
  {
    name: "a mirror pod, which has no service account",
    facts: unselected(S.policy("db", ["sg-1"], account), { serviceAccount: { _tag: "Mirror" } }),
    cause: { _tag: "NotSelected", nearest: { verdict: { _tag: "NoServiceAccount" } } },
    actor: "nobody",
    next: /own labels/
  }
]

const admission: ReadonlyArray<Situation> = [
  {
    name: "hostNetwork under a policy",
    facts: S.facts({ pod: S.pod({ asks: false, spec: { hostNetwork: true } }) }),
    cause: { _tag: "HostNetwork", selected: true },
    actor: "person",
    next: /take hostNetwork off/
  },
  {
    name: "hostNetwork without a policy",
    facts: S.facts({ pod: S.pod({ asks: false, spec: { hostNetwork: true } }), policies: S.policies() }),
    cause: { _tag: "HostNetwork", selected: false },
    actor: "nobody",
    next: /nothing/
  },
  {
    name: "Fargate, served",
    facts: S.facts({
      pod: S.pod({
        asks: false,
        labels: { role: "db", "eks.amazonaws.com/fargate-profile": "fp" },
        annotations: { "fargate.amazonaws.com/pod-sg": "sg-1" }
      })
    }),
    cause: { _tag: "Served", by: "fargate", wouldGet: undefined },
    actor: "nobody",
    next: /all is well/
  },
  {
    name: "Fargate, missed",
    facts: S.facts({ pod: S.pod({ asks: false, labels: { role: "db", "eks.amazonaws.com/fargate-profile": "fp" } }) }),
    cause: { _tag: "AdmissionMissed", why: "unknown" },
    actor: "person",
    next: /made again/
  },
  {
    name: "Windows under a policy",
    facts: S.facts({ pod: S.pod({ asks: false, spec: { nodeSelector: { "kubernetes.io/os": "windows" } } }) }),
    cause: { _tag: "Windows", selected: true },
    actor: "person",
    next: /Linux/
  },
  {
    name: "the policy made after the pod",
    facts: S.facts({ pod: unasked, createdAt: { pod: now - 60_000, policies: { db: now - 30_000 } } }),
    cause: { _tag: "AdmissionMissed", why: "policy came later", policies: ["db"] },
    actor: "person",
    next: /^delete the pod so that it is made again$/
  },
  {
    name: "the webhook away at creation",
    facts: S.facts({ pod: unasked, createdAt: { pod: now - 30_000, policies: { db: now - 60_000 } } }),
    cause: { _tag: "AdmissionMissed", why: "webhook missed it", policies: ["db"] },
    actor: "person",
    next: /webhook did not answer/
  },
  {
    name: "policy and pod of the same second",
    facts: S.facts({ pod: unasked, createdAt: { pod: now, policies: { db: now } } }),
    cause: { _tag: "AdmissionMissed", why: "unknown" },
    actor: "person",
    next: /made again/
  },
  {
    name: "only the second container asks",
    facts: S.facts({
      policies: S.policies(),
      pod: S.pod({
        spec: { containers: [{ name: "app" }, { name: "side", resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }] }
      })
    }),
    cause: { _tag: "NotFirstContainer", containers: ["side"] },
    actor: "person",
    next: /first container/
  },
  {
    name: "no such pod",
    facts: S.facts({ pod: "absent" }),
    cause: { _tag: "PodAbsent" },
    actor: "person",
    next: /name and namespace/
  },
  {
    name: "a pod that nobody looked at",
    facts: S.facts({ pod: undefined }),
    cause: { _tag: "NotLooked", at: "pod" },
    actor: "person",
    next: /pod/
  },
  {
    name: "set to wait for a policy, and none matches",
    facts: S.facts({ policies: S.policies(S.policy("web", ["sg-1"], { pod: { matchLabels: { role: "web" } } })), unmatched: "wait" }),
    cause: { _tag: "NoPolicyYet", nearest: { policy: "web" } },
    actor: "person",
    next: /role = "web"/
  }
]

const unbound = S.pod({ spec: { nodeName: null } })
const scheduling: ReadonlyArray<Situation> = [
  {
    name: "no node offers branches",
    facts: S.facts({ pod: unbound, nodes: [{ node: S.node({ capacity: "0" }), asking: 0 }] }),
    cause: { _tag: "NoNodeOffers", nodes: 1 },
    actor: "person",
    next: /trunk-compatible/
  },
  {
    name: "all nodes full",
    facts: S.facts({ pod: unbound, nodes: [{ node: S.node(), asking: 9 }, { node: S.node({ capacity: "0" }), asking: 0 }] }),
    cause: { _tag: "AllNodesTaken", nodes: 1 },
    actor: "person",
    next: /add a node/
  },
  {
    name: "the scheduler refuses for another reason",
    facts: S.facts({
      pod: unbound,
      nodes: [{ node: S.node(), asking: 3 }],
      events: [S.event("Pod", "FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", 2)]
    }),
    cause: { _tag: "NotScheduled", message: "0/1 nodes are available: 1 Insufficient cpu." },
    actor: "scheduler",
    next: /scheduler names/
  }
]

pods("policies", policiesMade)
pods("admission", admission)
pods("scheduling", scheduling)
