import type { Control, Snapshot } from "@branchline/adapter-memory/ec2/Control"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { LimitsTable } from "@branchline/core/limits/Limits"
import { reflect } from "@branchline/core/controller/Reflector"
import { instanceIdOf, type Node } from "@branchline/core/model/Node"
import { nodes as nodeResource } from "@branchline/core/model/Resource"
import { Effect, type Scope } from "effect"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { Configuration } from "./config/Settings.js"
import { Stopped } from "./Stopped.js"

/** What starting instances takes. */
export interface Launching {
  readonly snapshot: Effect.Effect<Snapshot, Ec2Error>
  readonly addSubnet: (...given: Parameters<Control["addSubnet"]>) => Effect.Effect<unknown, Ec2Error>
  readonly launchInstance: (...given: Parameters<Control["launchInstance"]>) => Effect.Effect<unknown, Ec2Error>
}

/** An EC2, and the means to have instances in it. */
export interface Account {
  readonly port: Ec2["Service"]
  readonly launching: Launching
  /** For people: where it is. */
  readonly description: string
}

const instanceTypeLabel = "node.kubernetes.io/instance-type"

/** An EC2 in this process's memory. Interfaces that an earlier process made must not be met again under ids of new ones, so chance is new by default. */
export const inMemory = Effect.fnUntraced(function*(configuration: Configuration, limits: LimitsTable, seed: string = crypto.randomUUID()): Effect.fn.Return<Account> {
  const [{ MemoryEc2 }, { acceptAnyGroup }] = yield* Effect.promise(() =>
    Promise.all([import("@branchline/adapter-memory/ec2/MemoryEc2"), import("../ec2/AnyGroup.js")])
  )
  const memory = yield* MemoryEc2.make({
    limits,
    seed,
    latency: configuration.ec2Latency,
    throttle: configuration.ec2Throttle === "off" ? "off" : undefined,
    groupsPerInterface: configuration.groupsPerInterface,
    attachDelay: 0
  })
  const { control, port } = acceptAnyGroup(memory)
  return { port, launching: control, description: "in this process's memory" }
})

const shared = Effect.fnUntraced(function*(endpoint: string): Effect.fn.Return<Account, Stopped, Scope.Scope> {
  const { connect } = yield* Effect.promise(() => import("../ec2/Client.js"))
  const { control, port } = yield* connect(endpoint)
  yield* Effect.mapError(port.describeSubnets([]), ({ message }) =>
    new Stopped({ code: 3, lines: [`--ec2-endpoint: ${message}; start one with node examples/dist/ec2/main.js --port <port>, or leave the setting out`] }))
  return { port, launching: control, description: `at ${endpoint}` }
})

/** The EC2 that the settings name. Fails where nobody answers at its endpoint. */
export const open = (configuration: Configuration, limits: LimitsTable): Effect.Effect<Account, Stopped, Scope.Scope> =>
  configuration.ec2Endpoint === undefined ? inMemory(configuration, limits) : shared(configuration.ec2Endpoint)

const zoneOf = ({ metadata: { labels }, spec }: Node): string =>
  labels?.["topology.kubernetes.io/zone"] ?? /^aws:\/\/\/([^/]+)\//.exec(spec?.providerID ?? "")?.[1] ?? ""

/** Gives the account its subnets, where it has none; by zone, the first one under the empty name. Beside them the instances that it has. */
const subnets = Effect.fnUntraced(function*({ snapshot, addSubnet }: Launching, wanted: ReadonlyArray<string>) {
  let now = yield* snapshot
  const zones = new Map<string, string>()
  if (now.subnets.length === 0) {
    for (const text of wanted) {
      const [cidr = "", zone] = text.split("@")
      yield* addSubnet({ cidr, ...(zone === undefined ? {} : { zone }) })
    }
    now = yield* snapshot
  }
  const { instances, subnets: present } = now
  for (const text of wanted) {
    const [cidr = "", zone = ""] = text.split("@")
    const found = present.find((subnet) => subnet.cidr === cidr)
    if (found !== undefined) zones.set(zone, found.subnetId)
  }
  const [first] = present
  if (first !== undefined) zones.set("", zones.get("") ?? first.subnetId)
  return { zones, instances: new Set(instances.map(({ instanceId }) => instanceId)) }
})

/** Has an instance for every node of the cluster, as they come; what is there already stays as it is. Returns when those that are there have theirs. */
export const followNodes = Effect.fnUntraced(function*(
  { launching }: Account,
  { ec2InstanceType, ec2Subnets }: Configuration
): Effect.fn.Return<void, Stopped, Kubernetes | Scope.Scope> {
  const { instances: known, zones } = yield* Effect.mapError(subnets(launching, ec2Subnets), ({ message }) =>
    new Stopped({ code: 1, lines: [`--ec2-subnets: EC2 in memory refuses them: ${message}; name CIDRs from /16 to /28 that do not overlap`] }))
  const launch = Effect.fnUntraced(function*(node: Node) {
    const instanceId = instanceIdOf(node.spec?.providerID ?? "")
    const subnetId = zones.get(zoneOf(node)) ?? zones.get("")
    if (instanceId === undefined || subnetId === undefined || known.has(instanceId)) return
    const type = node.metadata.labels?.[instanceTypeLabel] ?? ec2InstanceType
    const launched = yield* Effect.result(launching.launchInstance({ instanceId, type, subnetId }))
    // Another replica may have been first.
    if (launched._tag === "Success" || launched.failure.message.includes("exists already")) known.add(instanceId)
    else yield* Effect.annotateLogs(Effect.logWarning("EC2 in memory has no instance for this node", launched.failure.message), { node: node.metadata.name })
  })
  const cache = yield* reflect(nodeResource, { onChange: (change) => change._tag === "Vanished" ? Effect.void : launch(change.object) })
  yield* cache.synced
})
