import { DateTime, Effect, Result } from "effect"
import type { Refusal } from "../../ec2/Refusal.js"
import { hex, type Stream } from "../../simulation/Streams.js"
import type { WireResponse } from "../Dispatch.js"
import { encode, type Fields } from "../Document.js"
import type { Form } from "../Form.js"
import { decodeMessage } from "../iam/Authorizer.js"
import { type Principal, type Principals, type Role, type Session, temporaryPrefix } from "../Principals.js"

/** STS, as far as clients of EC2 need it: who they are, roles to assume, and why something was refused. */
export interface Sts {
  readonly handle: (form: Form, caller: Result.Result<Principal, Refused>, now: number) => Effect.Effect<WireResponse>
}

/** The version by which a call tells that it is for STS. */
export const stsVersion = "2011-06-15"
const namespace = `https://sts.amazonaws.com/doc/${stsVersion}/`

/** STS's answer to what it does not do. */
export interface Refused {
  readonly code: string
  readonly message: string
  readonly status: number
}

const forbidden = (code: string, message: string): Refused => ({ code, message, status: 403 })
const invalid = (code: string, message: string): Refused => ({ code, message, status: 400 })

/**
 * Who asks STS, in whose words the same refusals read otherwise than in EC2's. Source: AWS STS API Reference, "Common Errors"; AWS General Reference,
 * "Signature Version 4", troubleshooting.
 */
export const callerOf = (wrong: Refusal | undefined, who: Result.Result<Principal, Refusal> | undefined): Result.Result<Principal, Refused> => {
  if (wrong !== undefined) {
    return Result.fail(wrong.code === "RequestExpired" ? forbidden("SignatureDoesNotMatch", "Signature expired: it is not of this time") : forbidden(wrong.code, wrong.message))
  }
  if (who === undefined) return Result.fail(forbidden("MissingAuthenticationToken", "Request is missing Authentication Token"))
  return Result.mapError(who, ({ code }) =>
    code === "RequestExpired"
      ? forbidden("ExpiredToken", "The security token included in the request is expired")
      : forbidden("InvalidClientTokenId", "The security token included in the request is invalid."))
}

/** Source: AWS STS API Reference, AssumeRole: 900 seconds to 12 hours, an hour by default. An emulator lets tests see credentials run out sooner. */
const durationOf = (form: Form): number => Math.max(1, Number(form.text("DurationSeconds") ?? 3_600)) * 1_000

export const makeSts = (
  { account, principals, roles, stream }: {
    readonly account: string
    readonly principals: Principals
    /** Undefined lets any role be assumed. */
    readonly roles: () => ReadonlyArray<Role> | undefined
    readonly stream: Stream
  }
): Sts => {
  const open = (form: Form, role: string, now: number): Session => {
    const session: Session = {
      accessKey: `${temporaryPrefix}${hex(stream, 16).toUpperCase()}`,
      token: hex(stream, 64),
      role,
      name: form.text("RoleSessionName") ?? "session",
      expiresAt: now + durationOf(form)
    }
    principals.open(session)
    return session
  }
  const sessionFields = (session: Session): Fields => ({
    Credentials: {
      AccessKeyId: session.accessKey,
      SecretAccessKey: hex(stream, 40),
      SessionToken: session.token,
      Expiration: DateTime.formatIso(DateTime.makeUnsafe(session.expiresAt))
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROA${session.accessKey.slice(4)}:${session.name}`,
      Arn: `arn:aws:sts::${account}:assumed-role/${session.role.slice(session.role.lastIndexOf("/") + 1)}/${session.name}`
    }
  })
  const assume = (form: Form, now: number, who: string): Result.Result<Fields, Refused> => {
    const arn = form.text("RoleArn") ?? ""
    if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(arn)) return Result.fail(invalid("ValidationError", `${arn} is invalid`))
    const known = roles()
    const role = known?.find((one) => one.arn === arn)
    const mayNot = known !== undefined && (role === undefined || (role.externalId !== undefined && role.externalId !== form.text("ExternalId")))
    return mayNot
      ? Result.fail(forbidden("AccessDenied", `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${arn}`))
      : Result.succeed(sessionFields(open(form, arn, now)))
  }
  const run = (form: Form, caller: Result.Result<Principal, Refused>, now: number): Result.Result<Fields, Refused> => {
    const action = form.text("Action")
    if (action === "AssumeRoleWithWebIdentity") {
      const token = form.text("WebIdentityToken") ?? ""
      if (token.split(".").length !== 3) return Result.fail(invalid("InvalidIdentityToken", "The ID Token provided is not a valid JWT."))
      return assume(form, now, "web identity")
    }
    if (Result.isFailure(caller)) return Result.fail(caller.failure)
    const who = caller.success
    switch (action) {
      case "GetCallerIdentity":
        return Result.succeed({ Account: account, Arn: who.arn, UserId: who.policyOf })
      case "AssumeRole":
        return assume(form, now, who.arn)
      case "DecodeAuthorizationMessage": {
        const decoded = decodeMessage(form.text("EncodedMessage") ?? "")
        return decoded === undefined ? Result.fail(invalid("InvalidAuthorizationMessageException", "Message is not valid")) : Result.succeed({ DecodedMessage: decoded })
      }
      default:
        return Result.fail(invalid("InvalidAction", `Could not find operation ${action ?? ""} for version ${stsVersion}`))
    }
  }
  return {
    handle: Effect.fnUntraced(function*(form, caller, now) {
      const requestId = [8, 4, 4, 4, 12].map((digits) => hex(stream, digits)).join("-")
      const respond = (status: number, body: string): WireResponse => ({ status, headers: { "content-type": "text/xml", "x-amzn-requestid": requestId }, body })
      const action = form.text("Action") ?? ""
      const result = run(form, caller, now)
      if (Result.isSuccess(result)) {
        const content = { [`${action}Result`]: result.success, ResponseMetadata: { RequestId: requestId } }
        return respond(200, yield* encode(`${action}Response`, content, { xmlns: namespace }))
      }
      const { code, message, status } = result.failure
      return respond(status, yield* encode("ErrorResponse", { Error: { Type: "Sender", Code: code, Message: message }, RequestId: requestId }, { xmlns: namespace }))
    })
  }
}
