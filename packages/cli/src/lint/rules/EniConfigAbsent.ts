import { eniConfigLabel } from "@branchline/core/model/Names"
import { quote } from "../Asking.js"
import type { Rule } from "../Rule.js"

export const eniConfigAbsent: Rule = {
  id: "eni-config-absent",
  severity: "error",
  finds: "a node that names an ENIConfig that does not exist",
  why: "Custom networking takes subnet and groups from there: without it the node gets no trunk and its pods no branch interfaces.",
  source: "https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network-tutorial.html",
  lacks: ({ nodes, whole }) =>
    whole("eniConfigs") || nodes.every(({ metadata }) => metadata.labels?.[eniConfigLabel] === undefined) ? undefined : "not all ENIConfigs are given (settings.complete says that they are)",
  judge: ({ eniConfigs, nodes, whole }) => {
    if (!whole("eniConfigs")) return []
    const there = new Set(eniConfigs.map(({ name }) => name))
    return nodes.flatMap(({ metadata, placeOf }) => {
      const named = metadata.labels?.[eniConfigLabel]
      return named === undefined || there.has(named) ? [] : [{
        place: placeOf(["metadata", "labels", eniConfigLabel]),
        message: `there is no ENIConfig ${quote(named)}`,
        mend: "make it, or name one that is there"
      }]
    })
  }
}
