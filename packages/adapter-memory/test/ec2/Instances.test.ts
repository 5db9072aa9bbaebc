import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { account, vlan } from "./fixtures.js"

describe("instances", () => {
  it.effect("an attachment is attaching for the attach delay, then attached", () =>
    Effect.gen(function*() {
      const { instanceId, port, trunk } = yield* account({ attachDelay: "3 seconds" })
      const trunkId = yield* trunk()
      const status = Effect.map(port.describeInstances([instanceId]), ([instance]) =>
        instance?.attachments.find(({ type }) => type === "trunk")?.status)
      yield* port.attachTrunk({ trunkId, instanceId, deviceIndex: 2 })
      yield* TestClock.adjust("2999 millis")
      expect(yield* status).toBe("attaching")
      yield* TestClock.adjust("1 milli")
      expect(yield* status).toBe("attached")
    }))

  it.effect("termination deletes what DeleteOnTermination names; the branches stay, available", () =>
    Effect.gen(function*() {
      const { branch, control, instanceId, port, subnetId, trunk } = yield* account()
      const trunkId = yield* trunk()
      const branchId = yield* branch()
      const kept = yield* control.createForeignInterface({ subnetId, attachTo: { instanceId, deviceIndex: 1 } })
      const attachmentId = yield* port.attachTrunk({ trunkId, instanceId, deviceIndex: 2 })
      yield* port.deleteOnTermination(trunkId, attachmentId)
      yield* port.associateBranch({ trunkId, branchId, vlanId: vlan(1), clientToken: "a" })
      yield* control.terminateInstance(instanceId)
      const { associations, instances, interfaces } = yield* control.snapshot
      expect(interfaces.map(({ eniId, status, type }) => [eniId, type, status])).toEqual([
        [branchId, "interface", "available"],
        [kept.eniId, "interface", "available"]
      ])
      expect(associations).toEqual([])
      expect(instances).toMatchObject([{ instanceId, state: "terminated", attachments: [] }])
      yield* control.forgetInstance(instanceId)
      expect(yield* port.describeInstances([instanceId])).toEqual([])
    }))

  it.effect("the secondary interfaces of others take device indexes; a full instance has no room", () =>
    Effect.gen(function*() {
      const { control, instanceId, port, subnetId, trunk } = yield* account()
      const trunkId = yield* trunk()
      for (const deviceIndex of [1, 2]) yield* control.createForeignInterface({ subnetId, attachTo: { instanceId, deviceIndex } })
      const attach = (deviceIndex: number) => Effect.flip(port.attachTrunk({ trunkId, instanceId, deviceIndex }))
      expect((yield* attach(2)).reason).toEqual({ _tag: "Taken", what: "device index" })
      expect(yield* attach(3)).toMatchObject({ code: "AttachmentLimitExceeded", reason: { _tag: "LimitReached" } })
      const surplus = control.createForeignInterface({ subnetId, attachTo: { instanceId, deviceIndex: 3 } })
      const before = (yield* control.snapshot).interfaces.length
      expect((yield* Effect.flip(surplus)).code).toBe("AttachmentLimitExceeded")
      expect((yield* control.snapshot).interfaces.length).toBe(before)
    }))

  it.effect("a trunk goes neither on a type without trunks nor into another zone", () =>
    Effect.gen(function*() {
      const { control, port, subnetId, trunk } = yield* account()
      const trunkId = yield* trunk()
      const small = yield* control.launchInstance({ type: "t3.medium", subnetId })
      const far = yield* control.addSubnet({ cidr: "10.0.1.0/24", zone: "us-west-2b" })
      const away = yield* control.launchInstance({ type: "m5.large", subnetId: far.subnetId })
      const attach = (instanceId: typeof small.instanceId) => Effect.flip(port.attachTrunk({ trunkId, instanceId, deviceIndex: 1 }))
      expect((yield* attach(small.instanceId)).reason).toEqual({ _tag: "Rejected" })
      expect((yield* attach(away.instanceId)).code).toBe("InvalidParameterCombination")
    }))

  it.effect("launching needs a known type, a subnet, groups and an address", () =>
    Effect.gen(function*() {
      const { control, subnetId } = yield* account()
      const code = (instance: Parameters<typeof control.launchInstance>[0]) =>
        Effect.map(Effect.flip(control.launchInstance(instance)), (error) => `${error.action} ${error.code}`)
      expect(yield* code({ type: "m0.tiny", subnetId })).toBe("RunInstances InvalidParameterValue")
      expect(yield* code({ type: "m5.large", subnetId: "subnet-0" })).toBe("RunInstances InvalidSubnetID.NotFound")
      yield* control.setFreeAddresses(subnetId, 0)
      expect(yield* code({ type: "m5.large", subnetId })).toBe("RunInstances InsufficientFreeAddressesInSubnet")
    }))
})

