import type { Ec2 } from "@branchline/core/ports/Ec2"
import { aroundEc2 } from "@branchline/core/ports/AroundEc2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { type Duration, Effect, Latch, Option, Stream } from "effect"
import { aroundKubernetes } from "./AroundKubernetes.js"

/** One side of a process's network, which can be cut and healed. */
export interface Side<Port> {
  readonly cut: Effect.Effect<void>
  readonly heal: Effect.Effect<void>
  readonly over: (port: Port) => Port
}

/** What is between a process and the world. A layer over either port. */
export interface Partition {
  readonly kubernetes: Side<Kubernetes["Service"]>
  readonly ec2: Side<Ec2["Service"]>
}

/**
 * A network that is whole. While a side is cut, requests and answers wait, as TCP has them wait: they go on when it is healed in time, and after
 * `patience` (10 seconds by default) the caller gives up. What was not sent had no effect; what was sent may have. Watches are silent, and go on
 * where they were.
 */
export const makePartition = (options: { readonly patience?: Duration.Input } = {}): Partition => {
  const patience = options.patience ?? "10 seconds"

  const side = <Port>(over: (passes: <A, E>(call: Effect.Effect<A, E>, lost: (sent: boolean) => E) => Effect.Effect<A, E>, whole: Latch.Latch) => (port: Port) => Port): Side<Port> => {
    const whole = Latch.makeUnsafe(true)
    const crossing = Effect.suspend(() => whole.isOpen() ? Effect.succeed(true) : Effect.map(Effect.timeoutOption(whole.await, patience), Option.isSome))
    const passes = <A, E>(call: Effect.Effect<A, E>, lost: (sent: boolean) => E): Effect.Effect<A, E> =>
      Effect.flatMap(crossing, (sent) =>
        sent
          ? Effect.flatMap(Effect.exit(call), (exit) => Effect.flatMap(crossing, (heard): Effect.Effect<A, E> => heard ? exit : Effect.fail(lost(true))))
          : Effect.fail(lost(false)))
    return {
      cut: Effect.sync(() => whole.closeUnsafe()),
      heal: Effect.sync(() => whole.openUnsafe()),
      over: over(passes, whole)
    }
  }

  return {
    kubernetes: side((passes, whole) => (port) =>
      aroundKubernetes(port, {
        call: (verb, plural, call) =>
          passes(call, (sent) =>
            new KubernetesError({
              operation: `${verb} ${plural}`,
              reason: { _tag: sent && verb !== "list" && verb !== "get" ? "UnknownOutcome" : "Unavailable" },
              message: "no answer"
            })),
        watch: (_resource, _options, stream) => Stream.tap(stream, () => whole.isOpen() ? Effect.void : whole.await)
      })
    ),
    ec2: side((passes) => (port) =>
      aroundEc2(port, (method, call) =>
        passes(call, (sent) =>
          new Ec2Error({
            action: ec2Actions[method],
            code: "Timeout",
            reason: { _tag: sent && !method.startsWith("describe") ? "UnknownOutcome" : "Unavailable" },
            message: "no answer"
          })))
    )
  }
}
