import {
  AssociateTrunkInterfaceCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DisassociateTrunkInterfaceCommand,
  type EC2Client
} from "@aws-sdk/client-ec2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { AccessError } from "./access/AccessError.js"
import type { Identity } from "./access/Sts.js"
import { accessError } from "./access/Trouble.js"
import type { AwsEc2Service } from "./AwsEc2.js"
import type { Calls } from "./operations/Calls.js"

/** What is going to be done: `look` is describes alone. */
export type Intent = "look" | "change"

/** What was found out without changing anything. */
export interface Report {
  /** Undefined where the account was told. */
  readonly identity: Identity | undefined
  readonly region: string
  /** EC2's clock less this machine's, milliseconds, to a second or so. */
  readonly clockOff: number
  /** Actions that EC2 says are allowed. */
  readonly permitted: ReadonlyArray<string>
  /** Actions of which EC2 tells only when they are done: whether they are allowed depends on what they touch. */
  readonly untold: ReadonlyArray<string>
}

interface Question {
  readonly action: string
  /** Whose call it will be. */
  readonly by: keyof Calls
  readonly ask: (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>
}

const looks: ReadonlyArray<Question> = [
  { action: "DescribeInstances", by: "cluster", ask: (client, options) => client.send(new DescribeInstancesCommand({ DryRun: true }), options) },
  { action: "DescribeNetworkInterfaces", by: "cluster", ask: (client, options) => client.send(new DescribeNetworkInterfacesCommand({ DryRun: true }), options) },
  { action: "DescribeSubnets", by: "cluster", ask: (client, options) => client.send(new DescribeSubnetsCommand({ DryRun: true }), options) }
]

/** Ids that name nothing. */
const nowhere = { trunk: "eni-00000000000000000", branch: "eni-00000000000000001", association: "trunk-assoc-00000000000000000" }

/**
 * IAM knows no resource for these, so they are allowed or not whatever they touch. For the others a policy has conditions on the tags of what is there.
 * Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"; deploy/iam.
 */
const changes: ReadonlyArray<Question> = [
  {
    action: "AssociateTrunkInterface",
    by: "own",
    ask: (client, options) => client.send(new AssociateTrunkInterfaceCommand({ TrunkInterfaceId: nowhere.trunk, BranchInterfaceId: nowhere.branch, VlanId: 1, DryRun: true }), options)
  },
  {
    action: "DisassociateTrunkInterface",
    by: "own",
    ask: (client, options) => client.send(new DisassociateTrunkInterfaceCommand({ AssociationId: nowhere.association, DryRun: true }), options)
  }
]

/** In the way of any answer about permissions. */
const blocking: ReadonlySet<Ec2Error["reason"]["_tag"]> = new Set(["Unauthenticated", "Throttled", "Unavailable", "UnknownOutcome"])

const refusal = (missing: ReadonlyArray<Ec2Error>, description: string): AccessError => {
  const actions = missing.map(({ action }) => `ec2:${action}`).join(", ")
  const mends = new Set(missing.map(({ action, mend = "" }) => mend.replace(`ec2:${action}`, missing.length === 1 ? "it" : "them")))
  return new AccessError({ reason: "unauthorized", message: `EC2 (${description}) does not allow ${actions}: ${missing[0]?.message ?? ""}; ${[...mends].join("; ")}` })
}

/**
 * Whether EC2 can be worked with: it answers at the endpoint, knows who asks, agrees on the time, and allows what can be asked for without naming a thing
 * (`DryRun`). Changes nothing. Fails with all actions that are missing in one message, or with what is in the way of asking.
 */
export const check = Effect.fnUntraced(function*(
  aws: Pick<AwsEc2Service, "calls" | "clockOff" | "description" | "identity" | "region">,
  intent: Intent = "look"
): Effect.fn.Return<Report, AccessError> {
  const missing: Array<Ec2Error> = []
  const permitted: Array<string> = []
  for (const { action, ask, by } of intent === "look" ? looks : [...looks, ...changes]) {
    const error = yield* Effect.flip(aws.calls[by](action, {}, ask)).pipe(Effect.orElseSucceed(() => undefined))
    if (error !== undefined && blocking.has(error.reason._tag)) return yield* accessError(error, `EC2 (${aws.description})`)
    // Who answers a describe in spite of the dry run allows it.
    if (error === undefined || error.code === "DryRunOperation") permitted.push(action)
    else if (error.reason._tag === "Unauthorized") missing.push(error)
    // Another EC2, perhaps, that knows no dry run.
    else if (action.startsWith("Describe")) return yield* accessError(error, `EC2 (${aws.description})`)
  }
  if (missing.length > 0) return yield* refusal(missing, aws.description)
  const willDo = new Set<string>(Object.values(ec2Actions).filter((action) => intent === "change" || action.startsWith("Describe")))
  return {
    identity: aws.identity,
    region: aws.region,
    clockOff: yield* aws.clockOff,
    permitted,
    untold: [...willDo].filter((action) => !permitted.includes(action))
  }
})
