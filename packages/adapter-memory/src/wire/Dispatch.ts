import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, Result } from "effect"
import type { Endpoint } from "../ec2/Endpoint.js"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { OpenedEc2 } from "../ec2/MemoryEc2.js"
import { type Action, type Asked, type Calling, isTrue } from "./Action.js"
import { instanceActions } from "./actions/Instances.js"
import { interfaceActions } from "./actions/Interfaces.js"
import { networkActions } from "./actions/Networks.js"
import { tagActions } from "./actions/Tags.js"
import { trunkActions } from "./actions/Trunks.js"
import { encode, type Fields } from "./Document.js"
import type { Form } from "./Form.js"
import { makePages } from "./Pages.js"

/** An answer as it is sent. */
export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Asks whether a call is allowed; a refusal is answered instead of it. */
export type Authorize = (call: { readonly action: string; readonly resources: ReadonlyArray<Asked> }) => Refusal | undefined

/** EC2's side of the Query protocol on a stateful EC2. */
export interface Dispatch {
  /** The answer to a call; it does not fail. */
  readonly handle: (form: Form, authorize?: Authorize) => Effect.Effect<WireResponse>
  readonly actions: ReadonlyArray<string>
}

const apiVersion = "2016-11-15"
const namespace = `http://ec2.amazonaws.com/doc/${apiVersion}/`

const actions: ReadonlyMap<string, Action> = new Map(
  [...interfaceActions, ...trunkActions, ...tagActions, ...instanceActions, ...networkActions].map((one) => [one.name, one])
)

/** HTTP statuses of error codes; every other code is a 400. Source: Amazon EC2 API Reference, "Error codes". */
const statuses: Readonly<Record<string, number>> = {
  RequestLimitExceeded: 503,
  Unavailable: 503,
  ServiceUnavailable: 503,
  InternalError: 500,
  InternalFailure: 500,
  UnauthorizedOperation: 403,
  AuthFailure: 401,
  DryRunOperation: 412
}

const respond = (status: number, requestId: string, body: string): WireResponse => ({
  status,
  headers: { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId },
  body
})

/** EC2's error document. Source: Amazon EC2 API Reference, "Errors in the EC2 API". */
export const refuse = ({ code, message }: Pick<Refusal, "code" | "message">, requestId: string, status = statuses[code] ?? 400): Effect.Effect<WireResponse> =>
  Effect.map(
    encode("Response", { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId } as Fields),
    (body) => respond(status, requestId, body)
  )

const dryRun: Refusal = { code: "DryRunOperation", reason: { _tag: "Rejected" }, message: "Request would have succeeded, but DryRun flag is set." }

/** The endpoint, at which a call is refused before it takes effect. */
const refusing = (endpoint: Endpoint, refusal: () => Refusal | undefined): Endpoint => ({
  ...endpoint,
  call: (request) =>
    endpoint.call({
      ...request,
      effect: (now) => {
        const refused = refusal()
        return refused === undefined ? request.effect(now) : Result.fail(refused)
      }
    })
})

export const makeDispatch = ({ endpoint, world }: OpenedEc2, { region }: { readonly region: string }): Dispatch => {
  const calling: Calling = { world, endpoint, region, tags: new Map(), pages: makePages(() => world.ids.request()) }
  const handle = Effect.fnUntraced(function*(form: Form, authorize: Authorize = () => undefined): Effect.fn.Return<WireResponse> {
    const name = form.text("Action") ?? ""
    const found = actions.get(name)
    if (found === undefined) {
      const refusal = name === ""
        ? rejected("The request must contain the parameter Action", "MissingParameter")
        : rejected(`The action ${name} is not valid for this web service.`, "InvalidAction")
      return yield* refuse(refusal, world.ids.request())
    }
    const refusal = (): Refusal | undefined =>
      authorize({ action: `ec2:${name}`, resources: found.resources(form, calling) }) ?? (isTrue(form, "DryRun") ? dryRun : undefined)
    return yield* found.run(form, { ...calling, endpoint: refusing(endpoint, refusal) }).pipe(
      Effect.flatMap((fields) => {
        const requestId = world.ids.request()
        return Effect.map(encode(`${name}Response`, { requestId, ...fields }, { xmlns: namespace }), (body) => respond(200, requestId, body))
      }),
      Effect.catchTag("Ec2Error", (error: Ec2Error) => refuse(error, error.requestId ?? world.ids.request()))
    )
  })
  return { handle, actions: [...actions.keys()] }
}

