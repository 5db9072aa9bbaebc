import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { ec2Contract, Ec2Harness } from "@branchline/core/contract/Ec2"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Context, Effect, Layer } from "effect"
import * as AwsEc2 from "../src/AwsEc2.js"
import { withCredentials } from "./support/Credentials.js"

withCredentials()

/** The SDK, with the wire EC2 at the other end. */
const backend = (options: Ec2Server.Ec2ServerOptions) =>
  Layer.effectContext(Effect.gen(function*() {
    const { ec2, region, url } = yield* Ec2Server.make(options)
    const { control } = ec2
    const { port } = yield* AwsEc2.make({ region, endpoint: url, stsEndpoint: url })
    const subnet = yield* control.addSubnet({ cidr: "192.168.0.0/19" })
    const full = yield* control.addSubnet({ cidr: "192.168.32.0/28" })
    yield* control.setFreeAddresses(full.subnetId, 0)
    const [first, second, ...more] = yield* Effect.forEach(Array.from({ length: 6 }), () => control.addSecurityGroup())
    if (first === undefined || second === undefined) return yield* Effect.die("no groups")
    const harness = Ec2Harness.of({
      run: "wire",
      subnetId: subnet.subnetId,
      groups: [first, second] as const,
      launch: Effect.map(
        control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId }),
        ({ instanceId }) => ({ instanceId, deviceIndexes: 3, branches: 9 })
      ),
      fullSubnetId: full.subnetId,
      tooManyGroups: [first, second, ...more]
    })
    return Context.make(Ec2, port).pipe(Context.add(Ec2Harness, harness))
  })).pipe(Layer.orDie)

ec2Contract("the SDK, the wire EC2 at once", { layer: backend({ throttle: "off" }) })

ec2Contract("the SDK, the wire EC2 slow and behind", {
  layer: backend({
    throttle: "off",
    latency: { min: "1 millis", max: "20 millis" },
    describeLag: { min: 0, max: "400 millis" },
    vlanCooldown: "300 millis",
    attachDelay: "400 millis"
  })
})
