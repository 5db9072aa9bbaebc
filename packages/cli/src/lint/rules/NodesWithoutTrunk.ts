import { computeTypeLabel } from "@branchline/core/model/Names"
import { osOf } from "@branchline/core/model/NodeTraits"
import { counted, served } from "../Asking.js"
import { trunkingOf, typeOfNode } from "../InstanceTypes.js"
import { pages, type Rule } from "../Rule.js"
import type { Labelled } from "../Subject.js"

const mayServe = ({ metadata }: Labelled): boolean =>
  metadata.labels?.[computeTypeLabel] === undefined && osOf({ metadata: { name: "", uid: "", resourceVersion: "", labels: metadata.labels ?? {} } }) !== "windows"

export const nodesWithoutTrunk: Rule = {
  id: "nodes-without-trunk",
  severity: "error",
  finds: "nodes none of which is of an instance type that carries branch interfaces, while a policy selects pods",
  why: "No node offers vpc.amazonaws.com/pod-eni, so the pods stay Pending.",
  source: pages.sgp,
  judge: (subject) => {
    const pods = served(subject).length
    const nodes = subject.nodes.filter(mayServe).map((node) => ({ node, type: typeOfNode(node) }))
    if (pods === 0 || nodes.some(({ type }) => type === undefined || trunkingOf(type.type, subject.settings) !== "none")) return []
    return nodes.flatMap(({ node, type }) => type === undefined ? [] : [{
      place: node.placeOf(["metadata", "labels", type.label]),
      message: `${type.type} carries no branch interfaces, and no other node does, but policies select ${counted(pods, "workload")}`,
      mend: "add nodes of a type that carries them, such as m5.large or m6g.large"
    }])
  }
}
