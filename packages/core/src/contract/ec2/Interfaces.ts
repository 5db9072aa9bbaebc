import { expect } from "@effect/vitest"
import { Effect, Result } from "effect"
import { IpNetwork, NetAddress } from "effect/net"
import { Ec2 } from "../../ports/Ec2.js"
import { Ec2Harness, type It, labelTag, nowhere, refusal, seen, unseen, wanted } from "./Harness.js"

const contains = (cidr: string, address: string): boolean => {
  const both = Result.all([IpNetwork.ipv4FromString(cidr), NetAddress.ipv4FromString(address)])
  return Result.isSuccess(both) && IpNetwork.contains(both.success[0], both.success[1])
}

/** Making, changing and deleting interfaces. */
export const interfaces = (it: It): void => {
  it.effect("createBranch makes a plain, available interface as asked", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { groups, run, subnetId } = yield* Ec2Harness
      const [subnet] = yield* ec2.describeSubnets([subnetId])
      const made = yield* ec2.createBranch(yield* wanted("plain", { groups: [...groups] }))
      expect(made).toMatchObject({
        type: "interface",
        status: "available",
        subnetId,
        vpcId: subnet?.vpcId,
        description: "branchline contract suite"
      })
      expect(made.eniId).toMatch(/^eni-[0-9a-f]{8,17}$/)
      expect(made.macAddress).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
      expect([...made.groups].sort()).toEqual([...groups].sort())
      expect(made.tags[labelTag]).toBe(`${run}/plain`)
      expect(contains(subnet?.cidr ?? "", made.privateIp)).toBe(true)
    }))

  it.effect("two interfaces share neither id nor address", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const one = yield* ec2.createBranch(yield* wanted("one"))
      const two = yield* ec2.createBranch(yield* wanted("two"))
      expect(new Set([one.eniId, two.eniId]).size).toBe(2)
      expect(new Set([one.privateIp, two.privateIp]).size).toBe(2)
      expect(new Set([one.macAddress, two.macAddress]).size).toBe(2)
    }))

  it.effect("create: NotFound for a subnet", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const noSubnet = yield* refusal(ec2.createBranch(yield* wanted("no-subnet", { subnetId: nowhere.subnetId })))
      expect(noSubnet).toMatchObject({
        action: "CreateNetworkInterface",
        explained: true,
        reason: { _tag: "NotFound", thing: "subnet" }
      })
    }))

  it.effect("deleteInterface: gone, and NotFound when called again", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { eniId } = yield* ec2.createBranch(yield* wanted("delete"))
      yield* ec2.deleteInterface(eniId)
      yield* unseen(eniId)
      expect(yield* refusal(ec2.deleteInterface(eniId))).toMatchObject({
        action: "DeleteNetworkInterface",
        explained: true,
        reason: { _tag: "NotFound", thing: "interface" }
      })
    }))

  it.effect("setGroups replaces, again changes nothing, and adds NotFound (interface)", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { groups: [first, second] } = yield* Ec2Harness
      const { eniId } = yield* ec2.createBranch(yield* wanted("set-groups", { groups: [first] }))
      yield* ec2.setGroups(eniId, [second])
      yield* ec2.setGroups(eniId, [second])
      yield* seen(eniId, ({ groups }) => groups.join() === second)
      expect(yield* refusal(ec2.setGroups(nowhere.eniId, [first]))).toMatchObject({
        action: "ModifyNetworkInterfaceAttribute",
        reason: { _tag: "NotFound", thing: "interface" }
      })
    }))

  it.effect("tagInterface adds and replaces, again changes nothing", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { run } = yield* Ec2Harness
      const asked = yield* wanted("tags", { tags: { [labelTag]: `${run}/tags`, old: "1" } })
      const { eniId } = yield* ec2.createBranch(asked)
      yield* ec2.tagInterface(eniId, { old: "2", new: "3" })
      yield* ec2.tagInterface(eniId, { old: "2", new: "3" })
      const [found] = yield* seen(eniId, ({ tags }) => tags["new"] === "3")
      expect(found?.tags).toEqual({ [labelTag]: `${run}/tags`, old: "2", new: "3" })
    }))
}

