import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Clock, Effect, Result } from "effect"
import { type Stream, streamFor } from "../simulation/Streams.js"
import type { CallLog, Parameters } from "./CallLog.js"
import { type Refusal, throttled, toError } from "./Refusal.js"
import type { BucketSize, Millis } from "./Settings.js"
import { full, refill, take, type TokenBucket } from "./TokenBucket.js"
import type { World } from "./World.js"

/** One call, as EC2 receives it. */
export interface Request<A> {
  readonly action: string
  readonly parameters: Parameters
  /** Drawn where absent. */
  readonly requestId?: string | undefined
  /** What it does, in one go, at the moment `now` (clock milliseconds). */
  readonly effect: (now: number) => Result.Result<A, Refusal>
  /** The answer in a word, for the log. */
  readonly summary: (answer: A) => string
}

/**
 * EC2's front door: the way there, the token bucket, the effect, an entry in the log, the way back. The effect takes place at a drawn
 * point between call and answer; a caller that is interrupted meanwhile does not know whether it did, as with the real one.
 */
export interface Endpoint {
  readonly call: <A>(request: Request<A>) => Effect.Effect<A, Ec2Error>
  /** The time that a describe looks at: `now`, or a drawn while before. */
  readonly lookBack: (now: number) => number
  /** Whole tokens left at `now`, by action; nothing where calls are not throttled. An action that was not called yet has all of its own. */
  readonly tokens: (now: number) => Readonly<Record<string, number>>
}

const draw = (stream: Stream, span: Millis): number =>
  span.min === span.max ? span.min : Math.round(span.min + stream.nextDoubleUnsafe() * (span.max - span.min))

/** Without a delay a call still yields, so that other fibers get in between (design, "Identity, time, truth"). */
const travel = (millis: number): Effect.Effect<void> => (millis > 0 ? Effect.sleep(millis) : Effect.yieldNow)

const isDescribe = (action: string): boolean => action.startsWith("Describe")

export const makeEndpoint = (world: World, log: Pick<CallLog, "push">): Endpoint => {
  const { settings } = world
  const latencies = streamFor(settings.seed, "ec2/latency")
  const lags = streamFor(settings.seed, "ec2/lag")
  const buckets = new Map<string, TokenBucket>()

  const sizeOf = (action: string): BucketSize | undefined =>
    settings.throttle === undefined
      ? undefined
      : settings.throttle.actions[action] ?? (isDescribe(action) ? settings.throttle.describing : settings.throttle.mutating)

  const admitted = (action: string, now: number): boolean => {
    const size = sizeOf(action)
    if (size === undefined) return true
    const { bucket, granted } = take(buckets.get(action) ?? full(size, now), size, now)
    buckets.set(action, bucket)
    return granted
  }

  const call: Endpoint["call"] = Effect.fnUntraced(function*(request) {
    const latency = draw(latencies, settings.latencies[request.action] ?? settings.latency)
    const there = latency > 0 ? Math.round(latencies.nextDoubleUnsafe() * latency) : 0
    yield* travel(there)
    const now = yield* Clock.currentTimeMillis
    const { action, parameters } = request
    const requestId = request.requestId ?? world.ids.request()
    const result = admitted(action, now) ? request.effect(now) : Result.fail(throttled)
    log.push({
      at: now,
      action,
      parameters,
      outcome: Result.match(result, {
        onFailure: ({ code }) => ({ _tag: "refused", code }),
        onSuccess: (answer) => ({ _tag: "done", answer: request.summary(answer) })
      }),
      requestId
    })
    yield* travel(latency - there)
    return yield* Effect.fromResult(Result.mapError(result, toError(action, requestId)))
  })

  const tokens: Endpoint["tokens"] = (now) =>
    Object.fromEntries([...buckets].flatMap(([action, bucket]) => {
      const size = sizeOf(action)
      return size === undefined ? [] : [[action, Math.floor(refill(bucket, size, now).tokens / 1_000)] as const]
    }))

  return { call, lookBack: (now) => now - draw(lags, settings.describeLag), tokens }
}
