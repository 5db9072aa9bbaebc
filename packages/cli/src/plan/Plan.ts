import { Schema } from "effect"
import { NotSeen } from "../cluster/Unknowns.js"
import { Outcome } from "./Admitted.js"
import { Calls } from "./Calls.js"
import { Slots } from "./Fit.js"
import { PolicyChange } from "./Policies.js"
import { RolloutPlan } from "./RolloutPlan.js"
import { OverQuotaUnion, RunningChange } from "./Running.js"

export const WorkloadPlan = Schema.Struct({
  name: Schema.String.annotate({ description: "Kind, namespace and name: `Deployment shop/web`" }),
  where: Schema.String,
  change: Schema.Literals(["added", "exchanged", "scaled", "unchanged"]).annotate({
    description: "exchanged: its template differs from its pods, so they are made anew; unchanged: in what a look holds, which images are not"
  }),
  differs: Schema.Array(Schema.String),
  note: Schema.optionalKey(Schema.String),
  pods: Schema.Struct({ now: Schema.Int, wanted: Schema.optionalKey(Schema.Int) }),
  outcome: Outcome,
  groups: Schema.Array(Schema.String),
  policies: Schema.Array(Schema.String),
  warnings: Schema.Array(Schema.String),
  slots: Schema.optionalKey(Slots),
  rollout: Schema.optionalKey(RolloutPlan),
  calls: Calls
})
export type WorkloadPlan = typeof WorkloadPlan.Type

export const NodePlan = Schema.Struct({
  name: Schema.String,
  type: Schema.optionalKey(Schema.String),
  slots: Schema.Int.annotate({ description: "Allocatable" }),
  asking: Schema.Int.annotate({ description: "Living pods on it that ask" }),
  free: Schema.Int.annotate({ description: "As the scheduler counts" }),
  cooling: Schema.Int.annotate({ description: "Of the free ones, branches that EC2 still associates" }),
  planned: Schema.Int.annotate({ description: "Pods of this plan" })
})
export type NodePlan = typeof NodePlan.Type

export const SubnetPlan = Schema.Struct({
  id: Schema.String,
  free: Schema.optionalKey(Schema.Int.annotate({ description: "Absent where EC2 was not asked" })),
  planned: Schema.Int,
  short: Schema.Int
})
export type SubnetPlan = typeof SubnetPlan.Type

/** What `plan -o json` prints. */
export const Plan = Schema.Struct({
  kind: Schema.Literal("Plan"),
  seenAt: Schema.String,
  cooldownSeconds: Schema.Finite,
  manifests: Schema.Struct({
    policies: Schema.Int,
    workloads: Schema.Int,
    serviceAccounts: Schema.Int,
    others: Schema.Int.annotate({ description: "Objects that a plan is not about" })
  }),
  problems: Schema.Array(Schema.Struct({ where: Schema.String, message: Schema.String, mend: Schema.String })),
  policies: Schema.Array(PolicyChange),
  serviceAccounts: Schema.Array(Schema.Struct({ name: Schema.String, change: Schema.Literals(["added", "changed"]), labels: Schema.Array(Schema.String) })),
  running: Schema.Array(Schema.Struct({ ...RunningChange.fields, slots: Schema.optionalKey(Slots) })),
  undecided: Schema.Array(Schema.String).annotate({ description: "What makes pods of which nobody knows: it depends on a service account that was not seen" }),
  overQuota: Schema.Array(OverQuotaUnion),
  workloads: Schema.Array(WorkloadPlan),
  waiting: Schema.Array(Schema.Struct({ owner: Schema.String, pods: Schema.Int, left: Schema.Int })).annotate({ description: "Pods that ask and are not scheduled yet: they come first" }),
  nodes: Schema.optionalKey(Schema.Array(NodePlan).annotate({ description: "Those that offer branches" })),
  coolingKnown: Schema.Boolean.annotate({ description: "Whether EC2 was asked for branches that cool after their pods are gone; else there may be more than is told" }),
  subnets: Schema.Array(SubnetPlan),
  calls: Schema.Struct({
    now: Calls.annotate({ description: "By applying the manifests" }),
    next: Calls.annotate({ description: "Once the running pods that get other groups are made again" })
  }),
  cautions: Schema.Array(Schema.String).annotate({ description: "What narrows the answer" }),
  notSeen: Schema.Array(NotSeen)
})
export type Plan = typeof Plan.Type
