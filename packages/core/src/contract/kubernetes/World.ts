import { Context, type Duration, Effect, type Layer, Result, type Schema, type Scope, Stream } from "effect"
import type { Vitest } from "@effect/vitest"
import type { KubernetesObject, Resource } from "../../model/Resource.js"
import { Kubernetes, type WatchEnd, type WatchEvent } from "../../ports/Kubernetes.js"
import type { KubernetesError } from "../../ports/KubernetesError.js"

/**
 * What the suite needs besides the port. The custom resources of contract §2 are installed, the port's user may do everything, and it
 * records events as `vpc-resource-controller`.
 */
export class KubernetesHarness extends Context.Service<KubernetesHarness, {
  /**
   * A new namespace at every call that has come to rest: what controllers put into a namespace (ServiceAccount `default`, ConfigMap
   * `kube-root-ca.crt`) is there.
   */
  readonly namespace: Effect.Effect<string, unknown, Scope.Scope>
  /** Another text at every call and in every run, of lower-case letters and digits: the end of cluster-scoped names. */
  readonly suffix: Effect.Effect<string>
  /** Makes the server forget its history; not looked at without the part `compaction`. */
  readonly compact: Effect.Effect<void, unknown>
  /** Within this time a watch brings a bookmark; not looked at without the part `bookmarks`. */
  readonly bookmarkWithin: Duration.Input
}>()("@branchline/core/contract/kubernetes/KubernetesHarness") {}

/** Parts of the contract that cannot be shown on every server: nobody compacts a shared one, and bookmarks take a minute. */
export type KubernetesContractPart = "compaction" | "bookmarks"

/** A server under test. */
export interface KubernetesContractSetup<E = never> {
  /** The port and what goes with it; built once for the whole suite. */
  readonly layer: Layer.Layer<Kubernetes | KubernetesHarness, E>
  /** Parts that are left out of the suite. None by default. */
  readonly without?: ReadonlyArray<KubernetesContractPart> | undefined
}

/** What one test sees: the port, and a namespace and a suffix of its own. */
export interface World {
  readonly kubernetes: Kubernetes["Service"]
  readonly harness: KubernetesHarness["Service"]
  readonly namespace: string
  /** Ends the names of cluster-scoped objects. */
  readonly suffix: string
}

/** Makes a test of the suite. */
export type Check = (title: string, body: (world: World) => Effect.Effect<unknown, unknown, Scope.Scope>) => void

/** Registers tests, each with a world of its own. */
export const checkWith = (it: Vitest.MethodsNonLive<Kubernetes | KubernetesHarness>): Check => (title, body) => {
  it.effect(title, () =>
    Effect.gen(function*() {
      const harness = yield* KubernetesHarness
      const world: World = {
        kubernetes: yield* Kubernetes,
        harness,
        namespace: yield* harness.namespace,
        suffix: yield* harness.suffix
      }
      yield* body(world)
    }))
}

/** A document of the kind that most tests use, because it has no controller that would touch it. */
export const configMap = (world: World, name: string, data: Schema.JsonObject = {}): Schema.JsonObject => ({
  metadata: { name, namespace: world.namespace },
  data
})

export const pod = (world: World, name: string, spec: Schema.JsonObject = {}): Schema.JsonObject => ({
  metadata: { name, namespace: world.namespace },
  spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }], ...spec }
})

/** A policy that the custom resource's schema takes and ours does not: a group id may not be empty. */
export const malformedPolicy = (world: World, name: string): Schema.JsonObject => ({
  metadata: { name, namespace: world.namespace },
  spec: { podSelector: {}, securityGroups: { groupIds: [""] } }
})

export const policy = (world: World, name: string): Schema.JsonObject => ({
  metadata: { name, namespace: world.namespace },
  spec: { podSelector: {}, securityGroups: { groupIds: ["sg-0123456789abcdef0"] } }
})

/** The error of a call that has to fail. */
export const failureOf = <A>(call: Effect.Effect<A, KubernetesError>): Effect.Effect<KubernetesError, A> => Effect.flip(call)

/** What a watch tells, bookmarks left out, until `count` events came: it waits for events, never for time to pass. */
export const eventsAfter = <A extends KubernetesObject>(
  world: World,
  resource: Resource<A>,
  resourceVersion: string,
  count: number,
  scope: { readonly namespace?: string; readonly fieldSelector?: string } = { namespace: world.namespace }
): Effect.Effect<ReadonlyArray<Exclude<WatchEvent<A>, { readonly _tag: "Bookmark" }>>, WatchEnd> =>
  world.kubernetes.watch(resource, { ...scope, resourceVersion }).pipe(
    Stream.filterMap((event) => event._tag === "Bookmark" ? Result.fail(event) : Result.succeed(event)),
    Stream.take(count),
    Stream.runCollect
  )

/** The version from which a watch tells what happens from now on. */
export const versionNow = <A extends KubernetesObject>(world: World, resource: Resource<A>): Effect.Effect<string, KubernetesError> =>
  Effect.map(world.kubernetes.list(resource, { namespace: world.namespace }), (listing) => listing.resourceVersion)

/** An event as a line: what happened to which object. */
export const told = <A extends KubernetesObject>(event: WatchEvent<A>): string => {
  switch (event._tag) {
    case "Bookmark":
      return "Bookmark"
    case "Malformed":
      return `Malformed ${event.object.key.name}`
    default:
      return `${event._tag} ${event.object.metadata.name}`
  }
}
