import { Effect, Result } from "effect"
import { hex } from "../../simulation/Streams.js"
import type { WireResponse } from "../Dispatch.js"
import { encode, type Fields } from "../Document.js"
import type { Form } from "../Form.js"
import { denialOf, type Policies, sentenceOf } from "../iam/Authorizer.js"
import { decodeFailure } from "../iam/FailureMessage.js"
import type { Principal } from "../Principals.js"
import { assume, type Assuming } from "./Assume.js"
import { forbidden, invalid, type Refused } from "./Refused.js"
import { readWebToken } from "./WebToken.js"

/** One answer of STS. */
export interface StsAnswer {
  readonly requestId: string
  readonly refused: Refused | undefined
  readonly response: WireResponse
}

/** STS, as far as clients of EC2 need it: who they are, roles to assume, and why something was refused. */
export interface Sts {
  readonly handle: (form: Form, caller: Result.Result<Principal, Refused>, now: number) => Effect.Effect<StsAnswer>
  /** Its error document; the request id is drawn where absent. */
  readonly refuse: (refused: Refused, requestId?: string) => Effect.Effect<StsAnswer>
}

/** The version by which a call tells that it is for STS. */
export const stsVersion = "2011-06-15"
const namespace = `https://sts.amazonaws.com/doc/${stsVersion}/`

/** Its operations, by their names on the wire. */
export const stsActions = ["GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity", "DecodeAuthorizationMessage"] as const

const withWebIdentity = (assuming: Assuming, form: Form, now: number): Result.Result<Fields, Refused> =>
  Result.flatMap(readWebToken(form.text("WebIdentityToken") ?? "", now), ({ aud, iss, sub }) =>
    Result.map(assume(assuming, form, now, sub ?? "web identity", "sts:AssumeRoleWithWebIdentity"), (fields) => ({
      ...fields,
      SubjectFromWebIdentityToken: sub,
      Audience: typeof aud === "string" ? aud : aud?.[0],
      Provider: iss
    })))

const decodeMessage = (form: Form): Result.Result<Fields, Refused> => {
  const decoded = decodeFailure(form.text("EncodedMessage") ?? "")
  return decoded === undefined ? Result.fail(invalid("InvalidAuthorizationMessageException", "Message is not valid")) : Result.succeed({ DecodedMessage: decoded })
}

export const makeSts = (assuming: Assuming, policies: Policies): Sts => {
  const { account, stream } = assuming

  /** Runs what the caller's policies allow. Decoding knows no resource. Source: Service Authorization Reference, "AWS Security Token Service". */
  const allowed = (who: Principal, action: string, role: string | undefined, run: () => Result.Result<Fields, Refused>): Result.Result<Fields, Refused> => {
    const denial = denialOf(policies, who, [{ action: `sts:${action}`, arn: role ?? "*", context: {} }])
    return denial === undefined ? run() : Result.fail(forbidden("AccessDenied", sentenceOf(who, denial, role)))
  }

  const run = (form: Form, caller: Result.Result<Principal, Refused>, now: number): Result.Result<Fields, Refused> => {
    const action = form.text("Action") ?? ""
    // The token alone says who asks.
    if (action === "AssumeRoleWithWebIdentity") return withWebIdentity(assuming, form, now)
    return Result.flatMap(caller, (who) => {
      switch (action) {
        case "GetCallerIdentity":
          // It needs no permission, and none can forbid it (AWS STS API Reference, GetCallerIdentity).
          return Result.succeed({ Arn: who.arn, UserId: who.userId, Account: account })
        case "AssumeRole":
          return allowed(who, action, form.text("RoleArn") ?? "", () => assume(assuming, form, now, who.arn, "sts:AssumeRole"))
        case "DecodeAuthorizationMessage":
          return allowed(who, action, undefined, () => decodeMessage(form))
        default:
          return Result.fail(invalid("InvalidAction", `Could not find operation ${action} for version ${stsVersion}`))
      }
    })
  }

  const respond = (status: number, requestId: string, refused: Refused | undefined, name: string, content: Fields): Effect.Effect<StsAnswer> =>
    Effect.map(encode(name, content, { xmlns: namespace }), (body) => ({
      requestId,
      refused,
      response: { status, headers: { "content-type": "text/xml", "x-amzn-requestid": requestId }, body }
    }))
  const newRequestId = (): string => [8, 4, 4, 4, 12].map((digits) => hex(stream, digits)).join("-")

  const refuse: Sts["refuse"] = (refused, given) =>
    Effect.suspend(() => {
      const requestId = given ?? newRequestId()
      const { code, message, status } = refused
      // Whose fault it is. Source: the Query protocol's error document, `Type`.
      const type = status >= 500 ? "Receiver" : "Sender"
      return respond(status, requestId, refused, "ErrorResponse", { Error: { Type: type, Code: code, Message: message }, RequestId: requestId })
    })

  return {
    refuse,
    handle: (form, caller, now) =>
      Effect.suspend(() => {
        const result = run(form, caller, now)
        if (Result.isFailure(result)) return refuse(result.failure)
        const requestId = newRequestId()
        const action = form.text("Action") ?? ""
        return respond(200, requestId, undefined, `${action}Response`, { [`${action}Result`]: result.success, ResponseMetadata: { RequestId: requestId } })
      })
  }
}
