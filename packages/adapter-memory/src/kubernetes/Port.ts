import { Array, Clock, Effect, Result, Stream } from "effect"
import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import { writeEvent } from "@branchline/core/ports/EventObject"
import type { Kubernetes, MalformedObject, ObjectKey, WatchEvent } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { DocumentEvent, Verbs } from "./ApiServer.js"
import { type Document, nameOf, namespaceOf, resourceVersionOf } from "./Document.js"

/** A document as a resource's object, or why it is none. */
export type Decode = <A extends KubernetesObject>(resource: Resource<A>, document: Document) => Result.Result<A, string>

/** Decoding that is done once per resource and document, however many watchers are told of it. */
export const sharedDecode = (): Decode => {
  const known = new WeakMap<object, unknown>()
  const cacheOf = <A extends KubernetesObject>(resource: Resource<A>): WeakMap<Document, Result.Result<A, string>> => {
    const cache = known.get(resource)
    if (isCacheOf(resource, cache)) return cache
    const fresh = new WeakMap<Document, Result.Result<A, string>>()
    known.set(resource, fresh)
    return fresh
  }
  return (resource, document) => {
    const cache = cacheOf(resource)
    const known = cache.get(document)
    if (known !== undefined) return known
    const decoded = resource.decode(document)
    cache.set(document, decoded)
    return decoded
  }
}

/** What is kept under a resource was decoded by it. */
const isCacheOf = <A extends KubernetesObject>(_: Resource<A>, cache: unknown): cache is WeakMap<Document, Result.Result<A, string>> =>
  cache instanceof WeakMap

const malformed = (document: Document, problem: string): MalformedObject => ({
  key: { namespace: namespaceOf(document), name: nameOf(document) },
  problem
})

/** What is no name in a path. Source: apimachinery, `pkg/api/validation/path`, IsValidPathSegmentName; client-go asks for a name that is not empty. */
const isSegment = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !/[/%]/.test(name)

/** Nanoseconds that never come twice: in virtual time many events are told in one instant, and a real clock would give each its own. */
export const distinctNanos = (): Effect.Effect<bigint> => {
  let last = 0n
  return Effect.map(Clock.currentTimeNanos, (now) => last = now > last ? now : last + 1n)
}

/** How a user tells events. */
export interface Telling {
  /** `source.component`. */
  readonly component: string
  /** See {@link distinctNanos}; one for a whole server. */
  readonly moment: Effect.Effect<bigint>
  /** Whether its events are written at all. */
  readonly isHeard: boolean
}

/** The core's port over one user's verbs. */
export const make = (verbs: Verbs, decode: Decode, telling: Telling): Kubernetes["Service"] => {
  const decoded = <A extends KubernetesObject>(resource: Resource<A>, verb: string, document: Document): Effect.Effect<A, KubernetesError> =>
    Effect.fromResult(Result.mapError(decode(resource, document), (message) =>
      new KubernetesError({
        operation: `${verb} ${resource.plural} ${[namespaceOf(document), nameOf(document)].filter((part) => part !== undefined).join("/")}`,
        reason: { _tag: "Malformed" },
        message
      })))

  const named = <A>(
    resource: { readonly plural: string },
    verb: string,
    { name, namespace }: ObjectKey,
    request: Effect.Effect<A, KubernetesError>
  ): Effect.Effect<A, KubernetesError> =>
    isSegment(name)
      ? request
      : Effect.fail(new KubernetesError({
        operation: [verb, resource.plural, namespace ?? ""].filter((part) => part !== "").join(" "),
        reason: { _tag: "BadRequest" },
        message: name === "" ? "the name may not be empty" : `the name may not be '${name}'`
      }))

  const eventOf = <A extends KubernetesObject>(resource: Resource<A>, event: DocumentEvent): WatchEvent<A> => {
    if (event._tag === "Bookmark") return event
    const result = decode(resource, event.object)
    return Result.isSuccess(result)
      ? { _tag: event._tag, object: result.success }
      : {
        _tag: "Malformed",
        object: malformed(event.object, result.failure),
        deleted: event._tag === "Deleted",
        resourceVersion: resourceVersionOf(event.object)
      }
  }

  return {
    list: (resource, scope) =>
      Effect.map(verbs.list(resource, scope), ({ items, resourceVersion }) => {
        const results = items.map((document) => [document, decode(resource, document)] as const)
        return {
          items: results.flatMap(([, result]) => Result.isSuccess(result) ? [result.success] : []),
          malformed: results.flatMap(([document, result]) => Result.isFailure(result) ? [malformed(document, result.failure)] : []),
          resourceVersion
        }
      }),
    watch: (resource, options) =>
      Stream.mapArray(verbs.watch(resource, options), Array.map((event) => eventOf(resource, event))),
    get: (resource, key) =>
      named(resource, "get", key, Effect.flatMap(verbs.get(resource, key), (document) => decoded(resource, "get", document))),
    create: (resource, document) =>
      Effect.flatMap(verbs.create(resource, document), (created) => decoded(resource, "create", created)),
    patch: (resource, key, patch, options) =>
      named(
        resource,
        "patch",
        key,
        Effect.flatMap(verbs.patch(resource, key, patch, options), (changed) => decoded(resource, "patch", changed))
      ),
    delete: (resource, key, preconditions) => named(resource, "delete", key, verbs.delete(resource, key, preconditions)),
    recordEvent: (event) =>
      telling.isHeard ? writeEvent(verbs.create, event, telling.component, telling.moment) : Effect.void
  }
}
