import { makeIpv4Pool, makeIpv6Source } from "@branchline/adapter-memory/ec2/Addresses"
import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, Result } from "effect"
import { account, whole } from "./fixtures.js"

const pool = (cidr: string) => Result.getOrThrow(makeIpv4Pool(cidr))

describe("Addresses", () => {
  it("a subnet has all its addresses but the first four and the last", () => {
    expect(["10.0.0.0/28", "10.0.0.0/24", "192.168.0.0/19", "10.0.0.0/16"].map((cidr) => pool(cidr).free())).toEqual([
      11, 251, 8_187, 65_531
    ])
    const { free, take } = pool("10.1.2.16/28")
    expect(Array.from({ length: 12 }, take)).toEqual([
      ...Array.from({ length: 11 }, (_, index) => `10.1.2.${20 + index}`),
      undefined
    ])
    expect(free()).toBe(0)
  })

  it("counts up across octets", () => {
    const { take } = pool("255.255.0.0/16")
    const all = Array.from({ length: 600 }, take)
    expect([all[0], all[251], all[252], all[599]]).toEqual(["255.255.0.4", "255.255.0.255", "255.255.1.0", "255.255.2.91"])
  })

  it("an address that was let go comes back last", () => {
    const { release, take } = pool("10.0.0.0/28")
    const [first, second] = [take(), take()]
    release(first ?? "")
    expect(Array.from({ length: 10 }, take)).toEqual([
      ...Array.from({ length: 9 }, (_, index) => `10.0.0.${6 + index}`),
      first
    ])
    expect(take()).toBeUndefined()
    expect(second).toBe("10.0.0.5")
  })

  it("others can take addresses and give them back", () => {
    const { free, leaveFree, release, take } = pool("10.0.0.0/28")
    const mine = take()
    leaveFree(1)
    expect([free(), typeof take(), take()]).toEqual([1, "string", undefined])
    release(mine ?? "")
    expect(free()).toBe(1)
    leaveFree(Infinity)
    expect(free()).toBe(10)
  })

  it.prop(
    "never hands out an address that is taken, and its count is true",
    { steps: Arbitrary.array(whole(-20, 20), { minLength: 50, maxLength: 200 }) },
    ({ steps }) => {
      const { free, release, take } = pool("10.0.0.0/27")
      const held: Array<string> = []
      for (const step of steps) {
        if (step < 0) {
          for (const address of held.splice(Math.min(-step, held.length) - 1, 1)) release(address)
        } else {
          const address = take()
          expect(address === undefined).toBe(held.length === 27)
          if (address !== undefined) {
            expect(held).not.toContain(address)
            held.push(address)
          }
        }
        expect(free()).toBe(27 - held.length)
      }
    }
  )

  it("refuses what is no subnet", () => {
    const bad = ["10.0.0.0/29", "10.0.0.0/15", "10.0.0.1/24", "10.0.0/24", "10.0.0.0", "fd00::/64", ""]
    expect(bad.filter((cidr) => Result.isSuccess(makeIpv4Pool(cidr)))).toEqual([])
    expect(["fd00::/56", "10.0.0.0/24"].filter((cidr) => Result.isSuccess(makeIpv6Source(cidr)))).toEqual([])
  })

  it.effect("an interface takes an address of its subnet and gives it back; an empty subnet refuses", () =>
    Effect.gen(function*() {
      const { branch, control, port, subnetId, wanted } = yield* account({}, "10.0.0.0/28")
      const free = Effect.map(port.describeSubnets([subnetId]), ([subnet]) => subnet?.freeAddresses)
      expect(yield* free).toBe(10)
      const eniId = yield* branch()
      yield* control.setFreeAddresses(subnetId, 0)
      expect(yield* Effect.flip(port.createBranch(wanted()))).toMatchObject({
        code: "InsufficientFreeAddressesInSubnet",
        reason: { _tag: "SubnetFull", subnetId },
        isRetryable: true
      })
      yield* port.deleteInterface(eniId)
      expect(yield* free).toBe(1)
    }))

  it.effect("a subnet assigns IPv6 addresses by itself where it is told to, and none otherwise", () =>
    Effect.gen(function*() {
      const { control, port, wanted } = yield* account()
      const dual = yield* control.addSubnet({ cidr: "10.0.1.0/24", ipv6Cidr: "2600:1f14:0:1::/64" })
      const quiet = yield* control.addSubnet({ cidr: "10.0.2.0/24", ipv6Cidr: "2600:1f14:0:2::/64", assignIpv6: false })
      const six = yield* control.addSubnet({ cidr: "", ipv6Cidr: "2600:1f14:0:3::/64" })
      const addresses = yield* Effect.forEach([dual, dual, quiet, six], ({ subnetId }) =>
        Effect.map(port.createBranch(wanted({ subnetId })), ({ ipv6Address, privateIp }) => [privateIp, ipv6Address]))
      expect(addresses).toEqual([
        ["10.0.1.4", "2600:1f14:0:1::4"],
        ["10.0.1.5", "2600:1f14:0:1::5"],
        ["10.0.2.4", ""],
        ["", "2600:1f14:0:3::4"]
      ])
    }))

  it.effect("addSubnet refuses an overlap within the VPC", () =>
    Effect.gen(function*() {
      const { control } = yield* account()
      expect((yield* Effect.flip(control.addSubnet({ cidr: "10.0.0.128/25" }))).code).toBe("InvalidSubnet.Conflict")
      expect((yield* Effect.flip(control.addSubnet({ cidr: "10.0.9.0/30" }))).code).toBe("InvalidSubnet.Range")
      expect((yield* control.addSubnet({ cidr: "10.0.0.128/25", vpcId: "vpc-0a" })).freeAddresses).toBe(123)
    }))
})
