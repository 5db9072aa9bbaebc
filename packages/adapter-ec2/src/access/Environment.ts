import { Config, Duration } from "effect"
import type { AwsSettings } from "./AwsSettings.js"

const text = (name: string) => Config.NonEmptyString(name).pipe(Config.withDefault(undefined))
const time = (name: string) => Config.Duration(name).pipe(Config.map(Duration.toMillis), Config.withDefault(undefined))

/**
 * What AWS's own variables do not say, which the SDK reads itself: `CLUSTER_ROLE_ARN`, `CLUSTER_ROLE_EXTERNAL_ID`, `ACCOUNT`, and `EC2_CONNECT_TIMEOUT` and
 * `EC2_TIMEOUT`, durations such as `5 seconds`; all may be left out.
 */
export const settingsConfig: Config.Config<AwsSettings> = Config.all({
  arn: text("CLUSTER_ROLE_ARN"),
  externalId: text("CLUSTER_ROLE_EXTERNAL_ID"),
  account: text("ACCOUNT"),
  connectTimeout: time("EC2_CONNECT_TIMEOUT"),
  requestTimeout: time("EC2_TIMEOUT")
}).pipe(Config.map(({ account, arn, connectTimeout, externalId, requestTimeout }) => ({
  account,
  connectTimeout,
  requestTimeout,
  clusterRole: arn === undefined ? undefined : { arn, externalId }
})))
