import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2"
import type { NodeHttpHandler } from "@smithy/node-http-handler"
import { Config, ConfigProvider, Effect, Option, type Scope } from "effect"
import { makeHandler } from "../http/Handler.js"
import type { AwsSettings } from "./AwsSettings.js"

/** Who makes which calls. Source: contract §6: permissions and associations are the controller's own, the rest may be an assumed role's. */
export interface Clients {
  /** The controller's own identity. */
  readonly own: EC2Client
  /** The cluster role, or the own identity where there is none. */
  readonly cluster: EC2Client
  readonly handler: NodeHttpHandler
}

/** What every client of the SDK is made from; what is undefined is left to the SDK. */
export const common = ({ dualstack, fips, profile, region }: AwsSettings) => ({
  ...(region === undefined ? {} : { region }),
  ...(profile === undefined ? {} : { profile }),
  ...(fips === undefined ? {} : { useFipsEndpoint: fips }),
  ...(dualstack === undefined ? {} : { useDualstackEndpoint: dualstack })
})

/** A client of STS's, likewise. */
export const forSts = (settings: AwsSettings) => ({ ...common(settings), ...(settings.stsEndpoint === undefined ? {} : { endpoint: settings.stsEndpoint }) })

type Credentials = EC2Client["config"]["credentials"]

/**
 * A service account's role (IRSA) is had of STS, so its endpoint counts there, too; the SDK's own chain knows it by AWS's variables alone. Undefined leaves all of it to
 * the SDK.
 */
const ownCredentials = Effect.fnUntraced(function*(settings: AwsSettings): Effect.fn.Return<Credentials | undefined> {
  // Where the SDK looks, whatever the program's settings come from.
  const token = yield* Effect.option(Config.NonEmptyString("AWS_WEB_IDENTITY_TOKEN_FILE").parse(ConfigProvider.fromEnv()))
  if (settings.stsEndpoint === undefined || Option.isNone(token)) return undefined
  const { fromNodeProviderChain } = yield* Effect.promise(() => import("@aws-sdk/credential-providers"))
  return fromNodeProviderChain({ ...(settings.profile === undefined ? {} : { profile: settings.profile }), clientConfig: forSts(settings) })
})

/** Renewed by the SDK before they end; STS is asked again as the SDK sees fit, for the core's rates are EC2's. */
const assumed = Effect.fnUntraced(function*(settings: AwsSettings, role: NonNullable<AwsSettings["clusterRole"]>, masterCredentials: Credentials) {
  const { fromTemporaryCredentials } = yield* Effect.promise(() => import("@aws-sdk/credential-providers"))
  return fromTemporaryCredentials({
    masterCredentials,
    params: { RoleArn: role.arn, RoleSessionName: "branchline", ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }) },
    clientConfig: forSts(settings)
  })
})

const make = (settings: AwsSettings, requestHandler: NodeHttpHandler, credentials: EC2ClientConfig["credentials"]): EC2Client =>
  new EC2Client({
    ...common(settings),
    // Retry, rate and priority are the core's.
    maxAttempts: 1,
    requestHandler,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(credentials === undefined ? {} : { credentials })
  })

/** The clients, whose connections are closed when the scope ends. */
export const open = (settings: AwsSettings): Effect.Effect<Clients, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function*() {
      const handler = makeHandler(settings)
      const own = make(settings, handler, yield* ownCredentials(settings))
      if (settings.clusterRole === undefined) return { own, cluster: own, handler }
      return { own, cluster: make(settings, handler, yield* assumed(settings, settings.clusterRole, own.config.credentials)), handler }
    }),
    ({ cluster, own }) =>
      Effect.sync(() => {
        own.destroy()
        cluster.destroy()
      })
  )
