import { field, StringMap } from "@branchline/core/model/Fields"
import { podEni } from "@branchline/core/model/Names"
import { compile, matches } from "@branchline/core/selection/LabelSelector"
import { Result, Schema } from "effect"

const Expression = Schema.Struct({ key: Schema.String, operator: Schema.String, values: field(Schema.Array(Schema.String)) })

/** What a pod's spec says of the nodes that it may run on, as far as it is judged here. */
export const Placing = Schema.Struct({
  nodeName: field(Schema.String),
  nodeSelector: field(StringMap),
  tolerations: field(Schema.Array(Schema.Struct({
    key: field(Schema.String),
    operator: field(Schema.String),
    value: field(Schema.String),
    effect: field(Schema.String)
  }))),
  affinity: field(Schema.Struct({
    nodeAffinity: field(Schema.Struct({
      requiredDuringSchedulingIgnoredDuringExecution: field(Schema.Struct({
        nodeSelectorTerms: field(Schema.Array(Schema.Struct({ matchExpressions: field(Schema.Array(Expression)) })))
      }))
    }))
  }))
})
export type Placing = typeof Placing.Type

type Toleration = NonNullable<Placing["tolerations"]>[number]

/** A taint of a node. */
export interface Taint {
  readonly key: string
  readonly value: string
  readonly effect: string
}

/** A node, as the scheduler looks at it. */
export interface Place {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: ReadonlyArray<Taint>
  readonly unschedulable: boolean
}

/** The admission plugin ExtendedResourceToleration adds it to pods that ask (contract §1.5). */
const resourceToleration: Toleration = { key: podEni, operator: "Exists", effect: "NoSchedule" }

/** What the DaemonSet controller tolerates for its pods. Source: Kubernetes, "DaemonSet", "Taints and tolerations". */
const daemonTolerations: ReadonlyArray<Toleration> = [
  ...["not-ready", "unreachable"].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect: "NoExecute" })),
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect: "NoSchedule" }))
]

/** Source: Kubernetes, "Taints and Tolerations": an empty key with Exists tolerates everything, an empty effect every effect. */
const tolerates = (taint: Taint) => ({ effect, key, operator, value }: Toleration): boolean =>
  (!effect || effect === taint.effect) &&
  (operator === "Exists" ? !key || key === taint.key : key === taint.key && (value ?? "") === taint.value)

/** Gt and Lt compare numbers, which node labels hardly ever are: such a requirement is not judged, and taken for met. */
const meets = (labels: Place["labels"], expressions: ReadonlyArray<typeof Expression.Type>): boolean => {
  const judged = expressions.filter(({ operator }) => operator !== "Gt" && operator !== "Lt")
  const compiled = compile({ matchExpressions: judged }, "")
  return Result.isSuccess(compiled) && matches(compiled.success, labels)
}

const chosen = (labels: Place["labels"], { affinity, nodeSelector }: Placing): boolean => {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return Object.entries(nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (terms.length === 0 || terms.some(({ matchExpressions }) => meets(labels, matchExpressions ?? [])))
}

/**
 * Whether pods that ask for a branch may be scheduled to a node: by node selector, required node affinity, taints and `unschedulable`. Other resources, affinity
 * between pods and spread are not judged.
 *
 * @param daemon whether a DaemonSet makes them
 */
export const mayRunOn = (placing: Placing, { labels, name, taints, unschedulable }: Place, daemon = false): boolean => {
  if (placing.nodeName) return placing.nodeName === name
  const tolerations = [...placing.tolerations ?? [], resourceToleration, ...(daemon ? daemonTolerations : [])]
  const hard = taints.filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute")
  const cordon: ReadonlyArray<Taint> = unschedulable ? [{ key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" }] : []
  return [...hard, ...cordon].every((taint) => tolerations.some(tolerates(taint))) && chosen(labels, placing)
}
