import { Result } from "effect"
import { IpNetwork } from "effect/net"
import type { Permission, SecurityGroup } from "./AwsFacts.js"

/** The other end of a connection: its groups, and the blocks that its address is in; undefined where they are not known. */
export interface Peer {
  readonly groups: ReadonlyArray<string>
  readonly ranges: ReadonlyArray<string> | undefined
}

/** Source: IANA, "Assigned Internet Protocol Numbers". */
const numbers = { tcp: "6", udp: "17" } as const

const network = (text: string) => Result.getOrUndefined(IpNetwork.fromString(text))

/** Whether a block may hold an address of others; what cannot be read or is not known may. */
const mayHold = (cidr: string, ranges: ReadonlyArray<string> | undefined): boolean => {
  const block = network(cidr)
  if (block === undefined || ranges === undefined) return true
  return ranges.some((range) => {
    const other = network(range)
    return other === undefined || IpNetwork.overlaps(block, other)
  })
}

const allows = (permission: Permission, protocol: "tcp" | "udp", port: number, peer: Peer): boolean => {
  const { cidrs = [], fromPort = 0, groups = [], prefixLists = [], toPort = 65_535 } = permission
  const all = permission.protocol === "-1"
  if (!all && permission.protocol !== protocol && permission.protocol !== numbers[protocol]) return false
  if (!all && (port < fromPort || port > toPort)) return false
  return groups.some((group) => peer.groups.includes(group)) || prefixLists.length > 0 || cidrs.some((cidr) => mayHold(cidr, peer.ranges))
}

/** Whether some rule of these groups may let a connection through: false is certain, true is not. */
export const lets = (
  groups: ReadonlyArray<SecurityGroup>,
  direction: "ingress" | "egress",
  protocol: "tcp" | "udp",
  port: number,
  peer: Peer
): boolean => groups.some((group) => group[direction].some((permission) => allows(permission, protocol, port, peer)))
