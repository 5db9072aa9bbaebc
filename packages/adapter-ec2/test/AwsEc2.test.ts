import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { describe, expect, it } from "@effect/vitest"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { ConfigProvider, Effect, Layer } from "effect"
import { settingsConfig } from "../src/access/Environment.js"
import * as AwsEc2 from "../src/AwsEc2.js"
import { within, withCredentials } from "./support/Credentials.js"

withCredentials()

const region = "eu-west-1"
const arn = "arn:aws:iam::123456789012:role/cluster"
const variables = { CLUSTER_ROLE_ARN: arn, CLUSTER_ROLE_EXTERNAL_ID: "seed", EC2_TIMEOUT: "5 seconds" }

describe("EC2 as a layer", () => {
  it.live("gives the port and what is known of the account", () =>
    Effect.gen(function*() {
      const { url } = yield* Ec2Server.make({ region, throttle: "off", account: "123456789012" })
      const found = Effect.gen(function*() {
        const { description, identity } = yield* AwsEc2.AwsEc2
        return { description, identity, faces: yield* (yield* Ec2).describeInterfaces({}) }
      })
      expect(yield* Effect.provide(found, AwsEc2.layer({ region, endpoint: url, stsEndpoint: url }))).toEqual({
        description: `eu-west-1 at ${url}, as arn:aws:iam::123456789012:user/AKIATEST`,
        identity: { account: "123456789012", arn: "arn:aws:iam::123456789012:user/AKIATEST" },
        faces: []
      })
    }))

  it.live("reads from the environment what AWS's own variables do not say", () =>
    Effect.gen(function*() {
      expect(yield* settingsConfig.parse(ConfigProvider.fromUnknown(variables))).toEqual({
        account: undefined,
        connectTimeout: undefined,
        requestTimeout: 5_000,
        clusterRole: { arn, externalId: "seed" }
      })
      expect((yield* settingsConfig.parse(ConfigProvider.fromUnknown({}))).clusterRole).toBeUndefined()
      const { url } = yield* Ec2Server.make({ region, throttle: "off", roles: [{ arn, externalId: "seed" }] })
      yield* within({ AWS_REGION: region, AWS_ENDPOINT_URL: url })
      const looked = Effect.provide(Effect.flatMap(Ec2, (ec2) => ec2.describeInterfaces({})), AwsEc2.layerConfig)
      const as = (given: Readonly<Record<string, string>>) => Effect.result(Effect.provide(looked, Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(given))))
      expect(yield* as(variables)).toMatchObject({ _tag: "Success" })
      expect(yield* as({ ...variables, CLUSTER_ROLE_EXTERNAL_ID: "sown" })).toMatchObject({ _tag: "Failure", failure: { code: "AccessDenied" } })
      expect(yield* as({ EC2_TIMEOUT: "soon" })).toMatchObject({ _tag: "Failure", failure: { message: expect.stringContaining("EC2_TIMEOUT") } })
    }))
})
