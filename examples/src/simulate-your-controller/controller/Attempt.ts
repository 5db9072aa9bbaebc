import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect } from "effect"

/** What fails is said and left to the next round, which looks at everything anew: nothing else has to be done about an error. */
export const quietly = <R>(what: string, attempt: Effect.Effect<unknown, Ec2Error | KubernetesError, R>): Effect.Effect<void, never, R> =>
  Effect.catch(Effect.asVoid(attempt), ({ message, reason }) => Effect.logWarning(`${what}: ${reason._tag}: ${message}`))
