import { Effect, Result, type Schema, Stream } from "effect"
import type { ObjectKey, Patch, Scope, WatchEnd } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { AuditLog } from "./AuditLog.js"
import { type Document, nameOf, namespaceOf, textAt } from "./Document.js"
import * as FieldSelector from "./FieldSelector.js"
import { type Kind, type Kinds, namespaces } from "./Kinds.js"
import { bind, bindingOf } from "./registry/Bind.js"
import { create } from "./registry/Create.js"
import { remove } from "./registry/Delete.js"
import { furnish } from "./registry/Namespace.js"
import { patch } from "./registry/Patch.js"
import { type Call, existing, keyOf, type Registry } from "./registry/Registry.js"
import { noSuchResource, type Rejection, toError } from "./Rejection.js"
import { type User, userOf } from "./User.js"
import type { WatchHub } from "./WatchHub.js"

/** Where the server keeps a kind; every `Resource` of the core is one. */
export interface Place {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

/** A list of documents, at one resource version. */
export interface DocumentList {
  readonly items: ReadonlyArray<Document>
  readonly resourceVersion: string
}

/** One element of a watch, undecoded. */
export type DocumentEvent =
  | { readonly _tag: "Added" | "Modified" | "Deleted"; readonly object: Document }
  | { readonly _tag: "Bookmark"; readonly resourceVersion: string }

/** What a deletion may ask for. */
export interface DeleteOptions {
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  /** 0 is what kubelet sends to make a terminated pod go; undefined is the kind's own grace. */
  readonly gracePeriodSeconds?: number | undefined
}

/** The API's verbs in the name of one user: documents in, documents out. Errors are those of the port. */
export interface Verbs {
  readonly user: User
  readonly list: (place: Place, scope?: Scope) => Effect.Effect<DocumentList, KubernetesError>
  readonly watch: (place: Place, options: Scope & { readonly resourceVersion: string }) => Stream.Stream<DocumentEvent, WatchEnd>
  readonly get: (place: Place, key: ObjectKey) => Effect.Effect<Document, KubernetesError>
  readonly create: (place: Place, document: Document) => Effect.Effect<Document, KubernetesError>
  readonly patch: (
    place: Place,
    key: ObjectKey,
    patch: Patch,
    options?: { readonly subresource?: "status" | undefined }
  ) => Effect.Effect<Document, KubernetesError>
  readonly delete: (place: Place, key: ObjectKey, options?: DeleteOptions) => Effect.Effect<void, KubernetesError>
  /** `POST pods/binding`: sets `spec.nodeName`, once; `Conflict` when the pod is bound already. */
  readonly bind: (pod: ObjectKey, nodeName: string) => Effect.Effect<void, KubernetesError>
  /** Creates the document, or merges it into the one of that name; its `apiVersion` and `kind` say where it belongs. */
  readonly apply: (document: Document) => Effect.Effect<Document, KubernetesError>
}

/** The server: who you are decides in whose name you act. */
export interface ApiServer {
  readonly as: (user: string | User, userAgent?: string) => Verbs
}

/** What the server is made of. */
export interface Parts {
  readonly registry: Registry
  readonly kinds: Kinds
  readonly watches: WatchHub
  readonly audit: AuditLog
  /** The way of a request to the server, and of its answer back: at least a yield, so that other fibers come in between. */
  readonly travel: Effect.Effect<void>
}

/** A write before the server knows whether there is such a kind. */
interface Write {
  readonly verb: "create" | "patch" | "delete"
  readonly place: Place
  readonly key: ObjectKey
  readonly subresource: "" | "status" | "binding"
  readonly body: Document | Schema.JsonArray
}

const operationOf = (verb: string, place: Place, key?: ObjectKey, subresource = ""): string => {
  const resource = subresource === "" ? place.plural : `${place.plural}/${subresource}`
  const name = key?.namespace === undefined ? key?.name : `${key.namespace}/${key.name}`
  return name === undefined ? `${verb} ${resource}` : `${verb} ${resource} ${name}`
}

const deleteBody = (options: DeleteOptions): Schema.JsonObject => ({
  kind: "DeleteOptions",
  apiVersion: "v1",
  ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
  ...(options.uid === undefined && options.resourceVersion === undefined ? {} : {
    preconditions: {
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.resourceVersion === undefined ? {} : { resourceVersion: options.resourceVersion })
    }
  })
})

const podsPlace: Place = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true }

