import { describe, expect, it } from "vitest"
import { explainNode } from "../../src/explain/NodeStory.js"
import { explainPod } from "../../src/explain/PodStory.js"
import { explainPolicy } from "../../src/explain/PolicyStory.js"
import { toText } from "../../src/explain/Text.js"
import { codeOf } from "../../src/explain/Told.js"
import { empty } from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import { pods, type Situation } from "./Situations.js"
import * as S from "./support.js"

const failed = (message: string, secondsAgo = 5) => S.event("Pod", "BranchAllocationFailed", `failed to allocate branch ENI to pod: ${message}`, secondsAgo)

/** As somebody sees it who has no controller's memory. */
const rebuilt = (change: Parameters<typeof S.facts>[0] = {}) => S.facts({ rebuilt: true, ...change })

const groupMissing = "CreateNetworkInterface: InvalidGroup.NotFound: The security group 'sg-1' does not exist; mend it"

const situations: ReadonlyArray<Situation> = [
  {
    name: "EC2's refusal, as the event tells it",
    facts: rebuilt({ events: [failed(groupMissing)] }),
    cause: { _tag: "AllocationFails", step: "Creating", attempt: 1, code: "InvalidGroup.NotFound", message: groupMissing, subnetId: "", policies: ["db"] },
    actor: "person",
    next: /mend the group ids of policy db/
  },
  {
    name: "EC2's refusal in upstream's words",
    facts: rebuilt({ events: [failed("failed to create branch ENI, UnauthorizedOperation: You are not authorized to perform this operation")] }),
    cause: { _tag: "AllocationFails", code: "UnauthorizedOperation", step: "Creating" },
    actor: "person",
    next: /AmazonEKSVPCResourceController/
  },
  {
    name: "a group that EC2 says is of another VPC, which tells more than the refusal",
    facts: rebuilt({ events: [failed(groupMissing)], unusableGroups: S.groups("sg-1").map((group) => ({ group, problem: "another VPC" })) }),
    cause: { _tag: "GroupsUnusable", groups: [{ group: "sg-1", problem: "another VPC" }], policies: ["db"] },
    actor: "person",
    next: /policy db.*cluster's own VPC/
  },
  {
    name: "a group that is gone, before anybody tried",
    facts: rebuilt({ unusableGroups: S.groups("sg-1").map((group) => ({ group, problem: "absent" })) }),
    cause: { _tag: "GroupsUnusable", groups: [{ group: "sg-1", problem: "absent" }], policies: ["db"] },
    actor: "person",
    next: /policy db/
  },
  {
    name: "groups of others are of no account",
    facts: rebuilt({ unusableGroups: S.groups("sg-2").map((group) => ({ group, problem: "absent" })) }),
    cause: { _tag: "NotPickedUp" },
    actor: "controller",
    next: /lease/
  },
  {
    name: "a subnet without an address",
    facts: rebuilt({ subnet: { subnetId: S.subnetId, freeAddresses: 0 } }),
    cause: { _tag: "SubnetEmpty", subnetId: S.subnetId },
    actor: "person",
    next: /free addresses/
  },
  {
    name: "a full node, as the event tells it",
    facts: rebuilt({ events: [failed("all 9 branch interfaces of the node are taken (9 in use, 0 being made, 0 cooling down, 0 being removed)")] }),
    cause: { _tag: "SlotsTakenAsTold", cooling: false },
    actor: "person",
    next: /delete a pod/
  },
  {
    name: "a full node in upstream's words, some of which may cool",
    facts: rebuilt({ events: [failed("cannot create more branches at this point as used branches plus the delete queue is at max capacity")] }),
    cause: { _tag: "SlotsTakenAsTold", cooling: true },
    actor: "time",
    next: /cool/
  },
  {
    name: "an annotation that may not be written",
    facts: rebuilt({ events: [S.event("Pod", "BranchENIAnnotationFailed", "failed to annotate pod with branch ENI details: patch pods default/web-1: forbidden", 2)] }),
    cause: { _tag: "AnnouncementFails", message: "patch pods default/web-1: forbidden" },
    actor: "controller",
    next: /may patch pods/
  },
  {
    name: "a failure that was overcome",
    facts: rebuilt({ events: [failed(groupMissing, 9), S.event("Pod", "ResourceAllocated", "Allocated [] to the pod", 3, "Normal")] }),
    cause: { _tag: "NotPickedUp" },
    actor: "controller",
    next: /lease/
  },
  {
    name: "with a controller's memory, events of what was are of no account",
    facts: S.facts({ events: [failed(groupMissing)] }),
    cause: { _tag: "NotPickedUp" },
    actor: "controller",
    next: /lease/
  },
  {
    name: "a branch that EC2 does not have any more",
    facts: rebuilt({ pod: S.pod({ annotations: S.annotation(1), phase: "Running" }), branchInterface: "absent" }),
    cause: { _tag: "BranchLost", eniId: S.eni(1), how: "absent" },
    actor: "person",
    next: /made again/
  },
  {
    name: "no node that offers, with what one of each sort lacks",
    facts: S.facts({
      pod: S.pod({ spec: { nodeName: "" } }),
      nodes: ["FeatureOff", "FeatureOff", "AutoMode"].map((_tag) => ({ node: S.node({ capacity: "0" }), asking: 0, lacks: { _tag } as { readonly _tag: "FeatureOff" | "AutoMode" } }))
    }),
    cause: { _tag: "NoNodeOffers", nodes: 3, why: [{ node: S.nodeName, cause: { _tag: "FeatureOff" } }, { node: S.nodeName, cause: { _tag: "AutoMode" } }] },
    actor: "person",
    next: /for ip-.*ENABLE_POD_ENI=true/
  },
  {
    name: "policies that nobody could look at",
    facts: S.facts({ pod: S.pod({ asks: false }), policies: S.policies(), policiesSeen: false }),
    cause: { _tag: "NotLooked", at: "policies" },
    actor: "person",
    next: /permission to read the policies/
  },
  {
    name: "aws-node without the feature",
    facts: S.facts({ cniNode: S.cniNode(), trunk: "absent", podEniEnabled: false }),
    cause: { _tag: "FeatureOff" },
    actor: "person",
    next: /ENABLE_POD_ENI=true/
  },
  {
    name: "no device index for a trunk, so that aws-node does not ask",
    facts: S.facts({ cniNode: S.cniNode(), trunk: "absent", podEniEnabled: true, deviceSlots: { taken: 3, of: 3 } }),
    cause: { _tag: "NoDeviceSlot", taken: 3, of: 3 },
    actor: "person",
    next: /larger instance type/
  },
  {
    name: "no device index although the node asks",
    facts: S.facts({ trunk: empty(S.instanceId, 9), deviceSlots: { taken: 3, of: 3 } }),
    cause: { _tag: "NoDeviceSlot", taken: 3, of: 3 },
    actor: "person",
    next: /larger instance type/
  },
  {
    name: "a type without trunks, which aws-node does not ask for",
    facts: S.facts({ cniNode: S.cniNode(), trunk: "absent", instanceType: "t3.medium", podEniEnabled: true }),
    cause: { _tag: "InstanceUnsupported", instanceType: "t3.medium", problem: "not trunk-compatible", suggestion: undefined },
    actor: "person",
    next: /trunk-compatible/
  }
]

