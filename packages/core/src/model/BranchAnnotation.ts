import { Predicate, Result, Schema } from "effect"
import { IpInterface } from "effect/net"
import { field } from "./Fields.js"
import { AssociationId, EniId, VlanId } from "./Ids.js"

/** What the CNI plugin is told about a pod's branch (contract §5). Empty text where an address family is not in use. */
export interface BranchDetails {
  readonly eniId: EniId
  /** MAC address, six octets in hexadecimal with colons. */
  readonly ifAddress: string
  readonly privateIp: string
  readonly ipv6Addr: string
  readonly vlanId: VlanId
  /** CIDR of the branch's subnet; the plugin derives the gateway from it. */
  readonly subnetCidr: string
  readonly subnetV6Cidr: string
  readonly associationID: AssociationId
}

/** `eight` keys as upstream writes them today, or the `five` of its older releases (contract §5). */
export type AnnotationForm = "eight" | "five"

/**
 * The text of the `vpc.amazonaws.com/pod-eni` annotation: an array of one, keys in upstream's order.
 *
 * @example writeBranchAnnotation(details, "five") // '[{"eniId":"eni-…","ifAddress":"02:…","privateIp":"…","vlanId":1,"subnetCidr":"…"}]'
 */
export const writeBranchAnnotation = (details: BranchDetails, form: AnnotationForm): string => {
  const { eniId, ifAddress, privateIp, ipv6Addr, vlanId, subnetCidr, subnetV6Cidr, associationID } = details
  return JSON.stringify([
    form === "five"
      ? { eniId, ifAddress, privateIp, vlanId, subnetCidr }
      : { eniId, ifAddress, privateIp, ipv6Addr, vlanId, subnetCidr, subnetV6Cidr, associationID }
  ])
}

// Keys in lower case: the plugin's decoder (Go's encoding/json) matches names without regard to case, and decodes the array whole.
const Elements = Schema.Array(Schema.NullOr(Schema.Struct({
  eniid: field(Schema.String),
  ifaddress: field(Schema.String),
  privateip: field(Schema.String),
  ipv6addr: field(Schema.String),
  vlanid: field(Schema.Int),
  subnetcidr: field(Schema.String),
  subnetv6cidr: field(Schema.String),
  associationid: field(Schema.String)
})))
const decodeElements = Schema.decodeUnknownResult(Elements)
const decodeEniId = Schema.decodeUnknownResult(EniId)
const decodeVlanId = Schema.decodeUnknownResult(VlanId)
const decodeAssociationId = Schema.decodeUnknownSync(AssociationId)

const lowerKeys = (element: unknown): unknown =>
  Predicate.isObject(element)
    ? Object.fromEntries(Object.entries(element).map(([key, value]) => [key.toLowerCase(), value]))
    : element

const isMac = (text: string): boolean => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)
const isCidr = (text: string): boolean => text.includes("/") && Result.isSuccess(IpInterface.fromString(text))

/**
 * An annotation as the CNI plugin would read it, or why the plugin would refuse it (contract §5). An address of one family at least must
 * be there, and the subnet of each family that is.
 */
export const readBranchAnnotation = (text: string): Result.Result<BranchDetails, string> => {
  const json = Result.try({ try: (): unknown => JSON.parse(text), catch: () => "it is not JSON" })
  if (Result.isFailure(json)) return Result.fail(json.failure)
  if (!Array.isArray(json.success)) return Result.fail("it is not an array")
  const elements = decodeElements(json.success.map(lowerKeys))
  if (Result.isFailure(elements)) return Result.fail(elements.failure.message)
  const first = elements.success[0]
  if (first === undefined || first === null) return Result.fail("the array has no element")
  const eniId = decodeEniId(first.eniid)
  if (Result.isFailure(eniId)) return Result.fail(`eniId: ${eniId.failure.message}`)
  const vlanId = decodeVlanId(first.vlanid ?? 0)
  if (Result.isFailure(vlanId)) return Result.fail(`vlanId: ${vlanId.failure.message}`)
  const ifAddress = first.ifaddress ?? ""
  if (!isMac(ifAddress)) return Result.fail(`ifAddress: "${ifAddress}" is no MAC address`)
  const privateIp = first.privateip ?? ""
  const ipv6Addr = first.ipv6addr ?? ""
  const subnetCidr = first.subnetcidr ?? ""
  const subnetV6Cidr = first.subnetv6cidr ?? ""
  if (privateIp === "" && ipv6Addr === "") return Result.fail("privateIp and ipv6Addr are both empty")
  if (privateIp !== "" && !isCidr(subnetCidr)) return Result.fail(`subnetCidr: "${subnetCidr}" is no CIDR`)
  if (ipv6Addr !== "" && !isCidr(subnetV6Cidr)) return Result.fail(`subnetV6Cidr: "${subnetV6Cidr}" is no CIDR`)
  return Result.succeed({
    eniId: eniId.success,
    ifAddress,
    privateIp,
    ipv6Addr,
    vlanId: vlanId.success,
    subnetCidr,
    subnetV6Cidr,
    associationID: decodeAssociationId(first.associationid ?? "")
  })
}
