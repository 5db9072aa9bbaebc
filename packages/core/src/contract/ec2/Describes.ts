import { expect } from "@effect/vitest"
import { Effect } from "effect"
import type { EniId } from "../../model/Ids.js"
import { Ec2, type InterfaceFilter } from "../../ports/Ec2.js"
import { Ec2Harness, eventually, type It, labelTag, nowhere, refusal, seen, wanted } from "./Harness.js"

/** Looking at interfaces, subnets and instances. */
export const describes = (it: It): void => {
  it.effect("describeInterfaces by id leaves out what does not exist, and finds nothing for no id", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const made = yield* ec2.createBranch(yield* wanted("by-id"))
      const found = yield* eventually(ec2.describeInterfaces({ eniIds: [nowhere.eniId, made.eniId] }), ({ length }) => length > 0)
      expect(found).toEqual([made])
      expect(yield* ec2.describeInterfaces({ eniIds: [] })).toEqual([])
    }))

  it.effect("describeInterfaces: conditions are ANDed, values ORed, and a tag's value may end in *", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { run, subnetId } = yield* Ec2Harness
      const make = Effect.fnUntraced(function*(label: string, color: string) {
        const made = yield* ec2.createBranch(yield* wanted(label, { tags: { [labelTag]: `${run}/filter`, color } }))
        return made.eniId
      })
      const red = yield* make("filter-red", "red")
      const blue = yield* make("filter-blue", "blue")
      const green = yield* make("filter-green", "dark-green")
      const find = (filter: InterfaceFilter, ...expected: ReadonlyArray<EniId>) =>
        eventually(
          ec2.describeInterfaces({ ...filter, tags: { [labelTag]: [`${run}/filter`], ...filter.tags } }),
          (found) => found.map(({ eniId }) => eniId).sort().join() === [...expected].sort().join()
        )
      yield* find({}, red, blue, green)
      yield* find({ tags: { color: ["red", "blue"] } }, red, blue)
      yield* find({ tags: { color: ["dark-*"] } }, green)
      yield* find({ tags: { color: ["dark", "re", "r*d"] } })
      yield* find({ tags: { color: ["red"], nothing: ["*"] } })
      yield* find({ status: "available" }, red, blue, green)
      yield* find({ status: "in-use" })
      yield* find({ vpcId: "vpc-0ffffffffffffffff" })
      yield* find({ eniIds: [red, green], tags: { color: ["red", "blue"] } }, red)
      const [subnet] = yield* ec2.describeSubnets([subnetId])
      yield* find({ vpcId: subnet?.vpcId }, red, blue, green)
    }))

  it.effect("describeSubnets tells the CIDR and the free addresses, and adds NotFound", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { subnetId } = yield* Ec2Harness
      const [before] = yield* ec2.describeSubnets([subnetId])
      expect(before).toMatchObject({ subnetId })
      expect(before?.cidr).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
      const { eniId } = yield* ec2.createBranch(yield* wanted("address"))
      const free = before?.freeAddresses ?? 0
      yield* eventually(ec2.describeSubnets([subnetId]), ([subnet]) => subnet?.freeAddresses === free - 1)
      yield* ec2.deleteInterface(eniId)
      yield* eventually(ec2.describeSubnets([subnetId]), ([subnet]) => subnet?.freeAddresses === free)
      expect(yield* refusal(ec2.describeSubnets([subnetId, nowhere.subnetId]))).toMatchObject({
        action: "DescribeSubnets",
        explained: true,
        reason: { _tag: "NotFound", thing: "subnet" }
      })
    }))

  it.effect("describeInstances shows the primary interface, and leaves out what does not exist", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const harness = yield* Ec2Harness
      const { instanceId } = yield* harness.launch
      const [instance, ...others] = yield* eventually(
        ec2.describeInstances([nowhere.instanceId, instanceId]),
        ([found]) => found?.state === "running"
      )
      expect(others).toEqual([])
      expect(instance).toMatchObject({ instanceId, subnetId: harness.subnetId })
      expect(instance?.groups).not.toEqual([])
      expect(instance?.attachments.map(({ deviceIndex, networkCard }) => [networkCard, deviceIndex])).toEqual([[0, 0]])
      const [primary] = yield* seen(instance?.attachments[0]?.eniId ?? nowhere.eniId)
      expect(primary).toMatchObject({ status: "in-use", groups: instance?.groups })
      expect(yield* ec2.describeInstances([])).toEqual([])
    }))
}
