import type { Ec2 } from "@branchline/core/ports/Ec2"
import { aroundEc2 } from "@branchline/core/ports/AroundEc2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect } from "effect"
import type { Stream } from "../Streams.js"
import { aroundKubernetes } from "./AroundKubernetes.js"

/** Evenly between two times, milliseconds, for its share of all draws. */
export interface Share {
  /** More than 0; shares need not add up to 1. */
  readonly share: number
  readonly min: number
  readonly max: number
}

/** Times as a mixture of even ranges: any distribution, to the precision of its table. Empty: no time at all, a bare yield. */
export type Distribution = ReadonlyArray<Share>

/** Distributions by name. Sums and products of what is drawn only: the same numbers on every machine. */
export const distributions = {
  none: [],
  even: [{ share: 1, min: 50, max: 300 }],
  /** Mostly quick, one call in ten slow, one in a hundred very. */
  tailed: [{ share: 89, min: 20, max: 120 }, { share: 10, min: 120, max: 2_000 }, { share: 1, min: 2_000, max: 12_000 }],
  /** As an API server in the same network. */
  near: [{ share: 19, min: 1, max: 10 }, { share: 1, min: 10, max: 400 }]
} satisfies Readonly<Record<string, Distribution>>

export const draw = (distribution: Distribution, random: Stream): number => {
  let left = random.nextDoubleUnsafe() * distribution.reduce((sum, { share }) => sum + share, 0)
  for (const { max, min, share } of distribution) {
    if (left < share) return min + (left / share) * (max - min)
    left -= share
  }
  return distribution.at(-1)?.max ?? 0
}

const pass = (distribution: Distribution, random: Stream): Effect.Effect<void> =>
  distribution.length === 0 ? Effect.yieldNow : Effect.suspend(() => Effect.sleep(draw(distribution, random)))

/** Half of a drawn time there, and another half back: what is done to the world is done in between. */
const travelling = (distribution: Distribution, random: Stream) => <A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.andThen(pass(distribution, random), Effect.flatMap(Effect.exit(call), (exit) => Effect.andThen(pass(distribution, random), exit)))

/** The port with a way there and a way back, each drawn from the distribution. */
export const withEc2Latency = (port: Ec2["Service"], distribution: Distribution, random: Stream): Ec2["Service"] => {
  const travel = travelling(distribution, random)
  return aroundEc2(port, (_method, call) => travel(call))
}

/** As {@link withEc2Latency}; watches are told at once. */
export const withKubernetesLatency = (port: Kubernetes["Service"], distribution: Distribution, random: Stream): Kubernetes["Service"] => {
  const travel = travelling(distribution, random)
  return aroundKubernetes(port, { call: (_verb, _plural, call) => travel(call) })
}
