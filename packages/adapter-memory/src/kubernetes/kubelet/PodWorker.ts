import { Deferred, Duration, Effect, Queue, Result, Schedule, type Schema } from "effect"
import type { Kubernetes, ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { record } from "../../simulation/Journal.js"
import { hex, type Stream } from "../../simulation/Streams.js"
import type { CniPlugin } from "./CniPlugin.js"
import { endingOf, type KubeletContainer, type KubeletPod, kubeletPods } from "./KubeletPod.js"
import * as PodStatus from "./PodStatus.js"
import { draw, type Timings } from "./Timings.js"

/** What the workers of one node share. */
export interface WorkerContext {
  readonly nodeName: string
  readonly nodeAddress: string
  readonly port: Kubernetes["Service"]
  /** `DELETE pods/<name>` with grace 0 and the UID as precondition. */
  readonly removePod: (pod: ObjectKey, uid: string) => Effect.Effect<void, KubernetesError>
  readonly plugin: CniPlugin
  /** For how long things take. */
  readonly random: Stream
  readonly containerIds: Stream
  readonly timings: Required<Timings>
  /** Images that the node has got. */
  readonly images: Set<string>
}

/** What a worker is told. */
export interface PodWorker {
  /** The pod's newest state. */
  readonly update: (pod: KubeletPod) => Effect.Effect<void>
  /** The pod is to end: its deletion was asked for, or it is gone already. */
  readonly stop: Effect.Effect<void>
  /** The pod's phase is terminal, on somebody else's word: what still runs of it ends, and its object stays until it is deleted. */
  readonly conclude: Effect.Effect<void>
}

const patience = { schedule: Schedule.spaced("1 second"), while: (error: KubernetesError) => error.isRetryable }

/** `Always`, and the default for `:latest` or no tag (Kubernetes, "Images"). */
const alwaysPulls = ({ image, imagePullPolicy }: KubeletContainer): boolean => {
  if (typeof imagePullPolicy === "string" && imagePullPolicy !== "") return imagePullPolicy === "Always"
  const name = (image ?? "").split("/").at(-1) ?? ""
  return !name.includes(":") || name.endsWith(":latest")
}

/**
 * A worker for one pod, and its life as an effect that ends when the pod's last trace is gone from the node: sandbox, images, containers,
 * their end by themselves or by deletion, CNI DEL, and the deletion of the object with grace 0.
 */
export const make = Effect.fnUntraced(function*(first: KubeletPod, context: WorkerContext) {
  const { images, nodeAddress, plugin, port, random, timings } = context
  const { name, namespace, uid } = first.metadata
  const key = { namespace, name }
  const stopped = yield* Deferred.make<void>()
  const concluded = yield* Deferred.make<void>()
  const changed = yield* Queue.sliding<void>(1)
  let latest = first
  let started = false
  let ended = false

  const pause = (range: Required<Timings>["sync"]) => Effect.suspend(() => Effect.sleep(draw(random, range)))

  const tell = (type: "Normal" | "Warning", reason: string, message: string) =>
    Effect.ignore(port.recordEvent({
      regarding: { apiVersion: "v1", kind: "Pod", namespace, name, uid, resourceVersion: latest.metadata.resourceVersion },
      type,
      reason,
      message
    }))

  const report = Effect.fnUntraced(function*(status: Effect.Effect<Schema.JsonObject>) {
    const patch = yield* status
    yield* port.patch(kubeletPods, key, { _tag: "merge", patch }, { subresource: "status" }).pipe(Effect.retry(patience), Effect.ignore)
  })

  /** Tries until the plugin gives an address; a change of the pod cuts the pause short. */
  const sandbox = Effect.gen(function*() {
    if (latest.spec.hostNetwork === true) return nodeAddress
    const cap = Duration.toMillis(timings.retryCap)
    for (let delay = Duration.toMillis(timings.retry);; delay = Math.min(cap, delay * 1.5)) {
      yield* Queue.clear(changed)
      const containerId = hex(context.containerIds, 64)
      const added = yield* plugin.add(latest)
      if (Result.isSuccess(added)) return added.success
      yield* record(`${context.nodeName}: sandbox of ${namespace}/${name} refused: ${added.failure}`)
      yield* tell("Warning", "FailedCreatePodSandBox", failedSandbox(containerId, namespace, name))
      yield* Effect.timeoutOption(Queue.take(changed), delay)
      yield* pause(timings.sync)
      yield* tell("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
    }
  })

  const fetchImage = Effect.fnUntraced(function*(container: KubeletContainer) {
    const image = container.image ?? ""
    if (images.has(image) && !alwaysPulls(container)) {
      return yield* tell("Normal", "Pulled", `Container image "${image}" already present on machine`)
    }
    yield* tell("Normal", "Pulling", `Pulling image "${image}"`)
    const millis = images.has(image) ? draw(random, timings.containerStart) : draw(random, timings.imagePull)
    yield* Effect.sleep(millis)
    images.add(image)
    yield* tell("Normal", "Pulled", `Successfully pulled image "${image}" in ${Number((millis / 1000).toFixed(6))}s`)
  })

  const startContainer = Effect.fnUntraced(function*(container: KubeletContainer) {
    yield* fetchImage(container)
    yield* pause(timings.containerStart)
    yield* tell("Normal", "Created", `Created container ${container.name}`)
    yield* tell("Normal", "Started", `Started container ${container.name}`)
  })

  /** From the binding to the containers' own end. */
  const live = Effect.gen(function*() {
    yield* pause(timings.sync)
    const address = yield* sandbox
    started = true
    yield* Effect.forEach(latest.spec.containers, startContainer, { discard: true })
    yield* report(PodStatus.running(latest, address))
    yield* record(`${context.nodeName}: ${namespace}/${name} runs with ${address}`)
    const ending = endingOf(latest)
    if (ending === undefined) return yield* Effect.never
    yield* Effect.sleep(ending.afterSeconds * 1000)
    ended = true
    yield* report(PodStatus.ended(latest, ending.phase))
    yield* record(`${context.nodeName}: ${namespace}/${name} ${ending.phase}`)
  })

  const stopContainers = Effect.gen(function*() {
    if (!started) return
    for (const container of latest.spec.containers) yield* tell("Normal", "Killing", `Stopping container ${container.name}`)
    const grace = (latest.metadata.deletionGracePeriodSeconds ?? 30) * 1000
    yield* Effect.sleep(Math.min(grace, draw(random, timings.containerStop)))
  })

  const run = Effect.gen(function*() {
    const told = Effect.raceFirst(Deferred.await(stopped), Deferred.await(concluded))
    const ending = yield* Effect.raceFirst(Effect.as(live, "ended"), Effect.as(told, "stopped"))
    if (ending === "stopped") yield* stopContainers
    yield* plugin.inspect(uid)
    yield* pause(timings.teardown)
    yield* plugin.del(latest)
    yield* Deferred.await(stopped)
    yield* context.removePod(key, uid).pipe(Effect.retry(patience), Effect.ignore)
  })

  const worker: PodWorker = {
    update: (pod) =>
      Effect.suspend(() => {
        latest = pod
        return Effect.asVoid(Queue.offer(changed, undefined))
      }),
    stop: Effect.asVoid(Deferred.succeed(stopped, undefined)),
    // Its own report comes back too.
    conclude: Effect.suspend(() => ended ? Effect.void : Effect.asVoid(Deferred.succeed(concluded, undefined)))
  }
  return { worker, run }
})

/** kubelet's and the plugin's words, as the record of a real cluster has them. */
const failedSandbox = (containerId: string, namespace: string, name: string): string =>
  `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "${containerId}" network for pod "${name}": ` +
  `networkPlugin cni failed to set up pod "${name}_${namespace}" network: add cmd: failed to assign an IP address to container`
