import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { Listing, MalformedObject, Scope } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Result } from "effect"
import * as Paths from "../http/Paths.js"
import { continueOf, itemsOf, malformed, metadataOf, operationOf } from "./Decoding.js"
import type { Request, Requests } from "./Requests.js"

/** Objects on a page. client-go's pager takes 500: of pods that is a text of 5 MB and ten times as much of what it is parsed to, all at once. */
const pageSize = 100

/**
 * All pages, each decoded and let go before the next one is asked for. They are one list: its version is in the token that asks for the next page.
 *
 * Source: Kubernetes, "API Concepts", retrieving large results sets in chunks.
 */
export const list = Effect.fnUntraced(function*<A extends KubernetesObject>(
  requests: Requests,
  resource: Resource<A>,
  scope: Scope = {}
): Effect.fn.Return<Listing<A>, KubernetesError> {
  const operation = operationOf("list", resource, { namespace: scope.namespace })
  const items: Array<A> = []
  const problems: Array<MalformedObject> = []
  let next: string | undefined
  for (;;) {
    const request: Request = { operation, isWrite: false, method: "GET", path: Paths.ofScope(resource, scope, { limit: pageSize, continue: next }) }
    const page = yield* requests.call(request)
    const documents = itemsOf(page)
    // Taken for an empty list it would tell that all objects are gone.
    if (documents === undefined) return yield* requests.strange(request, "list")
    for (const document of documents) {
      const object = resource.decode(document)
      if (Result.isSuccess(object)) items.push(object.success)
      else problems.push(malformed(document, object.failure))
    }
    next = continueOf(page)
    if (next === undefined) return { items, malformed: problems, resourceVersion: metadataOf(page).resourceVersion }
  }
})
