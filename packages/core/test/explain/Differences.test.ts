import { describe, expect, it } from "@effect/vitest"
import { type Difference, differences } from "../../src/explain/Differences.js"
import type { DifferencesFacts } from "../../src/explain/DifferencesFacts.js"
import { differenceText } from "../../src/explain/DifferencesText.js"
import { sinceUnclaimed, unclaimed } from "../../src/explain/DifferencesInterfaces.js"
import { allocationTag, clusterTag, hasTrunkAttachedLabel, instanceIdTag, ownerTag, podEni, trunkEniIdTag, vlanIdTag } from "../../src/model/Names.js"
import { branch, clusterName, cniNode, facts, instance, patience, served, since, tags, trunk } from "./DifferencesWorld.js"
import * as S from "./support.js"

const of = (change: Partial<DifferencesFacts>): ReadonlyArray<Difference> => differences(facts(change))
const textsOf = (change: Partial<DifferencesFacts>): ReadonlyArray<string> => of(change).map(differenceText)

const with2 = (other: Parameters<typeof branch>[1]) => ({ interfaces: [trunk, branch(1), branch(2, other)] })
const web2 = "default/web-2"

describe("where the cluster differs from what it should be", () => {
  it("a node with two served pods: nowhere", () => {
    expect(of({})).toEqual([])
  })

  it("an annotation names an interface that EC2 does not have", () => {
    expect(of({ interfaces: [trunk, branch(1)] })).toEqual([{ _tag: "InterfaceMissing", pod: web2, eniId: S.eni(2) }])
  })

  it("an annotation names an interface that hangs on no trunk", () => {
    expect(of(with2({ status: "available" }))).toEqual([{ _tag: "InterfaceNotAssociated", pod: web2, eniId: S.eni(2) }])
  })

  it("the interface's tags name another VLAN id, another trunk, another instance", () => {
    expect(of(with2({ tags: tags({ [vlanIdTag]: "7", [trunkEniIdTag]: S.trunkId }) }))).toEqual([
      { _tag: "VlanDiffers", pod: web2, eniId: S.eni(2), annotation: 2, tag: 7 }
    ])
    expect(of(with2({ tags: tags({ [vlanIdTag]: "2", [trunkEniIdTag]: S.eni(0xabc) }) }))).toEqual([
      { _tag: "TrunkDiffers", pod: web2, eniId: S.eni(2), tag: S.eni(0xabc), trunkId: S.trunkId }
    ])
    expect(of(with2({ tags: tags({ [vlanIdTag]: "2", [trunkEniIdTag]: S.trunkId, [instanceIdTag]: "i-0fedcba9876543210" }) }))).toEqual([
      { _tag: "InstanceDiffers", pod: web2, eniId: S.eni(2), tag: "i-0fedcba9876543210", instanceId: S.instanceId }
    ])
  })

  it("the interface has other groups than its pod's policies give now; their order is of no account", () => {
    const pods = [served(1), served(2, { groups: S.groups("sg-1", "sg-2") })]
    expect(of({ pods })).toEqual([{ _tag: "GroupsDiffer", pod: web2, eniId: S.eni(2), has: S.groups("sg-1"), due: S.groups("sg-1", "sg-2") }])
    expect(of({ pods, ...with2({ groups: S.groups("sg-2", "sg-1") }) })).toEqual([])
  })

  it("of a pod that no policy matches, or of which nobody knows, the groups are no difference", () => {
    expect(of({ pods: [served(1), served(2, { groups: [] })] })).toEqual([])
    expect(of({ pods: [served(1), served(2, { groups: undefined })] })).toEqual([])
  })

  it("two living pods of a node have one VLAN id", () => {
    const twin = served(2, { as: { annotations: S.annotation(2, 1) } })
    expect(of({ pods: [served(1), twin], ...with2({ tags: tags({ [vlanIdTag]: "1", [trunkEniIdTag]: S.trunkId }) }) })).toEqual([
      { _tag: "VlanShared", node: S.nodeName, vlanId: 1, pods: ["default/web-1", web2] }
    ])
  })

  it("the same VLAN id on two nodes, or of a pod that is over, is no difference", () => {
    const elsewhere = served(2, { as: { annotations: S.annotation(2, 1), spec: { nodeName: "another" } } })
    const isShared = (change: Partial<DifferencesFacts>) => of(change).some(({ _tag }) => _tag === "VlanShared")
    expect(isShared({ pods: [served(1), elsewhere] })).toBe(false)
    expect(isShared({ pods: [served(1), served(2, { as: { annotations: S.annotation(2, 1), phase: "Succeeded" } })] })).toBe(false)
  })

  it("an annotation that the CNI plugin cannot read, and why it cannot", () => {
    const broken = served(2, { as: { annotations: { [podEni]: "[]" } } })
    expect(of({ pods: [served(1), broken], interfaces: [trunk, branch(1)] })).toEqual([
      { _tag: "AnnotationUnreadable", pod: web2, why: "the array has no element" }
    ])
  })

  it("a pod that a policy matches and that asks for nothing: it slipped past the webhook", () => {
    const slipped = served(3, { as: { asks: false, annotations: {} } })
    expect(of({ pods: [served(1), served(2), slipped] })).toEqual([{ _tag: "RequestMissing", pod: "default/web-3", groups: S.groups("sg-1") }])
  })

  it("pods that the webhook leaves alone, or that are about to go, have slipped past nothing", () => {
    const [hostNetwork, fargate, windows, deleted, over] = [
      { spec: { hostNetwork: true } },
      { labels: { "eks.amazonaws.com/fargate-profile": "p" } },
      { spec: { nodeSelector: { "kubernetes.io/os": "windows" } } },
      { deleted: true },
      { phase: "Failed" }
    ].map((as, n) => served(n + 3, { as: { asks: false, annotations: {}, ...as } }))
    for (const pod of [hostNetwork, fargate, windows, deleted, over]) expect(of({ pods: [served(1), served(2), pod!] })).toEqual([])
  })

  it("a bound pod that asks and has waited too long for its annotation", () => {
    const waiting = (for_: number) => served(3, { as: { annotations: {} }, waitingSince: S.now - for_ })
    expect(of({ pods: [served(1), served(2), waiting(patience.annotation)] })).toEqual([
      { _tag: "AnnotationMissing", pod: "default/web-3", node: S.nodeName }
    ])
    expect(of({ pods: [served(1), served(2), waiting(patience.annotation - 1)] })).toEqual([])
  })

  it("a branch whose pod has ended is a leak once its cooldown is over, and not before", () => {
    const left = { pods: [served(1)], unclaimedSince: since([S.eni(2), S.now - patience.cooling]) }
    expect(of(left)).toEqual([{ _tag: "InterfaceUnexplained", eniId: S.eni(2), what: "branch", status: "in-use", instanceId: S.instanceId }])
    expect(of({ ...left, unclaimedSince: since([S.eni(2), S.now - patience.cooling + 1]) })).toEqual([])
    expect(of({ ...left, unclaimedSince: new Map() })).toEqual([])
  })

  it("an interface that hangs on nothing: ours, a trunk, the CNI plugin's", () => {
    const apart = (change: Partial<typeof trunk>, n = 9) => ({
      interfaces: [trunk, branch(1), branch(2), branch(n, { status: "available", type: "interface", ...change })],
      unclaimedSince: since([S.eni(n), S.now - patience.making])
    })
    const what = (change: Partial<typeof trunk>) => of(apart(change)).map((one) => one._tag === "InterfaceUnexplained" ? one.what : one._tag)
    expect(what({})).toEqual(["branch"])
    expect(what({ type: "trunk" })).toEqual(["trunk"])
    expect(what({ tags: tags({ [ownerTag]: "amazon-vpc-cni" }) })).toEqual(["left by the CNI plugin"])
    expect(what({ tags: tags({ [clusterTag(clusterName)]: undefined }) })).toEqual([])
  })

  it("an interface that is made for a pod that waits is its, and a trunk that hangs on any instance is the instance's", () => {
    const made = branch(9, { status: "available", tags: tags({ [allocationTag]: "uid-web-3/1" }) })
    const others = branch(10, { type: "trunk", tags: tags({ [instanceIdTag]: "i-0fedcba9876543210" }) })
    const world = facts({ pods: [served(1), served(2), served(3, { as: { annotations: {} } })], interfaces: [trunk, branch(1), branch(2), made, others] })
    expect(unclaimed(world)).toEqual([])
    expect(unclaimed({ ...world, pods: [served(1), served(2)] })).toEqual([S.eni(9)])
  })

  it("since when an interface is nobody's: from the first look on, and anew once it was somebody's in between", () => {
    const first = sinceUnclaimed(new Map(), facts({ pods: [served(1)] }), 1_000)
    expect(first).toEqual(since([S.eni(2), 1_000]))
    expect(sinceUnclaimed(first, facts({ pods: [served(1)] }), 2_000)).toEqual(first)
    const again = sinceUnclaimed(sinceUnclaimed(first, facts(), 2_000), facts({ pods: [served(1)] }), 3_000)
    expect(again).toEqual(since([S.eni(2), 3_000]))
  })

  it("an interface in use without its tags, or with wrong ones", () => {
    expect(of(with2({ tags: {} }))).toEqual([{
      _tag: "TagsWrong",
      eniId: S.eni(2),
      tags: [
        { key: ownerTag, has: undefined, due: "eks-vpc-resource-controller" },
        { key: clusterTag(clusterName), has: undefined, due: "owned" },
        { key: instanceIdTag, has: undefined, due: "" },
        { key: vlanIdTag, has: undefined, due: "" },
        { key: trunkEniIdTag, has: undefined, due: "" }
      ]
    }])
    expect(of({ interfaces: [{ ...trunk, tags: tags({ [clusterTag(clusterName)]: "shared" }) }, branch(1), branch(2)] })).toEqual([
      { _tag: "TagsWrong", eniId: S.trunkId, tags: [{ key: clusterTag(clusterName), has: "shared", due: "owned" }] }
    ])
  })

  it("a node that asks, by feature or by label, and has no trunk; pods with branches there have lost their network", () => {
    const bare = new Map([[S.instanceId, instance({ attachments: [] })]])
    const node = S.node({ capacity: "0" })
    const missing = (pods: number) => ({ _tag: "TrunkMissing", node: S.nodeName, instanceId: S.instanceId, pods })
    expect(of({ instances: bare, pods: [], interfaces: [], nodes: [{ node, cniNode }] })).toEqual([missing(0)])
    const byLabel = S.node({ capacity: "0", labels: { [hasTrunkAttachedLabel]: "false" } })
    const silent = { ...cniNode, spec: { tags: { [instanceIdTag]: S.instanceId } } }
    expect(of({ instances: bare, pods: [], interfaces: [], nodes: [{ node: byLabel, cniNode: silent }] })).toEqual([missing(0)])
    expect(of({ instances: bare, pods: [], interfaces: [], nodes: [{ node, cniNode: silent }] })).toEqual([])
    expect(of({ instances: bare, interfaces: [branch(1), branch(2)], nodes: [{ node, cniNode }] })).toEqual([missing(2)])
  })

  it("a node whose type cannot have a trunk lacks none", () => {
    expect(of({ instances: new Map([[S.instanceId, instance({ instanceType: "t3.medium", attachments: [] })]]), pods: [], interfaces: [], nodes: [{ node: S.node({ capacity: "0" }), cniNode }] })).toEqual([])
  })

  it("a trunk that would stay behind when its instance ends", () => {
    const [primary, attached] = instance().attachments
    const staying = instance({ attachments: [primary!, { ...attached!, deleteOnTermination: false }] })
    expect(of({ instances: new Map([[S.instanceId, staying]]) })).toEqual([{ _tag: "TrunkOutlivesInstance", node: S.nodeName, trunkId: S.trunkId }])
  })

  it("a capacity other than the limits say; 0 where the node asks no longer", () => {
    expect(of({ nodes: [{ node: S.node({ capacity: "5" }), cniNode }] })).toEqual([{ _tag: "CapacityDiffers", node: S.nodeName, has: "5", due: 9 }])
    const silent = { ...cniNode, spec: { tags: { [instanceIdTag]: S.instanceId } } }
    expect(of({ nodes: [{ node: S.node(), cniNode: silent }] })).toEqual([{ _tag: "CapacityDiffers", node: S.nodeName, has: "9", due: 0 }])
  })

  it("a node without CNINode, and one whose CNINode is another instance's", () => {
    expect(of({ nodes: [{ node: S.node({ labels: { [hasTrunkAttachedLabel]: "true" } }), cniNode: undefined }] })).toEqual([{ _tag: "CniNodeMissing", node: S.nodeName }])
    const others = { ...cniNode, spec: { ...cniNode.spec, tags: { [instanceIdTag]: "i-0fedcba9876543210" } } }
    expect(of({ nodes: [{ node: S.node(), cniNode: others }] })).toEqual([
      { _tag: "CniNodeOfAnother", node: S.nodeName, has: "i-0fedcba9876543210", due: S.instanceId }
    ])
  })

  it("a node whose instance EC2 does not have, or has no more", () => {
    const gone = { _tag: "InstanceMissing", node: S.nodeName, instanceId: S.instanceId }
    const bare = { pods: [], interfaces: [] }
    expect(of({ ...bare, instances: new Map() })).toEqual([gone])
    expect(of({ ...bare, instances: new Map([[S.instanceId, instance({ state: "terminated", attachments: [] })]]) })).toEqual([gone])
  })

  it("nodes that are not the controller's differ in nothing", () => {
    const auto = S.node({ labels: { "eks.amazonaws.com/compute-type": "auto" } })
    const foreign = S.node({ providerID: "gce://zone/name" })
    for (const node of [auto, foreign]) expect(of({ nodes: [{ node, cniNode: undefined }], pods: [], interfaces: [] })).toEqual([])
  })

  it("more branches on a trunk than its type carries, whoever knows of them", () => {
    const many = Array.from({ length: 10 }, (_, n) => branch(n + 1))
    expect(of({ interfaces: [trunk, ...many] })).toEqual([{ _tag: "OverLimit", node: S.nodeName, branches: 10, limit: 9 }])
  })
})

