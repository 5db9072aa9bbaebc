import type { Ec2Reason, Ec2Thing } from "@branchline/core/ports/Ec2Error"
import { codes, families, type Meaning, setClock } from "./Codes.js"
import { toldBy } from "./Words.js"

/** What a call was about, as far as its errors need it. */
export interface About {
  readonly subnetId?: string | undefined
  readonly trunkId?: string | undefined
  readonly branchId?: string | undefined
  /** The thing that a `NotFound` is about where the message leaves it open. */
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
  /** EC2's clock less this machine's, milliseconds, where the SDK found it to be much. */
  readonly clockOff?: number | undefined
}

/** The reason, and what a person can do. */
export interface Classified {
  readonly reason: Ec2Reason
  readonly mend: string | undefined
}

const ids = /\b(?:eni|i|subnet|sg|trunk-assoc|eni-attach)-[0-9a-f]{8,17}\b/

/** `i-0…`: an instance, and so on; for interfaces, which of the call's it is. */
const thingOf = (code: string, id: string, { branchId, trunkId }: About): Ec2Thing => {
  if (code.startsWith("InvalidInstanceID")) return "instance"
  if (code.startsWith("InvalidSubnet")) return "subnet"
  if (code.startsWith("InvalidGroup") || code.startsWith("InvalidSecurityGroup")) return "security group"
  if (/Association/i.test(code)) return "association"
  if (id === trunkId) return "trunk"
  return id === branchId ? "branch" : "interface"
}

const open = (isWrite: boolean): Ec2Reason => ({ _tag: isWrite ? "UnknownOutcome" : "Unavailable" })

/** Source: Amazon EC2 API Reference, "Error codes": what is not the server's fault is the client's. */
const byStatus = (status: number, isWrite: boolean): Ec2Reason => {
  if (status === 429) return { _tag: "Throttled" }
  if (status === 503) return { _tag: "Unavailable" }
  return status >= 400 && status < 500 ? { _tag: "Rejected" } : open(isWrite)
}

const listed = (code: string): Meaning | undefined => Object.hasOwn(codes, code) ? codes[code] : undefined

/** Some tools and older versions of the API say whose fault it is in front of the code. */
export const bare = (code: string): string => code.replace(/^(?:Client|Server)\./, "")

const minutes = (millis: number): string => `${Math.round(Math.abs(millis) / 60_000)} minutes ${millis > 0 ? "behind" : "ahead of"} AWS's`

const mendOf = (meaning: Meaning | undefined, clockOff: number | undefined): string | undefined =>
  meaning?.reason === "Unauthenticated" && clockOff !== undefined ? `${setClock}: it is ${minutes(clockOff)}` : meaning?.mend

/** What an answer means for a call. An unknown code is the request's fault where EC2 says so, by its status. */
export const classify = (answered: Answered): Classified => {
  const { about, clockOff, isWrite, message, status } = answered
  const code = bare(answered.code)
  const known = listed(code)
  const told = known === undefined || known.reason === "Rejected" ? toldBy(message) : undefined
  if (told !== undefined && status < 500) return { reason: told, mend: undefined }
  const meaning = known ?? families.find(({ pattern }) => pattern.test(code))?.meaning
  const mend = mendOf(meaning, clockOff)
  if (meaning === undefined) return { reason: byStatus(status, isWrite), mend }
  switch (meaning.reason) {
    case "NotFound": {
      const id = ids.exec(message)?.[0] ?? about.id ?? ""
      return { reason: { _tag: "NotFound", thing: thingOf(code, id, about), id }, mend }
    }
    case "SubnetFull":
      return { reason: { _tag: "SubnetFull", subnetId: about.subnetId ?? ids.exec(message)?.[0] ?? "" }, mend }
    case "Open":
      return { reason: status === 429 || status === 503 ? byStatus(status, isWrite) : open(isWrite), mend }
    default:
      return { reason: { _tag: meaning.reason }, mend }
  }
}
