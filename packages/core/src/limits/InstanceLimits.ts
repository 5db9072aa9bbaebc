/** A network card of an instance type, and how many interfaces it takes. */
export interface NetworkCard {
  readonly index: number
  readonly interfaces: number
}

/** What one EC2 instance type can carry (contract §6). */
export interface InstanceLimits {
  /** Interfaces over all network cards, branches not counted; at least 1. */
  readonly interfaces: number
  /** IPv4 addresses on one interface, the primary one included; at least 1. */
  readonly ipv4PerInterface: number
  /** Whether the type can have a trunk; true exactly where `branches` is positive. */
  readonly trunking: boolean
  /** Branch interfaces under its trunk, 0 to {@link maxBranches}. */
  readonly branches: number
  /** At least one, each index once. */
  readonly networkCards: ReadonlyArray<NetworkCard>
  /** Index of the card that holds the primary interface; one of `networkCards`. */
  readonly defaultNetworkCard: number
  /** Empty on bare metal. */
  readonly hypervisor: "nitro" | "xen" | ""
}

/** Branches on one trunk that can each have a VLAN id of their own: ids 1 to 152 are safe on the node (contract §11). */
export const maxBranches = 152

/**
 * How many device indexes the type has for interfaces, from 0 up: the default card's share of the type's interfaces (contract §6).
 *
 * An m5.large has 3, a p4d.24xlarge 15 although its four cards take 60 interfaces together.
 */
export const deviceIndexes = (limits: InstanceLimits): number => {
  const card = limits.networkCards.find(({ index }) => index === limits.defaultNetworkCard)
  return Math.min(limits.interfaces, card?.interfaces ?? 0)
}
