import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import { ec2Contract, Ec2Harness } from "@branchline/core/contract/Ec2"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect, Layer } from "effect"
import * as JumpClock from "./JumpClock.js"

const harness = Layer.effect(
  Ec2Harness,
  Effect.gen(function*() {
    const { control } = yield* MemoryEc2
    const subnet = yield* control.addSubnet({ cidr: "192.168.0.0/19" })
    const full = yield* control.addSubnet({ cidr: "192.168.32.0/28" })
    yield* control.setFreeAddresses(full.subnetId, 0)
    const [first, second, ...more] = yield* Effect.forEach(Array.from({ length: 6 }), () => control.addSecurityGroup())
    if (first === undefined || second === undefined) return yield* Effect.die("no groups")
    return {
      run: "memory",
      subnetId: subnet.subnetId,
      groups: [first, second] as const,
      launch: Effect.map(
        control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId }),
        ({ instanceId }) => ({ instanceId, deviceIndexes: 3, branches: 9 })
      ),
      fullSubnetId: full.subnetId,
      tooManyGroups: [first, second, ...more]
    }
  })
)

const backend = (options: Ec2Options) =>
  harness.pipe(Layer.provideMerge(MemoryEc2.layer(options)), Layer.orDie, Layer.merge(JumpClock.layer)) satisfies Layer.Layer<
    Ec2 | Ec2Harness
  >

ec2Contract("memory, at once", { layer: backend({ throttle: "off" }) })

ec2Contract("memory, slow and behind", {
  layer: backend({
    latency: { min: "100 millis", max: "500 millis" },
    describeLag: { min: 0, max: "5 seconds" },
    vlanCooldown: "3 seconds",
    attachDelay: "4 seconds"
  })
})
