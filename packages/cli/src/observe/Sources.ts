import { leaderLease } from "@branchline/core/model/Names"
import { foundOf, isKnown, itemsOf, type Kind } from "../cluster/Found.js"
import { servicesOf } from "./Endpoints.js"
import { clusterNameOf, ec2Of, type Sight } from "./Sight.js"

/** What a judgement may need to have been seen. */
export const sources = [
  "pods",
  "nodes",
  "cniNodes",
  "policies",
  "serviceAccounts",
  "configMaps",
  "services",
  "leases",
  "mutatingWebhooks",
  "validatingWebhooks",
  "events",
  "endpoints",
  "otherLeases",
  "interfaces",
  "instances",
  "clusterName"
] as const
export type Source = typeof sources[number]

/** `whole`: all of it was seen. `part`: one namespace alone, or without objects that cannot be read. Else why it was not. */
export interface Extent {
  readonly extent: "whole" | "part" | "none"
  readonly reason: string
  /** Nobody asked to see it. */
  readonly unasked?: true
  /** It was seen, and there is nothing by which to judge. */
  readonly empty?: true
}

/** Whether all was seen that there is. */
export const isSeen = ({ empty, extent }: Extent): boolean => extent === "whole" || empty === true

const whole: Extent = { extent: "whole", reason: "" }

const ofKind = (found: Kind<unknown>): Extent => {
  if ("unknown" in found) return { extent: "none", reason: found.unknown, ...(found.why === "not looked" ? { unasked: true } : {}) }
  if (!isKnown(found)) return { extent: "part", reason: found.narrowed ?? `only ${(found.namespaces ?? []).join(", ")} was looked at` }
  const [malformed] = found.malformed ?? []
  return malformed === undefined ? whole : { extent: "part", reason: `${malformed.name} cannot be read: ${malformed.problem.split("\n").join(" ")}` }
}

/** Where the kind is not installed, there is none of it. */
const orNone = (found: Kind<unknown>): Extent => "unknown" in found && found.why === "not served" ? whole : ofKind(found)

const noLease: Extent = {
  extent: "part",
  reason: `there is no Lease ${leaderLease.namespace}/${leaderLease.name}: the controller elects nobody, or does not run`,
  empty: true
}

/** How much of each source was seen. */
export const extents = (sight: Sight, clusterName: string | undefined): Readonly<Record<Source, Extent>> => {
  const { endpoints, look: { cluster, ec2 }, otherLeases } = sight
  const found = ec2Of(sight)
  const unseen: Extent = "unknown" in ec2 ? ofKind(ec2) : whole
  const named = servicesOf([...itemsOf(cluster.mutatingWebhooks), ...itemsOf(cluster.validatingWebhooks)])
  return {
    pods: ofKind(cluster.pods),
    nodes: ofKind(cluster.nodes),
    cniNodes: ofKind(cluster.cniNodes),
    policies: orNone(cluster.policies),
    serviceAccounts: ofKind(cluster.serviceAccounts),
    configMaps: ofKind(cluster.configMaps),
    // Of interest for what webhooks name alone.
    services: named.length === 0 ? whole : ofKind(cluster.services),
    // A controller that elects nobody has none: whether one runs at all, nobody can see.
    leases: foundOf(cluster.leases, leaderLease.name, leaderLease.namespace) === "absent" ? noLease : ofKind(cluster.leases),
    mutatingWebhooks: ofKind(cluster.mutatingWebhooks),
    validatingWebhooks: ofKind(cluster.validatingWebhooks),
    events: ofKind(cluster.events),
    endpoints: ofKind(endpoints),
    otherLeases: ofKind(otherLeases),
    interfaces: found === undefined ? unseen : ofKind(found.interfaces),
    instances: found === undefined ? unseen : ofKind(found.instances),
    clusterName: clusterNameOf(sight, clusterName) === undefined ? { extent: "none", reason: "no CNINode tells the cluster's name: say --cluster-name" } : whole
  }
}
