import * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import { ec2Contract, Ec2Harness } from "@branchline/core/contract/Ec2"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Context, Effect, Layer } from "effect"
import { afterAll, beforeAll, vi } from "vitest"
import { furnish, startMoto } from "./Moto.js"

const region = "eu-west-1"

beforeAll(() => {
  for (const [name, value] of Object.entries({ AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" })) vi.stubEnv(name, value)
})
afterAll(() => {
  vi.unstubAllEnvs()
})

/** The SDK, with moto's server at the other end. */
const backend = Layer.effectContext(Effect.gen(function*() {
  const url = yield* startMoto
  const { groups, launch, subnetId } = yield* furnish(url, region)
  const { port } = yield* AwsEc2.make({ region, endpoint: url, stsEndpoint: url })
  const harness = Ec2Harness.of({
    run: "moto",
    subnetId,
    groups,
    launch: Effect.map(Effect.promise(launch), (instanceId) => ({ instanceId, deviceIndexes: 3, branches: 9 })),
    // Not looked at: moto's subnets are never full, and its interfaces take any number of groups.
    fullSubnetId: subnetId,
    tooManyGroups: groups
  })
  return Context.make(Ec2, port).pipe(Context.add(Ec2Harness, harness))
})).pipe(Layer.orDie)

// packages/adapter-ec2/docs/moto.md has what moto lacks, and where.
ec2Contract("the SDK, moto", {
  layer: backend,
  without: ["trunks", "references", "client tokens", "permissions", "attachments", "associations", "full subnets", "group quota"]
})
