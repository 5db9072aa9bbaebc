import { Effect } from "effect"
import type { Ec2, Subnet } from "../ports/Ec2.js"
import { Ec2Error } from "../ports/Ec2Error.js"
import { steadyNow } from "./Steady.js"

/** Subnets by id. What a subnet is does not change; how many addresses it has left does. */
export interface Subnets {
  readonly get: (subnetId: string) => Effect.Effect<Subnet, Ec2Error>
  /** Free addresses, at most half a minute old. */
  readonly freeAddresses: (subnetId: string) => Effect.Effect<number, Ec2Error>
}

const fresh = 30_000

export const make = (ec2: Ec2["Service"]): Subnets => {
  const known = new Map<string, { readonly subnet: Subnet; readonly at: number }>()
  const asked = new Map<string, Effect.Effect<Subnet, Ec2Error>>()
  /** All who ask at the same time share one call. */
  const read = (subnetId: string): Effect.Effect<Subnet, Ec2Error> =>
    Effect.gen(function*() {
      const others = asked.get(subnetId)
      if (others !== undefined) return yield* others
      const shared = yield* Effect.cached(Effect.ensuring(ask(subnetId), Effect.sync(() => asked.delete(subnetId))))
      asked.set(subnetId, shared)
      return yield* shared
    })
  const ask = Effect.fnUntraced(function*(subnetId: string) {
    const [subnet] = yield* ec2.describeSubnets([subnetId])
    if (subnet === undefined) {
      return yield* new Ec2Error({
        action: "DescribeSubnets",
        code: "InvalidSubnetID.NotFound",
        reason: { _tag: "NotFound", thing: "subnet", id: subnetId },
        message: `the subnet ${subnetId} does not exist`
      })
    }
    known.set(subnetId, { subnet, at: yield* steadyNow })
    return subnet
  })
  return {
    get: (subnetId) => Effect.suspend(() => {
      const entry = known.get(subnetId)
      return entry === undefined ? read(subnetId) : Effect.succeed(entry.subnet)
    }),
    freeAddresses: (subnetId) =>
      Effect.flatMap(steadyNow, (now) => {
        const entry = known.get(subnetId)
        return Effect.map(
          entry === undefined || now - entry.at > fresh ? read(subnetId) : Effect.succeed(entry.subnet),
          (subnet) => subnet.freeAddresses
        )
      })
  }
}
