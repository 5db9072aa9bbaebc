import type { AssociationId, EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { hex, streamFor } from "../simulation/Streams.js"

/** Draws ids as EC2 makes them: a prefix and 17 hexadecimal digits. */
export interface Ids {
  readonly interface: () => EniId
  readonly instance: () => InstanceId
  readonly association: () => AssociationId
  readonly group: () => SecurityGroupId
  readonly attachment: () => string
  readonly subnet: () => string
  readonly vpc: () => string
  /** A UUID, as EC2 answers it for `requestId`. */
  readonly request: () => string
  /** A locally administered unicast address. Source: IEEE 802, the second-lowest bit of the first octet. */
  readonly mac: () => string
}

/** Ids from streams of their own: a request more shifts no resource's id. */
export const makeIds = (seed: string): Ids => {
  const resources = streamFor(seed, "ec2/ids")
  const requests = streamFor(seed, "ec2/requests")
  // EC2's ids have 17 digits, the first of them 0.
  const id = (prefix: string): string => `${prefix}-0${hex(resources, 16)}`
  return {
    interface: () => id("eni") as EniId,
    instance: () => id("i") as InstanceId,
    association: () => id("trunk-assoc") as AssociationId,
    group: () => id("sg") as SecurityGroupId,
    attachment: () => id("eni-attach"),
    subnet: () => id("subnet"),
    vpc: () => id("vpc"),
    request: () => {
      const digits = hex(requests, 32)
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
    },
    mac: () => `02:${hex(resources, 10).match(/../g)?.join(":")}`
  }
}
