import type { Difference } from "@branchline/core/explain/Differences"
import { type DifferenceSubject, differenceSubject, differenceText } from "@branchline/core/explain/DifferencesText"
import { duration, listed, plain } from "@branchline/core/explain/Words"
import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"

/** What the core's `Difference` does not tell: it takes a memory of earlier looks, or somebody who watches the whole cluster and not its pods and nodes alone. */
export type Beyond =
  /** The interface has other groups than the pod was given when it was made: somebody has changed them in EC2. */
  | {
    readonly _tag: "GroupsAltered"
    readonly pod: string
    readonly eniId: EniId
    readonly has: ReadonlyArray<SecurityGroupId>
    readonly given: ReadonlyArray<SecurityGroupId>
  }
  /** The pod has no branch interface because every policy that selects it was made after it. */
  | { readonly _tag: "PolicyYounger"; readonly pod: string; readonly groups: ReadonlyArray<SecurityGroupId> }
  /** The pod asks for a branch interface and no policy selects it. */
  | { readonly _tag: "RequestUnmatched"; readonly pod: string }
  /** What has been done shows that two controllers work who do not know of each other. */
  | { readonly _tag: "TwoControllers"; readonly evidence: string }
  /** The id was the pod's before its last holder's cooldown was over. Times are milliseconds. */
  | {
    readonly _tag: "VlanReusedEarly"
    readonly node: string
    readonly vlanId: number
    readonly pod: string
    readonly before: string
    readonly within: number
    readonly cooldown: number
  }
  | { readonly _tag: "WebhookConfigurationMissing"; readonly configuration: string }
  | { readonly _tag: "WebhookMissing"; readonly configuration: string; readonly webhook: string }
  | { readonly _tag: "WebhookServiceMissing"; readonly configuration: string; readonly webhook: string; readonly service: string }
  | { readonly _tag: "WebhookWithoutEndpoints"; readonly configuration: string; readonly webhook: string; readonly service: string }
  | { readonly _tag: "LeaseUnheld"; readonly lease: string; readonly why: "deleted" | "given back" | "not renewed" }
  /** Holders take turns, which a healthy leader gives no reason for. */
  | { readonly _tag: "LeaseContended"; readonly lease: string; readonly holders: ReadonlyArray<string> }
  /** Two Leases are held at once: two controllers work. */
  | { readonly _tag: "LeadersTwo"; readonly leases: ReadonlyArray<string>; readonly holders: ReadonlyArray<string> }

/** One thing in which the cluster is another than it should be. */
export type Observed = Difference | Beyond

/** What sort of difference it is. */
export type ObservedKind = Observed["_tag"]

const beyondText = (one: Beyond): string => {
  switch (one._tag) {
    case "GroupsAltered":
      return `pod ${one.pod} was given ${listed(one.given, 16)}, and ${one.eniId} has ${listed(one.has, 16)}: somebody has changed them in EC2`
    case "PolicyYounger":
      return `pod ${one.pod} is older than the policy that gives it ${listed(one.groups, 16)}: it runs with its node's groups until it is made anew`
    case "RequestUnmatched":
      return `pod ${one.pod} asks for a branch interface and no policy selects it: who put the resource there, or where has its policy gone?`
    case "TwoControllers":
      return plain(one.evidence)
    case "VlanReusedEarly":
      return `VLAN id ${one.vlanId} on ${one.node} went from pod ${one.before} to pod ${one.pod} within ${duration(one.within)}, and an id rests ${duration(one.cooldown)}: ` +
        "a late tear-down of the one takes the other's link"
    case "WebhookConfigurationMissing":
      return `there is no webhook configuration ${one.configuration}: no pod is asked about`
    case "WebhookMissing":
      return `the webhook configuration ${one.configuration} has no webhook ${one.webhook}`
    case "WebhookServiceMissing":
      return `the webhook ${one.webhook} of ${one.configuration} names the service ${plain(one.service)}, which is not there`
    case "WebhookWithoutEndpoints":
      return `the webhook ${one.webhook} of ${one.configuration} is at the service ${plain(one.service)}, which has no ready endpoint: new pods pass unseen, or not at all`
    case "LeaseUnheld":
      return `the Lease ${one.lease} is ${one.why === "given back" ? "held by nobody" : one.why === "deleted" ? "gone" : "not renewed any more"}: no controller works`
    case "LeaseContended":
      return `the Lease ${one.lease} goes to and fro between ${listed(one.holders.map(plain))}`
    case "LeadersTwo":
      return `the Leases ${listed(one.leases)} are held at once, by ${listed(one.holders.map(plain))}: two controllers work on the same pods`
  }
}

const own: Readonly<Record<Beyond["_tag"], true>> = {
  GroupsAltered: true,
  PolicyYounger: true,
  RequestUnmatched: true,
  TwoControllers: true,
  VlanReusedEarly: true,
  WebhookConfigurationMissing: true,
  WebhookMissing: true,
  WebhookServiceMissing: true,
  WebhookWithoutEndpoints: true,
  LeaseUnheld: true,
  LeaseContended: true,
  LeadersTwo: true
}

const isBeyond = (one: Observed): one is Beyond => one._tag in own

/** A difference as one sentence for people. */
export const observedText = (one: Observed): string => {
  if (isBeyond(one)) return beyondText(one)
  // Where the policy is younger it is another difference here.
  return one._tag === "RequestMissing"
    ? `pod ${one.pod} matches a policy for ${listed(one.groups, 16)} that is no younger than it, and asks for no branch interface: the webhook did not see it, and it runs with its node's groups`
    : differenceText(one)
}

/** Whom a difference is about, by the keys that logs carry. */
export const observedSubject = (one: Observed): DifferenceSubject =>
  isBeyond(one)
    ? { ...("pod" in one ? { pod: one.pod } : {}), ...("node" in one ? { node: one.node } : {}), ...("eniId" in one ? { eni: one.eniId } : {}) }
    : differenceSubject(one)

const named = ["_tag", "pod", "before", "node", "eniId", "vlanId", "configuration", "webhook", "lease", "leases"] as const

/** Names a difference: the same one at another look has the same key, although a number in it, or what would be due, is another by then. */
export const observedKey = (one: Observed): string => {
  const values: Readonly<Record<string, unknown>> = { ...one }
  return JSON.stringify(named.flatMap((key) => key in values ? [values[key]] : []))
}
