import { Clock, Effect, Result } from "effect"
import type { OpenedEc2 } from "../ec2/MemoryEc2.js"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import { type Dispatch, refuse, type WireResponse } from "../wire/Dispatch.js"
import type { Reply, Way, WireFaults } from "../wire/faults/WireFaults.js"
import { type Form, isSpeakable, readForm, unspeakable } from "../wire/Form.js"
import { authorizeBy, type Policies } from "../wire/iam/Authorizer.js"
import type { Principals } from "../wire/Principals.js"
import { misplaced, readSignature } from "../wire/Signature.js"
import { callerOf, invalid } from "../wire/sts/Refused.js"
import { type Sts, stsVersion } from "../wire/sts/Sts.js"
import type { WireRequest } from "./Listener.js"

/** What answers calls of the Query protocol. */
export interface Answering {
  readonly opened: OpenedEc2
  readonly dispatch: Dispatch
  readonly sts: Sts
  readonly faults: WireFaults
  readonly principals: Principals
  readonly policies: Policies
  readonly region: string
  readonly checkClock: boolean
}

/** What stands behind the question mark; the form of a call that has no body. */
const queryOf = (url: string): string => url.includes("?") ? url.slice(url.indexOf("?") + 1) : ""

/** A percent sign that no two hexadecimal digits follow. */
const torn = /%(?![0-9A-Fa-f]{2})/

/** The parameters as the log keeps them: a service account's token could be a real one. */
const noted = ({ entries }: Form): Form["entries"] =>
  "WebIdentityToken" in entries ? { ...entries, WebIdentityToken: "(not kept)" } : entries

const requestIdOf = ({ headers }: WireResponse): string => headers["x-amzn-requestid"] ?? ""

/** EC2 and STS: who calls, whether they may, what it comes to, and what faults make of it. */
export const makeQuery = (answering: Answering): (request: WireRequest) => Effect.Effect<Reply> => {
  const { checkClock, dispatch, faults, opened, policies, principals, region, sts } = answering
  const { log, world } = opened

  /** An entry of the log for what does not come to the account itself. */
  const note = (form: Form, code: string | undefined, requestId: string, struck?: string): Effect.Effect<void> =>
    Effect.map(Clock.currentTimeMillis, (at) =>
      log.push({
        at,
        action: form.text("Action") ?? "",
        parameters: noted(form),
        outcome: code === undefined ? { _tag: "done", answer: "" } : { _tag: "refused", code },
        requestId,
        ...(struck === undefined ? {} : { struck })
      }))

  const refuseEc2 = (form: Form, refusal: Pick<Refusal, "code" | "message">): Effect.Effect<WireResponse> => {
    const requestId = world.ids.request()
    return Effect.andThen(note(form, refusal.code, requestId), refuse(refusal, requestId))
  }

  /** One call without the faults in its way. */
  const answer = Effect.fnUntraced(function*(form: Form, headers: WireRequest["headers"]): Effect.fn.Return<WireResponse> {
    const now = yield* Clock.currentTimeMillis
    const signed = Result.flatMap(readSignature(headers), (signature) => {
      const wrong = misplaced(signature, { region, now, checkClock })
      return wrong === undefined ? Result.succeed(signature) : Result.fail(wrong)
    })
    const who = Result.flatMap(signed, (signature) => principals.whoIs(signature, now))
    if (form.text("Version") === stsVersion) {
      const { refused, requestId, response } = yield* isSpeakable(form) ? sts.handle(form, callerOf(signed, who), now) : sts.refuse(invalid("ValidationError", unspeakable))
      yield* note(form, refused?.code, requestId)
      return response
    }
    return yield* Result.isFailure(who) ? refuseEc2(form, who.failure) : dispatch.handle(form, authorizeBy(policies, who.success))
  })

  const wayOf = (form: Form, headers: WireRequest["headers"]): Way => ({
    call: answer(form, headers),
    document: (requestId, { code, message, status }) =>
      form.text("Version") === stsVersion
        ? Effect.map(sts.refuse({ code, message, status: status ?? 400 }, requestId), ({ response }) => response)
        : refuse({ code, message }, requestId, status),
    never: (code, struck) =>
      Effect.suspend(() => {
        const requestId = world.ids.request()
        return Effect.as(note(form, code, requestId, struck), requestId)
      }),
    struck: (response, struck) =>
      Effect.sync(() => {
        const requestId = requestIdOf(response)
        log.strike(requestId, struck)
        return requestId
      })
  })

  return ({ body, headers, url }) => {
    const text = body === "" ? queryOf(url) : body
    if (torn.test(text)) return refuseEc2(readForm(""), rejected("The query string contains a syntax error.", "MalformedQueryString"))
    const form = readForm(text)
    return faults.around(form.text("Action") ?? "", form, wayOf(form, headers))
  }
}
