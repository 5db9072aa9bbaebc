import { field } from "@branchline/core/model/Fields"
import { Schema } from "effect"
import type { Rule } from "./Rollout.js"

const IntOrPercent = Schema.Union([Schema.Int, Schema.String])
type IntOrPercent = typeof IntOrPercent.Type

const Steps = field(Schema.Struct({ maxSurge: field(IntOrPercent), maxUnavailable: field(IntOrPercent), partition: field(Schema.Int) }))
const Strategy = field(Schema.Struct({ type: field(Schema.String), rollingUpdate: Steps }))

const Running = { parallelism: field(Schema.Int), completions: field(Schema.Int), suspend: field(Schema.Boolean) } as const

/** What a workload's spec says of how many pods it makes, and how it exchanges them. */
export const ScaleSpec = Schema.Struct({
  spec: field(Schema.Struct({
    replicas: field(Schema.Int),
    minReadySeconds: field(Schema.Int),
    podManagementPolicy: field(Schema.String),
    strategy: Strategy,
    updateStrategy: Strategy,
    ...Running,
    jobTemplate: field(Schema.Struct({ spec: field(Schema.Struct(Running)) }))
  }))
})

/** How pods that are there are exchanged for new ones. */
export type Exchange =
  | { readonly _tag: "Recreate" }
  | { readonly _tag: "RollingUpdate"; readonly surge: IntOrPercent; readonly unavailable: IntOrPercent }
  | { readonly _tag: "Ordinals"; readonly unavailable: IntOrPercent; readonly partition: number }
  | { readonly _tag: "Nodes"; readonly surge: IntOrPercent; readonly unavailable: IntOrPercent }
  /** Only those that somebody deletes. */
  | { readonly _tag: "OnDelete" }
  /** A change reaches no pod that is there. */
  | { readonly _tag: "None" }
  /** A kind that is not known here. */
  | { readonly _tag: "Unknown" }

/** How many pods a workload makes, and in which order. */
export interface Scale {
  /** Undefined where it leaves that to what is there: as many as there are, or one. */
  readonly replicas: number | "each node" | undefined
  readonly exchange: Exchange
  /** Whether each new pod waits for the one before it. */
  readonly ordered: boolean
  /** Milliseconds. */
  readonly minReady: number
  /** Whether it makes pods later, and how many by then: a CronJob. */
  readonly later: boolean
  /** As the manifest, or Kubernetes' default, has it. */
  readonly strategy: string
}

const whole = (value: number | null | undefined): number | undefined => value === null || value === undefined ? undefined : Math.max(0, value)

const percent = /^(\d{1,9})%$/

/** Source: Kubernetes API reference, Deployment v1 (`maxSurge` is rounded up, `maxUnavailable` down), DaemonSet v1 and StatefulSet v1 (up). */
export const resolved = (value: IntOrPercent, of: number, round: "up" | "down"): number => {
  if (typeof value === "number") return Math.max(0, value)
  const share = percent.exec(value)?.[1]
  if (share === undefined) return 0
  const exact = (Number(share) * of) / 100
  return round === "up" ? Math.ceil(exact) : Math.floor(exact)
}

const jobReplicas = (spec: { readonly parallelism?: number | null; readonly completions?: number | null; readonly suspend?: boolean | null } | null | undefined): number =>
  spec?.suspend === true ? 0 : Math.min(whole(spec?.parallelism) ?? 1, whole(spec?.completions) ?? Infinity)

const stepsText = (exchange: Extract<Exchange, { readonly _tag: "RollingUpdate" | "Nodes" }>): string =>
  `RollingUpdate, maxSurge ${exchange.surge}, maxUnavailable ${exchange.unavailable}`

/** The scale of a kind by its spec, with Kubernetes' defaults (apps/v1, batch/v1). */
export const scaleOf = (kind: string, { spec }: typeof ScaleSpec.Type): Scale => {
  const base = { ordered: false, minReady: (whole(spec?.minReadySeconds) ?? 0) * 1_000, later: false }
  const steps = spec?.updateStrategy?.rollingUpdate
  switch (kind) {
    case "Deployment": {
      const exchange: Exchange = spec?.strategy?.type === "Recreate"
        ? { _tag: "Recreate" }
        : { _tag: "RollingUpdate", surge: spec?.strategy?.rollingUpdate?.maxSurge ?? "25%", unavailable: spec?.strategy?.rollingUpdate?.maxUnavailable ?? "25%" }
      return { ...base, replicas: whole(spec?.replicas), exchange, strategy: exchange._tag === "Recreate" ? "Recreate" : stepsText(exchange) }
    }
    case "StatefulSet": {
      const ordered = spec?.podManagementPolicy !== "Parallel"
      const exchange: Exchange = spec?.updateStrategy?.type === "OnDelete"
        ? { _tag: "OnDelete" }
        : { _tag: "Ordinals", unavailable: steps?.maxUnavailable ?? 1, partition: whole(steps?.partition) ?? 0 }
      return { ...base, replicas: whole(spec?.replicas), exchange, ordered, strategy: `${ordered ? "OrderedReady" : "Parallel"}, ${exchange._tag === "OnDelete" ? "OnDelete" : "RollingUpdate"}` }
    }
    case "DaemonSet": {
      const exchange: Exchange = spec?.updateStrategy?.type === "OnDelete"
        ? { _tag: "OnDelete" }
        : { _tag: "Nodes", surge: steps?.maxSurge ?? 0, unavailable: steps?.maxUnavailable ?? 1 }
      return { ...base, replicas: "each node", exchange, strategy: exchange._tag === "OnDelete" ? "OnDelete" : stepsText(exchange) }
    }
    case "Job":
      return { ...base, replicas: jobReplicas(spec), exchange: { _tag: "None" }, strategy: "Job" }
    case "CronJob":
      return { ...base, replicas: spec?.suspend === true ? 0 : jobReplicas(spec?.jobTemplate?.spec), exchange: { _tag: "None" }, later: true, strategy: "CronJob" }
    case "Pod":
      return { ...base, replicas: 1, exchange: { _tag: "None" }, strategy: "Pod" }
    case "ReplicaSet":
    case "ReplicationController":
      return { ...base, replicas: whole(spec?.replicas), exchange: { _tag: "None" }, strategy: kind }
    default:
      return { ...base, replicas: whole(spec?.replicas), exchange: { _tag: "Unknown" }, strategy: "unknown" }
  }
}

/** The order in which so many pods are exchanged; undefined where nothing exchanges them by itself. */
export const exchangeRule = ({ exchange, ordered }: Scale, wanted: number): Rule | undefined => {
  switch (exchange._tag) {
    case "Recreate":
      return { _tag: "Recreate" }
    case "RollingUpdate": {
      const surge = resolved(exchange.surge, wanted, "up")
      const unavailable = Math.min(wanted, resolved(exchange.unavailable, wanted, "down"))
      // Both may come to 0 by rounding: then one pod may be missing. Source: Kubernetes, deployment/util ResolveFenceposts.
      return { _tag: "Rolling", surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
    }
    case "Ordinals":
      return { _tag: "InPlace", surge: 0, unavailable: Math.max(1, resolved(exchange.unavailable, wanted, "up")), ordered }
    case "Nodes": {
      const surge = resolved(exchange.surge, wanted, "up")
      const unavailable = resolved(exchange.unavailable, wanted, "up")
      return { _tag: "InPlace", surge: unavailable > 0 && surge === 0 ? 0 : surge, unavailable: Math.max(1, unavailable), ordered: false }
    }
    case "OnDelete":
    case "None":
    case "Unknown":
      return undefined
  }
}
