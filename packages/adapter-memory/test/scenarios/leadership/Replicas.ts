import * as Admitting from "@branchline/core/controller/Admitting"
import * as Controller from "@branchline/core/controller/Controller"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import * as Election from "@branchline/core/leadership/Election"
import { controllerIdentities } from "@branchline/core/model/Names"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Effect, Exit, Fiber, type Scope } from "effect"
import { expect } from "vitest"
import * as Cluster from "../../../src/Cluster.js"
import { withEc2Faults } from "../../../src/faults/Ec2Faults.js"
import * as Faults from "../../../src/faults/Faults.js"
import { withKubernetesFaults } from "../../../src/faults/KubernetesFaults.js"
import { parse } from "../../../src/kubernetes/Timestamps.js"
import { simulate } from "../../../src/simulation/Simulation.js"
import * as Witness from "../Witness.js"
import { group, type World } from "../World.js"
import { fenced, type Write } from "./Candidates.js"
import * as Host from "../../../src/simulation/perturb/Host.js"

/** One of several processes that run the whole controller, of which one leads. */
export interface Replica {
  readonly name: string
  readonly host: Host.Host
  /** Trouble of this replica alone, on both ports. */
  readonly faults: Faults.Faults
  readonly election: Effect.Effect<Election.ElectionState>
  /** The controller of the present term, or of the last one. */
  readonly controller: () => Controller.ControllerService | undefined
  readonly admitting: Admitting.AdmittingService
  /** Ends it in good order. */
  readonly end: Effect.Effect<void>
  /** Ends it as `kill -9` does. */
  readonly kill: Effect.Effect<void>
}

export interface Replicas {
  readonly world: World
  readonly replicas: readonly [Replica, Replica]
  /** The writes to the API server that were done, Leases aside, by replica. */
  readonly writes: Effect.Effect<ReadonlyArray<Write>>
}

export interface ReplicaOptions extends Cluster.ClusterOptions {
  readonly settings?: Partial<ControllerSettings>
}

const make = Effect.fnUntraced(function*({ settings: changes, ...options }: ReplicaOptions) {
  const cluster = yield* Cluster.make({ securityGroups: [group], ...options })
  const settings: ControllerSettings = { ...defaults, clusterName: "seed", ...changes }
  const dead = new Set<string>()

  const replica = Effect.fnUntraced(function*(name: string) {
    const host = yield* Host.make()
    const faults = yield* Faults.make({ seed: name })
    const identity = controllerIdentities[0] ?? ""
    const kubernetes = host.kubernetes(withKubernetesFaults(cluster.kubernetes.portFor(identity, { userAgent: name }), faults))
    const ec2 = host.ec2(withEc2Faults(cluster.ec2.port, faults))
    const admitting = yield* host.on(Admitting.make(settings)).pipe(Effect.provideService(Kubernetes, kubernetes))
    const election = yield* Election.make({ identity: name }).pipe(Effect.provideService(Kubernetes, kubernetes), Effect.orDie)
    let controller: Controller.ControllerService | undefined
    const work = ({ fence }: Election.Leadership) =>
      Effect.gen(function*() {
        const made = yield* Controller.make(settings, { admitting })
        controller = made
        // Only where the term ends in good order there is anything to be done yet.
        yield* Effect.addFinalizer(() => Effect.flatMap(fence.isOpen, (open) => open ? made.drain("3 seconds") : Effect.succeed(false)))
      }).pipe(
        Effect.provideService(Kubernetes, fence.kubernetes(kubernetes)),
        Effect.provideService(Ec2, fence.ec2(ec2))
      )
    const leading = yield* Effect.forkScoped(host.on(election.lead(work)))
    // At the world's end every process goes on, so that it can end.
    yield* Effect.addFinalizer(() => host.resume)
    const one: Replica = {
      name,
      host,
      faults,
      election: host.on(election.state),
      controller: () => controller,
      admitting,
      end: Effect.andThen(Effect.sync(() => void dead.add(name)), Fiber.interrupt(leading)),
      kill: Effect.andThen(Effect.sync(() => void dead.add(name)), host.stop)
    }
    return one
  })
  const replicas = [yield* replica("a"), yield* replica("b")] as const
  // As a Service does: a webhook call goes to a replica that is ready, whether it leads or not.
  yield* cluster.serveWebhooks((request) =>
    Effect.gen(function*() {
      for (const { admitting, name } of replicas) if (!dead.has(name) && (yield* admitting.isReady)) return yield* admitting.admit(request)
      return yield* Effect.fail("no replica is ready")
    }))
  for (const { admitting } of replicas) yield* admitting.ready

  const [first] = replicas
  const world: World = {
    ...cluster,
    controller: () => {
      const running = replicas.map(({ controller }) => controller()).find((one) => one !== undefined)
      if (running === undefined) throw new Error("nobody has led yet")
      return running
    },
    crash: first.kill,
    start: Effect.die("a replica that was killed does not come back"),
    witness: yield* Witness.make(cluster, { cooldown: settings.allocation.cooldown })
  }
  const made: Replicas = {
    world,
    replicas,
    writes: Effect.map(cluster.kubernetes.audit.events, (events) =>
      events.flatMap(({ objectRef, requestReceivedTimestamp, responseStatus, userAgent }): ReadonlyArray<Write> =>
        replicas.some(({ name }) => name === userAgent) && objectRef.resource !== "leases" && responseStatus.code < 300
          ? [{ at: parse(requestReceivedTimestamp), where: "kubernetes", term: userAgent }]
          : []))
  }
  return made
})

/** Plays a story with the seed, in virtual time, and holds what the replicas wrote against `fenced`. */
export const play = <A, E>(options: ReplicaOptions, story: (replicas: Replicas) => Effect.Effect<A, E, Scope.Scope>, seed: number): A => {
  const run = simulate(Effect.gen(function*() {
    const replicas = yield* make(options)
    return yield* story(replicas)
  }), { seed })
  if (Exit.isSuccess(run.exit)) return run.exit.value
  throw new Error(`seed ${seed}: ${Cause.pretty(run.exit.cause)}\n${run.journal.slice(-40).join("\n")}`, { cause: Cause.squash(run.exit.cause) })
}

/** What both wrote is never mixed, where each of them led once. */
export const neverMixed = Effect.fnUntraced(function*({ writes }: Replicas) {
  const all = yield* writes
  expect(new Set(all.map(({ term }) => term)).size, "both wrote").toBe(2)
  fenced(all)
})
