import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect, type Scope } from "effect"
import type { FaultRule } from "../../faults/FaultRule.js"
import { type Document, nameOf, namespaceOf, textAt } from "../../kubernetes/Document.js"
import type { CrashPoint } from "../perturb/Crash.js"
import { below } from "../Streams.js"
import type { Replica } from "./Replica.js"
import type { Stage } from "./Stage.js"

/** What a step does; what it begins goes on in the life's scope. */
export type Deed = Effect.Effect<void, never, Scope.Scope>

/** In milliseconds. */
export const seconds = (count: number): number => Math.round(count * 1_000)

/** Whatever the API server says to a user who is too late, the story goes on. */
export const mayFail = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<void> => Effect.ignore(effect)

export const keyOf = (document: Document) => ({ namespace: namespaceOf(document) ?? "default", name: nameOf(document) })

export const podsNow = ({ cluster }: Stage) =>
  Effect.map(Effect.orElseSucceed(cluster.admin.list(podResource, { namespace: "default" }), () => ({ items: [] })), ({ items }) => items)

export const evict = ({ cluster }: Stage, pod: Document) => mayFail(cluster.admin.delete(podResource, keyOf(pod)))

/** So many of them, drawn. */
export const some = <A>({ chance }: Stage, all: ReadonlyArray<A>, count: number): ReadonlyArray<A> => {
  const left = [...all]
  return Array.from({ length: Math.min(count, all.length) }, () => left.splice(below(chance, left.length), 1)[0]!)
}

/** Goes on beside the story. */
export const beside = (deed: Deed): Deed => Effect.asVoid(Effect.forkScoped(deed))

/** After so long, while the story goes on. */
export const later = (after: number, deed: Deed): Deed => beside(Effect.andThen(Effect.sleep(seconds(after)), deed))

/** Makes trouble, and ends it after so long. */
export const lasting = (lasts: number, begin: Effect.Effect<void>, end: Effect.Effect<void>): Deed => Effect.andThen(begin, later(lasts, end))

export const ruled = (stage: Stage, lasts: number, rule: FaultRule): Deed =>
  Effect.flatMap(stage.faults.add(rule), (fault) =>
    lasting(lasts, Effect.void, Effect.flatMap(fault.fired, (fired) =>
      Effect.andThen(Effect.sync(() => fired > 0 ? stage.struck(rule.on.port) : undefined), fault.remove))))

export const onNode = (pod: Document, nodeName: string): boolean => textAt(pod, "spec", "nodeName") === nodeName

/** Kills all replicas, does the deed while nobody looks, and starts them again. */
export const whileNobodyLooks = ({ replicas }: Stage, down: number, deed: Deed): Deed =>
  Effect.andThen(
    Effect.forEach(replicas, ({ kill }) => kill, { discard: true }),
    Effect.andThen(deed, later(down, Effect.forEach(replicas, ({ start }) => start, { discard: true })))
  )

/** It dies at a call, or after so long, and is started again. */
export const crash = ({ arm, kill, start }: Replica, point: CrashPoint, down: number): Deed => Effect.andThen(arm(point), later(down, Effect.andThen(kill, start)))

/** Pods that begin all at once, and are deleted after so long; else they stay. */
export const burst = ({ cluster }: Stage, pods: ReadonlyArray<Document>, lives: number | undefined): Deed => {
  const create = Effect.forEach(pods, (pod) => mayFail(cluster.apply(pod)), { discard: true })
  const end = Effect.forEach(pods, (pod) => mayFail(cluster.admin.delete(podResource, keyOf(pod))), { discard: true })
  return lives === undefined ? create : Effect.andThen(create, later(lives, end))
}
