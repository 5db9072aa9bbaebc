import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { Kubernetes, Scope, WatchEnd, WatchEvent } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { Effect, Stream } from "effect"

/** What a layer over the Kubernetes port does to calls and to watches; what it leaves out passes as it is. */
export interface Around {
  readonly call?: <A>(
    verb: "list" | "get" | "create" | "patch" | "delete" | "recordEvent",
    plural: string,
    effect: Effect.Effect<A, KubernetesError>
  ) => Effect.Effect<A, KubernetesError>
  readonly watch?: <A extends KubernetesObject>(
    resource: Resource<A>,
    options: Scope & { readonly resourceVersion: string },
    stream: Stream.Stream<WatchEvent<A>, WatchEnd>
  ) => Stream.Stream<WatchEvent<A>, WatchEnd>
}

/**
 * The port with something round every call and every watch: the sibling of core's `aroundEc2`.
 *
 * @example aroundKubernetes(port, { call: (verb, plural, call) => Effect.andThen(record(`${verb} ${plural}`), call) })
 */
export const aroundKubernetes = (port: Kubernetes["Service"], { call = (_verb, _plural, effect) => effect, watch }: Around): Kubernetes["Service"] => ({
  list: (resource, scope) => call("list", resource.plural, port.list(resource, scope)),
  watch: watch === undefined
    ? (resource, options) => port.watch(resource, options)
    : (resource, options) => watch(resource, options, port.watch(resource, options)),
  get: (resource, key) => call("get", resource.plural, port.get(resource, key)),
  create: (resource, document) => call("create", resource.plural, port.create(resource, document)),
  patch: (resource, key, patch, options) => call("patch", resource.plural, port.patch(resource, key, patch, options)),
  delete: (resource, key, preconditions) => call("delete", resource.plural, port.delete(resource, key, preconditions)),
  recordEvent: (event) => call("recordEvent", "events", port.recordEvent(event))
})
