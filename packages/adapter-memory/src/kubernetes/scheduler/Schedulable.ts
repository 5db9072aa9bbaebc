import { Schema } from "effect"
import { field, metadataFields, namespacedFields, StringMap } from "@branchline/core/model/Fields"
import { Resources } from "@branchline/core/model/Pod"
import { nodes, pods, resource } from "@branchline/core/model/Resource"
import { isExtended } from "../ExtendedResources.js"

export const Toleration = Schema.Struct({
  key: field(Schema.String),
  operator: field(Schema.String),
  value: field(Schema.String),
  effect: field(Schema.String)
})
export type Toleration = typeof Toleration.Type

export const Taint = Schema.Struct({ key: Schema.String, value: field(Schema.String), effect: Schema.String })
export type Taint = typeof Taint.Type

/** A pod as wide as the scheduler needs it. */
export const SchedulablePod = Schema.Struct({
  metadata: Schema.Struct(namespacedFields),
  spec: Schema.Struct({
    nodeName: field(Schema.String),
    nodeSelector: field(StringMap),
    tolerations: field(Schema.Array(Toleration)),
    containers: Schema.Array(Schema.Struct({ resources: field(Resources) }))
  }),
  status: field(Schema.Struct({ phase: field(Schema.String) }))
})
export type SchedulablePod = typeof SchedulablePod.Type
export const schedulablePods = resource(pods, SchedulablePod)

/** A node as wide as the scheduler needs it. */
export const SchedulableNode = Schema.Struct({
  metadata: Schema.Struct(metadataFields),
  spec: field(Schema.Struct({ unschedulable: field(Schema.Boolean), taints: field(Schema.Array(Taint)) })),
  status: field(Schema.Struct({
    allocatable: field(StringMap),
    conditions: field(Schema.Array(Schema.Struct({ type: Schema.String, status: Schema.String })))
  }))
})
export type SchedulableNode = typeof SchedulableNode.Type
export const schedulableNodes = resource(nodes, SchedulableNode)

/** Whole numbers of extended resources, by name. */
export type Amounts = ReadonlyMap<string, number>

const whole = (quantity: string | undefined): number => {
  const value = Number(quantity ?? "0")
  return Number.isFinite(value) ? value : 0
}

/** What the pod's containers request of extended resources, summed; `cpu` and `memory` are not counted in this world. */
export const requestsOf = (pod: SchedulablePod): Amounts => {
  const sum = new Map<string, number>()
  for (const { resources } of pod.spec.containers) {
    for (const [name, quantity] of Object.entries(resources?.requests ?? {})) {
      if (isExtended(name)) sum.set(name, (sum.get(name) ?? 0) + whole(quantity))
    }
  }
  return sum
}

/** What the node offers of an extended resource; 0 where it offers none. */
export const offerOf = (node: SchedulableNode, name: string): number => whole(node.status?.allocatable?.[name])

/** Whether the pod has ended, so that it holds nothing of its node any more. */
export const isTerminal = (pod: { readonly status?: { readonly phase?: string | null } | null }): boolean =>
  pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed"

/** Whether somebody has asked for the pod's deletion. */
export const isDeleting = (pod: SchedulablePod): boolean => typeof pod.metadata.deletionTimestamp === "string"
