import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks"
import { IAMClient, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam"
import { Effect, type Scope } from "effect"
import type { AwsFacts } from "./AwsFacts.js"

/** Which cluster, and as whom; what is left out the AWS SDK finds by itself. */
export interface RoleAsked {
  readonly cluster: string
  readonly region: string
  readonly profile: string | undefined
}

/** The cluster's role and what is attached to it, and the cluster's VPC. */
export type RoleFacts = Pick<AwsFacts, "clusterRole" | "vpc">

const wordsOf = (action: string) => (error: unknown): string =>
  `${action}: ${error instanceof Error ? [error.name, error.message].filter((part) => part !== "" && part !== "Error").join(": ") : String(error)}`

const client = <C extends { readonly destroy: () => void }>(make: () => C): Effect.Effect<C, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.sync(make), (open) => Effect.sync(() => open.destroy()))

/** The last part of `arn:aws:iam::111122223333:role/path/name`. Source: IAM User Guide, "IAM identifiers". */
const roleName = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1)

/** What EKS and IAM say of the cluster's role, by reads alone. Fails with the reason, in a sentence. */
export const clusterRole = Effect.fnUntraced(function*({ cluster: name, profile, region }: RoleAsked): Effect.fn.Return<RoleFacts, string, Scope.Scope> {
  const settings = { region, ...(profile === undefined ? {} : { profile }) }
  const eks = yield* client(() => new EKSClient(settings))
  const { cluster } = yield* Effect.tryPromise({
    try: (abortSignal) => eks.send(new DescribeClusterCommand({ name }), { abortSignal }),
    catch: wordsOf("eks:DescribeCluster")
  })
  const vpc = cluster?.resourcesVpcConfig?.vpcId
  const facts: RoleFacts = vpc === undefined ? {} : { vpc }
  if (cluster?.roleArn === undefined) return facts
  const role = roleName(cluster.roleArn)
  const iam = yield* client(() => new IAMClient(settings))
  const policies: Array<string> = []
  let marker: string | undefined
  do {
    const Marker = marker
    const page = yield* Effect.tryPromise({
      try: (abortSignal) => iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role, ...(Marker === undefined ? {} : { Marker }) }), { abortSignal }),
      catch: wordsOf("iam:ListAttachedRolePolicies")
    })
    policies.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyName }) => PolicyName ?? []))
    marker = page.IsTruncated === true ? page.Marker : undefined
  } while (marker !== undefined)
  return { ...facts, clusterRole: { name: role, policies } }
})
