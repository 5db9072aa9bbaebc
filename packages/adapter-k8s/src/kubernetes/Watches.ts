import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { Scope, WatchEnd, WatchEvent } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Random, Result, Stream } from "effect"
import type { ByteStream } from "../http/ByteStream.js"
import * as LineSplitter from "../http/LineSplitter.js"
import * as Paths from "../http/Paths.js"
import { operationOf } from "./Decoding.js"
import { hasReached } from "./Reached.js"
import type { Request, Requests } from "./Requests.js"
import { endOf, parse } from "./WatchEvents.js"

const cutOff = (operation: string): WatchEnd => ({
  _tag: "Failed",
  error: new KubernetesError({ operation, reason: { _tag: "Unavailable" }, message: "the watch ended in the middle of a line" })
})

/** Events as they come, several at once where several came; what came before an end is told before it. */
const pullOf = <A extends KubernetesObject>(requests: Requests, resource: Resource<A>, request: Request, bytes: ByteStream) => {
  const { operation } = request
  const splitter = LineSplitter.make()
  let end: WatchEnd | undefined
  return Effect.gen(function*() {
    for (;;) {
      if (end !== undefined) return yield* Effect.fail(end)
      const chunks = yield* Effect.mapError(bytes.pull, (trouble) => endOf(requests.trouble(request, trouble)))
      // What a line cut off said comes again: the watch goes on from the last whole one.
      if (chunks === undefined) return yield* Effect.fail<WatchEnd>(splitter.pending() > 0 ? cutOff(operation) : { _tag: "Closed" })
      const events: Array<WatchEvent<A>> = []
      for (const line of chunks.flatMap(splitter.push)) {
        const event = parse(resource, operation, line)
        if (Result.isFailure(event)) {
          end = event.failure
          break
        }
        events.push(event.success)
      }
      const [first, ...others] = events
      if (first !== undefined) return [first, ...others] as const
    }
  })
}

/** A watch with bookmarks that the server is asked to end after `timeout` seconds, or up to twice as long. Interruption closes its connection. */
export const watch = <A extends KubernetesObject>(
  requests: Requests,
  resource: Resource<A>,
  timeout: number,
  { resourceVersion, ...scope }: Scope & { readonly resourceVersion: string }
): Stream.Stream<WatchEvent<A>, WatchEnd> =>
  Stream.unwrap(
    Effect.gen(function*() {
      const operation = operationOf("watch", resource, { namespace: scope.namespace })
      const timeoutSeconds = yield* Random.nextIntBetween(timeout, 2 * timeout)
      const path = Paths.ofScope(resource, scope, { watch: true, allowWatchBookmarks: true, timeoutSeconds, resourceVersion })
      const request: Request = { operation, isWrite: false, method: "GET", path }
      const bytes = yield* Effect.mapError(requests.open(request), endOf)
      // After it stands: a server that goes back later ends it.
      if (!(yield* Effect.mapError(hasReached(requests, resource, scope, resourceVersion), endOf))) {
        return yield* Effect.fail<WatchEnd>({ _tag: "Expired" })
      }
      return Stream.fromPull(Effect.succeed(pullOf(requests, resource, request, bytes)))
    })
  )
