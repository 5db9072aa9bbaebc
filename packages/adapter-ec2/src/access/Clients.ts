import { Agent as HttpAgent } from "node:http"
import { Agent as HttpsAgent } from "node:https"
import { EC2Client } from "@aws-sdk/client-ec2"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import { Effect, type Scope } from "effect"
import type { AwsSettings } from "./AwsSettings.js"

/** Who makes which calls. Source: contract §6: permissions and associations are the controller's own, the rest may be an assumed role's. */
export interface Clients {
  /** The controller's own identity. */
  readonly own: EC2Client
  /** The cluster role, or the own identity where there is none. */
  readonly cluster: EC2Client
}

const handlerOf = ({ connections = 256, connectTimeout = 3_000, requestTimeout = 15_000 }: AwsSettings): NodeHttpHandler => {
  const agent = { keepAlive: true, maxSockets: connections }
  return new NodeHttpHandler({
    connectionTimeout: connectTimeout,
    requestTimeout,
    // Else it only warns.
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
    // Waiting for a connection is no news: the core paces the calls.
    socketAcquisitionWarningTimeout: 60 * 60_000
  })
}

/** What every client of the SDK is made from; what is undefined is left to the SDK. */
export const common = ({ dualstack, fips, profile, region }: AwsSettings) => ({
  // Retry, rate and priority are the core's.
  maxAttempts: 1,
  ...(region === undefined ? {} : { region }),
  ...(profile === undefined ? {} : { profile }),
  ...(fips === undefined ? {} : { useFipsEndpoint: fips }),
  ...(dualstack === undefined ? {} : { useDualstackEndpoint: dualstack })
})

/** Renewed by the SDK before they end. */
const assumed = Effect.fnUntraced(function*(settings: AwsSettings, role: NonNullable<AwsSettings["clusterRole"]>) {
  const { fromTemporaryCredentials } = yield* Effect.promise(() => import("@aws-sdk/credential-providers"))
  return fromTemporaryCredentials({
    params: { RoleArn: role.arn, RoleSessionName: "branchline", ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }) },
    clientConfig: { ...common(settings), ...(settings.stsEndpoint === undefined ? {} : { endpoint: settings.stsEndpoint }) }
  })
})

const make = (settings: AwsSettings, requestHandler: NodeHttpHandler, credentials?: Effect.Success<ReturnType<typeof assumed>>): EC2Client =>
  new EC2Client({
    ...common(settings),
    requestHandler,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(credentials === undefined ? {} : { credentials })
  })

/** The clients, whose connections are closed when the scope ends. */
export const open = (settings: AwsSettings): Effect.Effect<Clients, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function*() {
      const handler = handlerOf(settings)
      const own = make(settings, handler)
      if (settings.clusterRole === undefined) return { own, cluster: own }
      return { own, cluster: make(settings, handler, yield* assumed(settings, settings.clusterRole)) }
    }),
    ({ cluster, own }) =>
      Effect.sync(() => {
        own.destroy()
        cluster.destroy()
      })
  )
