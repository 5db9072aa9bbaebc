import { hasTrunkAttachedLabel } from "@branchline/core/model/Names"
import { Schema } from "effect"
import { nodeLabelPlace, nodeLabelValues, quote, short } from "../Asking.js"
import { atLeast } from "../Cni.js"
import type { Path } from "../Place.js"
import { pages, type Rule } from "../Rule.js"

const isObject = Schema.is(Schema.JsonObject)

/** Where a document sets the label, at any depth: nodes, node groups of eksctl, node pools of Karpenter. */
const placesIn = (value: Schema.Json, under: Path): ReadonlyArray<Path> => {
  if (Array.isArray(value)) return value.flatMap((element: Schema.Json, i) => placesIn(element, [...under, i]))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, member]) => {
    const path = [...under, key]
    return key === "labels" && isObject(member) && Object.hasOwn(member, hasTrunkAttachedLabel) ? [[...path, hasTrunkAttachedLabel]] : placesIn(member, path)
  })
}

/** The plugin that no longer sets the label. Source: contract §1. */
const unset = "1.15.0"

export const trunkLabel: Rule = {
  id: "trunk-label",
  severity: "warning",
  finds: "the label vpc.amazonaws.com/has-trunk-attached, set by hand or used to choose nodes",
  why: "Its presence asks for a trunk whatever its value, so \"false\" switches nothing off; and since version 1.15.0 the CNI plugin does not set it, so nothing can be chosen by it.",
  source: pages.configure,
  judge: ({ cni, items, workloads }) => [
    ...items.filter(({ stored }) => !stored).flatMap(({ document, placeOf }) =>
      placesIn(document, []).map((path) => ({
        place: placeOf(path),
        message: `label ${hasTrunkAttachedLabel} asks for a trunk, whatever its value`,
        mend: "take the label out: aws-node asks by the node's CNINode"
      }))),
    ...(cni.version !== undefined && !atLeast(cni.version.value, unset) ? [] : workloads).flatMap((workload) => {
      const values = nodeLabelValues(workload, hasTrunkAttachedLabel)
      return values === undefined ? [] : [{
        place: nodeLabelPlace(workload, hasTrunkAttachedLabel),
        message: `${short(workload)} wants nodes with ${hasTrunkAttachedLabel}=${quote(values.join())}, a label that the CNI plugin no longer sets`,
        mend: "take it out: the scheduler finds a node by the resource vpc.amazonaws.com/pod-eni"
      }]
    })
  ]
}
