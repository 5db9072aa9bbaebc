import { Ec2Error, type Ec2Reason } from "@branchline/core/ports/Ec2Error"
import { describe, expect, it } from "vitest"
import { type Answered, classify } from "../../src/errors/Classify.js"
import { codes } from "../../src/errors/Codes.js"

const trunkId = "eni-0aaaaaaaaaaaaaaaa"
const branchId = "eni-0bbbbbbbbbbbbbbbb"

const of = (code: string, message = "", more: Partial<Answered> = {}) => classify({ code, message, status: 400, isWrite: true, about: {}, ...more })
const tagOf = (code: string, message?: string, more?: Partial<Answered>): Ec2Reason["_tag"] => of(code, message, more).reason._tag
const isRetryable = (reason: Ec2Reason): boolean => new Ec2Error({ action: "", code: "", reason, message: "" }).isRetryable

describe("each code of contract §6", () => {
  const subnetId = "subnet-0cccccccccccccccc"
  it.each<readonly [code: string, message: string, reason: Ec2Reason, retryable: boolean]>([
    ["RequestLimitExceeded", "Request limit exceeded.", { _tag: "Throttled" }, true],
    ["UnauthorizedOperation", "You are not authorized to perform this operation.", { _tag: "Unauthorized" }, false],
    ["InsufficientFreeAddressesInSubnet", "Insufficient Free Addresses In Subnet", { _tag: "SubnetFull", subnetId }, true],
    ["InsufficientCidrBlocks", "There are not enough free CIDR blocks", { _tag: "SubnetFull", subnetId }, true],
    ["InvalidNetworkInterfaceID.NotFound", `The networkInterface ID '${trunkId}' does not exist`, { _tag: "NotFound", thing: "trunk", id: trunkId }, false],
    ["InvalidNetworkInterfaceID.NotFound", `The networkInterface ID '${branchId}' does not exist`, { _tag: "NotFound", thing: "branch", id: branchId }, false],
    ["InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0dddddddddddddddd' does not exist", { _tag: "NotFound", thing: "interface", id: "eni-0dddddddddddddddd" }, false],
    ["InvalidAssociationID.NotFound", "The association ID 'trunk-assoc-0eeeeeeeeeeeeeeee' does not exist", { _tag: "NotFound", thing: "association", id: "trunk-assoc-0eeeeeeeeeeeeeeee" }, false],
    ["InvalidGroup.NotFound", "The security group 'sg-0ffffffffffffffff' does not exist", { _tag: "NotFound", thing: "security group", id: "sg-0ffffffffffffffff" }, false],
    ["InvalidSubnetID.NotFound", "The subnet ID 'subnet-01111111' does not exist", { _tag: "NotFound", thing: "subnet", id: "subnet-01111111" }, false],
    ["InvalidInstanceID.NotFound", "The instance ID 'i-0222222222222222' does not exist", { _tag: "NotFound", thing: "instance", id: "i-0222222222222222" }, false],
    ["SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.", { _tag: "TooManyGroups" }, false],
    ["NetworkInterfaceLimitExceeded", "You have reached the limit", { _tag: "LimitReached" }, true],
    ["AttachmentLimitExceeded", "Interface count 4 exceeds the limit for m5.large", { _tag: "LimitReached" }, true],
    ["InvalidParameterValue", "Value (x) for parameter y is invalid.", { _tag: "Rejected" }, false]
  ])("%s: %s", (code, message, reason, retryable) => {
    const classified = of(code, message, { about: { subnetId, trunkId, branchId } })
    expect(classified.reason).toEqual(reason)
    expect(isRetryable(classified.reason)).toBe(retryable)
  })
})

describe("codes around them", () => {
  it.each<readonly [tag: Ec2Reason["_tag"], codes: ReadonlyArray<string>]>([
    ["Throttled", ["Throttling", "ThrottlingException", "EC2ThrottledException", "RequestThrottled", "Client.RequestLimitExceeded", "SlowDown", "SomethingThrottled"]],
    ["Unauthorized", ["OperationNotPermitted"]],
    ["Unauthenticated", [
      "AuthFailure", "RequestExpired", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "MissingAuthenticationToken",
      "OptInRequired", "Blocked", "PendingVerification"
    ]],
    ["TokenSpent", ["IdempotentParameterMismatch"]],
    ["InUse", ["InvalidNetworkInterface.InUse", "DependencyViolation", "InvalidSomething.InUse"]],
    ["AlreadyAssociated", ["Resource.AlreadyAssociated"]],
    ["NotFound", ["InvalidAttachmentID.NotFound", "InvalidNewThing.NotFound"]],
    ["LimitReached", ["BranchInterfaceLimitExceeded"]],
    ["Rejected", ["InvalidParameterCombination", "IncorrectState", "TagLimitExceeded", "InvalidNetworkInterfaceId.Malformed"]],
    ["Unavailable", ["Unavailable", "ServiceUnavailable", "Server.Unavailable"]],
    ["UnknownOutcome", ["InternalError", "InternalFailure", "Server.InternalError"]]
  ])("%s: %j", (tag, some) => {
    expect(some.map((code) => [code, tagOf(code)])).toEqual(some.map((code) => [code, tag]))
  })
})

