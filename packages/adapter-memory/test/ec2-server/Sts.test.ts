import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { describe, expect, it } from "vitest"
import { outcome, present, run, serving } from "./Serving.js"

const role = "arn:aws:iam::111122223333:role/cluster"
const token = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`

describe("STS, by AWS's own client", () => {
  it("knows who somebody is", async () => {
    const { stsClient } = await serving()
    expect(await stsClient().send(new GetCallerIdentityCommand())).toMatchObject({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:user/AKIATEST", UserId: "AIDATEST" })
  })

  it("gives a role for a service account's token while it is good", async () => {
    const { stsClient } = await serving()
    const assume = (text: string) => stsClient().send(new AssumeRoleWithWebIdentityCommand({ RoleArn: role, RoleSessionName: "test", WebIdentityToken: text }))
    const soon = Math.floor((await present()) / 1_000) + 60
    const given = await assume(token({ sub: "system:serviceaccount:a:b", exp: soon }))
    expect(given).toMatchObject({ SubjectFromWebIdentityToken: "system:serviceaccount:a:b", AssumedRoleUser: { Arn: "arn:aws:sts::111122223333:assumed-role/cluster/test" } })
    expect(given.Credentials?.Expiration?.getTime()).toBeGreaterThan((soon - 60 + 3_500) * 1_000)
    expect(await outcome(assume("a.b.c"))).toBe("done")
    expect(await outcome(assume(token({ exp: soon - 120 })))).toBe("ExpiredTokenException 400")
    expect(await outcome(assume("none"))).toBe("InvalidIdentityTokenException 400")
  })

  it("is in the log beside EC2's calls, without the tokens that it was given", async () => {
    const { control, stsClient } = await serving()
    await stsClient().send(new GetCallerIdentityCommand())
    await stsClient().send(new AssumeRoleWithWebIdentityCommand({ RoleArn: role, RoleSessionName: "test", WebIdentityToken: "a.b.c" }))
    expect(await run(control.calls)).toMatchObject([
      { action: "GetCallerIdentity", parameters: {}, outcome: { _tag: "done" } },
      { action: "AssumeRoleWithWebIdentity", parameters: { RoleArn: role, RoleSessionName: "test", WebIdentityToken: "(not kept)" } }
    ])
  })
})
