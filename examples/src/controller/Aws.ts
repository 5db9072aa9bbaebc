import type { AccessError } from "@branchline/adapter-ec2/access/AccessError"
import type { AwsSettings } from "@branchline/adapter-ec2/access/AwsSettings"
import { Clock, Effect, type Scope } from "effect"
import type { Account } from "./Account.js"
import type { Configuration } from "./config/Settings.js"
import { Stopped } from "./Stopped.js"

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

const between = 1_000
const sayAgainAfter = 15_000

/** Tries until EC2 can be worked with, as long as waiting can help and the patience (milliseconds) lasts; says now and then what is in the way. */
const patiently = Effect.fnUntraced(function*<A, R>(look: Effect.Effect<A, AccessError, R>, patience: number): Effect.fn.Return<A, Stopped, R> {
  const since = yield* Clock.currentTimeMillis
  let saidAt = -Infinity
  for (;;) {
    const outcome = yield* Effect.result(look)
    if (outcome._tag === "Success") return outcome.success
    const { isRetryable, message } = outcome.failure
    const now = yield* Clock.currentTimeMillis
    if (!isRetryable || now - since >= patience) return yield* new Stopped({ code: 2, lines: [message] })
    if (now - saidAt >= sayAgainAfter) {
      yield* Effect.logWarning("waiting for EC2", message)
      saidAt = now
    }
    yield* Effect.sleep(between)
  }
})

/** EC2 over the AWS SDK, once it is known to answer, who asks, and that looking is allowed. */
export const open = Effect.fnUntraced(function*(configuration: Configuration, patience: number): Effect.fn.Return<Account, Stopped, Scope.Scope> {
  const [AwsEc2, { check }] = yield* Effect.promise(() => Promise.all([import("@branchline/adapter-ec2/AwsEc2"), import("@branchline/adapter-ec2/Preflight")]))
  const aws = yield* patiently(Effect.tap(AwsEc2.make(settingsOf(configuration)), check), patience)
  return { port: aws.port, control: undefined, description: aws.description }
})
