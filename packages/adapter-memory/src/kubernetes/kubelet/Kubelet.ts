import { Effect } from "effect"
import type { Kubernetes, ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { stream } from "../../simulation/Streams.js"
import { follow } from "../informer/Informer.js"
import * as CniPlugin from "./CniPlugin.js"
import { type KubeletPod, kubeletPods } from "./KubeletPod.js"
import type { NodeIdentity } from "./NodeObject.js"
import * as PodWorker from "./PodWorker.js"
import { copyCapacity, register } from "./Registration.js"
import { defaultTimings, type Timings } from "./Timings.js"
import type { Violations } from "./Violations.js"

/** `source.component` of kubelet's events. */
export const kubeletComponent = "kubelet"

/** The user that a node's kubelet is. Source: Kubernetes, "Using Node Authorization". */
export const kubeletUser = (nodeName: string): { readonly username: string; readonly groups: ReadonlyArray<string> } => ({
  username: `system:node:${nodeName}`,
  groups: ["system:nodes", "system:authenticated"]
})

/** A node and what its kubelet talks to. */
export interface KubeletOptions {
  readonly identity: NodeIdentity
  /** The port in the name of {@link kubeletUser}. */
  readonly port: Kubernetes["Service"]
  /** `DELETE pods/<name>` with grace 0 and the UID as precondition. */
  readonly removePod: (pod: ObjectKey, uid: string) => Effect.Effect<void, KubernetesError>
  readonly truth: CniPlugin.NetworkTruth
  /** The address of a pod that has no branch. */
  readonly ordinaryAddress: Effect.Effect<string>
  readonly violations: Violations
  readonly ipFamily?: "ipv4" | "ipv6"
  readonly timings?: Timings
}

/** A running kubelet. */
export interface Kubelet {
  /** Registers the node again, as a restart of kubelet does; what extended resources it had is forgotten. */
  readonly register: Effect.Effect<void, KubernetesError>
  readonly plugin: CniPlugin.CniPlugin
}

const isTerminal = (pod: KubeletPod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed"
const isDeleting = (pod: KubeletPod): boolean => typeof pod.metadata.deletionTimestamp === "string"

/** Registers the node and runs the pods that are bound to it, for as long as the scope lives; at its end everything just stops, as in a power cut. */
export const make = Effect.fnUntraced(function*(options: KubeletOptions) {
  const { identity: { address, instanceId, nodeName }, identity, port, truth, violations } = options
  const scope = yield* Effect.scope
  const random = yield* stream(`kubelet/${nodeName}`)
  const containerIds = yield* stream(`kubelet/${nodeName}/containers`)
  const reports = yield* stream(`kubelet/${nodeName}/reports`)
  const timings = { ...defaultTimings, ...options.timings }
  const plugin = CniPlugin.make({
    nodeName,
    instanceId,
    ipFamily: options.ipFamily ?? "ipv4",
    ordinaryAddress: options.ordinaryAddress,
    truth,
    violations
  })
  const context: PodWorker.WorkerContext = {
    nodeName,
    nodeAddress: address,
    port,
    removePod: options.removePod,
    plugin,
    random,
    containerIds,
    timings,
    images: new Set()
  }
  const workers = new Map<string, PodWorker.PodWorker>()

  const start = Effect.fnUntraced(function*(pod: KubeletPod) {
    const { uid } = pod.metadata
    const { run, worker } = yield* PodWorker.make(pod, context)
    workers.set(uid, worker)
    yield* Effect.forkIn(Effect.ensuring(run, Effect.sync(() => workers.delete(uid))), scope)
    return worker
  })

  const handler = {
    upsert: Effect.fnUntraced(function*(pod: KubeletPod) {
      const known = workers.get(pod.metadata.uid)
      // A pod that ended before this kubelet knew it has nothing on the node; its object may still wait for kubelet's word.
      if (known === undefined && isTerminal(pod) && !isDeleting(pod)) return
      const worker = known ?? (yield* start(pod))
      yield* worker.update(pod)
      if (isDeleting(pod)) yield* worker.stop
      else if (isTerminal(pod)) yield* worker.conclude
    }),
    remove: (pod: KubeletPod) => workers.get(pod.metadata.uid)?.stop ?? Effect.void
  }

  yield* register(port, identity)
  yield* Effect.forkIn(copyCapacity(port, nodeName, reports, timings), scope)
  yield* Effect.forkIn(follow(port, kubeletPods, { fieldSelector: `spec.nodeName=${nodeName}` }, handler), scope)
  const kubelet: Kubelet = { register: register(port, identity), plugin }
  return kubelet
})
