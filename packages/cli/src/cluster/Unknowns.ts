import { Schema } from "effect"
import type { ToneRow } from "../output/Rows.js"
import { type Kind, Why } from "./Found.js"
import type { ClusterFound, Look } from "./Look.js"

/** Something that a command did not see, and why: its answer is narrower by that. */
export const NotSeen = Schema.Struct({
  what: Schema.String,
  why: Why,
  reason: Schema.String
})
export type NotSeen = typeof NotSeen.Type

const names: { readonly [K in keyof ClusterFound]: string } = {
  pods: "pods",
  nodes: "nodes",
  cniNodes: "CNINodes",
  policies: "SecurityGroupPolicies",
  serviceAccounts: "service accounts",
  namespaces: "namespaces",
  eniConfigs: "ENIConfigs",
  configMaps: "the ConfigMap amazon-vpc-cni",
  daemonSets: "the DaemonSets of kube-system",
  services: "services",
  leases: "the controller's Lease",
  mutatingWebhooks: "the mutating webhook's configuration",
  validatingWebhooks: "the validating webhook's configuration",
  events: "events"
}

const ofKind = (what: string, kind: Kind<unknown>): ReadonlyArray<NotSeen> => {
  if ("unknown" in kind) return [{ what, why: kind.why, reason: kind.unknown }]
  return [
    ...(kind.narrowed === undefined ? [] : [{ what: `${what} outside of ${(kind.namespaces ?? []).join(", ")}`, why: "forbidden" as const, reason: kind.narrowed }]),
    ...(kind.malformed ?? []).map(({ name, namespace, problem }) => ({
      what: `${what}: ${namespace === undefined ? "" : `${namespace}/`}${name}`,
      why: "failed" as const,
      reason: problem.split("\n").join(" ")
    }))
  ]
}

/** What of these kinds was not seen; what nobody asked for is left out, except for EC2. */
export const notSeen = ({ cluster, ec2 }: Look, of: ReadonlyArray<keyof ClusterFound>): ReadonlyArray<NotSeen> => {
  const kinds = of.flatMap((name) => ofKind(names[name], cluster[name]))
  const aws = "unknown" in ec2
    ? [{ what: "EC2", why: ec2.why, reason: ec2.unknown }]
    : [
      ...ofKind("EC2's interfaces", ec2.interfaces),
      ...ofKind("EC2's instances", ec2.instances),
      ...ofKind("EC2's subnets", ec2.subnets),
      ...ofKind("EC2's security groups", ec2.securityGroups)
    ]
  return [...kinds.filter(({ why }) => why !== "not looked"), ...aws]
}

/** The same for people: at the end of a screen. */
export const notSeenRows = (seen: ReadonlyArray<NotSeen>): ReadonlyArray<ToneRow> =>
  seen.length === 0 ? [] : [
    { label: "Not seen", text: "", tone: "faint" },
    ...seen.map(({ reason, what, why }): ToneRow => ({ label: what, text: why === "not served" ? `no such kind is installed (${reason})` : reason, under: true, tone: "faint" }))
  ]
