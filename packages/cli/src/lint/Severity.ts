import { Schema } from "effect"

export const Severity = Schema.Literals(["error", "warning", "info"])
export type Severity = typeof Severity.Type
