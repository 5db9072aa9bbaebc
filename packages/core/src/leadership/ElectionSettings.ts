import { Data, Duration, Effect, Random, Result } from "effect"
import { leaderLease } from "../model/Names.js"

/** How a process stands for election. */
export interface ElectionOptions {
  /** Who this process is, different from every other candidate's: two that share it would both lead. A host name and something drawn is usual. */
  readonly identity: string
  /** The Lease. Default `kube-system/cp-vpc-resource-controller` (contract §2). */
  readonly lease?: { readonly namespace: string; readonly name: string } | undefined
  /** How long a Lease that does not change is respected; whole seconds. Default 30 seconds. */
  readonly leaseDuration?: Duration.Input | undefined
  /** How long after its last renewal the leader may write; less than `leaseDuration`. Default 15 seconds. */
  readonly renewDeadline?: Duration.Input | undefined
  /** Between two tries to get or to renew the Lease, give or take a tenth; less than `renewDeadline` / 1.2. Default 5 seconds. */
  readonly retryPeriod?: Duration.Input | undefined
  /** How long giving the Lease back may take at the end. Default 2 seconds. */
  readonly releaseWithin?: Duration.Input | undefined
}

/** An identity that no other process has, told by the name of its host: `host_` and 16 hexadecimal digits, drawn. */
export const uniqueIdentity = (host: string): Effect.Effect<string> =>
  Effect.map(Effect.all([Random.next, Random.next]), (draws) =>
    `${host}_${draws.map((draw) => Math.floor(draw * 0x1_0000_0000).toString(16).padStart(8, "0")).join("")}`)

/** {@link ElectionOptions}, checked. Times are milliseconds. */
export interface ElectionSettings {
  readonly identity: string
  readonly lease: { readonly namespace: string; readonly name: string }
  readonly leaseDuration: number
  readonly renewDeadline: number
  readonly retryPeriod: number
  readonly releaseWithin: number
  /** How long the answer to one request is waited for: of the three that fit into the deadline the first two may be lost. */
  readonly answerWithin: number
}

/** The options contradict one another. Not retryable. */
export class ElectionSettingsError extends Data.TaggedError("ElectionSettingsError")<{
  /** What is wrong, and how to mend it. */
  readonly message: string
}> {}

/** As client-go: a renewal must get a second chance before the deadline. */
const jitterFactor = 1.2

export const check = (options: ElectionOptions): Result.Result<ElectionSettings, ElectionSettingsError> => {
  const millis = (given: Duration.Input | undefined, otherwise: Duration.Input): number => Duration.toMillis(given ?? otherwise)
  const leaseDuration = millis(options.leaseDuration, "30 seconds")
  const renewDeadline = millis(options.renewDeadline, "15 seconds")
  const retryPeriod = millis(options.retryPeriod, "5 seconds")
  const releaseWithin = millis(options.releaseWithin, "2 seconds")
  const wrong = (message: string) => Result.fail(new ElectionSettingsError({ message }))
  if (options.identity === "") return wrong("the identity of a candidate for leadership is empty: give each replica one of its own, such as its pod's name")
  if (!Number.isInteger(leaseDuration / 1000) || leaseDuration < 1000) {
    return wrong(`the lease duration is ${leaseDuration} ms: a Lease holds whole seconds, 1 or more`)
  }
  if (!(renewDeadline < leaseDuration)) {
    return wrong(`the renew deadline (${renewDeadline} ms) must be less than the lease duration (${leaseDuration} ms): between the two nobody writes`)
  }
  if (!(retryPeriod > 0 && retryPeriod * jitterFactor < renewDeadline)) {
    return wrong(`the retry period (${retryPeriod} ms) must be more than 0 and less than the renew deadline (${renewDeadline} ms) divided by ${jitterFactor}`)
  }
  return Result.succeed({
    identity: options.identity,
    lease: options.lease ?? leaderLease,
    leaseDuration,
    renewDeadline,
    retryPeriod,
    releaseWithin,
    answerWithin: renewDeadline / 3
  })
}
