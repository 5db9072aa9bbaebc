import type { Ec2 } from "@branchline/core/ports/Ec2"
import { aroundEc2 } from "@branchline/core/ports/AroundEc2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect } from "effect"
import { aroundKubernetes } from "./AroundKubernetes.js"

/** At which call a process is to die. */
export interface CrashPoint {
  /** So many calls are still let through. */
  readonly after: number
  /** Whether the call at which it dies takes effect. */
  readonly side: "before" | "after"
}

/** A layer over both ports that kills the process behind it at a call, before or after the call's effect. */
export interface CrashGate {
  readonly arm: (point: CrashPoint) => Effect.Effect<void>
  /** Calls that passed. */
  readonly passed: () => number
  readonly kubernetes: (port: Kubernetes["Service"]) => Kubernetes["Service"]
  readonly ec2: (port: Ec2["Service"]) => Ec2["Service"]
}

/**
 * A gate; `die` ends the process at once, as `kill -9` does, and is told the call. The call never returns.
 *
 * @example const gate = makeCrashGate((call) => Effect.andThen(record(`killed at ${call}`), host.stop))
 */
export const makeCrashGate = (die: (call: string) => Effect.Effect<void>): CrashGate => {
  let point: CrashPoint | undefined
  let left = 0
  let passed = 0

  const through = <A, E>(name: string, call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      passed += 1
      if (point === undefined || left-- > 0) return call
      const { side } = point
      point = undefined
      const end = Effect.andThen(die(`${name}, ${side} its effect`), Effect.never)
      return side === "before" ? end : Effect.andThen(Effect.exit(Effect.uninterruptible(call)), end)
    })

  return {
    arm: (next) =>
      Effect.sync(() => {
        point = next
        left = next.after
      }),
    passed: () => passed,
    kubernetes: (port) => aroundKubernetes(port, { call: (verb, plural, call) => through(`${verb} ${plural}`, call) }),
    ec2: (port) => aroundEc2(port, through)
  }
}
