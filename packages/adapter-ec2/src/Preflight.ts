import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type EC2Client
} from "@aws-sdk/client-ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { AccessError } from "./access/AccessError.js"
import { accessError } from "./access/Trouble.js"
import type { AwsEc2Service } from "./AwsEc2.js"

type Ask = (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>

/**
 * The actions whose permission can be asked for without naming a thing; whether the others are allowed depends on the tags of what they touch, and shows at
 * the first call. Source: Amazon EC2 API Reference, `DryRun`.
 */
const askable: Readonly<Record<string, Ask>> = {
  DescribeInstances: (client, options) => client.send(new DescribeInstancesCommand({ DryRun: true }), options),
  DescribeNetworkInterfaces: (client, options) => client.send(new DescribeNetworkInterfacesCommand({ DryRun: true }), options),
  DescribeSubnets: (client, options) => client.send(new DescribeSubnetsCommand({ DryRun: true }), options)
}

const isPermitted = ({ code }: Ec2Error): boolean => code === "DryRunOperation"

/**
 * Whether EC2 can be worked with: it answers at the endpoint, knows who asks, agrees on the time, and lets look. Changes nothing. Fails with all
 * actions that are missing in one message, or with what is in the way of asking.
 */
export const check = (aws: Pick<AwsEc2Service, "calls" | "description">): Effect.Effect<void, AccessError> =>
  Effect.gen(function*() {
    const missing: Array<Ec2Error> = []
    for (const [action, ask] of Object.entries(askable)) {
      const error = yield* Effect.flip(aws.calls.cluster(action, {}, ask)).pipe(Effect.orElseSucceed(() => undefined))
      if (error === undefined || isPermitted(error)) continue
      if (error.reason._tag !== "Unauthorized") return yield* accessError(error, `EC2 (${aws.description})`)
      missing.push(error)
    }
    if (missing.length === 0) return
    const actions = missing.map(({ action }) => `ec2:${action}`).join(", ")
    return yield* new AccessError({
      reason: "unauthorized",
      message: `EC2 (${aws.description}) does not allow ${actions}: ${missing[0]?.message ?? ""}; allow ${missing.length === 1 ? "it" : "them"} in the role's policy (deploy/iam)`
    })
  })
