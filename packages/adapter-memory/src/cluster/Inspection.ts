import { Effect } from "effect"
import type { Event } from "@branchline/core/model/Event"
import { events as eventResource, nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { type Document, textAt } from "../kubernetes/Document.js"
import type { MemoryKubernetes } from "../kubernetes/MemoryKubernetes.js"
import { eventually, type NotInTime, type WaitOptions } from "../simulation/Waiting.js"

/** Looking at the cluster as its administrator does, one request a look. A namespace is `default` where none is given. */
export interface Inspection {
  readonly pod: (name: string, namespace?: string) => Effect.Effect<Document | undefined>
  readonly node: (name: string) => Effect.Effect<Document | undefined>
  /** `status.phase`; undefined when there is no such pod. */
  readonly podPhase: (name: string, namespace?: string) => Effect.Effect<string | undefined>
  /** All pods of a namespace, by name. */
  readonly pods: (namespace?: string) => Effect.Effect<ReadonlyArray<Document>>
  /** The events about an object of that name, oldest first; all events without a name. */
  readonly events: (name?: string) => Effect.Effect<ReadonlyArray<Event>>
  /** Waits until the pod's phase is the one given. Adds `NotInTime`. */
  readonly waitForPhase: (name: string, phase: string, options?: WaitOptions & { readonly namespace?: string }) => Effect.Effect<Document, NotInTime>
  /** Waits until the pod's object is gone. Adds `NotInTime`. */
  readonly waitUntilGone: (name: string, options?: WaitOptions & { readonly namespace?: string }) => Effect.Effect<void, NotInTime>
}

const timeOf = (event: Event): string => event.lastTimestamp ?? event.firstTimestamp ?? ""

export const make = ({ server }: MemoryKubernetes, user: string): Inspection => {
  const verbs = server.as(user)
  // Faults are injected into ports: what the administrator's own look can meet is an absent object and nothing else.
  const present = <A>(effect: Effect.Effect<A, KubernetesError>): Effect.Effect<A | undefined> =>
    Effect.catch(effect, (error) => error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.die(error))

  const pod = (name: string, namespace = "default") => present(verbs.get(podResource, { namespace, name }))
  const podPhase = (name: string, namespace?: string) =>
    Effect.map(pod(name, namespace), (found) => found === undefined ? undefined : textAt(found, "status", "phase"))
  const list = (place: typeof podResource, namespace: string) =>
    Effect.map(Effect.orDie(verbs.list(place, { namespace })), ({ items }) => items)

  return {
    pod,
    podPhase,
    node: (name) => present(verbs.get(nodeResource, { name })),
    pods: (namespace = "default") => list(podResource, namespace),
    events: Effect.fnUntraced(function*(name?: string) {
      const { items } = yield* Effect.orDie(verbs.list(eventResource))
      const decoded: Array<Event> = []
      for (const item of items) {
        const event = eventResource.decode(item)
        if (event._tag === "Success" && (name === undefined || event.success.involvedObject.name === name)) decoded.push(event.success)
      }
      const order = (event: Event): readonly [string, number] => [timeOf(event), Number(event.metadata.resourceVersion)]
      return decoded.sort((left, right) => {
        const [leftTime, leftVersion] = order(left)
        const [rightTime, rightVersion] = order(right)
        return leftTime < rightTime ? -1 : leftTime > rightTime ? 1 : leftVersion - rightVersion
      })
    }),
    waitForPhase: (name, phase, options = {}) => {
      const key: ObjectKey = { namespace: options.namespace ?? "default", name }
      const look = Effect.map(pod(name, key.namespace), (found) =>
        found !== undefined && textAt(found, "status", "phase") === phase ? found : undefined)
      return eventually(`pod ${key.namespace}/${name} is ${phase}`, look, options)
    },
    waitUntilGone: (name, options = {}) =>
      Effect.asVoid(eventually(
        `pod ${name} is gone`,
        Effect.map(pod(name, options.namespace), (found) => found === undefined ? true : undefined),
        options
      ))
  }
}
