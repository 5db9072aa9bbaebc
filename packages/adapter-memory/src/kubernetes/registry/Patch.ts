import { Effect, Result } from "effect"
import { equals, isObject } from "@branchline/core/patch/Json"
import * as MergePatch from "@branchline/core/patch/MergePatch"
import type { ObjectKey, Patch } from "@branchline/core/ports/Kubernetes"
import { defaultedChange } from "../Defaults.js"
import { type Document, finalizersOf, nameOf, namespaceOf, objectAt, resourceVersionOf, without } from "../Document.js"
import type { Kind } from "../Kinds.js"
import { badRequest, invalid, modified, noSuchResource, notFound, patchDoesNotApply, type Rejection } from "../Rejection.js"
import { updateProblems, withServerFields } from "../Validation.js"
import * as JsonPatching from "./JsonPatching.js"
import { attributes, type Call, existing, type Registry, replace } from "./Registry.js"

const isDocument = (value: unknown): value is Document => isObject(value)

const patched = (document: Document, patch: Patch): Result.Result<Document, Rejection> => {
  const result = patch._tag === "merge"
    ? Result.succeed(MergePatch.apply(document, patch.patch))
    : Result.mapError(JsonPatching.apply(document, patch.patch), patchDoesNotApply)
  return Result.flatMap(result, (after) =>
    isDocument(after) ? Result.succeed(after) : Result.fail(patchDoesNotApply()))
}

/**
 * What the endpoint lets through of a change: the main one everything but `status`, the status one `status` alone, and for built-in kinds
 * metadata too.
 *
 * Source: Kubernetes, PrepareForUpdate of each kind's strategies; "CustomResourceDefinitions", status subresource.
 */
const scoped = (kind: Kind, before: Document, after: Document, status: boolean): Document => {
  if (!kind.hasStatus) return after
  if (status) {
    const metadata = { ...objectAt(kind.custom ? before : after, "metadata") }
    return { ...withStatusOf(before, after), metadata: { ...metadata, ...identityOf(after) } }
  }
  return withStatusOf(after, before)
}

const withStatusOf = (document: Document, other: Document): Document => {
  const status = other["status"]
  return status === undefined ? without(document, "status") : { ...document, status }
}

/** What a status patch says of the object's identity still has to hold. */
const identityOf = (document: Document): Document => {
  const { uid, resourceVersion } = objectAt(document, "metadata")
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }
}

/** A deleted object goes when its last finalizer does and no grace is left. Source: apiserver, generic registry, ShouldDeleteDuringUpdate. */
const isDone = (before: Document, after: Document): boolean => {
  const { deletionTimestamp, deletionGracePeriodSeconds } = objectAt(before, "metadata")
  return deletionTimestamp !== undefined && (deletionGracePeriodSeconds ?? 0) === 0 && finalizersOf(after).length === 0
}

/** Changes an object; where somebody else wrote it meanwhile, the patch is applied to what they wrote. */
export const patch = Effect.fnUntraced(function*(
  registry: Registry,
  call: Call,
  key: ObjectKey,
  change: Patch,
  subresource: "" | "status"
) {
  const { kind } = call
  if (subresource === "status" && !kind.hasStatus) return yield* kind.custom ? notFound(kind, key.name) : noSuchResource()
  for (;;) {
    const before = yield* Effect.fromResult(existing(registry, kind, key))
    const wanted = yield* Effect.fromResult(patched(before, change))
    if (nameOf(wanted) !== key.name) {
      return yield* badRequest(`the name of the object (${nameOf(wanted)}) does not match the name on the URL (${key.name})`)
    }
    if (namespaceOf(wanted) !== namespaceOf(before)) {
      return yield* badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
    const request = attributes(call, key, { operation: "UPDATE", subresource, oldObject: before })
    const admitted = (yield* registry.admission.mutate(request, defaultedChange(kind, before, wanted))) ?? wanted
    const version = resourceVersionOf(admitted)
    if (version !== "" && version !== resourceVersionOf(before)) return yield* modified(kind, key.name)
    const after = withServerFields(kind, before, scoped(kind, before, admitted, subresource === "status"))
    const problems = updateProblems(kind, before, after)
    if (problems.length > 0) return yield* invalid(kind, key.name, problems)
    yield* registry.admission.validate(request, after)
    const done = isDone(before, after)
    if (!done && equals(before, after)) return before
    const stored = replace(registry, kind, key, before, done ? undefined : after)
    // Of an object that is gone with this change, the caller is told what it had become, and a watcher what it was.
    if (stored !== undefined) return done ? after : stored
  }
})
