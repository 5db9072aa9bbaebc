import { Result } from "effect"
import { type Occupancy, occupancy, published } from "../allocation/Capacity.js"
import type { Waiting } from "../allocation/Branch.js"
import { branchesOf, type Trunk } from "../allocation/Trunk.js"
import { limitsOf } from "../limits/Limits.js"
import type { EniId, InstanceId } from "../model/Ids.js"
import { podEni } from "../model/Names.js"
import { instanceIdOf } from "../model/Node.js"
import { type BranchFacts, branchFacts } from "./Allocation.js"
import type { NodeCause, WaitsFor } from "./Cause.js"
import { eventsAbout, type ToldEvent } from "./Events.js"
import type { NodeFacts, NodeStoryFacts } from "./Facts.js"
import { waitsFor } from "./Next.js"
import { type Asked, askedOf, eniConfigNameOf, hasTrunkInterface, instanceTypeOf, nodeObstacle, present, unsupported } from "./NodeObstacle.js"

/** What an instance can carry. */
export interface InstanceFacts {
  readonly instanceId: InstanceId | undefined
  readonly instanceType: string | undefined
  /** `unknown`: type or table are not known. */
  readonly support: "trunk" | "no trunk" | "type not in the table" | "unknown"
  /** Branches that the type carries. */
  readonly limit: number | undefined
}

/** `vpc.amazonaws.com/pod-eni` on the node. */
export interface CapacityFacts {
  /** What the controller has to publish; undefined where the trunk is not known. */
  readonly published: number | undefined
  readonly capacity: string | undefined
  readonly allocatable: string | undefined
}

/** What a trunk carries. Times are milliseconds since the epoch. */
export interface TrunkFacts {
  readonly trunkId: EniId | undefined
  /** Whether it is there, its id known or not. */
  readonly attached: boolean
  readonly admitting: boolean
  readonly room: Occupancy
  /** By slot. `pod`: `namespace/name`, the last owner where the branch is cooling or idle. */
  readonly branches: ReadonlyArray<BranchFacts & { readonly pod: string | undefined }>
  readonly line: ReadonlyArray<Waiting>
  readonly quarantined: ReadonlyArray<{ readonly vlanId: number; readonly until: number }>
}

/** A node's story. */
export interface NodeStory {
  readonly _tag: "NodeStory"
  readonly name: string
  readonly now: number
  readonly exists: boolean | undefined
  readonly asked: Asked
  readonly eniConfig: string | undefined
  readonly instance: InstanceFacts
  readonly capacity: CapacityFacts
  /** Undefined where nobody looked. */
  readonly trunk: TrunkFacts | "absent" | undefined
  readonly events: ReadonlyArray<ToldEvent>
  readonly waitsFor: WaitsFor<NodeCause>
}

const instanceOf = (facts: NodeFacts): InstanceFacts => {
  const instanceType = instanceTypeOf(facts)
  const providerID = present(facts.node)?.spec?.providerID
  const limits = instanceType === undefined || facts.limits === undefined
    ? undefined
    : Result.getOrUndefined(limitsOf(facts.limits, instanceType))
  const cannot = unsupported(facts)
  return {
    instanceId: present(facts.trunk)?.instanceId ?? (providerID ? instanceIdOf(providerID) : undefined),
    instanceType,
    support: cannot !== undefined
      ? cannot.problem === "unknown" ? "type not in the table" : "no trunk"
      : limits === undefined ? "unknown" : "trunk",
    limit: limits?.branches ?? present(facts.trunk)?.limit
  }
}

const trunkFacts = (trunk: Trunk, attached: boolean, now: number): TrunkFacts => ({
  trunkId: trunk.trunkId,
  attached,
  admitting: trunk.admitting,
  room: occupancy(trunk),
  branches: branchesOf(trunk).map((branch) => ({
    ...branchFacts(branch),
    pod: branch.pod === undefined ? undefined : `${branch.pod.namespace}/${branch.pod.name}`
  })),
  line: trunk.waiting,
  quarantined: trunk.vlans.quarantinedUntil.flatMap((until, vlanId) => (until > now ? [{ vlanId, until }] : []))
})

/** A trunk that is there under an id that nobody knows publishes as any other. */
const publishedBy = (facts: NodeFacts, trunk: Trunk): number =>
  trunk.trunkId === undefined && hasTrunkInterface(facts) ? (trunk.admitting ? trunk.limit : 0) : published(trunk)

const causeOf = (facts: NodeStoryFacts, capacity: CapacityFacts, events: ReadonlyArray<ToldEvent>): NodeCause => {
  const obstacle = nodeObstacle(facts, events)
  if (obstacle !== undefined) return obstacle
  const { published: due } = capacity
  const node = present(facts.node)
  if (node !== undefined && due !== undefined) {
    if (capacity.capacity !== String(due)) return { _tag: "CapacityNotPublished", published: due, capacity: capacity.capacity }
    if (capacity.allocatable !== capacity.capacity) {
      return { _tag: "CapacityNotAllocatable", capacity: capacity.capacity, allocatable: capacity.allocatable }
    }
  }
  const trunk = present(facts.trunk)
  return trunk !== undefined && trunk.waiting.length > 0
    ? { _tag: "PodsInLine", waiting: trunk.waiting.length, room: occupancy(trunk) }
    : { _tag: "NodeReady" }
}

/**
 * A node's story: whether and how it asked for a trunk, what its instance can carry, what the trunk carries now, and the one thing the node
 * waits for. Total: what nobody looked at is told as unknown.
 *
 * @example explainNode({ name, node, cniNode, limits: publishedLimits, now, ...member }).waitsFor.cause // { _tag: "NodeReady" }
 */
export const explainNode = (facts: NodeStoryFacts): NodeStory => {
  const { name, now } = facts
  const node = present(facts.node)
  const trunk = present(facts.trunk)
  const events = eventsAbout(facts.events, { kind: "Node", name })
  const capacity: CapacityFacts = {
    published: trunk === undefined ? undefined : publishedBy(facts, trunk),
    capacity: node?.status?.capacity?.[podEni],
    allocatable: node?.status?.allocatable?.[podEni]
  }
  return {
    _tag: "NodeStory",
    name,
    now,
    exists: facts.node === undefined ? undefined : node !== undefined,
    asked: askedOf(facts),
    eniConfig: eniConfigNameOf(facts),
    instance: instanceOf(facts),
    capacity,
    trunk: trunk === undefined ? (facts.trunk === "absent" ? "absent" : undefined) : trunkFacts(trunk, hasTrunkInterface(facts), now),
    events,
    waitsFor: waitsFor(causeOf(facts, capacity, events))
  }
}
