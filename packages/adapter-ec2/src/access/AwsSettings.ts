import type { Connections } from "../http/Handler.js"

/** Where EC2 is and who asks; all of it may be left to what the AWS SDK finds by itself. Times are milliseconds. */
export interface AwsSettings extends Connections {
  /** `eu-west-1`; by default as the SDK finds it: `AWS_REGION`, the profile. */
  readonly region?: string | undefined
  /** By default the Region's own, or `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`. */
  readonly endpoint?: string | undefined
  /** Of STS; by default the Region's own, or `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`. */
  readonly stsEndpoint?: string | undefined
  /** Endpoints with validated cryptography. Source: AWS SDKs Reference Guide, "FIPS endpoints". */
  readonly fips?: boolean | undefined
  /** Endpoints that are reached over IPv6, too. */
  readonly dualstack?: boolean | undefined
  /** A profile of the shared configuration files. */
  readonly profile?: string | undefined
  /** A role in the cluster's account that is assumed for everything but permissions and associations (contract §6). */
  readonly clusterRole?: { readonly arn: string; readonly externalId?: string | undefined } | undefined
  /** The account that may attach what is made; asked of STS by default. */
  readonly account?: string | undefined
}
