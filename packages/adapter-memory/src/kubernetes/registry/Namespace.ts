import { Effect } from "effect"
import { serviceAccounts } from "@branchline/core/model/Resource"
import { type Kind, type Kinds, namespaces } from "../Kinds.js"
import type { Rejection } from "../Rejection.js"
import { userOf } from "../User.js"
import { create } from "./Create.js"
import type { Registry } from "./Registry.js"

const controller = userOf("system:serviceaccount:kube-system:service-account-controller")

const store = (registry: Registry, kind: Kind, metadata: { readonly name: string; readonly namespace?: string }) =>
  create(registry, { user: controller, kind, annotations: {} }, { metadata })

/** Gives a new namespace its ServiceAccount `default`, as kube-controller-manager does. */
export const furnish = (registry: Registry, kinds: Kinds, namespace: string): Effect.Effect<void, Rejection> => {
  const kind = kinds.at(serviceAccounts)
  return kind === undefined ? Effect.void : Effect.asVoid(store(registry, kind, { name: "default", namespace }))
}

/** A namespace that is there from the start. */
export const found = (registry: Registry, kinds: Kinds, name: string): Effect.Effect<void, Rejection> =>
  Effect.andThen(store(registry, namespaces, { name }), furnish(registry, kinds, name))