/** The type of interface that carries branches. */
export const trunkInterfaces = (it: It): void => {
  it.effect("createTrunk makes an available interface of type trunk", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      expect(yield* ec2.createTrunk(yield* wanted("trunk"))).toMatchObject({ type: "trunk", status: "available" })
    }))
}

/** References to what there is not. */
export const references = (it: It): void => {
  it.effect("create and setGroups: NotFound for a security group", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const noGroup = yield* refusal(ec2.createBranch(yield* wanted("no-group", { groups: [nowhere.groupId] })))
      expect(noGroup).toMatchObject({ action: "CreateNetworkInterface", explained: true, reason: { _tag: "NotFound", thing: "security group" } })
      const { eniId } = yield* ec2.createBranch(yield* wanted("no-other-group"))
      expect(yield* refusal(ec2.setGroups(eniId, [nowhere.groupId]))).toMatchObject({
        action: "ModifyNetworkInterfaceAttribute",
        reason: { _tag: "NotFound", thing: "security group" }
      })
    }))

  it.effect("tagInterface adds NotFound", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      expect(yield* refusal(ec2.tagInterface(nowhere.eniId, { a: "b" }))).toMatchObject({
        action: "CreateTags",
        reason: { _tag: "NotFound", thing: "interface" }
      })
    }))
}

/** A subnet without a free address. */
export const fullSubnets = (it: It): void => {
  it.effect("create: SubnetFull, for a trunk as for a branch, and no token is spent", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { fullSubnetId, subnetId } = yield* Ec2Harness
      const asked = yield* wanted("full", { subnetId: fullSubnetId })
      const full = { action: "CreateNetworkInterface", explained: true, reason: { _tag: "SubnetFull", subnetId: fullSubnetId } }
      expect(yield* refusal(ec2.createTrunk(asked))).toEqual(full)
      expect(yield* refusal(ec2.createBranch(asked))).toEqual(full)
      expect((yield* ec2.createBranch({ ...asked, subnetId })).status).toBe("available")
    }))
}

/** The quota of security groups on one interface. */
export const groupQuota = (it: It): void => {
  it.effect("create and setGroups: TooManyGroups beyond the quota, and as many as that are fine", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { groups: [first], tooManyGroups } = yield* Ec2Harness
      const refused = yield* refusal(ec2.createBranch(yield* wanted("groups", { groups: tooManyGroups })))
      expect(refused).toEqual({ action: "CreateNetworkInterface", explained: true, reason: { _tag: "TooManyGroups" } })
      const most = tooManyGroups.slice(1)
      const { eniId, groups } = yield* ec2.createBranch(yield* wanted("groups-fit", { groups: most }))
      expect([...groups].sort()).toEqual([...most].sort())
      yield* ec2.setGroups(eniId, [first])
      expect((yield* refusal(ec2.setGroups(eniId, tooManyGroups))).reason).toEqual({ _tag: "TooManyGroups" })
      yield* seen(eniId, (found) => found.groups.join() === first)
    }))
}

/** INSTANCE-ATTACH permissions. */
export const permissions = (it: It): void => {
  it.effect("permitAttachment: again changes nothing, and adds NotFound", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { eniId } = yield* ec2.createBranch(yield* wanted("permit"))
      yield* ec2.permitAttachment(eniId)
      yield* ec2.permitAttachment(eniId)
      expect(yield* refusal(ec2.permitAttachment(nowhere.eniId))).toMatchObject({
        action: "CreateNetworkInterfacePermission",
        explained: true,
        reason: { _tag: "NotFound", thing: "interface" }
      })
    }))
}
