import type { Resource, KubernetesObject } from "@branchline/core/model/Resource"
import type { Kubernetes, ObjectKey, WatchEnd } from "@branchline/core/ports/Kubernetes"
import { KubernetesError, type KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { Effect, Stream } from "effect"
import { type Call, type FaultRule, isKubernetesRule, type KubernetesOperation, type Subject } from "./FaultRule.js"
import type { Faults } from "./Faults.js"
import { inject, travel } from "./Inject.js"

const failure = (call: Call) => (rule: FaultRule): KubernetesError => {
  const reason: KubernetesReason = isKubernetesRule(rule) && rule.when === "before" ? rule.reason : { _tag: "UnknownOutcome" }
  return new KubernetesError({
    operation: Object.values({ operation: call.operation, ...call.subject }).filter((part) => part !== undefined).join(" "),
    reason,
    message: `${reason._tag}: injected ${rule.when} the effect`
  })
}

const about = (
  resource: Pick<Resource<KubernetesObject>, "plural">,
  key: Partial<ObjectKey> = {},
  subresource?: string
): Subject => ({ plural: resource.plural, namespace: key.namespace, name: key.name, subresource })

/** The port with the faults in the way of every call. A watch that is struck ends as `Expired` or `Failed`. */
export const withKubernetesFaults = (port: Kubernetes["Service"], faults: Faults): Kubernetes["Service"] => {
  const struck = <A>(operation: KubernetesOperation, subject: Subject, effect: Effect.Effect<A, KubernetesError>) => {
    const call: Call = { port: "kubernetes", operation, subject }
    return inject(faults, call, failure(call), effect)
  }
  return {
    list: (resource, scope) => struck("list", about(resource, scope), port.list(resource, scope)),
    watch: (resource, options) => {
      const call: Call = { port: "kubernetes", operation: "watch", subject: about(resource, options) }
      const watch = port.watch(resource, options)
      return Stream.unwrap(Effect.gen(function*() {
        const strike = yield* faults.strike(call)
        if (strike === undefined) return watch
        const error = failure(call)(strike.rule)
        const end: WatchEnd = error.reason._tag === "Expired" ? { _tag: "Expired" } : { _tag: "Failed", error }
        const cut = (effect: "none" | "done") =>
          Stream.unwrap(Effect.as(Effect.andThen(strike.settle(effect), travel(strike.rule)), Stream.fail(end)))
        return strike.rule.when === "before" ? cut("none") : Stream.concat(Stream.take(watch, 1), cut("done"))
      }))
    },
    get: (resource, key) => struck("get", about(resource, key), port.get(resource, key)),
    create: (resource, document) => struck("create", about(resource, keyOf(document)), port.create(resource, document)),
    patch: (resource, key, patch, options) =>
      struck("patch", about(resource, key, options?.subresource), port.patch(resource, key, patch, options)),
    delete: (resource, key, preconditions) => struck("delete", about(resource, key), port.delete(resource, key, preconditions)),
    recordEvent: (event) =>
      struck(
        "recordEvent",
        { plural: "events", namespace: event.regarding.namespace, name: event.regarding.name },
        port.recordEvent(event)
      )
  }
}

/** Namespace and name of a document that has them. */
const keyOf = ({ metadata }: { readonly metadata?: unknown }): Partial<ObjectKey> => {
  if (typeof metadata !== "object" || metadata === null) return {}
  return {
    ...("namespace" in metadata && typeof metadata.namespace === "string" ? { namespace: metadata.namespace } : {}),
    ...("name" in metadata && typeof metadata.name === "string" ? { name: metadata.name } : {})
  }
}
