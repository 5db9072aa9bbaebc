import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import { isOlder } from "@branchline/core/model/ResourceVersion"
import type { Scope } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect } from "effect"
import * as Paths from "../http/Paths.js"
import { metadataOf, operationOf } from "./Decoding.js"
import type { Requests } from "./Requests.js"

/**
 * Whether the server has come as far as a version. It has not where etcd was restored from a backup: a watch from that version is then
 * accepted, and tells nothing until the new history has grown past it, so that what happened before would be missed for ever. A list of one
 * object tells the version of now.
 *
 * Source: apiserver, `pkg/storage/cacher/cache_watcher.go`: only what is newer than the watch's own version is sent, bookmarks too.
 */
export const hasReached = <A extends KubernetesObject>(
  requests: Requests,
  resource: Resource<A>,
  scope: Scope,
  resourceVersion: string
): Effect.Effect<boolean, KubernetesError> =>
  requests.call({
    operation: operationOf("list", resource, { namespace: scope.namespace }),
    isWrite: false,
    method: "GET",
    path: Paths.ofScope(resource, scope, { limit: 1 })
  }).pipe(Effect.map((page) => !isOlder(metadataOf(page).resourceVersion, resourceVersion)))
