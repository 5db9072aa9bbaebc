import { Effect, Result } from "effect"
import type { Chance } from "../Chance.js"
import type { Document } from "../Document.js"
import { qualifiedName } from "../Kinds.js"
import type { Rejection } from "../Rejection.js"
import type { Webhook } from "../Webhook.js"
import type { Attributes } from "./Attributes.js"
import { isOfItsKind, type NamespaceOf } from "./Matching.js"
import * as MutatingWebhooks from "./MutatingWebhooks.js"
import { type HasServiceAccount, podPlugins } from "./PodPlugins.js"
import * as ValidatingWebhooks from "./ValidatingWebhooks.js"

/** The admission chain of one server. */
export interface Admission {
  readonly register: (webhook: Webhook) => void
  readonly unregister: (configuration: string, name: string) => void
  /** The object as the mutating plugins and webhooks leave it. */
  readonly mutate: (request: Attributes, object: Document | undefined) => Effect.Effect<Document | undefined, Rejection>
  readonly validate: (request: Attributes, object: Document | undefined) => Effect.Effect<void, Rejection>
}

/** What the chain looks up in the server. */
export interface Lookups {
  readonly namespaceOf: NamespaceOf
  readonly hasServiceAccount: HasServiceAccount
}

export const make = (lookups: Lookups, chance: Chance): Admission => {
  let webhooks: ReadonlyArray<Webhook> = []
  const ofType = (type: Webhook["type"]) => webhooks.filter((webhook) => webhook.type === type)
  /** Most requests are about kinds that no webhook wants to see. */
  const isWanted = (type: Webhook["type"], request: Attributes) => webhooks.some((one) => one.type === type && isOfItsKind(one, request))
  const plugins = podPlugins(lookups.hasServiceAccount)

  const runPlugins = (request: Attributes, given: Document | undefined): Result.Result<Document | undefined, Rejection> => {
    if (given === undefined || request.subresource !== "" || qualifiedName(request.kind) !== "pods") return Result.succeed(given)
    return plugins.reduce<Result.Result<Document, Rejection>>(
      (pod, plugin) => Result.flatMap(pod, (one) => plugin(request, one)),
      Result.succeed(given)
    )
  }

  // Compiled-in plugins first, then webhooks; where a webhook changed something, both once more (apiserver, `pkg/admission`, reinvoker).
  // That is how a pod gets the toleration for a resource that a webhook gave it, and why that webhook is asked again.
  const mutateBy = Effect.fnUntraced(function*(request: Attributes, object: Document | undefined) {
    const state = MutatingWebhooks.rounds()
    const mutating = ofType("mutating")
    const round = Effect.fnUntraced(function*(given: Document | undefined) {
      const prepared = yield* Effect.fromResult(runPlugins(request, given))
      return yield* MutatingWebhooks.run(mutating, request, prepared, state, lookups.namespaceOf, chance)
    })
    const first = yield* round(object)
    if (!state.again) return first
    state.round = 1
    return yield* round(first)
  })

  return {
    register: (webhook) => {
      const others = webhooks.filter((one) => one.configuration !== webhook.configuration || one.name !== webhook.name)
      webhooks = [...others, webhook].sort((a, b) => a.configuration < b.configuration ? -1 : a.configuration > b.configuration ? 1 : 0)
    },
    unregister: (configuration, name) => {
      webhooks = webhooks.filter((one) => one.configuration !== configuration || one.name !== name)
    },
    mutate: (request, object) =>
      isWanted("mutating", request) ? mutateBy(request, object) : Effect.fromResult(runPlugins(request, object)),
    validate: (request, object) =>
      isWanted("validating", request)
        ? ValidatingWebhooks.run(ofType("validating"), request, object, lookups.namespaceOf, chance)
        : Effect.void
  }
}
