import { annotationOf } from "@branchline/core/controller/Ledger"
import type { Difference } from "@branchline/core/explain/Differences"
import { podDifferences } from "@branchline/core/explain/DifferencesPods"
import { differenceText } from "@branchline/core/explain/DifferencesText"
import { readClaim } from "@branchline/core/allocation/Claim"
import { publishedLimits } from "@branchline/core/limits/Limits"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { allocationTag, trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import { Schema } from "effect"
import { SeenInterface } from "../cluster/Ec2Seen.js"
import { itemsOf } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import type { ToneRow } from "../output/Rows.js"
import { perLook } from "./PerLook.js"
import { ec2Of } from "./Trunks.js"

/** What EC2 really has for a pod. */
export const Ec2Branch = Schema.Union([
  Schema.Struct({ outcome: Schema.Literal("not looked"), reason: Schema.String }),
  Schema.Struct({ outcome: Schema.Literal("nothing"), reason: Schema.String }),
  Schema.Struct({ outcome: Schema.Literal("absent"), eniId: Schema.String }),
  Schema.Struct({
    outcome: Schema.Literal("found"),
    interface: SeenInterface,
    associated: Schema.Boolean,
    vlanId: Schema.optionalKey(Schema.String.annotate({ description: "As its tag says" })),
    trunkId: Schema.optionalKey(Schema.String.annotate({ description: "As its tag says" })),
    differences: Schema.Array(Schema.Struct({ difference: Schema.String, text: Schema.String })).annotate({ description: "In what it is another than annotation, node and policies say" })
  })
])
export type Ec2Branch = typeof Ec2Branch.Type

/** A node's place in the core's comparison wants all of it; here one pod is compared. */
const differencesOf = (look: Look, pod: SeenPod, groups: ReadonlyArray<SecurityGroupId>): ReadonlyArray<Difference> => {
  const ec2 = ec2Of(look)
  if (ec2 === undefined) return []
  return podDifferences({
    clusterName: "",
    pods: [{ pod, groups, waitingSince: undefined }],
    nodes: itemsOf(look.cluster.nodes).map((node) => ({ node, cniNode: undefined })),
    instances: new Map(itemsOf(ec2.instances).map((one) => [one.instanceId, one])),
    interfaces: itemsOf(ec2.interfaces),
    unclaimedSince: new Map(),
    limits: publishedLimits,
    patience: { annotation: 0, making: 0, cooling: 0 },
    now: nowOf(look)
  })
}

const byId = perLook((look): ReadonlyMap<string, SeenInterface> | undefined => {
  const interfaces = ec2Of(look)?.interfaces
  return interfaces === undefined || "unknown" in interfaces ? undefined : new Map(interfaces.items.map((one) => [one.eniId, one]))
})

/** What is wrong with the interface that a pod's annotation names; undefined where nothing is, or nobody knows. */
export const lostInterface = (look: Look, pod: SeenPod): "absent" | "not associated" | undefined => {
  const details = annotationOf(pod)
  const interfaces = byId(look)
  if (details === undefined || interfaces === undefined) return undefined
  const found = interfaces.get(details.eniId)
  return found === undefined ? "absent" : found.status === "available" ? "not associated" : undefined
}

/** What EC2 really has for a pod: the interface that its annotation names, or one that was made for it. */
export const ec2BranchOf = (look: Look, pod: SeenPod, groups: ReadonlyArray<SecurityGroupId>): Ec2Branch => {
  const { ec2 } = look
  if ("unknown" in ec2) return { outcome: "not looked", reason: ec2.unknown }
  if ("unknown" in ec2.interfaces) return { outcome: "not looked", reason: ec2.interfaces.unknown }
  const details = annotationOf(pod)
  const { items } = ec2.interfaces
  const found = details === undefined
    ? items.find(({ tags }) => readClaim(tags[allocationTag] ?? "")?.pod === pod.metadata.uid)
    : items.find(({ eniId }) => eniId === details.eniId)
  if (found === undefined) {
    return details === undefined ? { outcome: "nothing", reason: "has no interface that was made for it" } : { outcome: "absent", eniId: details.eniId }
  }
  const [vlanId, trunkId] = [found.tags[vlanIdTag], found.tags[trunkEniIdTag]]
  return {
    outcome: "found",
    interface: found,
    associated: found.status === "in-use",
    ...(vlanId === undefined ? {} : { vlanId }),
    ...(trunkId === undefined ? {} : { trunkId }),
    differences: details === undefined ? [] : differencesOf(look, pod, groups).map((difference) => ({ difference: difference._tag, text: differenceText(difference) }))
  }
}

/** The same for people. */
export const ec2Rows = (branch: Ec2Branch): ReadonlyArray<ToneRow> => {
  switch (branch.outcome) {
    case "not looked":
      return [{ label: "EC2", text: `unknown: ${branch.reason}`, tone: "faint" }]
    case "nothing":
      return [{ label: "EC2", text: branch.reason }]
    case "absent":
      return [{ label: "EC2", text: `does not have ${branch.eniId}`, tone: "bad" }]
    case "found": {
      const { eniId, groups, ipv6Address, privateIp, subnetId } = branch.interface
      return [
        {
          label: "EC2",
          text: `${eniId} is ${branch.associated ? `associated${branch.trunkId === undefined ? "" : ` with the trunk ${branch.trunkId}`}` : "there, and associated with no trunk"}`,
          ...(branch.associated ? {} : { tone: "bad" as const })
        },
        { label: "groups", text: groups.join(" ") || "none", under: true },
        { label: "VLAN id", text: branch.vlanId ?? "its tags tell none", under: true },
        { label: "address", text: `${[privateIp, ipv6Address].filter((one) => one !== "").join(" and ") || "none"} in ${subnetId}`, under: true },
        ...branch.differences.map(({ text }): ToneRow => ({ label: "differs", text, under: true, tone: "warning" }))
      ]
    }
  }
}
