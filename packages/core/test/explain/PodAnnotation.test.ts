import { expect } from "@effect/vitest"
import { defaultAllocationSettings } from "../../src/allocation/AllocationSettings.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import { podEni } from "../../src/model/Names.js"
import { pods, type Situation } from "./Situations.js"
import * as S from "./support.js"

const { now } = S
const running = (n = 1, vlanId = 1) => S.pod({ phase: "Running", annotations: S.annotation(n, vlanId) })

const announced: ReadonlyArray<Situation> = [
  {
    name: "all is well",
    facts: S.facts({ pod: running(), trunk: S.serve(S.ready(9)) }),
    cause: { _tag: "Served", by: "policies", wouldGet: undefined },
    actor: "nobody",
    next: /^nothing: all is well$/
  },
  {
    name: "running, and the policy names another group today",
    facts: S.facts({ pod: running(), trunk: S.serve(S.ready(9)), policies: S.policies(S.policy("db", ["sg-2"])) }),
    cause: { _tag: "Served", wouldGet: ["sg-2"] },
    actor: "nobody",
    next: /delete the pod/
  },
  {
    name: "running with its node's groups",
    facts: S.facts({ pod: running(), trunk: S.serve(S.ready(9)), policies: S.policies(), groups: S.groups("sg-1") }),
    cause: { _tag: "Served", by: "node", wouldGet: undefined },
    actor: "nobody",
    next: /all is well/
  },
  {
    name: "announced, and kubelet's turn",
    facts: S.facts({
      pod: S.pod({ annotations: S.annotation() }),
      trunk: S.serve(S.ready(9)),
      events: [S.event("Pod", "FailedCreatePodSandBox", "failed to assign an IP address to container", 3)]
    }),
    cause: { _tag: "Sandbox", message: "failed to assign an IP address to container" },
    actor: "kubelet",
    next: /aws-node/
  },
  {
    name: "the API server refuses the annotation",
    facts: S.facts({ trunk: S.fail(S.advance(S.request(S.ready(9)), "Announcing"), "pods \"web-1\" is forbidden") }),
    cause: { _tag: "AnnouncementFails", message: "pods \"web-1\" is forbidden" },
    actor: "controller",
    next: /may patch pods/
  },
  {
    name: "an annotation that is no JSON, and a branch to mend it from",
    facts: S.facts({ pod: S.pod({ annotations: { [podEni]: "{" } }), trunk: S.serve(S.ready(9)) }),
    cause: { _tag: "AnnotationUnreadable", why: "it is not JSON", mended: true },
    actor: "controller",
    next: /writes it anew/
  },
  {
    name: "an annotation with VLAN id 4096, and nothing to mend it from",
    facts: S.facts({
      pod: S.pod({ annotations: { [podEni]: "[{\"eniId\":\"eni-0123456789abcdef0\",\"ifAddress\":\"02:00:00:00:00:01\",\"vlanId\":4096}]" } })
    }),
    cause: { _tag: "AnnotationUnreadable", why: expect.stringContaining("vlanId"), mended: false },
    actor: "person",
    next: /delete the pod/
  },
  {
    name: "an annotation of another branch than the trunk has for the pod",
    facts: S.facts({ pod: running(5, 3), trunk: S.serve(S.ready(9)) }),
    cause: { _tag: "AnnotationOfAnotherBranch", named: S.eni(5), namedVlanId: 3, known: S.eni(1), knownVlanId: 1, holder: undefined },
    actor: "person",
    next: /delete the pod/
  },
  {
    name: "an annotation of another pod's branch",
    facts: S.facts({ pod: running(7), trunk: S.serve(S.ready(9), "other", 7) }),
    cause: { _tag: "AnnotationOfAnotherBranch", known: undefined, holder: "default/other" },
    actor: "person",
    next: /delete the pod/
  },
  {
    name: "an annotation with another VLAN id than the branch has",
    facts: S.facts({ pod: running(1, 9), trunk: S.serve(S.ready(9)) }),
    cause: { _tag: "AnnotationOfAnotherBranch", namedVlanId: 9, known: S.eni(1), knownVlanId: 1 },
    actor: "person",
    next: /delete the pod/
  },
  {
    name: "the annotation gone",
    facts: S.facts({ pod: S.pod({ phase: "Running" }), trunk: S.serve(S.ready(9)) }),
    cause: { _tag: "AnnotationLost" },
    actor: "controller",
    next: /writes it again/
  },
  {
    name: "its trunk deleted by hand",
    facts: S.facts({
      pod: running(),
      trunk: step(S.serve(S.ready(9)), { _tag: "TrunkChanged", trunkId: undefined, now }).trunk
    }),
    cause: { _tag: "Severed", eniId: S.eni(1) },
    actor: "person",
    next: /delete the pod/
  },
  {
    name: "annotated, and the node no longer managed",
    facts: S.facts({ pod: running(), cniNode: S.cniNode(), trunk: "absent" }),
    cause: { _tag: "NotAsked" },
    actor: "person",
    next: /ENABLE_POD_ENI/
  },
  {
    name: "annotated, and nobody looked at the trunk",
    facts: S.facts({ pod: running(), trunk: undefined, node: undefined, cniNode: undefined }),
    cause: { _tag: "Served", by: "unknown" },
    actor: "nobody",
    next: /all is well/
  },
  {
    name: "a finished pod that holds nothing",
    facts: S.facts({ pod: S.pod({ phase: "Succeeded" }) }),
    cause: { _tag: "Finished", phase: "Succeeded", branch: undefined },
    actor: "nobody",
    next: /the pod is over/
  },
  {
    name: "a finished pod whose branch cools",
    facts: S.facts({ pod: S.pod({ phase: "Failed", annotations: S.annotation() }), trunk: S.release(S.serve(S.ready(9))) }),
    cause: { _tag: "Finished", phase: "Failed", branch: { _tag: "Cooling", until: now + defaultAllocationSettings.cooldown } },
    actor: "nobody",
    next: /the pod is over/
  },
  {
    name: "shutting down, its branch kept",
    facts: S.facts({ pod: S.pod({ phase: "Running", annotations: S.annotation(), deleted: true }), trunk: S.serve(S.ready(9)) }),
    cause: { _tag: "ShuttingDown", held: true },
    actor: "nobody",
    next: /the pod ends/
  },
  {
    name: "deleted before it had a branch",
    facts: S.facts({ pod: S.pod({ deleted: true }) }),
    cause: { _tag: "ShuttingDown", held: false },
    actor: "nobody",
    next: /the pod ends/
  }
]

pods("annotation and end", announced)