describe("what EC2 notices", () => {
  it.effect("a VLAN id asked for twice, one above 152, a second trunk, a trunk deleted over its branches", () =>
    Effect.gen(function*() {
      const { branch, instanceId, observations, port, trunk } = yield* account()
      const [first, second, bare] = yield* Effect.all([trunk(), trunk(), trunk()])
      const [one, two] = yield* Effect.all([branch(), branch()])
      yield* port.attachTrunk({ trunkId: first, instanceId, deviceIndex: 1 })
      yield* port.attachTrunk({ trunkId: second, instanceId, deviceIndex: 2 })
      yield* port.associateBranch({ trunkId: bare, branchId: one, vlanId: vlan(153), clientToken: "a" })
      yield* Effect.flip(port.associateBranch({ trunkId: bare, branchId: two, vlanId: vlan(153), clientToken: "b" }))
      yield* port.deleteInterface(bare)
      expect((yield* observations).map(({ kind, subject }) => [kind, subject])).toEqual([
        ["second-trunk", second],
        ["vlan-unsafe", bare],
        ["vlan-taken", bare],
        ["trunk-with-branches-deleted", bare]
      ])
    }))

  it.effect("a branch more than the instance type carries", () =>
    Effect.gen(function*() {
      const { branch, instanceId, observations, port, trunk } = yield* account()
      const trunkId = yield* trunk()
      yield* port.attachTrunk({ trunkId, instanceId, deviceIndex: 1 })
      const associate = (id: number) =>
        Effect.flatMap(branch(), (branchId) => port.associateBranch({ trunkId, branchId, vlanId: vlan(id), clientToken: `a${id}` }))
      yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9], associate)
      expect(yield* observations).toEqual([])
      expect((yield* Effect.flip(associate(10))).code).toBe("AttachmentLimitExceeded")
      expect(yield* observations).toEqual([
        { at: 0, kind: "over-limit", subject: trunkId, detail: "10 branches asked of m5.large, which carries 9" }
      ])
    }))

  it.effect("an orderly life leaves no note", () =>
    Effect.gen(function*() {
      const { branch, instanceId, observations, port, trunk } = yield* account()
      const trunkId = yield* trunk()
      const branchId = yield* branch()
      yield* port.attachTrunk({ trunkId, instanceId, deviceIndex: 2 })
      const associationId = yield* port.associateBranch({ trunkId, branchId, vlanId: vlan(152), clientToken: "a" })
      yield* port.disassociateBranch({ associationId, clientToken: "b" })
      yield* port.deleteInterface(branchId)
      expect(yield* observations).toEqual([])
    }))
})

describe("quotas and requests that make no sense", () => {
  it.effect("groups per interface and interfaces per Region are settings", () =>
    Effect.gen(function*() {
      const { control, port, wanted } = yield* account({ groupsPerInterface: 1, interfacesPerRegion: 2 })
      const groups = yield* Effect.all([control.addSecurityGroup(), control.addSecurityGroup()])
      expect(yield* Effect.flip(port.createBranch(wanted({ groups })))).toMatchObject({
        code: "SecurityGroupsPerInterfaceLimitExceeded",
        isRetryable: false
      })
      yield* port.createBranch(wanted())
      expect(yield* Effect.flip(port.createBranch(wanted()))).toMatchObject({
        code: "NetworkInterfaceLimitExceeded",
        isRetryable: true
      })
    }))

  it.effect("a security group that is gone is unknown, and no group means the VPC's default", () =>
    Effect.gen(function*() {
      const { control, port, wanted } = yield* account()
      const group = yield* control.addSecurityGroup()
      yield* port.createBranch(wanted({ groups: [group] }))
      yield* control.removeSecurityGroup(group)
      expect((yield* Effect.flip(port.createBranch(wanted({ groups: [group] })))).code).toBe("InvalidGroup.NotFound")
      expect((yield* port.createBranch(wanted())).groups).toHaveLength(1)
    }))

  it.effect("a client token has 1 to 64 ASCII characters", () =>
    Effect.gen(function*() {
      const { port, wanted } = yield* account()
      for (const clientToken of ["", "x".repeat(65), "é"]) {
        expect((yield* Effect.flip(port.createBranch(wanted({ clientToken })))).code).toBe("InvalidClientToken")
      }
      yield* port.createBranch(wanted({ clientToken: "x".repeat(64) }))
    }))

  it.effect("a trunk is no branch, a plain interface no trunk, and an attached one cannot be associated", () =>
    Effect.gen(function*() {
      const { branch, control, instanceId, port, subnetId, trunk } = yield* account()
      const [trunkId, otherTrunk] = yield* Effect.all([trunk(), trunk()])
      const [plain, branchId] = yield* Effect.all([branch(), branch()])
      const attached = yield* control.createForeignInterface({ subnetId, attachTo: { instanceId, deviceIndex: 1 } })
      const pairs = [[trunkId, otherTrunk], [plain, branchId], [trunkId, attached.eniId]] as const
      for (const [index, [trunkEni, branchEni]] of pairs.entries()) {
        const asked = { trunkId: trunkEni, branchId: branchEni, vlanId: vlan(1), clientToken: `p${index}` }
        expect((yield* Effect.flip(port.associateBranch(asked))).reason).toEqual({ _tag: "Rejected" })
      }
    }))

  it.effect("by hand, an attached trunk goes too, and its branches are left", () =>
    Effect.gen(function*() {
      const { branch, control, instanceId, observations, port, trunk } = yield* account()
      const trunkId = yield* trunk()
      const branchId = yield* branch()
      yield* port.attachTrunk({ trunkId, instanceId, deviceIndex: 1 })
      yield* port.associateBranch({ trunkId, branchId, vlanId: vlan(1), clientToken: "a" })
      yield* control.deleteInterfaceByHand(trunkId)
      const { associations, instances, interfaces } = yield* control.snapshot
      expect(associations).toEqual([])
      expect(interfaces.map(({ eniId }) => eniId)).not.toContain(trunkId)
      expect(interfaces.find(({ eniId }) => eniId === branchId)?.status).toBe("available")
      expect(instances[0]?.attachments).toHaveLength(1)
      expect(yield* observations).toEqual([])
    }))
})
