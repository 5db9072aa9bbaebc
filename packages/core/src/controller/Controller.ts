import { Context, type Duration, Effect, Latch, Layer, Option, Scope } from "effect"
import type { BranchKey } from "../allocation/Branch.js"
import { type LimitsTable, publishedLimits } from "../limits/Limits.js"
import { type CNINode, namedInstance } from "../model/CNINode.js"
import type { ENIConfig } from "../model/ENIConfig.js"
import type { InstanceId } from "../model/Ids.js"
import { instanceOf, type Node } from "../model/Node.js"
import type { Pod } from "../model/Pod.js"
import { isTerminal, wantsBranch } from "../model/PodTraits.js"
import {
  cniNodes as cniNodeResource,
  eniConfigs as eniConfigResource,
  type KubernetesObject,
  nodes as nodeResource,
  pods as podResource
} from "../model/Resource.js"
import { equals } from "../patch/Json.js"
import { Ec2 } from "../ports/Ec2.js"
import { Kubernetes } from "../ports/Kubernetes.js"
import * as Admitting from "./Admitting.js"
import { noteAnnouncement } from "./Announced.js"
import { reconcileBranch } from "./BranchReconciler.js"
import { configMapRead } from "./ConfigMapWatch.js"
import { noteEnd } from "./Ended.js"
import * as Fleet from "./Fleet.js"
import * as Ledger from "./Ledger.js"
import { reconcileNode } from "./NodeReconciler.js"
import type { Parts, WorkKey } from "./Parts.js"
import * as NodeMemory from "./NodeMemory.js"
import { type ActionFigures, pace } from "./Pacing.js"
import * as PodStore from "./PodStore.js"
import * as PolicyWatch from "./PolicyWatch.js"
import * as Recorder from "./Recorder.js"
import { type Change, emptyCache, reflect } from "./Reflector.js"
import { noLooks, retire } from "./Retirement.js"
import { type ControllerSettings, fromConfig } from "./Settings.js"
import * as SubnetGate from "./SubnetGate.js"
import { awayOf, expectedOf, isAwaited } from "./StartOrder.js"
import { about } from "./Subject.js"
import * as Subnets from "./Subnets.js"
import { type Suspects, sweep } from "./Sweep.js"
import * as Told from "./Told.js"
import * as WorkQueue from "./WorkQueue.js"

/** What a controller may be given beside its settings. */
export interface ControllerOptions {
  /** Instance limits; the published table with an overlay (`limits/Overlay`), or the published table alone by default. */
  readonly limits?: LimitsTable | undefined
  /** Named in the event `ControllerVersionNotice`. */
  readonly version?: string | undefined
  /** Told every step of every trunk, in order. */
  readonly observe?: Fleet.StepObserver | undefined
  /** What answers the webhooks in this process already, where only the rest is to be started; one of its own by default. */
  readonly admitting?: Admitting.AdmittingService | undefined
}

/** A running controller, as those around it see it. */
export interface ControllerService {
  /** See `AdmittingService.admit`. */
  readonly admit: Admitting.AdmittingService["admit"]
  /** See `AdmittingService.ready`. */
  readonly ready: Effect.Effect<void>
  /** Returns when it is known what EC2 and the cluster hold: from then on pods are served. */
  readonly known: Effect.Effect<void>
  /** What it knows at this moment, for explanations and inspection. */
  readonly knowledge: Pick<Parts, "fleet" | "pods" | "nodes" | "cniNodes" | "eniConfigs" | "limits" | "policies" | "settings" | "serviceAccounts">
  readonly queue: Effect.Effect<WorkQueue.QueueState>
  /** How the calls to EC2 flow, by action; empty where nothing paces them. */
  readonly pacing: Effect.Effect<ReadonlyArray<ActionFigures>>
  /**
   * Before a shutdown: begins no new work, waits until what runs has ended and the events about it are recorded, at most `within`. Whether
   * all of it was done in that time; what was not is taken up by whoever starts next. There is no way back.
   */
  readonly drain: (within: Duration.Input) => Effect.Effect<boolean>
}

/** Branchline's controller: see {@link layer}. */
export class Controller extends Context.Service<Controller, ControllerService>()("@branchline/core/controller/Controller") {}

const branchKey = (key: string): BranchKey => key.slice("branch/".length) as BranchKey

