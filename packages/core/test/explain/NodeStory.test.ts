import { describe, expect, it } from "@effect/vitest"
import type { Actor, NodeCause } from "../../src/explain/Cause.js"
import type { NodeStoryFacts } from "../../src/explain/Facts.js"
import { explainNode } from "../../src/explain/NodeStory.js"
import { toText } from "../../src/explain/Text.js"
import { quarantine } from "../../src/allocation/VlanSpace.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import { VlanId } from "../../src/model/Ids.js"
import * as S from "./support.js"

const { now, seconds } = S

const facts = (change: Partial<NodeStoryFacts> = {}): NodeStoryFacts => ({
  name: S.nodeName,
  node: S.node(),
  cniNode: S.asking,
  trunk: S.ready(9),
  limits: publishedLimits,
  now,
  ...change
})

const cases: ReadonlyArray<{
  readonly name: string
  readonly facts: NodeStoryFacts
  readonly cause: { readonly _tag: NodeCause["_tag"] } & Partial<Record<string, unknown>>
  readonly actor: Actor
}> = [
  { name: "ready", facts: facts(), cause: { _tag: "NodeReady" }, actor: "nobody" },
  {
    name: "kubelet registered again and forgot the capacity",
    facts: facts({ node: { ...S.node(), status: {} } }),
    cause: { _tag: "CapacityNotPublished", published: 9, capacity: undefined },
    actor: "controller"
  },
  {
    name: "capacity not copied to allocatable yet",
    facts: facts({ node: S.node({ capacity: "9", allocatable: "0" }) }),
    cause: { _tag: "CapacityNotAllocatable", capacity: "9", allocatable: "0" },
    actor: "kubelet"
  },
  {
    name: "a pod in line while a branch cools",
    facts: facts({ node: S.node({ capacity: "1" }), trunk: S.request(S.release(S.serve(S.ready(1), "a"), "a"), "b") }),
    cause: { _tag: "PodsInLine", waiting: 1, room: { cooling: 1 } },
    actor: "time"
  },
  {
    name: "a pod in line and nothing that comes free",
    facts: facts({ node: S.node({ capacity: "1" }), trunk: S.request(S.serve(S.ready(1), "a"), "b") }),
    cause: { _tag: "PodsInLine", waiting: 1, room: { cooling: 0 } },
    actor: "person"
  },
  { name: "not asked", facts: facts({ cniNode: S.cniNode(), trunk: "absent" }), cause: { _tag: "NotAsked" }, actor: "person" },
  { name: "gone", facts: facts({ node: "absent", trunk: "absent" }), cause: { _tag: "NodeAbsent" }, actor: "person" },
  {
    name: "a Windows node",
    facts: facts({ node: S.node({ labels: { "kubernetes.io/os": "windows" } }), trunk: "absent" }),
    cause: { _tag: "NotLinux", os: "windows" },
    actor: "person"
  },
  { name: "nobody looked", facts: { name: "x", node: undefined, cniNode: undefined, trunk: undefined, now }, cause: { _tag: "NotLooked", at: "node" }, actor: "person" }
]

describe("what a node waits for", () => {
  it.each(cases)("$name", ({ actor, cause, facts }) => {
    expect(explainNode(facts).waitsFor).toMatchObject({ cause, actor })
  })
})

describe("how a node asked", () => {
  const labelled = S.node({ labels: { "vpc.amazonaws.com/has-trunk-attached": "false" } })
  it.each([
    { cniNode: S.asking, node: S.node(), asked: "CNINode feature" },
    { cniNode: "absent" as const, node: labelled, asked: "label" },
    { cniNode: S.asking, node: labelled, asked: "both" },
    { cniNode: "absent" as const, node: S.node(), asked: "no" },
    { cniNode: undefined, node: S.node(), asked: "unknown" }
  ])("is told: $asked", ({ asked, cniNode, node }) => {
    expect(explainNode(facts({ cniNode, node })).asked).toBe(asked)
  })
})

describe("a node's story", () => {
  it("tells what the instance type carries, and that an unknown one is unknown", () => {
    expect(explainNode(facts()).instance).toEqual({ instanceId: S.instanceId, instanceType: "m5.large", support: "trunk", limit: 9 })
    expect(explainNode(facts({ instanceType: "t3.large" })).instance).toMatchObject({ support: "no trunk", limit: 0 })
    expect(explainNode(facts({ instanceType: "x9.huge" })).instance).toMatchObject({ support: "type not in the table", limit: 9 })
    expect(explainNode(facts({ limits: undefined })).instance).toMatchObject({ support: "unknown", limit: 9 })
  })

  it("reads, as text", () => {
    let trunk = S.serve(S.serve(S.ready(2), "a", 7, now - 500 * seconds), "b", 8, now - 100 * seconds)
    trunk = S.request(S.release(trunk, "b", now - 20 * seconds), "c", now - 5 * seconds)
    trunk = { ...trunk, vlans: quarantine(trunk.vlans, VlanId.make(9), now + 200 * seconds) }
    const events = [S.event("Node", "NodeTrunkInitiated", "The node has trunk interface initialized successfully", 10, "Normal")]
    expect(toText(explainNode(facts({ trunk, node: S.node({ capacity: "2" }), events })))).toBe(
      `Node           ip-192-168-31-166.eu-west-1.compute.internal
Asked          yes, by its CNINode's feature SecurityGroupsForPods
Instance       i-0123456789abcdef0, m5.large: carries 9 branches
Capacity       2, allocatable 2, to be published 2
Trunk          eni-0aaaaaaaaaaaaaaaa, makes new branches
Branches       2 of 2 taken: 1 in use, 1 cooling; 0 free; the next cools off in 40 s
  default/a    eni-00000000000000007 on VLAN id 1; in use for 8 min 20 s
  default/b    eni-00000000000000008 on VLAN id 2; cooling for 20 s, over in 40 s
In line        1
  default/c    for 5 s: full
VLAN ids       1, 2 in use
  quarantined  9 (free in 3 min 20 s)
Events         1 event
  10 s ago     Normal NodeTrunkInitiated: The node has trunk interface initialized successfully
Waits for      room for 1 pod in line (2 of 2 taken: 1 in use, 1 cooling)
Next           nothing: branches that cool come free
`
    )
  })
})
