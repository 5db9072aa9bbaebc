import { DescribeRegionsCommand } from "@aws-sdk/client-ec2"
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type Credentials, outcome, post, run, serving, signed } from "./Serving.js"

const role = "arn:aws:iam::111122223333:role/cluster"
const look = "Action=DescribeRegions&Version=2016-11-15"
const whoAmI = "Action=GetCallerIdentity&Version=2011-06-15"
const minute = 60_000

const assumed = async (sts: Awaited<ReturnType<typeof serving>>, seconds: number): Promise<Credentials> => {
  const { Credentials: given } = await sts.stsClient().send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "test", DurationSeconds: seconds }))
  return { accessKeyId: given?.AccessKeyId ?? "", secretAccessKey: given?.SecretAccessKey ?? "", sessionToken: given?.SessionToken ?? "" }
}

describe("a request", () => {
  it("that nobody signed is asked for its token, by EC2 and by STS", async () => {
    const { url } = await serving()
    expect(await post(url, look, {})).toBe("400 MissingAuthenticationToken")
    expect(await post(url, whoAmI, {})).toBe("403 MissingAuthenticationToken")
    expect(await post(url, look, { authorization: "Bearer x" })).toBe("400 MissingAuthenticationToken")
    const { authorization } = await signed()
    expect(await post(url, look, { authorization: authorization ?? "" })).toBe("400 IncompleteSignature")
  })

  it("that is signed for another Region is refused with both names; STS is everywhere", async () => {
    const { ec2Client, url } = await serving()
    const error = await ec2Client({ region: "us-east-1" }).send(new DescribeRegionsCommand()).catch((one: unknown) => one)
    expect(error).toMatchObject({ name: "AuthFailure", $metadata: { httpStatusCode: 401 }, message: expect.stringMatching(/'us-east-1'.*eu-west-1/) })
    expect(await post(url, whoAmI, await signed(0, "AKIATEST/20260101/us-east-1/sts/aws4_request"))).toBe("200 GetCallerIdentityResponse")
  })

  it("may be signed up to five minutes before or after", async () => {
    const { url } = await serving()
    for (const sign of [-1, 1]) {
      expect(await post(url, look, await signed(sign * 4.5 * minute))).toBe("200 DescribeRegionsResponse")
      expect(await post(url, look, await signed(sign * 5.5 * minute))).toBe("400 RequestExpired")
      expect(await post(url, whoAmI, await signed(sign * 5.5 * minute))).toBe("403 SignatureDoesNotMatch")
    }
  })

  it("may be signed at any time where the clock is not looked at", async () => {
    const { url } = await serving({ checkClock: false })
    expect(await post(url, look, await signed(-365 * 24 * 60 * minute))).toBe("200 DescribeRegionsResponse")
  })

  it("of an SDK whose clock is wrong is answered with the time, by which it sets itself right", async () => {
    const { ec2Client } = await serving()
    const client = ec2Client({ clockOffset: 20 * minute })
    expect(await outcome(client.send(new DescribeRegionsCommand()))).toBe("RequestExpired 400")
    expect(await outcome(client.send(new DescribeRegionsCommand()))).toBe("done")
  })
})

describe("credentials", () => {
  it("of a role work until they run out", async () => {
    const server = await serving()
    const credentials = await assumed(server, 2)
    const [ec2, sts] = [server.ec2Client({ credentials }), server.stsClient(credentials)]
    expect((await sts.send(new GetCallerIdentityCommand())).Arn).toBe("arn:aws:sts::111122223333:assumed-role/cluster/test")
    expect(await outcome(ec2.send(new DescribeRegionsCommand()))).toBe("done")
    await run(Effect.sleep("2100 millis"))
    expect(await outcome(ec2.send(new DescribeRegionsCommand()))).toBe("RequestExpired 400")
    expect(await outcome(sts.send(new GetCallerIdentityCommand()))).toBe("ExpiredToken 403")
  })

  it("with a session token that nobody gave are refused", async () => {
    const server = await serving()
    const credentials = { ...(await assumed(server, 900)), sessionToken: "another" }
    expect(await outcome(server.ec2Client({ credentials }).send(new DescribeRegionsCommand()))).toBe("AuthFailure 401")
    expect(await outcome(server.stsClient(credentials).send(new GetCallerIdentityCommand()))).toBe("InvalidClientTokenId 403")
    const unknown = { accessKeyId: "ASIAUNKNOWN", secretAccessKey: "x", sessionToken: "x" }
    expect(await outcome(server.ec2Client({ credentials: unknown }).send(new DescribeRegionsCommand()))).toBe("AuthFailure 401")
  })
})
