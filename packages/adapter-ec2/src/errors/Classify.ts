import type { Ec2Reason, Ec2Thing } from "@branchline/core/ports/Ec2Error"
import { codes } from "./Codes.js"

/** What a call was about, as far as its errors need it. */
export interface About {
  readonly subnetId?: string | undefined
  readonly trunkId?: string | undefined
  readonly branchId?: string | undefined
  /** The thing that a `NotFound` is about where the code leaves it open. */
  readonly id?: string | undefined
}

/** An answer of EC2's that is no success. */
export interface Answered {
  readonly code: string
  readonly message: string
  /** HTTP status; 0 where it is not known. */
  readonly status: number
  /** Whether the call changes something. */
  readonly isWrite: boolean
  readonly about: About
}

/** The reason, and what a person can do. */
export interface Classified {
  readonly reason: Ec2Reason
  readonly mend: string | undefined
}

const ids = /\b(?:eni|i|subnet|sg|trunk-assoc|eni-attach)-[0-9a-f]{8,17}\b/

const thingOf = (code: string, id: string, { branchId, trunkId }: About): Ec2Thing => {
  if (code.startsWith("InvalidInstanceID")) return "instance"
  if (code.startsWith("InvalidSubnetID")) return "subnet"
  if (code.startsWith("InvalidGroup") || code.startsWith("InvalidSecurityGroup")) return "security group"
  if (code.startsWith("InvalidAssociationID") || code.startsWith("InvalidTrunkInterfaceAssociation")) return "association"
  if (id === trunkId) return "trunk"
  return id === branchId ? "branch" : "interface"
}

/**
 * EC2 has one code for every bad parameter; what is taken is told by its words. Upstream's users report "VlanId", "vlan" and "already in use" in
 * differing orders, so only the two words are looked for.
 */
const takenBy = (code: string, message: string): Ec2Reason | undefined => {
  if (!code.startsWith("InvalidParameter")) return undefined
  const isTaken = /already|in use|taken|exists/i.test(message)
  if (isTaken && /vlan/i.test(message)) return { _tag: "Taken", what: "vlan" }
  if (isTaken && /device index/i.test(message)) return { _tag: "Taken", what: "device index" }
  if (/already associated|already has an association/i.test(message)) return { _tag: "AlreadyAssociated" }
  return /currently in use|is in use\b/i.test(message) ? { _tag: "InUse" } : undefined
}

const open = (isWrite: boolean): Ec2Reason => ({ _tag: isWrite ? "UnknownOutcome" : "Unavailable" })

/** What an error code means for a call. An unknown code is the request's fault where EC2 says so, by its status. */
export const classify = ({ about, code, isWrite, message, status }: Answered): Classified => {
  const meaning = Object.hasOwn(codes, code) ? codes[code] : undefined
  const mend = meaning?.mend
  const taken = takenBy(code, message)
  if (taken !== undefined) return { reason: taken, mend: undefined }
  if (meaning === undefined && !code.endsWith(".NotFound")) {
    return { reason: status >= 400 && status < 500 ? { _tag: "Rejected" } : status === 503 ? { _tag: "Unavailable" } : open(isWrite), mend }
  }
  if (meaning === undefined || meaning.reason === "NotFound") {
    const id = ids.exec(message)?.[0] ?? about.id ?? ""
    return { reason: { _tag: "NotFound", thing: thingOf(code, id, about), id }, mend }
  }
  switch (meaning.reason) {
    case "SubnetFull":
      return { reason: { _tag: "SubnetFull", subnetId: about.subnetId ?? "" }, mend }
    case "Open":
      return { reason: open(isWrite), mend }
    default:
      return { reason: { _tag: meaning.reason }, mend }
  }
}
