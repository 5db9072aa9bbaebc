import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { streamFor } from "../../src/simulation/Streams.js"
import { readForm } from "../../src/wire/Form.js"
import type { Policy } from "../../src/wire/iam/Policy.js"
import { makePrincipals, type Role } from "../../src/wire/Principals.js"
import { callerOf } from "../../src/wire/sts/Refused.js"
import { makeSts } from "../../src/wire/sts/Sts.js"

const account = "111122223333"
const role = `arn:aws:iam::${account}:role/team/cluster`
/** 2026-11-26T09:00:00Z */
const now = 1_795_683_600_000

const sts = ({ policy, roles }: { readonly policy?: Policy; readonly roles?: ReadonlyArray<Role> } = {}) => {
  const principals = makePrincipals(account)
  const policies = new Map<string, Policy>(policy === undefined ? [] : [["*", policy]])
  const service = makeSts({ account, principals, roles: () => roles, stream: streamFor("0", "wire/sts") }, policies)
  const who = (accessKey: string, sessionToken?: string, at = now) =>
    principals.whoIs({ accessKey, sessionToken, region: "us-west-2", service: "sts", signedAt: at }, at)
  const ask = (form: string, caller = who("AKIAEXAMPLE"), at = now) =>
    Effect.runSync(Effect.map(service.handle(readForm(`Version=2011-06-15&${form}`), callerOf(Result.void, caller), at), ({ response }) => response))
  return { ask, who }
}

const of = (body: string, element: string): string | undefined => new RegExp(`<${element}>([^<]*)</${element}>`).exec(body)?.[1]
const session = (body: string) => ({ key: of(body, "AccessKeyId") ?? "", token: of(body, "SessionToken") })
const assume = `Action=AssumeRole&RoleArn=${role}&RoleSessionName=me`

