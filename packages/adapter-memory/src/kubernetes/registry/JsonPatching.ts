import { JsonPointer, Result, type Schema } from "effect"
import type { PatchOperation } from "@branchline/core/model/PatchOperation"
import { isArray, isObject } from "@branchline/core/patch/Json"
import * as JsonPatch from "@branchline/core/patch/JsonPatch"

/** Whether a pointer leads to a member that an object lacks, while the object is there. */
const isMissing = (document: Schema.Json, pointer: string): boolean => {
  const tokens = pointer.split("/").slice(1).map(JsonPointer.unescapeToken)
  let parent: Schema.Json | undefined = document
  for (const token of tokens.slice(0, -1)) {
    if (isArray(parent)) parent = parent[Number(token)]
    else parent = isObject(parent) && Object.hasOwn(parent, token) ? parent[token] : undefined
  }
  const last = tokens.at(-1)
  return last !== undefined && isObject(parent) && !Object.hasOwn(parent, last)
}

/** What kube-apiserver makes of an operation on a member that is not there: it takes it for null. */
const asServed = (document: Schema.Json, operation: PatchOperation): PatchOperation | undefined => {
  switch (operation.op) {
    case "replace":
      return isMissing(document, operation.path) ? { ...operation, op: "add" } : operation
    case "test":
      return operation.value === null && isMissing(document, operation.path) ? undefined : operation
    case "copy":
      return isMissing(document, operation.from) ? { op: "add", path: operation.path, value: null } : operation
    default:
      return operation
  }
}

/**
 * A JSON Patch as kube-apiserver applies it, which is laxer than RFC 6902: in an object that is there, `replace`, `copy` and a `test` for null
 * pass where the member is missing. `remove` and `move` do not.
 *
 * Source: kube-apiserver 1.36 answers so; its library is `gopkg.in/evanphx/json-patch.v4`.
 */
export const apply = (document: Schema.Json, patch: ReadonlyArray<PatchOperation>): Result.Result<Schema.Json, JsonPatch.Failure> => {
  let result = document
  for (const [index, operation] of patch.entries()) {
    const served = asServed(result, operation)
    if (served === undefined) continue
    const applied = JsonPatch.apply(result, [served])
    if (Result.isFailure(applied)) return Result.fail({ ...applied.failure, index })
    result = applied.success
  }
  return Result.succeed(result)
}
