import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { WatchEnd, WatchEvent } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Result } from "effect"
import { malformed, member, metadataOf, text } from "./Decoding.js"
import * as Refusal from "./Refusal.js"
import * as Status from "./Status.js"

const tags = { ADDED: "Added", MODIFIED: "Modified", DELETED: "Deleted" } as const

const isChange = (type: string): type is keyof typeof tags => Object.hasOwn(tags, type)

const shown = 120

const broken = (operation: string, message: string): WatchEnd => ({
  _tag: "Failed",
  error: new KubernetesError({ operation, reason: { _tag: "Unavailable" }, message })
})

/** How an error ends a watch. */
export const endOf = (error: KubernetesError): WatchEnd => error.reason._tag === "Expired" ? { _tag: "Expired" } : { _tag: "Failed", error }

/** A whole line of a watch: an event, or the watch's end. */
export const parse = <A extends KubernetesObject>(resource: Resource<A>, operation: string, line: string): Result.Result<WatchEvent<A>, WatchEnd> => {
  const read = Result.try((): unknown => JSON.parse(line))
  if (Result.isFailure(read)) {
    const start = line.length > shown ? `${line.slice(0, shown)}…` : line
    return Result.fail(broken(operation, `a line of the watch is no JSON, and what it said is lost: ${start}`))
  }
  const type = text(member(read.success, "type")) ?? ""
  const object = member(read.success, "object")
  if (type === "BOOKMARK") return Result.succeed({ _tag: "Bookmark", resourceVersion: metadataOf(object).resourceVersion })
  if (type === "ERROR") {
    const status = Status.ofValue(object)
    return Result.fail(
      status === undefined ? broken(operation, "the watch ended with an error that is no Status") : endOf(Refusal.ofStatus(operation, status))
    )
  }
  if (!isChange(type)) return Result.fail(broken(operation, `a line of the watch has the type ${JSON.stringify(type)}, which does not exist`))
  const decoded = resource.decode(object)
  return Result.succeed(
    Result.isSuccess(decoded)
      ? { _tag: tags[type], object: decoded.success }
      : {
        _tag: "Malformed",
        object: malformed(object, decoded.failure),
        deleted: type === "DELETED",
        resourceVersion: metadataOf(object).resourceVersion
      }
  )
}
