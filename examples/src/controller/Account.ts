import type { Control } from "@branchline/adapter-memory/ec2/Control"
import { reflect } from "@branchline/core/controller/Reflector"
import type { LimitsTable } from "@branchline/core/limits/Limits"
import { instanceIdOf, type Node } from "@branchline/core/model/Node"
import { nodes as nodeResource } from "@branchline/core/model/Resource"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect, type Scope } from "effect"
import * as Aws from "./Aws.js"
import type { Resolved } from "./config/Resolve.js"
import type { Configuration } from "./config/Settings.js"
import { Stopped } from "./Stopped.js"

/** An EC2. */
export interface Account {
  readonly port: Ec2["Service"]
  /** Of one in memory: has an instance in it for a node, once for all terms of a leader. */
  readonly host: ((node: Node) => Effect.Effect<void>) | undefined
  /** For people: where it is. */
  readonly description: string
}

const instanceTypeLabel = "node.kubernetes.io/instance-type"

const zoneOf = ({ metadata: { labels }, spec }: Node): string =>
  labels?.["topology.kubernetes.io/zone"] ?? /^aws:\/\/\/([^/]+)\//.exec(spec?.providerID ?? "")?.[1] ?? ""

/** Gives the account its subnets; by zone, the first one under the empty name. */
const subnets = Effect.fnUntraced(function*({ addSubnet }: Control, wanted: ReadonlyArray<string>) {
  const zones = new Map<string, string>()
  for (const text of wanted) {
    const [cidr = "", zone] = text.split("@")
    const { subnetId } = yield* addSubnet({ cidr, ...(zone === undefined ? {} : { zone }) })
    zones.set(zone ?? "", subnetId)
    if (!zones.has("")) zones.set("", subnetId)
  }
  return zones
})

/** Has an instance for a node, of the type that its label names, in its zone's subnet. */
const hosting = (control: Control, zones: ReadonlyMap<string, string>, { ec2InstanceType }: Configuration): (node: Node) => Effect.Effect<void> => {
  const known = new Set<string>()
  return Effect.fnUntraced(function*(node: Node) {
    const instanceId = instanceIdOf(node.spec?.providerID ?? "")
    const subnetId = zones.get(zoneOf(node)) ?? zones.get("")
    if (instanceId === undefined || subnetId === undefined || known.has(instanceId)) return
    const type = node.metadata.labels?.[instanceTypeLabel] ?? ec2InstanceType
    const launched = yield* Effect.result(control.launchInstance({ instanceId, type, subnetId }))
    if (launched._tag === "Success") known.add(instanceId)
    else yield* Effect.annotateLogs(Effect.logWarning("EC2 in memory has no instance for this node", launched.failure.message), { node: node.metadata.name })
  })
}

/** An EC2 in this process's memory. Interfaces that an earlier process made must not be met again under ids of new ones, so chance is new by default. */
export const inMemory = Effect.fnUntraced(function*(configuration: Configuration, limits: LimitsTable, seed: string = crypto.randomUUID()): Effect.fn.Return<Account, Stopped> {
  const { MemoryEc2 } = yield* Effect.promise(() => import("@branchline/adapter-memory/ec2/MemoryEc2"))
  const { control, port } = yield* MemoryEc2.make({
    limits,
    seed,
    latency: configuration.ec2Latency,
    throttle: configuration.ec2Throttle === "off" ? "off" : undefined,
    groupsPerInterface: configuration.groupsPerInterface,
    attachDelay: 0,
    // Policies of a real cluster name groups that nobody made here.
    anyGroup: true
  })
  const zones = yield* Effect.mapError(subnets(control, configuration.ec2Subnets), ({ message }) =>
    new Stopped({ code: 1, lines: [`--ec2-subnets: EC2 in memory refuses them: ${message}; name CIDRs from /16 to /28 that do not overlap`] }))
  return { port, host: hosting(control, zones, configuration), description: "in this process's memory" }
})

/** The EC2 that the settings name. Fails where it cannot be worked with. */
export const open = (resolved: Resolved, limits: LimitsTable, patience: number): Effect.Effect<Account, Stopped, Scope.Scope> =>
  resolved.configuration.backend === "aws" ? Aws.open(resolved, patience) : inMemory(resolved.configuration, limits)

/** Has an instance in memory for every node of the cluster, as they come. Returns when those that are there have theirs. */
export const followNodes = Effect.fnUntraced(function*({ host }: Account): Effect.fn.Return<void, never, Kubernetes | Scope.Scope> {
  if (host === undefined) return
  const cache = yield* reflect(nodeResource, { onChange: (change) => change._tag === "Vanished" ? Effect.void : host(change.object) })
  yield* cache.synced
})
