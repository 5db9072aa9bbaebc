import { apply as applyJson } from "@branchline/core/patch/JsonPatch"
import { apply as applyMerge } from "@branchline/core/patch/MergePatch"
import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { EventRecord, Kubernetes, ObjectKey, Patch } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Result, Schema } from "effect"

/** A write that would have been sent. */
export type Write =
  | { readonly _tag: "Create"; readonly kind: string; readonly key: ObjectKey; readonly body: Schema.JsonObject }
  | { readonly _tag: "Patch"; readonly kind: string; readonly key: ObjectKey; readonly subresource: string | undefined; readonly patch: Patch }
  | { readonly _tag: "Delete"; readonly kind: string; readonly key: ObjectKey }
  | { readonly _tag: "Event"; readonly event: EventRecord }

const isJson = Schema.is(Schema.JsonObject)

const metadataOf = (document: Schema.JsonObject): Schema.JsonObject => isJson(document["metadata"]) ? document["metadata"] : {}

const textOf = (value: Schema.Json | undefined): string | undefined => typeof value === "string" ? value : undefined

const refused = (operation: string, _tag: "Invalid" | "Conflict" | "Malformed", message: string): KubernetesError =>
  new KubernetesError({ operation, reason: _tag === "Invalid" ? { _tag, causes: [] } : { _tag }, message })

/** What a patch would make of an object, or why the server would refuse it. */
const patched = <A extends KubernetesObject>(operation: string, resource: Resource<A>, before: A, { _tag, patch }: Patch): Result.Result<A, KubernetesError> => {
  const document: Schema.Json = JSON.parse(JSON.stringify(before))
  if (_tag === "merge") {
    const { resourceVersion, uid } = metadataOf(patch)
    if (uid !== undefined && uid !== before.metadata.uid) return Result.fail(refused(operation, "Invalid", "metadata.uid: field is immutable"))
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) {
      return Result.fail(refused(operation, "Conflict", "the object has been modified"))
    }
  }
  const after = _tag === "merge" ? Result.succeed(applyMerge(document, patch)) : applyJson(document, patch)
  if (Result.isFailure(after)) return Result.fail(refused(operation, "Invalid", after.failure.reason))
  return Result.mapError(resource.decode(after.success), (problem) => refused(operation, "Malformed", problem))
}

/**
 * The port for looking only: reads go to the API server, writes are told and not sent. A write is answered as the server would in all likelihood;
 * what it changed is remembered for `get` and further patches, but no watch ever tells of it.
 */
export const recording = (kubernetes: Kubernetes["Service"], tell: (write: Write) => Effect.Effect<void>): Kubernetes["Service"] => {
  const written = new Map<string, KubernetesObject>()
  const placeOf = ({ plural }: { readonly plural: string }, { name, namespace }: ObjectKey): string => `${plural}/${namespace ?? ""}/${name}`

  const get = <A extends KubernetesObject>(resource: Resource<A>, key: ObjectKey): Effect.Effect<A, KubernetesError> => {
    const own = written.get(placeOf(resource, key))
    return own === undefined ? kubernetes.get(resource, key) : Effect.fromResult(Result.mapError(resource.decode(own), (problem) => refused(`get ${key.name}`, "Malformed", problem)))
  }

  return {
    list: (resource, scope) => kubernetes.list(resource, scope),
    watch: (resource, options) => kubernetes.watch(resource, options),
    get,
    create: (resource, document) => {
      const metadata = metadataOf(document)
      const key = { namespace: textOf(metadata["namespace"]), name: textOf(metadata["name"]) ?? "" }
      const stored = { ...document, metadata: { uid: "dry-run", resourceVersion: "0", ...metadata } }
      return Effect.gen(function*() {
        yield* tell({ _tag: "Create", kind: resource.kind, key, body: document })
        const made = yield* Effect.fromResult(Result.mapError(resource.decode(stored), (problem) => refused(`create ${resource.plural}`, "Malformed", problem)))
        written.set(placeOf(resource, key), made)
        return made
      })
    },
    patch: (resource, key, patch, options) =>
      Effect.gen(function*() {
        const before = yield* get(resource, key)
        const after = yield* Effect.fromResult(patched(`patch ${resource.plural} ${key.name}`, resource, before, patch))
        yield* tell({ _tag: "Patch", kind: resource.kind, key, subresource: options?.subresource, patch })
        written.set(placeOf(resource, key), after)
        return after
      }),
    delete: (resource, key) => Effect.andThen(get(resource, key), tell({ _tag: "Delete", kind: resource.kind, key })),
    // When it would be told is no part of the plan, in which each step stands once.
    recordEvent: ({ moment: _moment, ...event }) => tell({ _tag: "Event", event })
  }
}
