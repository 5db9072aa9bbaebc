import type { AccessError } from "@branchline/adapter-ec2/access/AccessError"
import type { AwsSettings } from "@branchline/adapter-ec2/access/AwsSettings"
import type { Report } from "@branchline/adapter-ec2/Preflight"
import { goDuration } from "@branchline/core/controller/GoDuration"
import { Effect, Exit, Scope } from "effect"
import type { Account } from "./Account.js"
import type { Resolved } from "./config/Resolve.js"
import type { Configuration } from "./config/Settings.js"
import { forRights, lookUntilWell, type Obstacle } from "./Patience.js"
import { Stopped } from "./Stopped.js"
import { placed } from "./WhoAsks.js"

const settingsOf = (configuration: Configuration): AwsSettings => {
  const { account, clusterRoleArn, clusterRoleExternalId, dualstack, ec2Endpoint, ec2Timeout, fips, profile, region, stsEndpoint } = configuration
  return {
    region,
    endpoint: ec2Endpoint,
    stsEndpoint,
    profile,
    account,
    fips,
    dualstack,
    requestTimeout: ec2Timeout,
    clusterRole: clusterRoleArn === undefined ? undefined : { arn: clusterRoleArn, externalId: clusterRoleExternalId }
  }
}

/**
 * How long to go on, milliseconds. A role, its policy or its association with the service account may have been made a moment ago, and the agent that gives its
 * credentials, or the clock, may not be set up yet; a Region does not come by waiting.
 */
const patienceWith = ({ isRetryable, reason }: AccessError, patience: number): number =>
  isRetryable ? patience : reason === "no region" ? 0 : Math.min(patience, forRights)

const obstacleOf = (resolved: Resolved, patience: number) => (error: AccessError): Obstacle => {
  const message = placed(error, resolved, process.env)
  return { message, isAnswer: !error.isRetryable, patience: patienceWith(error, patience), end: new Stopped({ code: 2, lines: [message] }) }
}

const alsoAs = ({ clusterRoleArn }: Configuration): string => clusterRoleArn === undefined ? "" : ` and, for all but permissions and associations, ${clusterRoleArn}`

/** The SDK tells of a clock that is four minutes off, and signs for EC2's time from then on. Source: @aws-sdk/core, `isClockSkewed`. */
const tellClock = ({ clockOff }: Report): Effect.Effect<void> => {
  const off = goDuration(Math.round(Math.abs(clockOff) / 1_000) * 1_000)
  return clockOff === 0
    ? Effect.void
    : Effect.logWarning(`this machine's clock is ${off} ${clockOff < 0 ? "ahead of" : "behind"} EC2's; set it right (NTP): EC2 refuses what is signed at another time`)
}

/** EC2 over the AWS SDK, once it is known to answer, who asks, and that what can be asked about beforehand is allowed. */
export const open = Effect.fnUntraced(function*(resolved: Resolved, patience: number): Effect.fn.Return<Account, Stopped, Scope.Scope> {
  const [AwsEc2, { check }] = yield* Effect.promise(() => Promise.all([import("@branchline/adapter-ec2/AwsEc2"), import("@branchline/adapter-ec2/Preflight")]))
  const { configuration } = resolved
  const scope = yield* Effect.scope
  const look = Effect.gen(function*() {
    // What a look in vain has opened is closed before the next one.
    const own = yield* Scope.fork(scope)
    return yield* AwsEc2.make(settingsOf(configuration)).pipe(
      Effect.flatMap((aws) => Effect.map(check(aws, configuration.mode === "observe" ? "look" : "change"), (report) => ({ aws, report }))),
      Scope.provide(own),
      Effect.tapError((error) => Scope.close(own, Exit.fail(error)))
    )
  })
  const { aws: { description, port }, report } = yield* lookUntilWell("EC2", look, obstacleOf(resolved, patience))
  yield* tellClock(report)
  return { port, host: undefined, description: `${description}${alsoAs(configuration)}` }
})
