import type { Difference, WrongTag } from "./Differences.js"
import { counted, listed, plain } from "./Words.js"

/** Whom a difference is about, by the keys that logs carry. */
export type DifferenceSubject = Readonly<Partial<Record<"pod" | "node" | "eni" | "instance", string>>>

export const differenceSubject = (difference: Difference): DifferenceSubject => ({
  ...("pod" in difference ? { pod: difference.pod } : {}),
  ...("node" in difference ? { node: difference.node } : {}),
  ...("eniId" in difference ? { eni: difference.eniId } : {}),
  ...("instanceId" in difference && difference.instanceId !== undefined ? { instance: difference.instanceId } : {})
})

const tagText = ({ due, has, key }: WrongTag): string =>
  has === undefined ? `lacks ${key}${due === "" ? "" : `=${due}`}` : `has ${key}=${plain(has)}${due === "" ? " (no value for it)" : ` instead of ${due}`}`

/**
 * A difference as one sentence for people, with what follows from it where that is not plain to see.
 *
 * @example differenceText({ _tag: "CniNodeMissing", node: "node-1" }) // "node node-1 has no CNINode: its agent cannot ask for a trunk"
 */
export const differenceText = (difference: Difference): string => {
  switch (difference._tag) {
    case "AnnotationUnreadable":
      return `pod ${difference.pod} has an annotation that the CNI plugin cannot read: ${difference.why}`
    case "AnnotationMissing":
      return `pod ${difference.pod} on ${difference.node} asks for a branch interface and has none yet: its containers cannot start`
    case "RequestMissing":
      return `pod ${difference.pod} matches a policy for ${listed(difference.groups)} and asks for no branch interface: ` +
        "it runs with its node's groups, because the webhook did not see it or the policy is younger"
    case "InterfaceMissing":
      return `pod ${difference.pod} is promised ${difference.eniId}, which EC2 does not have`
    case "InterfaceNotAssociated":
      return `pod ${difference.pod} is promised ${difference.eniId}, which hangs on no trunk: it carries no traffic`
    case "VlanDiffers":
      return `pod ${difference.pod} is promised ${difference.eniId} under VLAN id ${difference.annotation}, and the interface's tag says ${difference.tag}`
    case "TrunkDiffers":
      return `pod ${difference.pod} is promised ${difference.eniId}, whose tag names the trunk ${plain(difference.tag)}, and its node's trunk is ${difference.trunkId}`
    case "InstanceDiffers":
      return `pod ${difference.pod} is promised ${difference.eniId}, which was made for the instance ${plain(difference.tag)}, and the pod runs on ${difference.instanceId}`
    case "GroupsDiffer":
      return `pod ${difference.pod} has ${listed(difference.has, 16)} on ${difference.eniId}, and its policies give ${listed(difference.due, 16)} now: ` +
        "a running pod keeps what it has until it is made anew"
    case "VlanShared":
      return `pods ${listed(difference.pods)} on ${difference.node} have the same VLAN id ${difference.vlanId}: when one ends, the other loses its network`
    case "InterfaceUnexplained": {
      const of = difference.instanceId === undefined ? "" : `, made for ${plain(difference.instanceId)},`
      const what = difference.what === "left by the CNI plugin" ? "interface of the CNI plugin's" : difference.what
      return `the ${what} ${difference.eniId}${of} is ${difference.status} and nobody's: it has leaked, in all likelihood`
    }
    case "TagsWrong":
      return `${difference.eniId} ${difference.tags.map(tagText).join(", ")}: whoever looks for it by its tags does not find it`
    case "InstanceMissing":
      return `node ${difference.node} names the instance ${difference.instanceId}, which EC2 does not have`
    case "TrunkMissing": {
      const lost = difference.pods === 0 ? "" : `: ${counted(difference.pods, "pod")} with a branch there ${difference.pods === 1 ? "has" : "have"} lost the network`
      return `node ${difference.node} has no trunk on ${difference.instanceId}${lost}`
    }
    case "TrunkOutlivesInstance":
      return `the trunk ${difference.trunkId} of node ${difference.node} is not deleted with its instance: it would stay behind`
    case "CapacityDiffers":
      return `node ${difference.node} offers ${difference.has === undefined ? "no branch interfaces" : `${plain(difference.has)} branch interfaces`} to the scheduler and should offer ${difference.due}`
    case "CniNodeMissing":
      return `node ${difference.node} has no CNINode: its agent cannot ask for a trunk`
    case "CniNodeOfAnother":
      return `the CNINode of node ${difference.node} is ${difference.has === undefined ? "no instance's" : `the instance ${plain(difference.has)}'s`}, and the node is ${difference.due}`
    case "OverLimit":
      return `node ${difference.node} has ${difference.branches} branches, and its type carries ${difference.limit}`
  }
}
