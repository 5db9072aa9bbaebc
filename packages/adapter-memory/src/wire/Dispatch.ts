import { Effect, Result } from "effect"
import type { OpenedEc2 } from "../ec2/MemoryEc2.js"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { Account, Action, Asked, Calling } from "./Action.js"
import { attachmentActions } from "./actions/Attachments.js"
import { describeInstances } from "./actions/DescribeInstances.js"
import { describeInterfaces } from "./actions/DescribeInterfaces.js"
import { instanceActions } from "./actions/Instances.js"
import { describeTypes } from "./actions/InstanceTypes.js"
import { attributeActions } from "./actions/InterfaceAttributes.js"
import { interfaceActions } from "./actions/Interfaces.js"
import { permissionActions } from "./actions/Permissions.js"
import { placeActions } from "./actions/Places.js"
import { groupActions } from "./actions/SecurityGroups.js"
import { subnetActions } from "./actions/Subnets.js"
import { tagActions } from "./actions/Tags.js"
import { trunkActions } from "./actions/Trunks.js"
import { vpcActions } from "./actions/Vpcs.js"
import { encode, type Fields } from "./Document.js"
import { type Form, isSpeakable, unspeakable } from "./Form.js"
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
  readonly actions: ReadonlyArray<Action>
}

const apiVersion = "2016-11-15"
const namespace = `http://ec2.amazonaws.com/doc/${apiVersion}/`

const actions: ReadonlyArray<Action> = [
  ...interfaceActions,
  describeInterfaces,
  ...attributeActions,
  ...attachmentActions,
  ...permissionActions,
  ...trunkActions,
  ...tagActions,
  ...instanceActions,
  describeInstances,
  describeTypes,
  ...subnetActions,
  ...vpcActions,
  ...groupActions,
  ...placeActions
]

const byName: ReadonlyMap<string, Action> = new Map(actions.map((one) => [one.name, one]))

/** HTTP statuses of error codes; every other code is a 400. Source: Amazon EC2 API Reference, "Error codes", and what SDKs are told of throttling. */
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

/** EC2's error document. Source: Amazon EC2 API Reference, "Error codes", example error response. */
export const refuse = ({ code, message }: Pick<Refusal, "code" | "message">, requestId: string, status = statuses[code] ?? 400): Effect.Effect<WireResponse> =>
  Effect.map(
    encode("Response", { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }),
    (body) => respond(status, requestId, body)
  )

const succeed = (name: string, requestId: string, fields: Fields): Effect.Effect<WireResponse> =>
  Effect.map(encode(`${name}Response`, { requestId, ...fields }, { xmlns: namespace }), (body) => respond(200, requestId, body))

const actionAsked = (form: Form): Result.Result<Action, Refusal> => {
  const name = form.text("Action") ?? ""
  if (!isSpeakable(form)) return Result.fail(rejected(unspeakable, "InvalidCharacter"))
  const version = form.text("Version") ?? apiVersion
  if (name === "") return Result.fail(rejected("The request must contain the parameter Action", "MissingAction"))
  if (version !== apiVersion) return Result.fail(rejected(`The requested version (${version}) of service AmazonEC2 does not exist`, "NoSuchVersion"))
  const found = byName.get(name)
  return found === undefined ? Result.fail(rejected(`The action ${name} is not valid for this web service.`, "InvalidAction")) : Result.succeed(found)
}

const dryRun: Refusal = { code: "DryRunOperation", reason: { _tag: "Rejected" }, message: "Request would have succeeded, but DryRun flag is set." }

/** Every call passes the endpoint of the account: its latency, its token bucket, its log. */
export const makeDispatch = ({ endpoint, world }: OpenedEc2, { region }: { readonly region: string }): Dispatch => {
  const account: Account = { world, endpoint, region, tags: new Map(), pages: makePages(() => world.ids.request()) }
  /** Every request is made in a Region, and IAM may be asked for it. */
  const inRegion = (asked: Asked): Asked => ({ ...asked, context: { ...asked.context, "ec2:Region": [region], "aws:RequestedRegion": [region] } })
  const handle = Effect.fnUntraced(function*(form: Form, authorize: Authorize = () => undefined): Effect.fn.Return<WireResponse> {
    const requestId = world.ids.request()
    const asked = actionAsked(form)
    if (Result.isFailure(asked)) return yield* refuse(asked.failure, requestId)
    const action = asked.success
    const calling: Calling = {
      ...account,
      requestId,
      barred: () =>
        authorize({ action: `ec2:${action.name}`, resources: action.resources(form, calling).map(inRegion) }) ??
          (form.text("DryRun")?.toLowerCase() === "true" ? dryRun : undefined)
    }
    return yield* action.run(form, calling).pipe(
      Effect.flatMap((fields) => succeed(action.name, requestId, fields)),
      Effect.catchTag("Ec2Error", (error) => refuse(error, requestId))
    )
  })
  return { handle, actions }
}
