import { Schema } from "effect"
import { field, namespacedFields, StringMap } from "./Fields.js"

/** `v1` ConfigMap. */
export const ConfigMap = Schema.Struct({ metadata: Schema.Struct(namespacedFields), data: field(StringMap) })
export type ConfigMap = typeof ConfigMap.Type
