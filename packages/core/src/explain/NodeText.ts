import { roomText } from "./CauseText.js"
import type { Row } from "./Layout.js"
import type { Asked } from "./NodeObstacle.js"
import type { InstanceFacts, NodeStory, TrunkFacts } from "./NodeStory.js"
import { branchText, eventRows } from "./PodText.js"
import { lasting, until } from "./Words.js"

const askedText = (asked: Asked): string => {
  switch (asked) {
    case "CNINode feature":
      return "yes, by its CNINode's feature SecurityGroupsForPods"
    case "label":
      return "yes, by its label vpc.amazonaws.com/has-trunk-attached"
    case "both":
      return "yes, by its CNINode's feature and by its label"
    case "no":
      return "no"
    case "unknown":
      return "unknown: nobody looked"
  }
}

const supportText = ({ limit, support }: InstanceFacts): string => {
  switch (support) {
    case "trunk":
      return `carries ${limit ?? "an unknown number of"} branches`
    case "no trunk":
      return "is not trunk-compatible"
    case "type not in the table":
      return "is not in the limits table"
    case "unknown":
      return limit === undefined ? "limits unknown" : `carries ${limit} branches, as its trunk has it`
  }
}

const trunkRows = (trunk: TrunkFacts, now: number): ReadonlyArray<Row> => {
  const { admitting, attached, branches, line, quarantined, room, trunkId } = trunk
  return [
    { label: "Trunk", text: `${trunkId ?? (attached ? "there, under an id that EC2 was not asked for" : "not there")}, ${admitting ? "makes new branches" : "makes no new branches"}` },
    {
      label: "Branches",
      text: `${roomText(room)}; ${room.free} free${room.nextDue === undefined ? "" : `; the next cools off ${until(room.nextDue, now)}`}`
    },
    ...branches.map((branch): Row => ({ label: branch.pod ?? "no known pod", text: branchText(branch, now), under: true })),
    { label: "In line", text: line.length === 0 ? "nobody" : `${line.length}` },
    ...line.map(({ pod, since, why }): Row => ({ label: `${pod.namespace}/${pod.name}`, text: `${lasting(since, now)}: ${why}`, under: true })),
    { label: "VLAN ids", text: vlanIdsText(trunk) },
    ...(quarantined.length === 0
      ? []
      : [{ label: "quarantined", text: quarantined.map(({ until: at, vlanId }) => `${vlanId} (free ${until(at, now)})`).join(", "), under: true }])
  ]
}

const vlanIdsText = ({ branches }: TrunkFacts): string => {
  const ids = branches.flatMap(({ vlanId }) => (vlanId === undefined ? [] : [vlanId]))
  return ids.length === 0 ? "none in use" : `${ids.join(", ")} in use`
}

/** A node's story as rows. */
export const nodeRows = (story: NodeStory): ReadonlyArray<Row> => {
  const { asked, capacity, eniConfig, exists, instance, name, now, trunk } = story
  const say = (value: string | number | undefined): string | number => value ?? (exists === true ? "not there" : "unknown")
  return [
    { label: "Node", text: `${name}${exists === false ? ", which does not exist" : exists === undefined ? ", at which nobody looked" : ""}` },
    { label: "Asked", text: askedText(asked) },
    ...(eniConfig === undefined ? [] : [{ label: "ENIConfig", text: eniConfig === "" ? "custom networking, but none is named" : eniConfig }]),
    { label: "Instance", text: `${instance.instanceId ?? "unknown"}, ${instance.instanceType ?? "type unknown"}: ${supportText(instance)}` },
    { label: "Capacity", text: `${say(capacity.capacity)}, allocatable ${say(capacity.allocatable)}, to be published ${capacity.published ?? "unknown"}` },
    ...(trunk === undefined
      ? [{ label: "Trunk", text: "unknown: nobody looked" }]
      : trunk === "absent"
      ? [{ label: "Trunk", text: "the controller keeps none for the node" }]
      : trunkRows(trunk, now)),
    ...eventRows(story.events, now)
  ]
}
