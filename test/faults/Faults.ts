import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import type { Ec2Reason, Ec2Thing } from "@branchline/core/ports/Ec2Error"
import type { Answer, Operation, Subject, Term } from "./Trouble.js"

/** How long a fault lasts. */
export const terms = {
  "one call": { calls: 1 },
  "four calls": { calls: 4 },
  "ten minutes": { millis: 600_000 }
} as const satisfies Readonly<Record<string, Term>>

export type TermName = keyof typeof terms

const every: ReadonlyArray<TermName> = ["one call", "four calls", "ten minutes"]
/** Of a plain refusal four are what one and many are. */
const ends: ReadonlyArray<TermName> = ["one call", "ten minutes"]

/** One way in which EC2, or the way to it, fails a call. */
export interface Fault {
  readonly title: string
  readonly terms: (operation: Operation) => ReadonlyArray<TermName>
  readonly answer: (operation: Operation, struck: number, subject: Subject) => Answer
  /** What the operation's calls come to in `branchline_ec2_calls_total`; undefined where a call succeeds with an answer that says too little. */
  readonly outcome: (operation: Operation) => Ec2Reason["_tag"] | undefined
  /** The code that events and logs name. */
  readonly code: (operation: Operation) => string
  /** What a person can do about it, as the port's error says it. */
  readonly mend?: (operation: Operation) => string
  /** Whether calls to EC2 wait for their turn; they do unless the fault is about those that do not. */
  readonly isUnpaced?: true
  /** It may leave an interface behind that only the sweep finds. */
  readonly isSwept?: true
  /** Why EC2 does not answer the operation so; undefined where it does. */
  readonly impossible: (operation: Operation) => string | undefined
}

const isDescribe = (operation: Operation): boolean => operation.startsWith("describe")
const isCreate = (operation: Operation): boolean => operation.startsWith("create")

const refused = (title: string, reason: Ec2Reason, code: string, mend?: (operation: Operation) => string): Fault => ({
  title,
  terms: () => ends,
  answer: (operation) => ({ _tag: "refused", reason, code, ...(mend === undefined ? {} : { mend: mend(operation) }) }),
  outcome: () => reason._tag,
  code: () => code,
  ...(mend === undefined ? {} : { mend }),
  impossible: () => undefined
})

const only = (operations: ReadonlyArray<Operation>, otherwise: string) => (operation: Operation) => operations.includes(operation) ? undefined : otherwise

const lost = (title: string, code: string, wait: "0 millis" | "2 seconds", done: (struck: number) => boolean, sameFor: string): Fault => ({
  title,
  terms: () => every,
  answer: (_, struck) => ({ _tag: "lost", done: done(struck), code, wait }),
  outcome: () => "UnknownOutcome",
  code: () => code,
  impossible: (operation) => sameFor !== "" && isDescribe(operation) ? sameFor : undefined
})

/** What the operation's request names that may not be there. */
const named: Partial<Readonly<Record<Operation, readonly [thing: Ec2Thing, code: string]>>> = {
  describeSubnets: ["subnet", "InvalidSubnetID.NotFound"],
  createTrunk: ["security group", "InvalidGroup.NotFound"],
  createBranch: ["security group", "InvalidGroup.NotFound"],
  permitAttachment: ["interface", "InvalidNetworkInterfaceID.NotFound"],
  attachTrunk: ["interface", "InvalidNetworkInterfaceID.NotFound"],
  deleteOnTermination: ["interface", "InvalidAttachmentID.NotFound"],
  associateBranch: ["branch", "InvalidNetworkInterfaceID.NotFound"],
  disassociateBranch: ["association", "InvalidAssociationID.NotFound"],
  deleteInterface: ["interface", "InvalidNetworkInterfaceID.NotFound"],
  setGroups: ["interface", "InvalidNetworkInterfaceID.NotFound"],
  tagInterface: ["interface", "InvalidNetworkInterfaceID.NotFound"]
}

const isOfOneOwn = (operation: Operation): boolean => named[operation] !== undefined && !isDescribe(operation) && !isCreate(operation)

