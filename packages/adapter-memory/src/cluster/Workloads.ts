import { Effect, Queue, type Schema } from "effect"
import type { OwnerReference } from "@branchline/core/model/Fields"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { follow } from "../kubernetes/informer/Informer.js"
import { deployments, jobs, type OwnedPod, ownedPods, planOf, statefulSets, type Workload } from "./WorkloadPlan.js"

/** The kinds that the API server is to keep for it. */
export const workloadKinds = [deployments, statefulSets, jobs]

export const isWorkload = (place: { readonly plural: string }): boolean => workloadKinds.some(({ plural }) => plural === place.plural)

const apiVersions = { Deployment: "apps/v1", StatefulSet: "apps/v1", Job: "batch/v1" } as const

const ownerOf = ({ kind, object: { metadata } }: Workload): typeof OwnerReference.Type => ({
  apiVersion: apiVersions[kind],
  kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true
})

const podDocument = (workload: Workload, name: string | undefined): Schema.JsonObject => {
  const { metadata, spec: { template } } = workload.object
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...template.metadata,
      ...(name === undefined ? { generateName: `${metadata.name}-` } : { name }),
      namespace: metadata.namespace,
      ownerReferences: [{ ...ownerOf(workload) }]
    },
    spec: template.spec
  }
}

/** The workload controllers act some time after a change, in one go for all changes until then. */
const delay = "50 millis"

/** Keeps Deployments, StatefulSets and Jobs supplied with pods, without rollouts and their like. Runs until interrupted. */
export const run = Effect.fnUntraced(function*(port: Kubernetes["Service"]) {
  const workloads = new Map<string, Workload>()
  const owned = new Map<string, Map<string, OwnedPod>>()
  const removed = new Set<string>()
  const wake = yield* Queue.sliding<void>(1)
  const nudge = Effect.sync(() => void Queue.offerUnsafe(wake, undefined))

  const podsOf = (pod: OwnedPod): Map<string, OwnedPod> | undefined => {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid
    if (owner === undefined) return undefined
    const mine = owned.get(owner) ?? new Map<string, OwnedPod>()
    owned.set(owner, mine)
    return mine
  }
  const keep = (pod: OwnedPod): void => {
    if (!removed.has(pod.metadata.uid)) podsOf(pod)?.set(pod.metadata.uid, pod)
  }

  const create = (workload: Workload, name?: string) =>
    // What was made is known at once: a watch that lags must not lead to a second pod in its place.
    Effect.map(port.create(ownedPods, podDocument(workload, name)), keep)

  const reconcile = Effect.fnUntraced(function*(workload: Workload) {
    const { uid } = workload.object.metadata
    const plan = planOf(workload, [...owned.get(uid)?.values() ?? []])
    for (let count = 0; count < plan.generate; count++) yield* create(workload)
    for (const name of plan.create) yield* create(workload, name)
    for (const { metadata } of plan.remove) {
      yield* port.delete(ownedPods, { namespace: metadata.namespace, name: metadata.name }, { uid: metadata.uid })
    }
  })

  const work = Effect.gen(function*() {
    yield* Queue.take(wake)
    yield* Effect.sleep(delay)
    for (const workload of workloads.values()) {
      const tried = yield* Effect.exit(reconcile(workload))
      if (tried._tag === "Failure") yield* Effect.forkChild(Effect.andThen(Effect.sleep("1 second"), nudge))
    }
  })

  const followKind = (kind: Workload["kind"], resource: typeof deployments) =>
    follow(port, resource, {}, {
      upsert: (object) => Effect.andThen(Effect.sync(() => workloads.set(object.metadata.uid, { kind, object })), nudge),
      remove: (object) => Effect.sync(() => void workloads.delete(object.metadata.uid))
    })

  const followPods = follow(port, ownedPods, {}, {
    upsert: (pod) => Effect.andThen(Effect.sync(() => keep(pod)), nudge),
    remove: (pod) =>
      Effect.andThen(
        Effect.sync(() => {
          removed.add(pod.metadata.uid)
          podsOf(pod)?.delete(pod.metadata.uid)
        }),
        nudge
      )
  })

  return yield* Effect.all([
    followKind("Deployment", deployments),
    followKind("StatefulSet", statefulSets),
    followKind("Job", jobs),
    followPods,
    Effect.forever(work)
  ], { concurrency: "unbounded", discard: true })
})
