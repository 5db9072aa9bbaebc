import { Effect, Queue } from "effect"
import type { Kubernetes, ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { follow } from "../informer/Informer.js"
import { timestamp } from "../informer/Timestamp.js"
import * as Ledger from "./Ledger.js"
import {
  isDeleting,
  isTerminal,
  requestsOf,
  type SchedulableNode,
  schedulableNodes,
  type SchedulablePod,
  schedulablePods
} from "./Schedulable.js"

/** kube-scheduler's own user, in whose name the port and the binding are used. */
export const schedulerUser = "system:kube-scheduler"
/** `source.component` of its events. */
export const schedulerComponent = "default-scheduler"

/** What the scheduler needs of the API server. */
export interface SchedulerApi {
  readonly port: Kubernetes["Service"]
  /** `POST pods/binding`. */
  readonly bind: (pod: ObjectKey, nodeName: string) => Effect.Effect<void, KubernetesError>
}

interface Waiting {
  readonly pod: SchedulablePod
  /** Empty before the first attempt. */
  readonly said: string
}

const keyOf = (pod: SchedulablePod): ObjectKey => ({ namespace: pod.metadata.namespace, name: pod.metadata.name })

/** What of a node decides where pods go; a change of anything else (a heartbeat) wakes nobody. */
const shapeOf = (node: SchedulableNode): string =>
  JSON.stringify([node.metadata.labels, node.spec, node.status?.allocatable, node.status?.conditions])

/**
 * Binds pods to nodes as kube-scheduler does, as far as extended resources, node selectors, taints and readiness go, and tells of it in the
 * events `Scheduled` and `FailedScheduling` and in the condition PodScheduled. Pods that fit nowhere are tried again when a pod leaves or a
 * node changes. Runs until interrupted.
 */
export const run = Effect.fnUntraced(function*({ port, bind }: SchedulerApi) {
  const ledger = Ledger.make()
  const unbound = new Map<string, SchedulablePod>()
  const active = new Map<string, Waiting>()
  const parked = new Map<string, Waiting>()
  const wake = yield* Queue.sliding<void>(1)

  const activate = (uid: string, waiting: Waiting): void => {
    parked.delete(uid)
    active.set(uid, waiting)
    Queue.offerUnsafe(wake, undefined)
  }
  const activateAll = (): void => {
    for (const [uid, waiting] of parked) activate(uid, waiting)
  }
  const forget = (uid: string): void => {
    unbound.delete(uid)
    active.delete(uid)
    parked.delete(uid)
  }

  const tell = (pod: SchedulablePod, type: "Normal" | "Warning", reason: string, message: string) =>
    Effect.ignore(port.recordEvent({
      regarding: {
        apiVersion: "v1",
        kind: "Pod",
        namespace: pod.metadata.namespace,
        name: pod.metadata.name,
        uid: pod.metadata.uid,
        resourceVersion: pod.metadata.resourceVersion
      },
      type,
      reason,
      message
    }))

  const refuse = Effect.fnUntraced(function*(pod: SchedulablePod, message: string) {
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastProbeTime: null,
      lastTransitionTime: yield* timestamp
    }
    const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } }
    yield* tell(pod, "Warning", "FailedScheduling", message)
    yield* Effect.ignore(port.patch(schedulablePods, keyOf(pod), { _tag: "merge", patch }, { subresource: "status" }))
  })

  const commit = Effect.fnUntraced(function*(pod: SchedulablePod, nodeName: string) {
    const { namespace, name } = pod.metadata
    yield* bind({ namespace, name }, nodeName)
    yield* tell(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${nodeName}`)
  }, (effect, { metadata: { uid } }) =>
    Effect.catch(effect, () =>
      Effect.gen(function*() {
        if (!ledger.unassume(uid)) return
        activateAll()
        yield* Effect.sleep("1 second")
        const pod = unbound.get(uid)
        if (pod !== undefined) activate(uid, { pod, said: "" })
      })))

  const attempt = Effect.fnUntraced(function*(uid: string, { pod, said }: Waiting) {
    active.delete(uid)
    const requests = requestsOf(pod)
    const choice = ledger.choose(pod, requests)
    if (choice._tag === "Node") {
      // The place is taken before the answer of the binding is there; a binding that fails gives it back.
      ledger.assume(uid, choice.name, requests)
      yield* Effect.forkChild(commit(pod, choice.name))
      return
    }
    parked.set(uid, { pod, said: choice.message })
    if (choice.message !== said) yield* refuse(pod, choice.message)
  })

  const podHandler = {
    upsert: (pod: SchedulablePod) =>
      Effect.sync(() => {
        const { uid } = pod.metadata
        if ((pod.spec.nodeName ?? "") === "") {
          if (isDeleting(pod)) return forget(uid)
          unbound.set(uid, pod)
          const known = parked.get(uid)
          if (known !== undefined) parked.set(uid, { ...known, pod })
          else if (!ledger.holds(uid)) activate(uid, { pod, said: active.get(uid)?.said ?? "" })
          return
        }
        forget(uid)
        if (!isTerminal(pod)) ledger.place(uid, pod.spec.nodeName!, requestsOf(pod))
        else if (ledger.release(uid)) activateAll()
      }),
    remove: (pod: SchedulablePod) =>
      Effect.sync(() => {
        forget(pod.metadata.uid)
        if (ledger.release(pod.metadata.uid)) activateAll()
      })
  }

  const nodeHandler = {
    upsert: (node: SchedulableNode, previous: SchedulableNode | undefined) =>
      Effect.sync(() => {
        ledger.setNode(node)
        if (previous === undefined || shapeOf(previous) !== shapeOf(node)) activateAll()
      }),
    remove: (node: SchedulableNode) => Effect.sync(() => ledger.dropNode(node.metadata.name))
  }

  const schedule = Effect.gen(function*() {
    yield* Queue.take(wake)
    for (;;) {
      const next = active.entries().next()
      if (next.done === true) return
      yield* attempt(...next.value)
    }
  })

  return yield* Effect.all([
    follow(port, schedulableNodes, {}, nodeHandler),
    follow(port, schedulablePods, {}, podHandler),
    Effect.forever(schedule)
  ], { concurrency: "unbounded", discard: true })
})
