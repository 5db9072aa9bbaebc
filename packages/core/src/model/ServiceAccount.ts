import { Schema } from "effect"
import { namespacedFields } from "./Fields.js"

/** `v1` ServiceAccount: its labels, which a policy's `serviceAccountSelector` matches. */
export const ServiceAccount = Schema.Struct({ metadata: Schema.Struct(namespacedFields) })
export type ServiceAccount = typeof ServiceAccount.Type
