import { Ec2 } from "@branchline/core/ports/Ec2"
import { type Config, Context, Effect, Layer, type Scope } from "effect"
import type { AccessError } from "./access/AccessError.js"
import type { AwsSettings } from "./access/AwsSettings.js"
import * as Clients from "./access/Clients.js"
import { settingsConfig } from "./access/Environment.js"
import { endpointOf, regionOf } from "./access/Place.js"
import { type Identity, makeSts } from "./access/Sts.js"
import { makeExplainer } from "./errors/Authorization.js"
import { type Calls, makeCalls } from "./operations/Calls.js"
import { describes } from "./operations/Describes.js"
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
  /** EC2's clock less this machine's, milliseconds, as its last answer told. */
  readonly clockOff: Effect.Effect<number>
  /** Single calls, for what is no method of the port. */
  readonly calls: Calls
}

/** See {@link make}. */
export class AwsEc2 extends Context.Service<AwsEc2, AwsEc2Service>()("@branchline/adapter-ec2/AwsEc2") {}

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
  const region = yield* regionOf(clients.own)
  const endpoint = settings.endpoint ?? (yield* endpointOf(clients.own, region))
  const sts = makeSts(clients, { ...settings, region })
  const identity = settings.account === undefined ? yield* sts.identity : undefined
  const calls = makeCalls(clients, { own: makeExplainer(sts.decodeAs(clients.own)), cluster: makeExplainer(sts.decodeAs(clients.cluster)) })
  const account = settings.account ?? identity?.account ?? ""
  return {
    port: { ...describes(calls), ...interfaces(calls), ...trunks(calls, account) },
    identity,
    region,
    description: `${region} at ${endpoint}, as ${identity?.arn ?? `account ${account}`}`,
    clockOff: Effect.sync(() => clients.cluster.config.systemClockOffset),
    calls
  }
})

const contextOf = Effect.map((aws: AwsEc2Service) => Context.make(AwsEc2, aws).pipe(Context.add(Ec2, aws.port)))

/** EC2 as a service, and its port as the core's. */
export const layer = (settings: AwsSettings = {}): Layer.Layer<AwsEc2 | Ec2, AccessError> => Layer.effectContext(contextOf(make(settings)))

/** As {@link layer}, with the settings read from the environment's `Config`: see {@link settingsConfig}. Fails with `ConfigError`, too. */
export const layerConfig: Layer.Layer<AwsEc2 | Ec2, AccessError | Config.ConfigError> = Layer.effectContext(contextOf(Effect.flatMap(settingsConfig, make)))
