import { Context, type Effect, type Schema, type Stream } from "effect"
import type { PatchOperation } from "../model/PatchOperation.js"
import type { KubernetesObject, Resource } from "../model/Resource.js"
import type { KubernetesError } from "./KubernetesError.js"

/** An object by name; `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string | undefined
  readonly name: string
}

/** A document of the server's that is no `A`: which object, and why, with paths. */
export interface MalformedObject {
  readonly key: ObjectKey
  readonly problem: string
}

/** A consistent list: what there was at `resourceVersion`, from which a watch goes on. */
export interface Listing<A> {
  readonly items: ReadonlyArray<A>
  readonly malformed: ReadonlyArray<MalformedObject>
  readonly resourceVersion: string
}

/** What narrows a list or a watch; absent means all. */
export interface Scope {
  readonly namespace?: string | undefined
  /** `metadata.name=…` or `spec.nodeName=…`, as the API server's field selectors. */
  readonly fieldSelector?: string | undefined
}

/** One element of a watch. */
export type WatchEvent<A> =
  | { readonly _tag: "Added"; readonly object: A }
  | { readonly _tag: "Modified"; readonly object: A }
  /** The last state before it was gone. */
  | { readonly _tag: "Deleted"; readonly object: A }
  | { readonly _tag: "Bookmark"; readonly resourceVersion: string }
  /** An object that contradicts our schema was added or modified, or (`deleted`) is gone. */
  | {
    readonly _tag: "Malformed"
    readonly object: MalformedObject
    readonly deleted: boolean
    readonly resourceVersion: string
  }

/**
 * How a watch ended. `Expired`: list again. `Closed`: the server ended it in good order, go on from the last resource version. `Failed`:
 * as `Closed`, after a pause.
 */
export type WatchEnd =
  | { readonly _tag: "Expired" }
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Failed"; readonly error: KubernetesError }

/** A change to an object. `merge` is RFC 7396, `json` is RFC 6902. */
export type Patch =
  | { readonly _tag: "merge"; readonly patch: Schema.JsonObject }
  | { readonly _tag: "json"; readonly patch: ReadonlyArray<PatchOperation> }

/** An event to record on an object; the adapter names it and stamps the time. */
export interface EventRecord {
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly namespace?: string | undefined
    readonly name: string
    /** What `kubectl describe` looks for: the object's UID, for a node its name (contract §7). */
    readonly uid: string
    readonly resourceVersion?: string | undefined
  }
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
  /**
   * Nanoseconds since the epoch, which name the event: a second call with the same fails with `AlreadyExists`, so that a call whose answer was
   * lost can be repeated. By default each call records an event of its own.
   */
  readonly moment?: bigint | undefined
}

/**
 * The API server, as narrow as Branchline needs it.
 *
 * Every method may fail with every retryable {@link KubernetesReason} and with `Forbidden`; what it adds is said at the method. No method
 * retries: rate and patience belong to the caller.
 */
export class Kubernetes extends Context.Service<Kubernetes, {
  /** All objects of a kind, all pages, at one resource version. An object that contradicts our schema is in `malformed`, the rest is served. Safe to call again. */
  list<A extends KubernetesObject>(resource: Resource<A>, scope?: Scope): Effect.Effect<Listing<A>, KubernetesError>

  /**
   * What changes after `resourceVersion`, in order, with bookmarks. It never completes: it fails with the way it ended, `Expired` also where
   * the server has not come as far as the version. It may fall silent, lag, or (after a server's restart) tell old news again;
   * `controller/Reflector` copes.
   */
  watch<A extends KubernetesObject>(
    resource: Resource<A>,
    options: Scope & { readonly resourceVersion: string }
  ): Stream.Stream<WatchEvent<A>, WatchEnd>

  /** The object now, not from a cache. Adds `NotFound`, `Malformed`. */
  get<A extends KubernetesObject>(resource: Resource<A>, key: ObjectKey): Effect.Effect<A, KubernetesError>

  /** Stores a new object and answers it as stored. Adds `AlreadyExists`, `Invalid`, `BadRequest`, `NotFound` (namespace). After `UnknownOutcome` a second call may find `AlreadyExists`. */
  create<A extends KubernetesObject>(
    resource: Resource<A>,
    document: Schema.JsonObject
  ): Effect.Effect<A, KubernetesError>

  /**
   * Changes an object, or its `status` subresource, and answers it as stored. A merge patch that carries `metadata.uid` fails with
   * `Invalid` on another object of that name; one that carries `metadata.resourceVersion` fails with `Conflict` on another version.
   * Adds `NotFound`, `Conflict`, `Invalid`, `BadRequest`. A patch that changes nothing is no new version.
   */
  patch<A extends KubernetesObject>(
    resource: Resource<A>,
    key: ObjectKey,
    patch: Patch,
    options?: { readonly subresource?: "status" | undefined }
  ): Effect.Effect<A, KubernetesError>

  /** Asks for deletion; finalizers and grace may keep the object a while. Adds `NotFound`, and `Conflict` where a precondition does not hold. */
  delete<A extends KubernetesObject>(
    resource: Resource<A>,
    key: ObjectKey,
    preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
  ): Effect.Effect<void, KubernetesError>

  /** Records an event in the regarded object's namespace (`default` for cluster-scoped ones). A second call records a second event, unless the event has a `moment`: then it adds `AlreadyExists`. */
  recordEvent(event: EventRecord): Effect.Effect<void, KubernetesError>
}>()("@branchline/core/ports/Kubernetes") {}
