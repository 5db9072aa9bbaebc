import { Result } from "effect"
import { IpNetwork, NetAddress } from "effect/net"

/** The addresses of one subnet. */
export interface AddressPool {
  /** Addresses that an interface could still get. */
  readonly free: () => number
  /** The next free address, or `undefined` where there is none. Next-fit: an address comes back as late as possible. */
  readonly take: () => string | undefined
  /** Takes this very address. */
  readonly takeOne: (address: string) => "taken" | "in use" | "outside"
  readonly release: (address: string) => void
  /** Makes others hold addresses, or let them go, so that `free` are left; fewer where too many interfaces are there. */
  readonly leaveFree: (free: number) => void
}

/** EC2 keeps the first four addresses and the last. Source: Amazon VPC User Guide, "Subnet CIDR blocks". */
const keptFirst = 4
const keptLast = 1

/** EC2's smallest and largest subnet. Source: Amazon VPC User Guide, "Subnet sizing". */
const smallestPrefix = 28
const largestPrefix = 16

const valueOf = (address: NetAddress.Ipv4Address): number => NetAddress.ipv4ToOctets(address).reduce((value, octet) => value * 256 + octet, 0)

/** A pool of an IPv4 CIDR from /16 to /28 without host bits, or why there can be none. */
export const makeIpv4Pool = (cidr: string): Result.Result<AddressPool, string> => {
  const network = IpNetwork.ipv4FromString(cidr)
  if (Result.isFailure(network)) return Result.fail(`The CIDR '${cidr}' is invalid: ${network.failure.message}`)
  const { address, prefixLength } = network.success
  if (prefixLength < largestPrefix || prefixLength > smallestPrefix) {
    return Result.fail(`The CIDR '${cidr}' is invalid: a subnet is between /${largestPrefix} and /${smallestPrefix}.`)
  }
  const base = valueOf(address)
  const capacity = 2 ** (32 - prefixLength) - keptFirst - keptLast
  const taken = new Set<string>()
  let next = 0
  let heldByOthers = 0

  const addressAt = (index: number): string => {
    const value = base + keptFirst + index
    return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".")
  }
  const free = (): number => Math.max(0, capacity - taken.size - heldByOthers)

  return Result.succeed({
    free,
    take: () => {
      if (free() === 0) return undefined
      while (taken.has(addressAt(next))) next = (next + 1) % capacity
      const address = addressAt(next)
      taken.add(address)
      next = (next + 1) % capacity
      return address
    },
    takeOne: (text) => {
      const wanted = NetAddress.ipv4FromString(text)
      const index = Result.isFailure(wanted) ? -1 : valueOf(wanted.success) - base - keptFirst
      if (index < 0 || index >= capacity) return "outside"
      if (taken.has(text) || free() === 0) return "in use"
      taken.add(text)
      return "taken"
    },
    release: (address) => {
      taken.delete(address)
    },
    leaveFree: (wanted) => {
      heldByOthers = Math.max(0, capacity - taken.size - Math.max(0, wanted))
    }
  })
}

/** Hands out IPv6 addresses of a /64 (the only size a subnet has), each once; or why it cannot. */
export const makeIpv6Source = (cidr: string): Result.Result<() => string, string> => {
  const network = IpNetwork.ipv6FromString(cidr)
  if (Result.isFailure(network)) return Result.fail(`The IPv6 CIDR '${cidr}' is invalid: ${network.failure.message}`)
  if (network.success.prefixLength !== 64) return Result.fail(`The IPv6 CIDR '${cidr}' is invalid: a subnet is a /64.`)
  const prefix = NetAddress.ipv6ToSegments(network.success.address)
  let next = keptFirst
  return Result.succeed(() => {
    const low = next++
    const address = NetAddress.ipv6FromSegments([prefix[0], prefix[1], prefix[2], prefix[3], 0, 0, low >>> 16, low & 0xffff])
    return Result.match(address, { onFailure: () => "", onSuccess: NetAddress.formatIp })
  })
}
