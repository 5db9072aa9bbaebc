import { CreateNetworkInterfaceCommand, DescribeInstancesCommand } from "@aws-sdk/client-ec2"
import { AssumeRoleCommand, DecodeAuthorizationMessageCommand } from "@aws-sdk/client-sts"
import { describe, expect, it } from "vitest"
import { furnished, outcome, run } from "./Serving.js"

const account = "111122223333"
const role = `arn:aws:iam::${account}:role/cluster`

describe("a policy", () => {
  it("that lets interfaces be made but not tagged: the refusal names what is missing, and STS decodes the rest", async () => {
    const { control, ec2Client, groupId, stsClient, subnetId } = await furnished()
    await run(control.setPolicy({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: ["ec2:CreateNetworkInterface", "sts:DecodeAuthorizationMessage"], Resource: "*" }
    }))
    const create = (tags: boolean) =>
      ec2Client().send(new CreateNetworkInterfaceCommand({
        SubnetId: subnetId,
        Groups: [groupId],
        ...(tags ? { TagSpecifications: [{ ResourceType: "network-interface", Tags: [{ Key: "owner", Value: "us" }] }] } : {})
      }))
    expect(await outcome(create(false))).toBe("done")
    const refused = await create(true).then(() => undefined, (error: Error) => error)
    const arn = `arn:aws:ec2:eu-west-1:${account}:network-interface/*`
    expect(refused).toMatchObject({ name: "UnauthorizedOperation", $metadata: { httpStatusCode: 403 } })
    expect(refused?.message).toContain(`User: arn:aws:iam::${account}:user/AKIATEST is not authorized to perform: ec2:CreateTags on resource: ${arn} because no identity-based policy allows the ec2:CreateTags action. `)

    const encoded = /Encoded authorization failure message: (\S+)$/.exec(refused?.message ?? "")?.[1]
    const { DecodedMessage: decoded = "" } = await stsClient().send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }))
    expect(JSON.parse(decoded)).toMatchObject({
      allowed: false,
      explicitDeny: false,
      context: { principal: { arn: `arn:aws:iam::${account}:user/AKIATEST` }, action: "ec2:CreateTags", resource: arn }
    })
    expect(decoded).toContain('{"key":"aws:RequestTag/owner","values":{"items":[{"value":"us"}]}}')

    await run(control.liftPolicy())
    expect(await outcome(create(true))).toBe("done")
  })

  it("of a role is for its sessions, whoever assumed it", async () => {
    const { control, ec2Client, stsClient } = await furnished()
    await run(control.setPolicy({ Statement: { Effect: "Allow", Action: "ec2:CreateTags", Resource: "*" } }, role))
    const { Credentials: given } = await stsClient().send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "test" }))
    const credentials = { accessKeyId: given?.AccessKeyId ?? "", secretAccessKey: given?.SecretAccessKey ?? "", sessionToken: given?.SessionToken ?? "" }
    expect(await outcome(ec2Client().send(new DescribeInstancesCommand()))).toBe("done")
    expect(await outcome(ec2Client({ credentials }).send(new DescribeInstancesCommand()))).toBe("UnauthorizedOperation 403")
    expect(await outcome(stsClient(credentials).send(new DecodeAuthorizationMessageCommand({ EncodedMessage: "x" })))).toBe("AccessDenied 403")
  })

  it("that denies is stronger than everything that allows; a dry run tells it without an effect", async () => {
    const { control, ec2Client, subnetId } = await furnished()
    const dry = (client = ec2Client()) => outcome(client.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, DryRun: true })))
    expect(await dry()).toBe("DryRunOperation 412")
    await run(control.setPolicy({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }, { Effect: "Deny", Action: "ec2:Create*", Resource: "*" }] }, "AKIATEST"))
    expect(await dry()).toBe("UnauthorizedOperation 403")
    expect(await dry(ec2Client({ credentials: { accessKeyId: "AKIAOTHER", secretAccessKey: "x" } }))).toBe("DryRunOperation 412")
    expect((await run(control.snapshot)).interfaces).toHaveLength(1)
  })
})

describe("roles", () => {
  it("that are declared are assumed with their external id, and no others", async () => {
    const { control, stsClient } = await furnished()
    const assume = (arn: string, externalId?: string) => outcome(stsClient().send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "test", ExternalId: externalId })))
    expect(await assume(role)).toBe("done")
    await run(control.setRoles([{ arn: role, externalId: "seed" }]))
    expect([await assume(role), await assume(role, "sown"), await assume(role, "seed"), await assume(`${role}2`)]).toEqual(["AccessDenied 403", "AccessDenied 403", "done", "AccessDenied 403"])
    await run(control.setRoles(undefined))
    expect(await assume(`${role}2`)).toBe("done")
  })
})
