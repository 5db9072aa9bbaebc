import { Data, type Effect } from "effect"
import type { Labels } from "../selection/LabelSelector.js"
import type { PolicyIndex } from "../selection/PolicyIndex.js"

/** What admission decides by, at one moment. */
export interface AdmissionFacts {
  /** Empty where the cluster has no such resource: then every pod is allowed as it is. */
  readonly policies: PolicyIndex
  /** The account's groups per interface, 1 to 16 (contract §3). */
  readonly groupsPerInterface: number
  readonly windows: {
    /** `enable-windows-ipam` of the ConfigMap. */
    readonly ipamEnabled: boolean
    /** Whether a provider is there that gives Windows pods their addresses. */
    readonly served: boolean
  }
}

/** The service account could not be read, so which groups the pod gets is not known. Retryable: by the API server or by whoever created the pod. */
export class ServiceAccountUnreadable extends Data.TaggedError("ServiceAccountUnreadable")<{
  readonly namespace: string
  readonly name: string
  readonly reason: string
}> {}

/** Where admission finds what it decides by. */
export interface AdmissionContext {
  /** Read anew for every review; from memory, for each millisecond here is pod start-up time. */
  readonly facts: Effect.Effect<AdmissionFacts>
  /**
   * The labels of a service account, live where the cache has none; undefined where there is no such account. Asked only when a policy that
   * could match selects by it (contract §3).
   */
  readonly serviceAccount: (namespace: string, name: string) => Effect.Effect<Labels | undefined, ServiceAccountUnreadable>
}