describe("in sentences", () => {
  it("each says what is, what should be, and what follows", () => {
    const slipped = served(3, { as: { asks: false, annotations: {} } })
    expect(textsOf({ pods: [served(1), served(2, { groups: S.groups("sg-2") }), slipped] })).toEqual([
      "pod default/web-2 has sg-1 on eni-00000000000000002, and its policies give sg-2 now: a running pod keeps what it has until it is made anew",
      "pod default/web-3 matches a policy for sg-1 and asks for no branch interface: it runs with its node's groups, because the webhook did not see it or the policy is younger"
    ])
    expect(textsOf(with2({ tags: tags({ [vlanIdTag]: "x", [trunkEniIdTag]: undefined }) }))).toEqual([
      "eni-00000000000000002 has vpcresources.k8s.aws/vlan-id=x (no value for it), lacks vpcresources.k8s.aws/trunk-eni-id: whoever looks for it by its tags does not find it"
    ])
    expect(textsOf({ instances: new Map([[S.instanceId, instance({ attachments: [] })]]), interfaces: [branch(1), branch(2)], nodes: [{ node: S.node({ capacity: "0" }), cniNode }] })).toEqual([
      `node ${S.nodeName} has no trunk on ${S.instanceId}: 2 pods with a branch there have lost the network`
    ])
  })
})
