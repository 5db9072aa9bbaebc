import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesReason } from "@branchline/core/ports/KubernetesError"
import type { Duration } from "effect"

export type Ec2Operation = keyof Ec2["Service"]
export type KubernetesOperation = keyof Kubernetes["Service"]

/**
 * What a call is about, flat. EC2: the fields of the request that are a text or a number (`subnetId`, `trunkId`, `vlanId`, `eniId`, …).
 * Kubernetes: `plural`, `namespace`, `name`, `subresource`.
 */
export type Subject = Readonly<Record<string, string | number | undefined>>

/** A call on a port, as a rule sees it. */
export type Call =
  | { readonly port: "ec2"; readonly operation: Ec2Operation; readonly subject: Subject }
  | { readonly port: "kubernetes"; readonly operation: KubernetesOperation; readonly subject: Subject }

/** Which calls a rule is for. `match` as data: each of its fields is that of the subject. As a function: while it says so. */
export interface Target<Port extends Call["port"], Operation extends string> {
  readonly port: Port
  readonly operation: Operation | "*"
  readonly match?: Subject | ((call: Call) => boolean) | undefined
}

/** How long a rule is in force: until it is removed, and all of what is given here. */
export interface Terms {
  /** So many calls. */
  readonly times?: number | undefined
  /** Clock milliseconds. */
  readonly until?: number | undefined
  /** 0 to 1: the chance of each call, from the rule's own random stream. */
  readonly probability?: number | undefined
  /** How long the caller waits to hear of it, as for a timeout; none by default. */
  readonly delay?: Duration.Input | undefined
}

/**
 * `before`: the call fails for `reason` and nothing was done (with `UnknownOutcome`: the request got lost). `after`: it was done, the
 * answer got lost, and the caller sees `UnknownOutcome`; a watch is cut after its next event.
 *
 * ```ts
 * { on: { port: "ec2", operation: "createBranch" }, when: "before", reason: { _tag: "Throttled" }, times: 3 }
 * { on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, when: "after", probability: 0.1 }
 * ```
 */
export type FaultRule = Ec2FaultRule | KubernetesFaultRule

/** A {@link FaultRule} for the EC2 port. */
export type Ec2FaultRule = Rule<Target<"ec2", Ec2Operation>, Ec2Reason>

/** A {@link FaultRule} for the Kubernetes port. */
export type KubernetesFaultRule = Rule<Target<"kubernetes", KubernetesOperation>, KubernetesReason>

type Rule<On, Reason> = Terms & { readonly on: On } & (
  | { readonly when: "before"; readonly reason: Reason }
  | { readonly when: "after" }
)

export const isEc2Rule = (rule: FaultRule): rule is Ec2FaultRule => rule.on.port === "ec2"
export const isKubernetesRule = (rule: FaultRule): rule is KubernetesFaultRule => rule.on.port === "kubernetes"
