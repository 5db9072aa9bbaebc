import { Schema } from "effect"
import { field, namespacedFields, StringMap } from "@branchline/core/model/Fields"
import { Resources } from "@branchline/core/model/Pod"
import { pods, resource } from "@branchline/core/model/Resource"

/** A pod as wide as kubelet needs it. */
export const KubeletPod = Schema.Struct({
  metadata: Schema.Struct({
    ...namespacedFields,
    annotations: field(StringMap),
    deletionGracePeriodSeconds: field(Schema.Finite)
  }),
  spec: Schema.Struct({
    hostNetwork: field(Schema.Boolean),
    restartPolicy: field(Schema.String),
    containers: Schema.Array(Schema.Struct({
      name: Schema.String,
      image: field(Schema.String),
      imagePullPolicy: field(Schema.String),
      command: field(Schema.Array(Schema.String)),
      resources: field(Resources)
    }))
  }),
  status: field(Schema.Struct({ phase: field(Schema.String) }))
})
export type KubeletPod = typeof KubeletPod.Type
export type KubeletContainer = KubeletPod["spec"]["containers"][number]
export const kubeletPods = resource(pods, KubeletPod)

/** How many seconds the pod's containers run; overrides what its command says. */
export const runForAnnotation = "simulation.branchline/run-for"
/** `Failed` where the containers are to end badly. */
export const outcomeAnnotation = "simulation.branchline/outcome"

/** How a pod's containers end by themselves. */
export interface Ending {
  readonly afterSeconds: number
  readonly phase: "Succeeded" | "Failed"
}

const unknownProgramSeconds = 5

const secondsOf = (pod: KubeletPod): number => {
  const said = pod.metadata.annotations?.[runForAnnotation]
  if (said !== undefined) return Number(said)
  const command = pod.spec.containers[0]?.command ?? []
  if (command[0] !== "sleep") return unknownProgramSeconds
  return command[1] === "infinity" ? Infinity : Number(command[1])
}

/**
 * When and how the pod's containers end by themselves; undefined when they run until stopped, as all do under restartPolicy Always.
 * `sleep <seconds>` is understood, any other program takes 5 seconds.
 */
export const endingOf = (pod: KubeletPod): Ending | undefined => {
  if ((pod.spec.restartPolicy ?? "Always") === "Always") return undefined
  const afterSeconds = secondsOf(pod)
  if (!Number.isFinite(afterSeconds) || afterSeconds < 0) return undefined
  return { afterSeconds, phase: pod.metadata.annotations?.[outcomeAnnotation] === "Failed" ? "Failed" : "Succeeded" }
}