pods("a pod of which events tell", situations)

describe("a trunk whose id nobody knows", () => {
  const trunk = step(empty(S.instanceId, 9), { _tag: "AdmittingChanged", admitting: true, now: S.now }).trunk
  const facts = { name: S.nodeName, node: S.node(), cniNode: S.asking, trunk, trunkSeen: true, now: S.now }

  it("is there, and its capacity is due", () => {
    const story = explainNode(facts)
    expect(story.waitsFor.cause._tag).toBe("NodeReady")
    expect(toText(story)).toContain("there, under an id that EC2 was not asked for")
  })

  it("is not there where nothing tells of it", () => {
    expect(explainNode({ ...facts, trunkSeen: false }).waitsFor.cause._tag).toBe("NoTrunk")
  })
})

describe("a policy", () => {
  it("with a group that EC2 does not have waits for its mend", () => {
    const [group] = S.groups("sg-1")
    const story = explainPolicy({ namespace: "default", name: "db", policies: S.policies(S.policy("db", ["sg-1"])), pods: [], unusableGroups: [{ group: group!, problem: "absent" }], now: S.now })
    expect(story.waitsFor.cause).toEqual({ _tag: "GroupsUnusable", groups: [{ group, problem: "absent" }], policies: ["db"] })
  })
})

describe("EC2's code", () => {
  it("is found in our words and in upstream's, and nowhere else", () => {
    expect(codeOf(groupMissing)).toBe("InvalidGroup.NotFound")
    expect(codeOf("creating network interface: api error InsufficientFreeAddressesInSubnet: none left")).toBe("InsufficientFreeAddressesInSubnet")
    expect(codeOf("creating network interface, InvalidGroup.NotFound: gone")).toBe("InvalidGroup.NotFound")
    expect(codeOf("something went wrong")).toBeUndefined()
  })
})

describe("policies that nobody looked at", () => {
  it("are told as unknown, not as none", () => {
    const text = toText(explainPod(S.facts({ policies: S.policies(), policiesSeen: false })))
    expect(text).toContain("unknown: nobody looked at those of namespace default")
  })
})
