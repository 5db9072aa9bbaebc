import { Result } from "effect"
import { IpNetwork } from "effect/net"
import { makeIpv4Pool, makeIpv6Source } from "./Addresses.js"
import { addVpc } from "./Groups.js"
import { type Refusal, rejected } from "./Refusal.js"
import type { SubnetRecord, World } from "./World.js"

/** What a new subnet is to be. */
export interface NewSubnet {
  readonly subnetId?: string | undefined
  /** By default the first VPC, or a new one where there is none; an unknown one is made. */
  readonly vpcId?: string | undefined
  /** Availability Zone; `us-west-2a` by default. */
  readonly zone?: string | undefined
  /** IPv4 CIDR, /16 to /28; empty for a subnet that has IPv6 only. */
  readonly cidr: string
  /** IPv6 CIDR, a /64; empty by default. */
  readonly ipv6Cidr?: string | undefined
  /** Whether each new interface gets an IPv6 address; where there is an IPv6 CIDR, true by default. */
  readonly assignIpv6?: boolean | undefined
}

/** The record of a new subnet, or what is wrong with it. */
export const makeNewSubnet = (world: World, wanted: NewSubnet): Result.Result<SubnetRecord, Refusal> => {
  const { assignIpv6 = true, cidr, ipv6Cidr = "", zone = "us-west-2a" } = wanted
  const invalid = (message: string): Refusal => rejected(message, "InvalidSubnet.Range")
  const addresses = cidr === "" ? Result.succeed(undefined) : makeIpv4Pool(cidr)
  if (Result.isFailure(addresses)) return Result.fail(invalid(addresses.failure))
  const nextIpv6 = ipv6Cidr === "" ? Result.succeed(undefined) : makeIpv6Source(ipv6Cidr)
  if (Result.isFailure(nextIpv6)) return Result.fail(invalid(nextIpv6.failure))
  if (cidr === "" && ipv6Cidr === "") return Result.fail(invalid("A subnet needs a CIDR."))

  const subnetId = wanted.subnetId ?? world.ids.subnet()
  if (world.subnets.has(subnetId)) return Result.fail(rejected(`Subnet '${subnetId}' exists already.`, "InvalidSubnet.Conflict"))
  const vpcId = vpcOf(world, wanted)
  const neighbours = [...world.subnets.values()].filter((subnet) => subnet.vpcId === vpcId)
  if (neighbours.some((subnet) => overlap(subnet.cidr, cidr) || overlap(subnet.ipv6Cidr, ipv6Cidr))) {
    return Result.fail(rejected(`The CIDR '${cidr}' conflicts with another subnet`, "InvalidSubnet.Conflict"))
  }
  return Result.succeed({
    subnetId,
    vpcId,
    zone,
    cidr,
    ipv6Cidr,
    addresses: addresses.success,
    nextIpv6: nextIpv6.success,
    assignsIpv6: assignIpv6 && nextIpv6.success !== undefined
  })
}

/** The VPC meant, made with its default group where there is none yet. */
const vpcOf = (world: World, wanted: NewSubnet): string => {
  const vpcId = wanted.vpcId ?? world.vpcs.keys().next().value ?? world.ids.vpc()
  if (!world.vpcs.has(vpcId)) addVpc(world, vpcId, around(wanted.cidr))
  return vpcId
}

/** The CIDR of a VPC that came with a subnet of IPv4: a /16, the largest. Source: Amazon VPC User Guide, "VPC CIDR blocks". */
const around = (cidr: string): string => cidr.replace(/^(\d+\.\d+)\..*$/, "$1.0.0/16")

const overlap = (left: string, right: string): boolean => {
  const networks = Result.all([IpNetwork.fromString(left), IpNetwork.fromString(right)])
  return Result.isSuccess(networks) && IpNetwork.overlaps(networks.success[0], networks.success[1])
}
