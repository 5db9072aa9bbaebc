import { empty } from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import { customNetworkingFeature, securityGroupsForPodsFeature } from "../../src/model/Names.js"
import { pods, type Situation } from "./Situations.js"
import * as S from "./support.js"

const { now } = S

const nodes: ReadonlyArray<Situation> = [
  {
    name: "the node is gone",
    facts: S.facts({ node: "absent", trunk: "absent" }),
    cause: { _tag: "NodeAbsent" },
    actor: "person",
    next: /node left/
  },
  {
    name: "a node of EKS Auto Mode",
    facts: S.facts({ node: S.node({ labels: { "eks.amazonaws.com/compute-type": "auto" } }), trunk: "absent" }),
    cause: { _tag: "AutoMode" },
    actor: "person",
    next: /Auto Mode/
  },
  {
    name: "a node without provider id",
    facts: S.facts({ node: S.node({ providerID: "kind://x" }), trunk: "absent" }),
    cause: { _tag: "NodeIncomplete", lacks: "provider id" },
    actor: "person",
    next: /provider id/
  },
  {
    name: "the node not asked",
    facts: S.facts({ cniNode: S.cniNode(), trunk: "absent" }),
    cause: { _tag: "NotAsked" },
    actor: "person",
    next: /ENABLE_POD_ENI=true/
  },
  {
    name: "the feature taken off while the pod stands in line",
    facts: S.facts({
      cniNode: S.cniNode(),
      trunk: S.request(step(S.ready(9), { _tag: "AdmittingChanged", admitting: false, now }).trunk)
    }),
    cause: { _tag: "NotAsked" },
    actor: "person",
    next: /ENABLE_POD_ENI=true/
  },
  {
    name: "the CNINode missing",
    facts: S.facts({ cniNode: "absent", trunk: "absent" }),
    cause: { _tag: "CNINodeAbsent" },
    actor: "controller",
    next: /controller runs/
  },
  {
    name: "a CNINode that nobody looked at",
    facts: S.facts({ cniNode: undefined, trunk: undefined }),
    cause: { _tag: "NotLooked", at: "CNINode" },
    actor: "person",
    next: /CNINode/
  },
  {
    name: "asked by the older label alone, and no trunk",
    facts: S.facts({
      node: S.node({ labels: { "vpc.amazonaws.com/has-trunk-attached": "false" } }),
      cniNode: "absent",
      trunk: "absent"
    }),
    cause: { _tag: "NoTrunk" },
    actor: "controller",
    next: /node's events/
  },
  {
    name: "an instance type that is not in the table",
    facts: S.facts({ instanceType: "m5.larg", trunk: "absent" }),
    cause: { _tag: "InstanceUnsupported", instanceType: "m5.larg", problem: "unknown", suggestion: "m5.large" },
    actor: "person",
    next: /overlay/
  },
  {
    name: "an instance type without trunks, named by the node's label",
    facts: S.facts({ node: S.node({ labels: { "node.kubernetes.io/instance-type": "t3.large" } }), trunk: "absent" }),
    cause: { _tag: "InstanceUnsupported", instanceType: "t3.large", problem: "not trunk-compatible" },
    actor: "person",
    next: /trunk-compatible/
  },
  {
    name: "custom networking that names no ENIConfig",
    facts: S.facts({
      cniNode: S.cniNode({ name: securityGroupsForPodsFeature }, { name: customNetworkingFeature }),
      trunk: "absent"
    }),
    cause: { _tag: "EniConfigUnnamed" },
    actor: "person",
    next: /name an ENIConfig/
  },
  {
    name: "an ENIConfig that does not exist",
    facts: S.facts({
      cniNode: S.cniNode({ name: securityGroupsForPodsFeature }, { name: customNetworkingFeature, value: "zone-a" }),
      eniConfig: "absent",
      trunk: "absent"
    }),
    cause: { _tag: "EniConfigUnusable", name: "zone-a", problem: "absent" },
    actor: "person",
    next: /create it/
  },
  {
    name: "no trunk, because EC2 refuses it",
    facts: S.facts({
      trunk: S.request(empty(S.instanceId, 9)),
      events: [S.event("Node", "TrunkENICreationFailed", "Failed to create trunk interface: Error Code: UnauthorizedOperation", 5)]
    }),
    cause: { _tag: "NoTrunk", failure: "Failed to create trunk interface: Error Code: UnauthorizedOperation" },
    actor: "person",
    next: /mend what the message names/
  },
  {
    name: "no trunk, because what it needs cannot be looked up",
    facts: S.facts({
      trunk: S.request(empty(S.instanceId, 9)),
      events: [S.event("Node", "TrunkENILookupFailed", "Failed to look up what the trunk interface needs: DescribeSubnets: UnauthorizedOperation", 5)]
    }),
    cause: { _tag: "NoTrunk", failure: "Failed to look up what the trunk interface needs: DescribeSubnets: UnauthorizedOperation" },
    actor: "person",
    next: /mend what the message names/
  },
  {
    name: "the trunk gone while the branch is being associated",
    facts: S.facts({
      trunk: step(S.advance(S.request(S.ready(9)), "Associating"), { _tag: "TrunkChanged", trunkId: undefined, now }).trunk
    }),
    cause: { _tag: "NoTrunk" },
    actor: "controller",
    next: /controller makes it/
  },
  {
    name: "the controller has just started",
    facts: S.facts({ recovered: false }),
    cause: { _tag: "NotRecovered" },
    actor: "controller",
    next: /just started/
  },
  {
    name: "a trunk that nobody looked at",
    facts: S.facts({ trunk: undefined }),
    cause: { _tag: "NotLooked", at: "trunk" },
    actor: "person",
    next: /trunk/
  }
]

pods("the node", nodes)