describe("what only the words tell", () => {
  it.each<readonly [message: string, reason: Ec2Reason]>([
    ["Instance 'i-0222222222222222' already has an interface attached at device index '1'.", { _tag: "Taken", what: "device index" }],
    ["The VLAN ID '7' is already in use on trunk interface 'eni-0aaaaaaaaaaaaaaaa'", { _tag: "Taken", what: "vlan" }],
    ["Value (7) for parameter vlanId is invalid. The given VLAN is used by another association.", { _tag: "Taken", what: "vlan" }],
    ["Branch interface eni-0bbbbbbbbbbbbbbbb is already associated with a trunk", { _tag: "AlreadyAssociated" }],
    ["Network interface 'eni-0bb6d5cc5ed4f5140' is currently in use.", { _tag: "InUse" }],
    ["Interface: [eni-0bb6d5cc5ed4f5140] in use.", { _tag: "InUse" }],
    ["The VLAN ID '4096' is not valid: 1 to 4094.", { _tag: "Rejected" }],
    ["Invalid value '99' for device index.", { _tag: "Rejected" }]
  ])("%s", (message, reason) => {
    expect(of("InvalidParameterValue", message).reason).toEqual(reason)
    expect(of("SomeNewCode", message).reason).toEqual(reason)
  })

  it("before what a code is only made like", () => {
    expect(of("InvalidVlan.InUse", "The VLAN ID is in use").reason).toEqual({ _tag: "Taken", what: "vlan" })
  })

  it("never against a code that is clear", () => {
    expect(tagOf("RequestLimitExceeded", "the VLAN is in use")).toBe("Throttled")
    expect(tagOf("IdempotentParameterMismatch", "client token already used with another vlan")).toBe("TokenSpent")
    expect(tagOf("InternalError", "the interface is in use", { status: 500 })).toBe("UnknownOutcome")
  })
})

describe("what no table has", () => {
  it.each<readonly [status: number, write: Ec2Reason["_tag"], describe: Ec2Reason["_tag"]]>([
    [400, "Rejected", "Rejected"],
    [403, "Rejected", "Rejected"],
    [429, "Throttled", "Throttled"],
    [500, "UnknownOutcome", "Unavailable"],
    [502, "UnknownOutcome", "Unavailable"],
    [503, "Unavailable", "Unavailable"],
    [504, "UnknownOutcome", "Unavailable"],
    [0, "UnknownOutcome", "Unavailable"]
  ])("an unknown code with HTTP %d", (status, write, describe) => {
    expect(tagOf("Nobody.Knows", "", { status })).toBe(write)
    expect(tagOf("Nobody.Knows", "", { status, isWrite: false })).toBe(describe)
  })

  it("an answer without a code is not EC2's, whatever its status: nothing is concluded from it", () => {
    expect(of("Unknown", "", { status: 403 })).toEqual({ reason: { _tag: "UnknownOutcome" }, mend: "check the endpoint" })
    expect(tagOf("Unknown", "", { status: 503 })).toBe("Unavailable")
  })

  it("a code named as something of every object has no meaning by accident", () => {
    expect(tagOf("constructor")).toBe("Rejected")
  })
})

describe("what a person can do", () => {
  it("is there for each code that waiting alone does not mend, except where the request itself is at fault", () => {
    const needs = Object.entries(codes).filter(([, { reason }]) => ["Unauthenticated", "Unauthorized", "SubnetFull", "TooManyGroups"].includes(reason))
    expect(needs.filter(([, { mend }]) => mend === undefined)).toEqual([])
  })

  it("names the clock and by how much it is off, whatever the code, where the SDK has found that out", () => {
    expect(of("AuthFailure", "", { clockOff: 12 * 60_000 }).mend).toBe("set this machine's clock right (NTP): it is 12 minutes behind AWS's")
    expect(of("RequestExpired", "", { clockOff: -20 * 60_000 }).mend).toBe("set this machine's clock right (NTP): it is 20 minutes ahead of AWS's")
    expect(of("UnauthorizedOperation", "", { clockOff: 12 * 60_000 }).mend).not.toContain("clock")
  })
})
