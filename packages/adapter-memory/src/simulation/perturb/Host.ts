import type { Ec2 } from "@branchline/core/ports/Ec2"
import { aroundEc2 } from "@branchline/core/ports/AroundEc2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Clock, Duration, Effect, Fiber, Latch, Stream } from "effect"
import { aroundKubernetes } from "./AroundKubernetes.js"

/** How a host's clock differs from the world's. */
export interface HostOptions {
  /** Its wall clock is so much ahead, milliseconds. */
  readonly ahead?: number
  /** Its clocks run so many times as fast. */
  readonly rate?: number
}

/**
 * A process on a host of its own: with its own clocks, and stopped and continued as by SIGSTOP and SIGCONT. While it is stopped its clocks go
 * on, and neither a timer nor an answer wakes it; afterwards all that it missed wakes it in an order that the seed draws. What it has sent arrives,
 * stopped or dead. One that is stopped and never continued is a process that was killed.
 */
export interface Host {
  readonly stop: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  /** Its wall clock is set: so much ahead of the world's from now on, milliseconds. What measures time steps, as `CLOCK_MONOTONIC`, does not jump. */
  readonly setAhead: (ahead: number) => Effect.Effect<void>
  /** By the host's clocks. */
  readonly on: <A, E, R>(program: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly kubernetes: (port: Kubernetes["Service"]) => Kubernetes["Service"]
  readonly ec2: (port: Ec2["Service"]) => Ec2["Service"]
}

/** What is between the process and the world lives as long as the scope. */
export const make = Effect.fnUntraced(function*({ ahead: atFirst = 0, rate = 1 }: HostOptions = {}) {
  const world = yield* Clock.Clock
  const way = yield* Effect.scope
  const going = Latch.makeUnsafe(true)
  const begin = { wall: world.currentTimeMillisUnsafe(), monotonic: world.monotonicTimeNanosUnsafe() }
  let ahead = atFirst

  /** The yield lets the seed draw who of those that waited goes first. */
  const awake = Effect.suspend(() => going.isOpen() ? Effect.void : Effect.andThen(going.await, Effect.yieldNow))

  const millis = (): number => Math.round(begin.wall + (world.currentTimeMillisUnsafe() - begin.wall) * rate) + ahead
  const monotonic = (): bigint => BigInt(Math.round(Number(world.monotonicTimeNanosUnsafe() - begin.monotonic) * rate))
  const nanos = (): bigint => BigInt(begin.wall + ahead) * 1_000_000n + monotonic()
  const clock: typeof Clock.Clock.Service = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (duration) => Effect.andThen(world.sleep(Duration.millis(Duration.toMillis(duration) / rate)), awake)
  }

  const sent = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.forkIn(Effect.provideService(call, Clock.Clock, world), way).pipe(
      Effect.flatMap((fiber) => Effect.exit(Fiber.join(fiber))),
      Effect.flatMap((exit) => Effect.andThen(awake, exit))
    )

  const host: Host = {
    stop: Effect.sync(() => going.closeUnsafe()),
    resume: Effect.sync(() => going.openUnsafe()),
    setAhead: (next) => Effect.sync(() => void (ahead = next)),
    on: (program) => Effect.provideService(program, Clock.Clock, clock),
    kubernetes: (port) =>
      aroundKubernetes(port, {
        call: (_verb, _plural, call) => sent(call),
        watch: (_resource, _options, stream) => Stream.tap(Stream.provideService(stream, Clock.Clock, world), () => awake)
      }),
    ec2: (port) => aroundEc2(port, (_method, call) => sent(call))
  }
  return host
})
