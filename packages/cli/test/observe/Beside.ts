import type { Document } from "@branchline/adapter-memory/kubernetes/Document"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import type { World, WorldOptions } from "@branchline/adapter-memory/World"
import { entryOf, readable } from "@branchline/adapter-k8s/operations/Logs"
import { publishedLimits } from "@branchline/core/limits/Limits"
import { leaderLease, podEni, validatingWebhookConfiguration } from "@branchline/core/model/Names"
import { leases } from "@branchline/core/model/Resource"
import { Clock, DateTime, Effect, Logger, type Scope } from "effect"
import type { Ec2Reads } from "../../src/cluster/Ec2Live.js"
import type { ConditionType } from "../../src/observe/Conditions.js"
import { endpointSlices } from "../../src/observe/Endpoints.js"
import { lookAt, type Place } from "../../src/observe/LookAt.js"
import type { Condition } from "../../src/observe/Memory.js"
import type { ObservedKind } from "../../src/observe/Observed.js"
import { type Observer, observer } from "../../src/observe/Observer.js"
import { pacedReads } from "../../src/observe/Reads.js"
import { database, ec2Reads, makeWorld, region } from "../support/Live.js"
import { policy } from "../support/Documents.js"

/** In the API server's audit log. */
export const user = "observer"

const slices = (({ group, kind, namespaced, plural, version }) => ({ group, version, kind, plural, namespaced }))(endpointSlices)

const validating: Document = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: validatingWebhookConfiguration },
  webhooks: [{ name: "vpod.vpc.k8s.aws", failurePolicy: "Ignore", timeoutSeconds: 10, clientConfig: { url: "https://127.0.0.1:23443/validate-v1-pod" } }]
}

/** The controller's Lease as its holder renews it. */
export const lease = (holder: string, now: number, name: string = leaderLease.name): Document => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace: leaderLease.namespace },
  spec: { holderIdentity: holder, leaseDurationSeconds: 30, renewTime: DateTime.formatIso(DateTime.makeUnsafe(now)), leaseTransitions: 0 }
})

const renew = (world: World, holder: string, name?: string) => Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.orDie(world.apply(lease(holder, now, name))))

/** Somebody who holds a Lease until the answer is run. */
export const holding = Effect.fnUntraced(function*(world: World, holder: string, name?: string) {
  let on = true
  yield* renew(world, holder, name)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep("10 seconds"), Effect.suspend(() => on ? renew(world, holder, name) : Effect.void))))
  return Effect.sync(() => void (on = false))
})

/** A cluster in which all that is looked at is as it should be: a policy, a leader, both webhook configurations. */
export const healthy = Effect.fnUntraced(function*(options: WorldOptions = {}) {
  const world = yield* makeWorld({ ...options, kubernetes: { customResources: [slices] } })
  yield* world.apply(validating).pipe(Effect.orDie)
  yield* world.apply(policy("db", [database])).pipe(Effect.orDie)
  const leaves = yield* holding(world, "controller-a")
  yield* eventually("every node offers branches", Effect.gen(function*() {
    const found = yield* Effect.forEach([...world.nodes.keys()], (name) => world.node(name))
    return found.every((node) => JSON.stringify(node).includes(`"${podEni}":"9"`)) ? true : undefined
  }))
  return { world, leaves }
})

/** How it is looked at a world. */
export interface Looking {
  readonly aws?: boolean
  readonly every?: number
  readonly reads?: Place["reads"]
  readonly ec2?: Ec2Reads
  readonly leases?: Place["leases"]
}

const off = { unknown: "EC2 was not looked at: say --aws", why: "not looked" } as const

/** A world as the command looks at a cluster, with EC2 at its pace. */
export const placeIn = Effect.fnUntraced(function*(world: World, { aws = true, ec2, leases: others = [], reads }: Looking = {}): Effect.fn.Return<Place, never, Scope.Scope> {
  const describes = ec2 ?? (yield* pacedReads(ec2Reads(world, [])))
  return {
    reads: reads ?? world.kubernetes.portFor(user),
    ec2: () => Effect.succeed(aws ? { reads: describes, region } : off),
    namespace: "default",
    server: "https://cluster.example:443",
    clusterName: undefined,
    leases: others
  }
})

export const settings = { clusterName: undefined, limits: publishedLimits, settle: 20_000 }

/** Somebody who observes, and what was said: `WARN differs: …`. */
export interface Watching {
  readonly lines: ReadonlyArray<string>
  /** The same as they are printed. */
  readonly printed: ReadonlyArray<string>
  readonly is: (type: ConditionType) => Effect.Effect<Condition>
  readonly kinds: Effect.Effect<ReadonlyArray<ObservedKind>>
  /** The next rounds: so many. */
  readonly rounds: (count: number) => Effect.Effect<void>
  readonly observer: Observer
}

/** A round each 30 s, in simulated time, at the test's command. */
export const watching = Effect.fnUntraced(function*(world: World, looking: Looking = {}): Effect.fn.Return<Watching, never, Scope.Scope> {
  const lines: Array<string> = []
  const every = looking.every ?? 30_000
  const printed: Array<string> = []
  const listening = Logger.make<unknown, void>((options) => {
    const entry = entryOf(options, undefined)
    lines.push(`${String(entry["level"]).toUpperCase()} ${String(entry["message"])}`)
    printed.push(readable(entry, false))
  })
  const watcher = yield* observer({ look: lookAt(yield* placeIn(world, looking)), settings, every })
  const round = Effect.provide(watcher.round, Logger.layer([listening]))
  return {
    lines,
    printed,
    observer: watcher,
    is: (type) =>
      Effect.map(watcher.state, ({ judgement }) => judgement?.conditions.find((condition) => condition.type === type) ?? {
        type, status: "Unknown", reason: "", message: "no look yet", lastTransitionTime: 0, count: 0
      }),
    kinds: Effect.map(watcher.state, ({ judgement }) => (judgement?.differences ?? []).map(({ what }) => what._tag)),
    rounds: (count) => Effect.repeat(Effect.andThen(Effect.sleep(every), round), { times: count - 1 })
  }
})

export const deleteLease = (world: World) => Effect.orDie(world.admin.delete(leases, leaderLease))
