import { controllerIdentities } from "@branchline/core/model/Names"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Effect, Exit, Scope } from "effect"
import type { Cluster } from "../../Cluster.js"
import type { Admit } from "../../cluster/Webhooks.js"
import { withEc2Faults } from "../../faults/Ec2Faults.js"
import type { Faults } from "../../faults/Faults.js"
import { withKubernetesFaults } from "../../faults/KubernetesFaults.js"
import { record } from "../Journal.js"
import { type CrashGate, makeCrashGate } from "../perturb/Crash.js"
import { withHidden } from "../perturb/Blind.js"
import * as Host from "../perturb/Host.js"
import { distributions, withEc2Latency, withKubernetesLatency } from "../perturb/Latency.js"
import { makePartition, type Partition } from "../perturb/Partition.js"
import { clear, seenThrough, type Sight } from "../perturb/Sight.js"
import { stream } from "../Streams.js"
import type { World } from "./Plan.js"
import type { Subject } from "./Subject.js"

/** A place for one process of the controller after the other, and what can be done to whoever is there. */
export interface Replica {
  readonly name: string
  /** Starts a process where none runs. */
  readonly start: Effect.Effect<void>
  /** As `kill -9`, at the call at which `arm` says, or now. */
  readonly kill: Effect.Effect<void>
  readonly arm: CrashGate["arm"]
  readonly isRunning: () => boolean
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
  readonly setClock: (ahead: number) => Effect.Effect<void>
  readonly partition: Partition
  readonly sight: Sight
  /** Its answers to webhooks, where it is ready. */
  readonly webhook: Effect.Effect<Admit | undefined>
}

export interface ReplicaOptions {
  readonly name: string
  readonly world: World
  readonly subject: Subject
  readonly cluster: Cluster
  readonly faults: Faults
  /** What EC2's describes leave out. */
  readonly hidden: ReadonlySet<string>
  /** It knows no Lease. */
  readonly isRival: boolean
  readonly started: () => void
  readonly killed: (call: string) => void
  readonly visit: (state: string, event: string) => void
}

interface Running {
  readonly host: Host.Host
  readonly gate: CrashGate
  admit: Admit | undefined
  isReady: Effect.Effect<boolean>
}

/** A process that ended by itself is started again after so long, as kubelet does. */
const restartDelay = "5 seconds"

export const make = Effect.fnUntraced(function*({ cluster, faults, hidden, isRival, killed, name, started, subject, visit, world }: ReplicaOptions) {
  const scope = yield* Effect.scope
  const kubernetesLatency = yield* stream(`latency/kubernetes/${name}`)
  const ec2Latency = yield* stream(`latency/ec2/${name}`)
  const order = yield* stream(`sight/${name}`)
  const partition = makePartition()
  const sight = clear()
  let running: Running | undefined
  let processes = 0
  let ahead = 0

  // From the world to the process: the network, what it makes of what it sees, and the faults nearest to who meets them.
  const reached = partition.kubernetes.over(
    withKubernetesLatency(cluster.kubernetes.portFor(controllerIdentities[0] ?? "", { userAgent: name }), distributions[world.kubernetes.latency], kubernetesLatency)
  )
  const kubernetesPort = withKubernetesFaults(seenThrough(reached, sight, order), faults)
  const ec2Port = withEc2Faults(partition.ec2.over(withEc2Latency(withHidden(cluster.ec2.port, hidden), distributions[world.ec2.latency], ec2Latency)), faults)

  const die = (one: () => Running | undefined, call: string) =>
    Effect.suspend(() => {
      const victim = one()
      if (victim === undefined || running !== victim) return Effect.void
      running = undefined
      killed(call)
      return Effect.andThen(record(`${name}: killed at ${call}`), victim.host.stop)
    })

  const start: Effect.Effect<void> = Effect.suspend(() => {
    if (running !== undefined) return Effect.void
    processes += 1
    const identity = `${name}-${processes}`
    return Effect.gen(function*() {
      const host = yield* Host.make({ ahead })
      const gate = makeCrashGate((call) => die(() => own, call))
      const own: Running = { host, gate, admit: undefined, isReady: Effect.succeed(false) }
      running = own
      started()
      yield* record(`${name}: starts as ${identity}`)
      const process = subject.run({
        identity,
        world,
        isRival,
        visit,
        beginsAnew: started,
        answer: (admit, isReady) => {
          own.admit = admit
          own.isReady = isReady
        }
      }).pipe(
        Effect.provideService(Kubernetes, gate.kubernetes(host.kubernetes(kubernetesPort))),
        Effect.provideService(Ec2, gate.ec2(host.ec2(ec2Port)))
      )
      const life = Effect.gen(function*() {
        const inner = yield* Scope.fork(scope)
        const exit = yield* Effect.exit(Scope.provide(process, inner))
        if (running !== own) return
        running = undefined
        yield* record(`${name}: ended by itself: ${Exit.isFailure(exit) ? Cause.pretty(exit.cause).split("\n")[0] : "without an error"}`)
        yield* Scope.close(inner, Exit.void)
        yield* Effect.sleep(restartDelay)
        yield* start
      })
      yield* Effect.forkIn(host.on(life), scope)
    }).pipe(Scope.provide(scope))
  })

  const replica: Replica = {
    name,
    start,
    kill: die(() => running, "no call"),
    arm: (point) => Effect.suspend(() => running?.gate.arm(point) ?? Effect.void),
    isRunning: () => running !== undefined,
    freeze: Effect.suspend(() => running?.host.stop ?? Effect.void),
    thaw: Effect.suspend(() => running?.host.resume ?? Effect.void),
    setClock: (next) =>
      Effect.suspend(() => {
        ahead = next
        return running?.host.setAhead(next) ?? Effect.void
      }),
    partition,
    sight,
    webhook: Effect.suspend(() => {
      const one = running
      return one?.admit === undefined ? Effect.succeed(undefined) : Effect.map(one.isReady, (ready) => ready ? one.admit : undefined)
    })
  }
  return replica
})