describe("who somebody is", () => {
  it("is told of a user and of a role's session, in STS's document", () => {
    const { ask, who } = sts()
    const { body, headers, status } = ask("Action=GetCallerIdentity")
    expect(status).toBe(200)
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        `<Arn>arn:aws:iam::${account}:user/AKIAEXAMPLE</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account></GetCallerIdentityResult>` +
        `<ResponseMetadata><RequestId>${headers["x-amzn-requestid"]}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
    )
    const { key, token } = session(ask(assume).body)
    const assumed = ask("Action=GetCallerIdentity", who(key, token)).body
    expect(of(assumed, "Arn")).toBe(`arn:aws:sts::${account}:assumed-role/cluster/me`)
    expect(of(assumed, "UserId")).toMatch(/^AROA[0-9A-F]{17}:me$/)
  })

  it("a role has the same id in each of its sessions", () => {
    const { ask } = sts()
    const ids = [role, role, `${role}2`].map((arn) => of(ask(`Action=AssumeRole&RoleArn=${arn}&RoleSessionName=me`).body, "AssumedRoleId"))
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).not.toBe(ids[2])
  })
})

describe("a role", () => {
  it("can be assumed by anybody where none is declared; its credentials run out when they say", () => {
    const { ask, who } = sts()
    const { body, status } = ask(`${assume}&DurationSeconds=900`)
    expect(status).toBe(200)
    expect(of(body, "Expiration")).toBe("2026-11-26T09:15:00.000Z")
    const { key, token } = session(body)
    expect(key).toMatch(/^ASIA/)
    expect(Result.isSuccess(who(key, token, now + 899_999))).toBe(true)
    expect(ask("Action=GetCallerIdentity", who(key, token, now + 900_000)).body).toContain("<Code>ExpiredToken</Code>")
    expect(of(ask(assume).body, "Expiration")).toBe("2026-11-26T10:00:00.000Z")
  })

  it("gives credentials that nobody can make up", () => {
    const { ask, who } = sts()
    const { key } = session(ask(assume).body)
    for (const caller of [who(key, "another"), who(key), who("ASIA0000000000000000", "token")]) {
      expect(ask("Action=GetCallerIdentity", caller)).toMatchObject({ status: 403, body: expect.stringContaining("<Code>InvalidClientTokenId</Code>") })
    }
  })

  it("that is declared is assumed with its external id only, others not at all", () => {
    const { ask } = sts({ roles: [{ arn: role, externalId: "seed" }, { arn: `${role}2` }] })
    const code = (form: string) => of(ask(form).body, "Code") ?? "assumed"
    expect(code(`${assume}&ExternalId=seed`)).toBe("assumed")
    expect(code(assume)).toBe("AccessDenied")
    expect(code(`${assume}&ExternalId=sown`)).toBe("AccessDenied")
    expect(code(assume.replace("cluster", "cluster2"))).toBe("assumed")
    expect(code(assume.replace("cluster", "other"))).toBe("AccessDenied")
    expect(ask(assume).body).toContain(`<Message>User: arn:aws:iam::${account}:user/AKIAEXAMPLE is not authorized to perform: sts:AssumeRole on resource: ${role}</Message>`)
  })

  it("can be assumed by a service account's token, of which STS tells what it says", () => {
    const { ask } = sts({ roles: [{ arn: role }] })
    const claims = Buffer.from(JSON.stringify({ sub: "system:serviceaccount:a:b", iss: "https://oidc", aud: "sts.amazonaws.com" })).toString("base64url")
    const withToken = (arn: string, token: string) => `Action=AssumeRoleWithWebIdentity&RoleArn=${arn}&RoleSessionName=me&WebIdentityToken=${token}`
    const nobody = Result.fail({ code: "MissingAuthenticationToken", reason: { _tag: "Unauthenticated" }, message: "" } as const)
    const { body } = ask(withToken(role, `e30.${claims}.c2ln`), nobody)
    expect([of(body, "SubjectFromWebIdentityToken"), of(body, "Provider"), of(body, "Audience")]).toEqual(["system:serviceaccount:a:b", "https://oidc", "sts.amazonaws.com"])
    expect(session(body).key).toMatch(/^ASIA/)
    expect(of(ask(withToken(role, "a.b"), nobody).body, "Code")).toBe("InvalidIdentityToken")
    expect(of(ask(withToken(`${role}2`, "a.b.c"), nobody).body, "Code")).toBe("AccessDenied")
  })

  it.each([
    ["no role's name", assume.replace(role, "cluster"), "cluster is invalid"],
    ["no session name", assume.replace("&RoleSessionName=me", ""), "Value null at 'roleSessionName'"],
    ["a session name with a blank", assume.replace("=me", "=m%20e"), "Value 'm e' at 'roleSessionName'"],
    ["a time that is no number", `${assume}&DurationSeconds=long`, "Value 'long' at 'durationSeconds'"],
    ["more than twelve hours", `${assume}&DurationSeconds=43201`, "Value '43201' at 'durationSeconds'"]
  ])("with %s is a ValidationError that says so", (_, form, message) => {
    const { body, status } = sts().ask(form)
    expect([status, of(body, "Type"), of(body, "Code")]).toEqual([400, "Sender", "ValidationError"])
    expect(of(body, "Message")).toContain(message)
  })
})

describe("policies", () => {
  const nothing: Policy = { Statement: { Effect: "Allow", Action: "ec2:*", Resource: "*" } }

  it("hold STS's calls, too, but never the question who one is", () => {
    const { ask } = sts({ policy: nothing })
    expect(ask("Action=GetCallerIdentity").status).toBe(200)
    expect(ask(assume)).toMatchObject({ status: 403, body: expect.stringContaining(`sts:AssumeRole on resource: ${role} because no identity-based policy allows the sts:AssumeRole action`) })
    expect(ask("Action=DecodeAuthorizationMessage&EncodedMessage=x")).toMatchObject({ status: 403, body: expect.stringContaining("<Code>AccessDenied</Code>") })
  })

  it("can allow them by the role", () => {
    const { ask } = sts({ policy: { Statement: { Effect: "Allow", Action: "sts:AssumeRole", Resource: role } } })
    expect(ask(assume).status).toBe(200)
    expect(ask(assume.replace("cluster", "other")).status).toBe(403)
  })
})

describe("what STS does not do", () => {
  it("is told in its error document", () => {
    const { body, headers, status } = sts().ask("Action=GetSessionToken")
    expect(status).toBe(400)
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidAction</Code>' +
        `<Message>Could not find operation GetSessionToken for version 2011-06-15</Message></Error><RequestId>${headers["x-amzn-requestid"]}</RequestId></ErrorResponse>`
    )
  })

  it("a message that is none is not decoded", () => {
    expect(sts().ask("Action=DecodeAuthorizationMessage&EncodedMessage=eyJhIjoxfQ")).toMatchObject({ status: 400, body: expect.stringContaining("InvalidAuthorizationMessageException") })
  })
})