export const make = (parts: Parts): ApiServer => {
  const { registry, kinds, travel } = parts

  const kindOf = (place: Place): Result.Result<Kind, Rejection> => {
    const kind = kinds.at(place)
    return kind === undefined ? Result.fail(noSuchResource()) : Result.succeed(kind)
  }

  const read = Effect.fnUntraced(function*<A>(place: Place, key: ObjectKey | undefined, look: (kind: Kind) => Result.Result<A, Rejection>) {
    yield* travel
    const found = Result.flatMap(kindOf(place), look)
    yield* travel
    if (Result.isSuccess(found)) return found.success
    return yield* toError(operationOf(key === undefined ? "list" : "get", place, key), found.failure)
  })

  const as = (given: string | User, userAgent = "branchline"): Verbs => {
    const user = typeof given === "string" ? userOf(given) : given

    const write = Effect.fnUntraced(function*<A>({ body, key, place, subresource, verb }: Write, run: (call: Call) => Effect.Effect<A, Rejection>) {
      yield* travel
      const kind = kinds.at(place)
      const annotations = {}
      const received = registry.now()
      const result = kind === undefined ? Result.fail(noSuchResource()) : yield* Effect.result(run({ user, kind, annotations }))
      if (kind !== undefined) {
        const rejection = Result.isFailure(result) ? result.failure : undefined
        parts.audit.record({ user, userAgent, verb, kind, key, subresource, body, annotations, received, answered: registry.now(), rejection })
      }
      yield* travel
      if (Result.isSuccess(result)) return result.success
      return yield* toError(operationOf(verb, place, key, subresource), result.failure, true)
    })

    const verbs: Verbs = {
      user,
      list: (place, scope = {}) =>
        read(place, undefined, (kind) =>
          Result.map(FieldSelector.compile(kind, scope), (matches) => ({
            // Objects and version in one step: what is written between them would never be told.
            items: registry.store.list(kind).filter(matches),
            resourceVersion: String(registry.store.version())
          }))),
      get: (place, key) => read(place, key, (kind) => existing(registry, kind, key)),
      watch: (place, options) =>
        Stream.unwrap(
          Effect.gen(function*() {
            yield* travel
            const kind = yield* Effect.fromResult(kindOf(place))
            const matches = yield* Effect.fromResult(FieldSelector.compile(kind, options))
            const news = yield* parts.watches.watch({
              username: user.username,
              kind,
              matches,
              resourceVersion: Number(options.resourceVersion)
            })
            return Stream.fromPull(Effect.succeed(news))
          }).pipe(Effect.mapError((rejection): WatchEnd => ({ _tag: "Failed", error: toError(operationOf("watch", place), rejection) })))
        ),
      create: (place, document) =>
        write({
          verb: "create",
          place,
          key: { namespace: place.namespaced ? namespaceOf(document) ?? "default" : undefined, name: nameOf(document) },
          subresource: "",
          body: document
        }, (call) => {
          const created = create(registry, call, document)
          return call.kind === namespaces ? Effect.tap(created, (namespace) => furnish(registry, kinds, nameOf(namespace))) : created
        }),
      patch: (place, key, change, options = {}) => {
        const subresource = options.subresource ?? ""
        return write({ verb: "patch", place, key, subresource, body: change.patch }, (call) =>
          patch(registry, call, key, change, subresource))
      },
      delete: (place, key, options = {}) =>
        write({ verb: "delete", place, key, subresource: "", body: deleteBody(options) }, (call) =>
          remove(registry, call, key, options)),
      bind: (pod, nodeName) =>
        write({ verb: "create", place: podsPlace, key: pod, subresource: "binding", body: bindingOf(pod, nodeName) }, (call) =>
          bind(registry, call, pod, nodeName)),
      apply: Effect.fnUntraced(function*(document) {
        const kind = kinds.of(textAt(document, "apiVersion") ?? "", textAt(document, "kind") ?? "")
        if (kind === undefined) {
          return yield* toError(`apply ${textAt(document, "kind") ?? "document"}`, noSuchResource())
        }
        const key = { ...keyOf(document), namespace: kind.namespaced ? namespaceOf(document) ?? "default" : undefined }
        return yield* nameOf(document) !== "" && registry.store.get(kind, key) !== undefined
          ? verbs.patch(kind, key, { _tag: "merge", patch: document })
          : verbs.create(kind, document)
      })
    }
    return verbs
  }

  return { as }
}
