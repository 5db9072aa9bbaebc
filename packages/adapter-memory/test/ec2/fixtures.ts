import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import type { VlanId } from "@branchline/core/model/Ids"
import type { NewInterface } from "@branchline/core/ports/Ec2"
import { Arbitrary, Effect, Schema } from "effect"

/** Whole numbers, bounds included. */
export const whole = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

export const vlan = (id: number): VlanId => id as VlanId

/** An account with one subnet and one m5.large in it. */
export const account = Effect.fnUntraced(function*(options: Ec2Options = {}, cidr = "10.0.0.0/24") {
  const { calls, control, observations, port } = yield* MemoryEc2.make(options)
  const { subnetId } = yield* control.addSubnet({ cidr })
  const { instanceId } = yield* control.launchInstance({ type: "m5.large", subnetId })
  let made = 0
  const wanted = (change: Partial<NewInterface> = {}): NewInterface => ({
    subnetId,
    groups: [],
    description: "",
    tags: {},
    clientToken: `token-${made++}`,
    ...change
  })
  const branch = Effect.fnUntraced(function*() {
    const { eniId } = yield* port.createBranch(wanted())
    yield* port.permitAttachment(eniId)
    return eniId
  })
  const trunk = Effect.fnUntraced(function*() {
    const { eniId } = yield* port.createTrunk(wanted())
    yield* port.permitAttachment(eniId)
    return eniId
  })
  return { calls, control, observations, port, subnetId, instanceId, wanted, branch, trunk }
})