/** Whether a change is one in what we read: a node's heartbeat is none, and must not cut a backoff short. */
const isReal = <A extends KubernetesObject>(change: Change<A>): boolean => {
  if (change._tag !== "Changed") return true
  const timeless = (object: A) => ({ ...object, metadata: { ...object.metadata, resourceVersion: "" } })
  return !equals(timeless(change.before), timeless(change.object))
}

const concerns = (pod: Pod): boolean => wantsBranch(pod) || Ledger.annotationOf(pod) !== undefined

/**
 * Starts a controller that works until the scope ends. A finalizer that is added to that scope later still finds it at work, and may drain it.
 *
 * Policies are watched at once, so that webhooks can answer. Pods come first and nodes last; then what EC2 holds is read for all nodes together,
 * those with waiting pods first, and each remembers what EC2 and its pods know before anything is allocated.
 */
export const make = (
  settings: ControllerSettings,
  options: ControllerOptions = {}
): Effect.Effect<ControllerService, never, Kubernetes | Ec2 | Scope.Scope> =>
  // What it forks as it works would end before that finalizer, were it forked in the same scope.
  Effect.flatMap(Effect.scope, (outer) => Effect.flatMap(Scope.fork(outer), (own) => Scope.provide(start(settings, options), own)))

const start = (
  settings: ControllerSettings,
  options: ControllerOptions
): Effect.Effect<ControllerService, never, Kubernetes | Ec2 | Scope.Scope> =>
  Effect.gen(function*() {
    const kubernetes = yield* Kubernetes
    const unpaced = yield* Ec2
    const { ec2, figures } = settings.rates === undefined ? { ec2: unpaced, figures: Effect.succeed([]) } : yield* pace(unpaced, settings.rates)
    const fleet = Fleet.make(options.observe)
    const pods = PodStore.make()
    const admitting = options.admitting ?? (yield* Admitting.make(settings))
    const { alarm } = admitting
    const nodes = emptyCache<Node>()
    const cniNodes = emptyCache<CNINode>()
    const eniConfigs = emptyCache<ENIConfig>()
    const looks = noLooks()
    const suspects: Suspects = new Set()

    const recorder = yield* Recorder.make(kubernetes)

    const work = (key: WorkKey): Effect.Effect<WorkQueue.Verdict> => {
      if (key === "sweep") return sweep(parts, suspects)
      if (key.startsWith("branch/")) return reconcileBranch(parts, branchKey(key))
      if (key.startsWith("node/")) return reconcileNode(parts, key.slice("node/".length))
      return retire(parts, looks, key.slice("instance/".length) as InstanceId)
    }
    const queue: WorkQueue.WorkQueue<WorkKey> = yield* WorkQueue.make<WorkKey, never>(
      { concurrency: settings.workers },
      (key) => about(parts, key, work(key))
    )
    const parts: Parts = {
      kubernetes,
      ec2,
      settings,
      version: options.version ?? "development",
      limits: options.limits ?? publishedLimits,
      fleet,
      pods,
      nodes,
      cniNodes,
      eniConfigs,
      serviceAccounts: admitting.serviceAccounts,
      policies: admitting.policies,
      configMap: admitting.configMap,
      ledger: Ledger.make(ec2, settings.clusterName),
      subnets: Subnets.make(ec2),
      gate: SubnetGate.make(),
      recorder,
      nodeMemory: NodeMemory.make(recorder),
      told: Told.make(),
      ask: queue.add
    }

    const podChanged = (change: Change<Pod>): Effect.Effect<void> => {
      pods.note(change)
      const { object } = change
      if (change._tag === "Vanished") {
        parts.told.forget(object.metadata.uid)
        recorder.forget(object.metadata.uid)
      }
      const holds = fleet.holders(object.metadata.uid).length > 0
      if (!holds) pods.foundGone(object.metadata.uid)
      if (!holds && (change._tag === "Vanished" || !concerns(object))) return Effect.void
      const over = change._tag === "Vanished" || isTerminal(object)
      const isServed = Ledger.annotationOf(object) !== undefined
      const asked = queue.add(`branch/${object.metadata.uid}`, {
        // In line with those that wait for a branch, its end would wait, too.
        priority: over || isServed ? "release" : "allocation",
        // An annotation that somebody else wrote settles what the last failure was about.
        hasten: over || (holds && isServed)
      })
      return Effect.andThen(
        noteAnnouncement(parts, object),
        over && !pods.mayLive(object.metadata.uid) ? Effect.andThen(noteEnd(parts, object.metadata.uid), asked) : asked
      )
    }
    const askNode = (name: string) =>
      Effect.suspend(() => queue.add(`node/${name}`, { priority: isAwaited(parts, name) ? "allocation" : "upkeep", hasten: true }))

    const nodeChanged = (change: Change<Node>): Effect.Effect<void> => {
      const { name } = change.object.metadata
      const instanceId = instanceOf(change._tag === "Changed" ? change.before : change.object)
      if (change._tag === "Appeared" && instanceId !== undefined && !parts.ledger.isSurveyed()) parts.ledger.away([instanceId])
      const isLeft = instanceId !== undefined && instanceId !== instanceOf(nodes.get({ name }))
      if (!isLeft || !parts.ledger.isUntaken(instanceId)) return askNode(name)
      // It never came to have a trunk here that could be detached: nobody else knows that EC2 may hold something of it.
      parts.ledger.leave([instanceId])
      return Effect.andThen(queue.add(`instance/${instanceId}`, { priority: "upkeep" }), askNode(name))
    }

    yield* admitting.follow({
      policy: (change) => PolicyWatch.policyChanged(parts, change),
      serviceAccount: ({ object }) => PolicyWatch.serviceAccountChanged(parts, object),
      configMap: (reading) => configMapRead(parts, reading)
    })

    const begin = Effect.gen(function*() {
      // Without the policies every pod would seem to match none, and get the node's groups.
      yield* admitting.ready
      const podCache = yield* reflect(podResource, { alarm, onChange: podChanged })
      yield* podCache.synced
      yield* reflect(eniConfigResource, {
        cache: eniConfigs,
        alarm,
        onChange: () => Effect.forEach(nodes.values(), ({ metadata }) => askNode(metadata.name), { discard: true })
      })
      // Until all nodes are there nobody is asked for: EC2 is read for all of them together, and those with waiting pods go first.
      let isRead = false
      yield* reflect(cniNodeResource, {
        cache: cniNodes,
        alarm,
        onChange: (change) =>
          Effect.suspend(() => {
            const { name } = change.object.metadata
            if (change._tag === "Vanished") {
              parts.told.forget(change.object.metadata.uid)
              // Of a node that is gone for good nobody inherits.
              const instanceId = namedInstance(change.object)
              const isKnown = instanceId !== undefined && (fleet.get(instanceId) !== undefined || parts.ledger.isUntaken(instanceId))
              const mayReturn = nodes.get({ name }) !== undefined || isKnown
              if (mayReturn) parts.nodeMemory.keep(name, change.object)
            }
            return isRead && isReal(change) ? askNode(name) : Effect.void
          })
      })
      yield* cniNodes.synced
      yield* reflect(nodeResource, {
        cache: nodes,
        alarm,
        onChange: (change) => isRead && isReal(change) ? nodeChanged(change) : Effect.void
      })
      yield* nodes.synced
      isRead = true
      parts.ledger.away(awayOf(parts))
      const names = new Set([...nodes.values(), ...cniNodes.values()].map(({ metadata }) => metadata.name))
      yield* Effect.all(
        [parts.ledger.readAhead(expectedOf(parts)), Effect.forEach(names, askNode, { discard: true })],
        { concurrency: "unbounded", discard: true }
      )
      yield* queue.add("sweep", { priority: "upkeep" })
      yield* known.open
    })
    const known = yield* Latch.make()
    yield* Effect.forkScoped(begin)

    return {
      admit: admitting.admit,
      ready: admitting.ready,
      known: known.await,
      knowledge: parts,
      queue: queue.state,
      pacing: figures,
      drain: (within) =>
        Effect.andThen(queue.drain, recorder.settled).pipe(
          Effect.timeoutOption(within),
          Effect.map(Option.isSome)
        )
    }
  })

/** A controller as a layer over the two ports; it works as long as the layer lives. */
export const layer = (
  settings: ControllerSettings,
  options?: ControllerOptions
): Layer.Layer<Controller, never, Kubernetes | Ec2> => Layer.effect(Controller, make(settings, options))

/** As {@link layer}, with the settings read from the environment's `Config`: see `Settings.fromConfig`. Fails with `ConfigError`. */
export const layerConfig = (options?: ControllerOptions) =>
  Layer.effect(Controller, Effect.flatMap(fromConfig, (settings) => make(settings, options)))
