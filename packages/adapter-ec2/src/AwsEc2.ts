import { Ec2 } from "@branchline/core/ports/Ec2"
import { Config, Context, Effect, Layer, type Scope } from "effect"
import type { AccessError } from "./access/AccessError.js"
import type { AwsSettings } from "./access/AwsSettings.js"
import * as Clients from "./access/Clients.js"
import { type Identity, make as makeSts } from "./access/Sts.js"
import { accessError, noRegion } from "./access/Trouble.js"
import { call } from "./Call.js"
import { makeExplainer } from "./errors/Authorization.js"
import { describes } from "./operations/Describes.js"
import { type Calls, makeCalls } from "./operations/Calls.js"
import { interfaces } from "./operations/Interfaces.js"
import { trunks } from "./operations/Trunks.js"

export type { AwsSettings } from "./access/AwsSettings.js"
export { AccessError } from "./access/AccessError.js"

/** The real EC2: the port, and who and where it is. */
export interface AwsEc2Service {
  readonly port: Ec2["Service"]
  /** Undefined where the account was told and nobody asked who the credentials are. */
  readonly identity: Identity | undefined
  readonly region: string
  /** For people: `eu-west-1 at https://…, as arn:aws:…`. */
  readonly description: string
  /** Single calls, for what is no method of the port. */
  readonly calls: Calls
}

/** See {@link make}. */
export class AwsEc2 extends Context.Service<AwsEc2, AwsEc2Service>()("@branchline/adapter-ec2/AwsEc2") {}

const regionOf = ({ own }: Clients.Clients): Effect.Effect<string, AccessError> =>
  Effect.tryPromise({ try: () => own.config.region(), catch: () => noRegion() })

/** Source: AWS SDKs Reference Guide, "Service-specific endpoints". */
const fromEnvironment = (region: string): Effect.Effect<string> =>
  Config.String("AWS_ENDPOINT_URL_EC2").pipe(
    Config.orElse(() => Config.String("AWS_ENDPOINT_URL")),
    Effect.orElseSucceed(() => `https://ec2.${region}.amazonaws.com`)
  )

const endpointOf = (clients: Clients.Clients, { endpoint }: AwsSettings, region: string): Effect.Effect<string> => {
  if (endpoint !== undefined) return Effect.succeed(endpoint)
  const { own: { config } } = clients
  return Effect.tryPromise(async () => {
    const found = await config.endpoint?.()
    return found === undefined ? undefined : `${found.protocol}//${found.hostname}${found.port === undefined ? "" : `:${found.port}`}`
  }).pipe(
    Effect.orElseSucceed(() => undefined),
    Effect.flatMap((text) => text === undefined ? fromEnvironment(region) : Effect.succeed(text))
  )
}

/**
 * EC2 over the AWS SDK, until the scope ends. Credentials, Region and endpoint come as the SDK's users know them, unless the settings say
 * otherwise. Asks STS once who the credentials are, unless the settings name the account. Fails with {@link AccessError}, which names the mend.
 *
 * ```ts
 * const { port } = yield* AwsEc2.make({ region: "eu-west-1" })
 * ```
 */
export const make = Effect.fnUntraced(function*(settings: AwsSettings = {}): Effect.fn.Return<AwsEc2Service, AccessError, Scope.Scope> {
  const clients = yield* Clients.open(settings)
  const region = yield* regionOf(clients)
  const endpoint = yield* endpointOf(clients, settings, region)
  const sts = makeSts({ ...settings, region })
  const identity = settings.account === undefined
    ? yield* Effect.mapError(
      call("GetCallerIdentity", {}, () => Effect.succeed(undefined), sts.identity),
      (error) => accessError(error, settings.stsEndpoint ?? "STS")
    )
    : undefined
  const calls = makeCalls(clients, makeExplainer(sts.decode))
  const account = settings.account ?? identity?.account ?? ""
  return {
    port: { ...describes(calls), ...interfaces(calls), ...trunks(calls, account) },
    identity,
    region,
    description: `${region} at ${endpoint}, as ${identity?.arn ?? `account ${account}`}`,
    calls
  }
})

/** EC2 as a service, and its port as the core's. */
export const layer = (settings: AwsSettings = {}): Layer.Layer<AwsEc2 | Ec2, AccessError> =>
  Layer.effectContext(Effect.map(make(settings), (aws) => Context.make(AwsEc2, aws).pipe(Context.add(Ec2, aws.port))))
