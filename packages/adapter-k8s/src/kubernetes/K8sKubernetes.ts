import { eventComponent } from "@branchline/core/model/Names"
import { apiVersionOf, type KubernetesObject, type Resource } from "@branchline/core/model/Resource"
import { writeEvent } from "@branchline/core/ports/EventObject"
import { Kubernetes, type ObjectKey, type Patch } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Duration, Effect, Layer, type Schema, type Scope } from "effect"
import type { AccessError } from "../access/AccessError.js"
import { type AccessOptions, type ClusterAccess, load } from "../access/ClusterAccess.js"
import * as Paths from "../http/Paths.js"
import { asKept, decoded, metadataOf, operationOf } from "./Decoding.js"
import { list } from "./Lists.js"
import * as Requests from "./Requests.js"
import { watch } from "./Watches.js"

/** How the API server is spoken to. */
export interface PortOptions {
  /** Who records events, and owns the fields that are written. Default `vpc-resource-controller` (contract §7). */
  readonly component?: string | undefined
  /** Default: the component, and `branchline`. */
  readonly userAgent?: string | undefined
  /** How long a call may take, watches aside. Default 30 seconds. A write that takes longer ends as `UnknownOutcome`. */
  readonly requestTimeout?: Duration.Input | undefined
  /** A watch asks the server to end it after this time, or up to twice as long: drawn, so that not all end at once. Whole seconds; default 5 minutes, as client-go. */
  readonly watchTimeout?: Duration.Input | undefined
  /** Every write is checked by the server and not done (`dryRun=All`). Default false. */
  readonly dryRun?: boolean | undefined
}

export interface K8sKubernetesOptions extends PortOptions {
  readonly access?: AccessOptions | undefined
}

const contentTypes: Readonly<Record<Patch["_tag"], string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json"
}

/** The core's port to the API server that an access leads to. */
export const over = (access: ClusterAccess, options: PortOptions = {}): Kubernetes["Service"] => {
  const component = options.component ?? eventComponent
  const requests = Requests.make(access, {
    userAgent: options.userAgent ?? `${component} (branchline)`,
    timeout: Duration.fromInputUnsafe(options.requestTimeout ?? "30 seconds")
  })
  const watchTimeout = Math.ceil(Duration.toSeconds(Duration.fromInputUnsafe(options.watchTimeout ?? "5 minutes")))
  const dryRun = options.dryRun === true ? "All" : undefined
  const written: Paths.Query = { fieldManager: component, dryRun }

  const traced = (verb: string, place: Paths.Place, key: Partial<ObjectKey>) => {
    const attributes = {
      "k8s.resource": place.plural,
      ...(key.namespace === undefined ? {} : { "k8s.namespace.name": key.namespace }),
      ...(key.name === undefined ? {} : { "k8s.object.name": key.name })
    }
    return <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.withSpan(effect, `Kubernetes.${verb}`, { attributes, kind: "client" })
  }

  /** Refuses what would be another path than that of one object. */
  const checked = (operation: string, place: Paths.Place, key: ObjectKey): Effect.Effect<void, KubernetesError> => {
    const problem = Paths.problemOfSegment("the name", key.name) ??
      (place.namespaced ? Paths.problemOfSegment("the namespace", key.namespace ?? "") : undefined)
    return problem === undefined
      ? Effect.void
      : Effect.fail(new KubernetesError({ operation, reason: { _tag: "BadRequest" }, message: problem }))
  }

  const create = <A extends KubernetesObject>(resource: Resource<A>, document: Schema.JsonObject): Effect.Effect<A, KubernetesError> => {
    const { name, namespace } = metadataOf(document)
    const key = { name, namespace: resource.namespaced ? namespace ?? "default" : undefined }
    const operation = operationOf("create", resource, key)
    return requests.call({
      operation,
      isWrite: true,
      method: "POST",
      path: Paths.withQuery(Paths.collection(resource, key.namespace), written),
      body: JSON.stringify({ apiVersion: apiVersionOf(resource), kind: resource.kind, ...document })
    }).pipe(
      Effect.flatMap((stored) => decoded(resource, operation, dryRun === undefined ? stored : asKept(stored))),
      traced("create", resource, key)
    )
  }

  return {
    list: (resource, scope) => traced("list", resource, { namespace: scope?.namespace })(list(requests, resource, scope)),

    watch: (resource, watchOptions) => watch(requests, resource, watchTimeout, watchOptions),

    get: (resource, key) => {
      const operation = operationOf("get", resource, key)
      return checked(operation, resource, key).pipe(
        Effect.andThen(requests.call({ operation, isWrite: false, method: "GET", path: Paths.object(resource, key) })),
        Effect.flatMap((document) => decoded(resource, operation, document)),
        traced("get", resource, key)
      )
    },

    create,

    patch: (resource, key, change, { subresource } = {}) => {
      const operation = operationOf("patch", resource, key, subresource)
      return checked(operation, resource, key).pipe(
        Effect.andThen(requests.call({
          operation,
          isWrite: true,
          method: "PATCH",
          path: Paths.withQuery(Paths.object(resource, key, subresource), written),
          contentType: contentTypes[change._tag],
          body: JSON.stringify(change.patch)
        })),
        Effect.flatMap((document) => decoded(resource, operation, document)),
        traced("patch", resource, key)
      )
    },

    delete: (resource, key, preconditions) => {
      const operation = operationOf("delete", resource, key)
      return checked(operation, resource, key).pipe(
        Effect.andThen(requests.call({
          operation,
          isWrite: true,
          method: "DELETE",
          path: Paths.object(resource, key),
          // Of a deletion with a body the server does not read the query (apiserver, `pkg/endpoints/handlers/delete.go`).
          body: JSON.stringify({
            apiVersion: "v1",
            kind: "DeleteOptions",
            ...(dryRun === undefined ? {} : { dryRun: [dryRun] }),
            ...(preconditions === undefined ? {} : { preconditions })
          })
        })),
        Effect.asVoid,
        traced("delete", resource, key)
      )
    },

    recordEvent: (event) => writeEvent(create, event, component)
  }
}

/** The core's port to a real API server, for as long as the scope lives. Nothing is sent before the first call. */
export const make = (options: K8sKubernetesOptions = {}): Effect.Effect<Kubernetes["Service"], AccessError, Scope.Scope> =>
  Effect.map(load(options.access), (access) => over(access, options))

export const layer = (options: K8sKubernetesOptions = {}): Layer.Layer<Kubernetes, AccessError> => Layer.effect(Kubernetes, make(options))
