import { assert, describe, it } from "@effect/vitest"
import type { Occupancy } from "../../src/allocation/Capacity.js"
import type { PodNews } from "../../src/allocation/Command.js"
import * as Texts from "../../src/controller/Texts.js"
import { eni, group } from "../allocation/Fixtures.js"
import { annotation } from "./Fixtures.js"
import described from "../fixtures/seed/pod-described.json" with { type: "json" }

const room: Occupancy = { limit: 9, occupied: 9, inFlight: 1, inUse: 4, cooling: 2, idle: 0, leaving: 2, free: 0, nextDue: undefined }
const ofPod = (news: PodNews, facts: Partial<Occupancy> = {}, now = 0) => Texts.ofPod(news, { ...room, ...facts }, now)

// What scripts look for, copied from contract §7 and not from the code.
describe("events in the words that scripts look for", () => {
  it("on pods", () => {
    assert.deepStrictEqual(ofPod({ _tag: "Requested", groups: [group("a"), group("b")], fallback: false }), {
      type: "Normal",
      reason: "SecurityGroupRequested",
      message: "Pod will get the following Security Groups [sg-a sg-b]"
    })
    assert.deepStrictEqual(ofPod({ _tag: "Requested", groups: [group("a")], fallback: true }), {
      type: "Warning",
      reason: "SecurityGroupRequested",
      message: "Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy"
    })
    const text = annotation(1, 1)
    assert.deepStrictEqual(ofPod({ _tag: "Allocated", annotation: text }), {
      type: "Normal",
      reason: "ResourceAllocated",
      message: `Allocated ${text} to the pod`
    })
    assert.deepStrictEqual(ofPod({ _tag: "AllocationFailed", why: "because" }), {
      type: "Warning",
      reason: "BranchAllocationFailed",
      message: "failed to allocate branch ENI to pod: because"
    })
    assert.deepStrictEqual(ofPod({ _tag: "AnnouncementFailed", why: "because" }), {
      type: "Warning",
      reason: "BranchENIAnnotationFailed",
      message: "failed to annotate pod with branch ENI details: because"
    })
  })

  it("as a real cluster recorded them", () => {
    const recorded = JSON.stringify(described)
    const { message, reason } = ofPod({ _tag: "Requested", groups: [group("0")], fallback: false })
    assert.include(recorded, message.slice(0, message.indexOf("[")))
    assert.include(recorded, reason)
    assert.include(recorded, "Allocated [{")
  })

  it("on nodes", () => {
    assert.deepStrictEqual(Texts.trunkInitiated(), {
      type: "Normal",
      reason: "NodeTrunkInitiated",
      message: "The node has trunk interface initialized successfully"
    })
    assert.deepStrictEqual(Texts.trunkFailed(), {
      type: "Normal",
      reason: "NodeTrunkFailedInit",
      message: "The node failed initializing trunk interface"
    })
    assert.deepStrictEqual(Texts.trunkCreationFailed({ code: "RequestLimitExceeded" }), {
      type: "Warning",
      reason: "TrunkENICreationFailed",
      message: "Failed to create trunk interface: Error Code: RequestLimitExceeded"
    })
    assert.strictEqual(
      Texts.trunkCreationFailed({ code: "UnauthorizedOperation" }).message,
      "Failed to create trunk interface: Error Code: UnauthorizedOperation: Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
    )
    assert.deepStrictEqual(Texts.cooldownUpdated(90_000), {
      type: "Normal",
      reason: "BranchENICoolDownPeriodUpdated",
      message: "Branch ENI cool down period has been updated to 1m30s"
    })
    const typeAndReason = ({ reason, type }: ReturnType<typeof Texts.trunkFailed>) => `${type} ${reason}`
    assert.strictEqual(typeAndReason(Texts.unsupported("t1.micro")), "Warning Unsupported")
    assert.strictEqual(typeAndReason(Texts.noEniConfigName()), "Warning EniConfigNameNotFound")
    assert.strictEqual(typeAndReason(Texts.versionNotice("1.2.3")), "Normal ControllerVersionNotice")
    assert.strictEqual(typeAndReason(Texts.trunkLookupFailed("why")), "Warning TrunkENILookupFailed")
    assert.strictEqual(typeAndReason(Texts.releaseFailed("why")), "Warning BranchENIReleaseFailed")
    assert.strictEqual(typeAndReason(Texts.nodeNotReady("why")), "Warning BranchAllocationFailed")
    assert.strictEqual(typeAndReason(Texts.cniNodeFailed("create", "why")), "Warning CNINodeCreationFailed")
    assert.strictEqual(typeAndReason(Texts.cniNodeFailed("delete", "why")), "Warning CNINodeDeletionFailed")
  })
})

describe("a failed call to EC2", () => {
  const refused = { action: "CreateTags", code: "UnauthorizedOperation", message: "You are not authorized to perform this operation." }

  it("is told by action, code and EC2's words, and what to do where somebody has to", () => {
    assert.strictEqual(Texts.ofEc2(refused), "CreateTags: UnauthorizedOperation: You are not authorized to perform this operation")
    assert.strictEqual(
      Texts.ofEc2({ ...refused, mend: "allow ec2:CreateTags" }),
      "CreateTags: UnauthorizedOperation: You are not authorized to perform this operation; allow ec2:CreateTags"
    )
  })

  it("is the same each time, though EC2 encodes its reasons anew", () => {
    const message = `${refused.message} Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm-abcdefghijklmn`
    assert.strictEqual(Texts.ofEc2({ ...refused, message }), Texts.ofEc2(refused))
  })
})

describe("a pod that waits is told", () => {
  const waits = (why: Extract<PodNews, { readonly _tag: "Waits" }>["why"], facts: Partial<Occupancy> = {}, now = 0) =>
    ofPod({ _tag: "Waits", why }, facts, now).message

  it("who takes the room, and in how many seconds the next is free", () => {
    assert.strictEqual(
      waits("full", { nextDue: 61_500 }, 1_000),
      "failed to allocate branch ENI to pod: all 9 branch interfaces of the node are taken (4 in use, 1 being made, 2 cooling down, " +
        "2 being removed), the next is free in 61 s"
    )
    assert.notInclude(waits("full"), "the next is free")
    assert.include(waits("full", { nextDue: 500 }, 1_000), "in 0 s")
  })

  it("each reason in words of its own", () => {
    const reasons = ["no trunk", "not admitting", "full", "no VLAN id", "previous branch"] as const
    assert.strictEqual(new Set(reasons.map((why) => waits(why))).size, reasons.length)
  })

  it("which interface was lost with the trunk", () => {
    const { message, type } = ofPod({ _tag: "Severed", eniId: eni(7) })
    assert.strictEqual(type, "Warning")
    assert.include(message, eni(7))
  })
})
