import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"

/** What only the words of a message tell. */
interface Telling {
  readonly reason: Ec2Reason
  /** All of them occur. */
  readonly words: ReadonlyArray<RegExp>
  /** The words, for people. */
  readonly like: string
  /** Who has seen them, or that nobody has. */
  readonly source: string
}

const isTaken = /\balready\b|\bin use\b|\btaken\b|\bused by\b|\boccupied\b/i

/**
 * EC2 has one code, `InvalidParameterValue`, for many bad parameters; what is wrong is told by its words, the first that fit. EC2's own for a VLAN id are
 * published nowhere, so little is asked of them.
 */
export const tellings: ReadonlyArray<Telling> = [
  {
    reason: { _tag: "Taken", what: "vlan" },
    words: [/vlan/i, isTaken],
    like: "`vlan`, and `already`, `in use`, `taken`, `used by` or `occupied`",
    source: "aws/amazon-vpc-resource-controller-k8s#13: the message says that the VLAN id is still in use; its words are not given"
  },
  {
    reason: { _tag: "Taken", what: "device index" },
    words: [/device index/i, isTaken],
    like: "`device index`, and the same",
    source: "cilium/cilium#42512, hashicorp/terraform-provider-aws#906: an interface is attached at that device index already"
  },
  {
    reason: { _tag: "AlreadyAssociated" },
    words: [/already (?:been )?associated|already has an association/i],
    like: "`already associated`, `already has an association`",
    source: "Amazon EC2 API Reference, \"Error codes\", Resource.AlreadyAssociated"
  },
  {
    reason: { _tag: "InUse" },
    words: [/interface/i, /\bin[- ]use\b|\balready attached\b/i],
    like: "`interface`, and `in use` or `already attached`",
    source: "aws/amazon-vpc-cni-k8s#1399, gruntwork-io/cloud-nuke#431: a deletion while the interface is still attached"
  }
]

/** The reason that the words give, if they do. */
export const toldBy = (message: string): Ec2Reason | undefined => tellings.find(({ words }) => words.every((word) => word.test(message)))?.reason
