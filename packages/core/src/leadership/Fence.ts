import { type Clock, Effect } from "effect"
import { aroundEc2 } from "../ports/AroundEc2.js"
import type { Ec2 } from "../ports/Ec2.js"
import { ec2Actions } from "../ports/Ec2Actions.js"
import { Ec2Error } from "../ports/Ec2Error.js"
import { Kubernetes } from "../ports/Kubernetes.js"
import { KubernetesError } from "../ports/KubernetesError.js"
import { MayLeave } from "../ports/MayLeave.js"
import type { ElectionSettings } from "./ElectionSettings.js"
import { atMostPassed, type Instant, instantOf } from "./Instant.js"

/**
 * What stands between one term of leadership and the world: writes pass only while it is certain that nobody else leads, and once that was
 * not certain, never again.
 *
 * Why that is enough. A renewal counts from the moment its request was **sent**; the API server stored it later, and others saw it later
 * still. They respect it for the lease duration from then on (30 s), the fence lets through for the renew deadline (15 s), by clocks that go on
 * while the process is stopped. So whoever was paused or cut off finds the fence closed, and the difference (15 s) is for what was on its way:
 * when the fence closes, the work's scope closes, which aborts open requests; one that has arrived is not called back, it takes effect in
 * the server's own time, milliseconds for the API server and seconds for EC2. So nothing that queues or retries may stand behind the fence:
 * it wraps the adapter itself, and pacing and flow control wrap it.
 *
 * An adapter asks once more as the bytes leave (`ports/MayLeave`), because a connection may have to be made first. What is left: a process that is stopped between
 * that and the network, or with a call to EC2 whose connection is being made, for longer than the lease, may send it when it goes on. That is why the annotation carries
 * UID and resource version, and EC2's calls their tokens (contract §9, "two controllers at once").
 */
export interface Fence {
  /** For how long writes pass yet if nothing is renewed, milliseconds; 0 once it is closed. */
  readonly left: Effect.Effect<number>
  readonly isOpen: Effect.Effect<boolean>
  /** The port, whose writes (events too) fail unsent with `Unavailable` when the fence is closed; reads pass always. */
  readonly kubernetes: (port: Kubernetes["Service"]) => Kubernetes["Service"]
  /** As {@link kubernetes}; the error's code is `NotLeading`. */
  readonly ec2: (port: Ec2["Service"]) => Ec2["Service"]
}

/** A fence in the hands of the election. */
export interface OwnFence extends Fence {
  /** Counts a renewal whose request was sent at that time; false where it comes too late. */
  readonly renewed: (sentAt: Instant) => Effect.Effect<boolean>
  readonly close: Effect.Effect<void>
}

/** A fence that is open since the request that won the Lease was sent. */
export const make = ({ lease, renewDeadline }: Pick<ElectionSettings, "lease" | "renewDeadline">, won: Instant): OwnFence => {
  let sentAt = won
  let closed = false
  const leftBy = (clock: Clock.Clock): number => {
    if (closed) return 0
    const remaining = renewDeadline - atMostPassed(sentAt, instantOf(clock))
    if (remaining > 0) return remaining
    closed = true
    return 0
  }
  const left = Effect.clockWith((clock) => Effect.sync(() => leftBy(clock)))
  const isOpen = Effect.map(left, (remaining) => remaining > 0)
  const message = `not sent: this process no longer leads for certain (Lease ${lease.namespace}/${lease.name}); whoever leads does it`

  const guarded = <A, E>(write: Effect.Effect<A, E>, refusal: () => E): Effect.Effect<A, E> =>
    Effect.clockWith((clock) => {
      const mayLeave = () => leftBy(clock) > 0
      return mayLeave() ? Effect.provideService(write, MayLeave, mayLeave) : Effect.fail(refusal())
    })

  const kubernetes = (port: Kubernetes["Service"]): Kubernetes["Service"] => {
    const write = <A>(operation: string, call: Effect.Effect<A, KubernetesError>) =>
      guarded(call, () => new KubernetesError({ operation, reason: { _tag: "Unavailable" }, message }))
    return Kubernetes.of({
      list: (resource, scope) => port.list(resource, scope),
      watch: (resource, options) => port.watch(resource, options),
      get: (resource, key) => port.get(resource, key),
      create: (resource, document) => write(`create ${resource.plural}`, port.create(resource, document)),
      patch: (resource, key, patch, options) => write(`patch ${resource.plural} ${key.name}`, port.patch(resource, key, patch, options)),
      delete: (resource, key, preconditions) => write(`delete ${resource.plural} ${key.name}`, port.delete(resource, key, preconditions)),
      recordEvent: (event) => write(`create events ${event.regarding.name}`, port.recordEvent(event))
    })
  }

  const ec2 = (port: Ec2["Service"]): Ec2["Service"] =>
    aroundEc2(port, (method, call) => {
      const action = ec2Actions[method]
      return action.startsWith("Describe")
        ? call
        : guarded(call, () => new Ec2Error({ action, code: "NotLeading", reason: { _tag: "Unavailable" }, message }))
    })

  return {
    left,
    isOpen,
    kubernetes,
    ec2,
    renewed: (sent) =>
      Effect.map(isOpen, (open) => {
        if (open) sentAt = sent
        return open
      }),
    close: Effect.sync(() => {
      closed = true
    })
  }
}
