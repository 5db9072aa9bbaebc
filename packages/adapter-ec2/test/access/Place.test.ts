import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { within, withCredentials } from "../support/Credentials.js"
import { answer, answering, serve } from "../support/RawServer.js"

withCredentials()

const region = "eu-west-1"
const empty = answering(() => answer(200, "<DescribeNetworkInterfacesResponse><networkInterfaceSet/></DescribeNetworkInterfacesResponse>"))

const placeOf = (settings: AwsEc2.AwsSettings) =>
  Effect.scoped(Effect.map(AwsEc2.make({ region, account: "111122223333", ...settings }), ({ description }) => description))

describe("where EC2 is", () => {
  it.live.each<readonly [what: string, settings: AwsEc2.AwsSettings, endpoint: string]>([
    ["the Region's own", {}, "https://ec2.eu-west-1.amazonaws.com"],
    ["FIPS", { region: "us-east-1", fips: true }, "https://ec2-fips.us-east-1.amazonaws.com"],
    ["dualstack", { dualstack: true }, "https://ec2.eu-west-1.api.aws"],
    ["another partition's", { region: "cn-north-1" }, "https://ec2.cn-north-1.amazonaws.com.cn"],
    ["a setting", { endpoint: "http://127.0.0.1:4566" }, "http://127.0.0.1:4566"]
  ])("%s", ([, settings, endpoint]) =>
    Effect.gen(function*() {
      expect(yield* placeOf(settings)).toBe(`${settings.region ?? region} at ${endpoint}, as account 111122223333`)
    }))

  it.live("by AWS's variables: FIPS, dualstack", () =>
    Effect.gen(function*() {
      yield* within({ AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" })
      expect(yield* placeOf({ region: "us-east-1" })).toContain("https://ec2-fips.us-east-1.api.aws")
      yield* within({ AWS_USE_FIPS_ENDPOINT: undefined, AWS_USE_DUALSTACK_ENDPOINT: undefined })
    }))

  it.live("a setting before AWS_ENDPOINT_URL_EC2 before AWS_ENDPOINT_URL: told so, and asked there", () =>
    Effect.gen(function*() {
      const servers = [yield* serve(empty), yield* serve(empty), yield* serve(empty)] as const
      const [setting, service, general] = servers
      const ask = (settings: AwsEc2.AwsSettings) =>
        Effect.scoped(Effect.gen(function*() {
          const { description, port } = yield* AwsEc2.make({ region, account: "111122223333", ...settings })
          yield* port.describeInterfaces({})
          return [description, servers.map(({ requests }) => requests().length)]
        }))
      const told = ({ url }: typeof setting) => expect.stringContaining(url)
      yield* within({ AWS_ENDPOINT_URL: general.url })
      expect(yield* ask({})).toEqual([told(general), [0, 0, 1]])
      yield* within({ AWS_ENDPOINT_URL: general.url, AWS_ENDPOINT_URL_EC2: service.url })
      expect(yield* ask({})).toEqual([told(service), [0, 1, 1]])
      expect(yield* ask({ endpoint: setting.url })).toEqual([told(setting), [1, 1, 1]])
    }))

  it.live("the Region is the setting's before AWS_REGION's", () =>
    Effect.gen(function*() {
      yield* within({ AWS_REGION: "us-west-2" })
      expect(yield* placeOf({ region: undefined })).toContain("us-west-2 at https://ec2.us-west-2")
      expect(yield* placeOf({})).toContain("eu-west-1 at ")
    }))
})
