import { Clock, Duration, Effect, Layer } from "effect"
import { controllerIdentities, eventComponent } from "@branchline/core/model/Names"
import { serviceAccounts } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Seed } from "../simulation/Streams.js"
import * as Admission from "./admission/Admission.js"
import * as ApiServer from "./ApiServer.js"
import type { Audit } from "./Audit.js"
import * as AuditLog from "./AuditLog.js"
import * as Chance from "./Chance.js"
import * as GarbageCollector from "./GarbageCollector.js"
import * as Kinds from "./Kinds.js"
import * as Port from "./Port.js"
import { found } from "./registry/Namespace.js"
import type { Registry } from "./registry/Registry.js"
import * as Store from "./Store.js"
import type { Change } from "./Store.js"
import type { User } from "./User.js"
import type { WatchControls } from "./WatchControls.js"
import * as WatchHub from "./WatchHub.js"
import type { Webhook } from "./Webhook.js"

/** How a server is made. */
export interface Options {
  /** What the server draws (UIDs, generated names, latencies) depends on this alone. Default: the run's own seed. */
  readonly seed?: string
  /** Time that a request needs to the server, and its answer back: drawn evenly from the range. Default: none, a bare yield. */
  readonly latency?: { readonly min: Duration.Input; readonly max: Duration.Input }
  /** Namespaces there are from the start. Default `default`, `kube-node-lease`, `kube-public`, `kube-system`. */
  readonly namespaces?: ReadonlyArray<string>
  /** Custom resources besides the built-in kinds and those that the core knows. */
  readonly customResources?: ReadonlyArray<ApiServer.Place & { readonly hasStatus?: boolean }>
  /** How many changes of each kind are remembered at least; a watch from before them is `Expired`. Default 10,000. */
  readonly history?: number
  /** How many audit events are remembered at least. Default 100,000. */
  readonly auditCapacity?: number
  /** After this the server closes a watch in good order. Default: drawn from 5 to 10 minutes, as client-go's reflector asks for. */
  readonly watchTimeout?: Duration.Input
  /** Between two bookmarks of a watch. Default 1 minute. */
  readonly bookmarkInterval?: Duration.Input
  /** Between the moment an object lost its last owner and its deletion by the garbage collector. Default 1 second. */
  readonly garbageCollectionDelay?: Duration.Input
}

/** What a port adds to its user. */
export interface PortOptions {
  /** `source.component` of recorded events. Default `vpc-resource-controller`. */
  readonly component?: string
  /** As the audit log shows it. */
  readonly userAgent?: string
  /** Whether events that it records are written. Default true. */
  readonly events?: boolean
}

/** An API server in memory. */
export interface MemoryKubernetes {
  /** The core's port, in the name of a user. */
  readonly portFor: (user: string | User, options?: PortOptions) => Kubernetes["Service"]
  /** The verbs on undecoded documents, with those that the port lacks. */
  readonly server: ApiServer.ApiServer
  readonly audit: Audit
  readonly watches: WatchControls
  /** Calls `listener` at once after each write that took effect, before anybody hears of it. */
  readonly observe: (listener: (change: Change) => void) => void
  /** Adds a webhook, or puts it in the place of the one of that configuration and name. */
  readonly registerWebhook: (webhook: Webhook) => Effect.Effect<void>
  readonly unregisterWebhook: (configuration: string, name: string) => Effect.Effect<void>
}

const millis = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

const watchTimes = ({ watchTimeout, bookmarkInterval = "1 minute" }: Options): WatchHub.WatchTimes => ({
  timeout: watchTimeout === undefined
    ? { min: millis("5 minutes"), max: millis("10 minutes") }
    : { min: millis(watchTimeout), max: millis(watchTimeout) },
  bookmarkInterval: millis(bookmarkInterval)
})

const travelOf = (latency: Options["latency"], chance: Chance.Chance): Effect.Effect<void> => {
  if (latency === undefined) return Effect.yieldNow
  const [min, max] = [millis(latency.min), millis(latency.max)]
  return Effect.suspend(() => Effect.sleep(chance.between(min, max)))
}

/** One stream for each concern. */
const chances = (seed: string | undefined) => {
  const streams = Effect.all({
    admission: Chance.make("admission"),
    audit: Chance.make("audit"),
    latency: Chance.make("latency"),
    names: Chance.make("names"),
    uids: Chance.make("uids"),
    watches: Chance.make("watches")
  })
  return seed === undefined ? streams : Effect.provideService(streams, Seed, seed)
}

/**
 * A server that lives as long as the scope. The same seed gives the same run.
 *
 * @example
 * const memory = yield* MemoryKubernetes.make()
 * const pod = yield* memory.portFor("kubernetes-admin").create(pods, manifest)
 */
export const make = Effect.fnUntraced(function*(options: Options = {}) {
  const clock = yield* Clock.Clock
  const store = Store.make(options.history ?? 10_000)
  const kinds = Kinds.make(options.customResources ?? [])
  const accounts = kinds.at(serviceAccounts)
  const chance = yield* chances(options.seed)
  const admission = Admission.make({
    namespaceOf: (name) => store.get(Kinds.namespaces, { name }),
    hasServiceAccount: (namespace, name) => accounts !== undefined && store.get(accounts, { namespace, name }) !== undefined
  }, chance.admission)
  const registry: Registry = { now: () => clock.currentTimeMillisUnsafe(), store, admission, uids: chance.uids, names: chance.names }
  const audit = AuditLog.make(options.auditCapacity ?? 100_000, chance.audit)
  const watches = WatchHub.make(store, watchTimes(options), chance.watches, clock)
  const travel = travelOf(options.latency, chance.latency)
  const server = ApiServer.make({ registry, kinds, watches, audit, travel })
  const decode = Port.sharedDecode()
  const moment = Port.distinctNanos()

  for (const name of options.namespaces ?? ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    yield* Effect.orDie(found(registry, kinds, name))
  }
  const collector = GarbageCollector.run(
    store,
    kinds,
    server.as(GarbageCollector.garbageCollectorUser, "kube-controller-manager"),
    millis(options.garbageCollectionDelay ?? "1 second")
  )
  yield* Effect.forkScoped(collector, { startImmediately: true })

  const memory: MemoryKubernetes = {
    portFor: (user, { component = eventComponent, events: isHeard = true, userAgent } = {}) =>
      Port.make(server.as(user, userAgent), decode, { component, moment, isHeard }),
    server,
    audit: { events: Effect.sync(audit.events) },
    watches: watches.controls,
    observe: store.observe,
    registerWebhook: (webhook) => Effect.sync(() => admission.register(webhook)),
    unregisterWebhook: (configuration, name) => Effect.sync(() => admission.unregister(configuration, name))
  }
  return memory
})

const controller = controllerIdentities[0] ?? "kubernetes-admin"

/** The port of one user (default: the controller) over a server of its own. */
export const layer = (options: Options & { readonly user?: string | User } = {}): Layer.Layer<Kubernetes> =>
  Layer.effect(Kubernetes, Effect.map(make(options), (memory) => memory.portFor(options.user ?? controller)))
