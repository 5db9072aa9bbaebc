import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import { ec2Contract, Ec2Harness } from "@branchline/core/contract/Ec2"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Context, Effect, Layer } from "effect"
import { makeBridge } from "../../src/ec2/Bridge.js"
import { connect } from "../../src/ec2/Client.js"
import { serve } from "../../src/ec2/Server.js"

/** The port and the harness, both from beyond the wire. */
const remote = Layer.effectContext(Effect.gen(function*() {
  const memory = yield* MemoryEc2.make({ throttle: "off", attachDelay: 0 })
  const { control, port } = yield* connect(`http://127.0.0.1:${yield* serve(0, makeBridge(memory))}`)
  const subnet = yield* control.addSubnet({ cidr: "192.168.0.0/19" })
  const full = yield* control.addSubnet({ cidr: "192.168.32.0/28" })
  yield* control.setFreeAddresses(full.subnetId, 0)
  const [first, second, ...more] = yield* Effect.forEach(Array.from({ length: 6 }), () => control.addSecurityGroup())
  if (first === undefined || second === undefined) return yield* Effect.die("no groups")
  return Context.make(Ec2, port).pipe(Context.add(Ec2Harness, {
    run: "wire",
    subnetId: subnet.subnetId,
    groups: [first, second] as const,
    launch: Effect.map(
      control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId }),
      ({ instanceId }) => ({ instanceId, deviceIndexes: 3, branches: 9 })
    ),
    fullSubnetId: full.subnetId,
    tooManyGroups: [first, second, ...more]
  }))
}))

ec2Contract("memory, over HTTP", { layer: Layer.orDie(remote) })
