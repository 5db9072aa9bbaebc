import { clusterTag, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import type { Cluster } from "../../Cluster.js"
import { isViolation } from "../../ec2/Observations.js"
import { isOnItsInstance } from "./Book.js"
import type { Oracle } from "./Oracle.js"

const changing: ReadonlySet<string> = new Set([
  "DeleteNetworkInterface",
  "ModifyNetworkInterfaceAttribute",
  "CreateTags",
  "AssociateTrunkInterface",
  "AttachNetworkInterface",
  "CreateNetworkInterfacePermission"
])

/** No interface is touched that the contract's §6 does not give to the controller. */
export const ownOnly = (clusterName: string): Oracle => ({
  name: "only the controller's own interfaces are touched",
  call: ({ action, parameters }, { truth }) => {
    if (!changing.has(action)) return undefined
    for (const name of ["NetworkInterfaceId", "ResourceId", "BranchInterfaceId", "TrunkInterfaceId"]) {
      const eniId = parameters[name]
      const found = typeof eniId === "string" ? truth.interfaceOf(eniId as Parameters<typeof truth.interfaceOf>[0]) : undefined
      if (found === undefined) continue
      if (found.tags[ownerTag] !== ownerTagValue || found.tags[clusterTag(clusterName)] === undefined) return `${action} of ${eniId}, which is somebody else's`
    }
    return undefined
  }
})

/** What EC2 saw and a careful controller does not do: a VLAN id held twice, more branches than the type carries, a second trunk. */
export const withinLimits = (cluster: Cluster, allowed: ReadonlySet<string>): Oracle => {
  let seen = 0
  return {
    name: "EC2's rules are kept: one branch a VLAN id, one trunk an instance, never over a limit",
    call: () => {
      const observations = cluster.ec2.observed()
      for (; seen < observations.length; seen++) {
        const observation = observations[seen]
        if (observation !== undefined && isViolation(observation) && !allowed.has(observation.kind)) {
          seen++
          return `${observation.kind}: ${observation.subject}: ${observation.detail}`
        }
      }
      return undefined
    }
  }
}

/** What the nodes' CNI plugins and kubelets saw that must never be. */
export const nodesUnharmed = (cluster: Cluster): Oracle => {
  let seen = 0
  return {
    name: "no node sees a link or a branch taken away, or a VLAN id twice",
    call: (_call, book) => {
      for (; seen < cluster.violations.length; seen++) {
        const violation = cluster.violations[seen]
        const pod = book.pods.get(violation?.podUid ?? "")
        const isPromised = pod === undefined || (book.excuse(pod.uid) === undefined && isOnItsInstance(book, pod))
        if (violation !== undefined && isPromised) {
          seen++
          return `${violation.kind}: ${violation.nodeName}: ${violation.message}`
        }
      }
      return undefined
    }
  }
}