const limits: Partial<Readonly<Record<Operation, readonly [reason: Ec2Reason["_tag"] & ("LimitReached" | "TooManyGroups" | "Rejected"), code: string]>>> = {
  createTrunk: ["LimitReached", "NetworkInterfaceLimitExceeded"],
  createBranch: ["LimitReached", "NetworkInterfaceLimitExceeded"],
  attachTrunk: ["LimitReached", "AttachmentLimitExceeded"],
  associateBranch: ["LimitReached", "AttachmentLimitExceeded"],
  setGroups: ["TooManyGroups", "SecurityGroupsPerInterfaceLimitExceeded"],
  tagInterface: ["Rejected", "TagLimitExceeded"]
}

/** Every fault there is. */
export const faults = {
  throttled: { ...refused("throttled", { _tag: "Throttled" }, "RequestLimitExceeded"), terms: () => every },
  unpaced: { ...refused("throttled, calls not paced", { _tag: "Throttled" }, "RequestLimitExceeded"), isUnpaced: true },
  unavailable: { ...refused("503", { _tag: "Unavailable" }, "ServiceUnavailable"), terms: () => every },
  internal: lost("500", "InternalError", "0 millis", (struck) => struck % 2 === 1, "a 5xx of a describe is as good as a 503: nothing was done"),
  lostBefore: lost("lost before the effect", "Timeout", "2 seconds", () => false, ""),
  lostAfter: lost("lost after the effect", "Timeout", "2 seconds", () => true, "a describe has no effect: after it is before it"),
  unseen: {
    title: "not found, not yet seen",
    isSwept: true,
    terms: (operation) => {
      if (isCreate(operation) || operation === "describeSubnets") return every
      // The sweep looks again after minutes: by then EC2 has seen it.
      return operation === "deleteInterface" ? ["one call"] : ["one call", "four calls"]
    },
    answer: (operation, _, { id }) => {
      const [thing, code] = named[operation] ?? []
      return thing === undefined || code === undefined
        ? { _tag: "empty" }
        : { _tag: "refused", code, reason: { _tag: "NotFound", thing, id } }
    },
    outcome: (operation) => named[operation] === undefined ? undefined : "NotFound",
    code: (operation) => named[operation]?.[1] ?? "InvalidInstanceID.NotFound",
    impossible: () => undefined
  },
  trunkUnseen: {
    ...refused("trunk not found, not yet seen", { _tag: "NotFound", thing: "trunk", id: "" }, "InvalidNetworkInterfaceID.NotFound"),
    terms: () => ["one call", "four calls"],
    impossible: only(["associateBranch"], "names no trunk beside what it is about")
  },
  gone: {
    title: "not found, deleted by hand",
    terms: () => ["one call"],
    answer: () => ({ _tag: "deleted" }),
    outcome: () => "NotFound",
    code: (operation) => operation === "disassociateBranch" ? "InvalidAssociationID.NotFound" : "InvalidNetworkInterfaceID.NotFound",
    impossible: (operation) => isOfOneOwn(operation) ? undefined : isDescribe(operation)
      ? "what is gone is left out of the answer, as what is not yet seen"
      : "names what others have too: as what is not yet seen, until somebody makes it"
  },
  inUse: {
    ...refused("in use", { _tag: "InUse" }, "InvalidNetworkInterface.InUse"),
    impossible: only(["attachTrunk", "deleteInterface"], "only what is to be attached or deleted can be in use elsewhere")
  },
  limit: {
    title: "limit reached",
    terms: () => ends,
    answer: (operation) => {
      const [tag = "LimitReached", code = ""] = limits[operation] ?? []
      return { _tag: "refused", reason: { _tag: tag }, code }
    },
    outcome: (operation) => limits[operation]?.[0],
    code: (operation) => limits[operation]?.[1] ?? "",
    impossible: (operation) => limits[operation] === undefined ? "takes up nothing that is limited" : undefined
  },
  subnetFull: {
    ...refused("subnet exhausted", { _tag: "SubnetFull", subnetId: "" }, "InsufficientFreeAddressesInSubnet"),
    answer: (_operation, _struck, { subnetId = "" }) => ({ _tag: "refused", reason: { _tag: "SubnetFull", subnetId }, code: "InsufficientFreeAddressesInSubnet" }),
    impossible: only(["createTrunk", "createBranch"], "takes no address")
  },
  unauthorized: refused("unauthorized", { _tag: "Unauthorized" }, "UnauthorizedOperation", (operation) => `allow ec2:${ec2Actions[operation]} to the controller's role`),
  unauthenticated: refused("unauthenticated", { _tag: "Unauthenticated" }, "AuthFailure", () => "give the controller credentials that are valid")
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults
