import type { PodStory } from "@branchline/core/explain/PodStory"
import { until } from "@branchline/core/explain/Words"
import { branchesOf } from "@branchline/core/allocation/Trunk"
import { isTerminal } from "@branchline/core/model/PodTraits"
import { Schema } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { ToneRow } from "../output/Rows.js"
import { nodeFactsOf } from "./NodeFactsOf.js"
import { ownersOf } from "./Owners.js"

/** A branch that cools down, and whose it was. */
export const Cooling = Schema.Struct({
  eniId: Schema.optionalKey(Schema.String),
  pod: Schema.optionalKey(Schema.String.annotate({ description: "namespace/name of its last owner, where a pod or an event still tells" })),
  what: Schema.Literals(["finished", "predecessor", "gone", "unknown"]).annotate({
    description: "finished: the pod is there and over; predecessor: a former pod of the same name; gone: the pod is no more"
  }),
  over: Schema.String.annotate({ description: "When it is over, at the latest; RFC 3339" })
})
export type Cooling = typeof Cooling.Type

const waits: ReadonlySet<string> = new Set(["SlotCooling", "SlotsTakenAsTold", "PreviousBranch"])

/** What cools down on the pod's node, for a pod that waits for it. */
export const coolingFor = (look: Look, { name, namespace, uid, waitsFor }: PodStory, nodeName: string): ReadonlyArray<Cooling> => {
  if (!waits.has(waitsFor.cause._tag) || nodeName === "") return []
  const { trunk } = nodeFactsOf(look, nodeName)
  if (trunk === undefined || trunk === "absent") return []
  const pods = itemsOf(look.cluster.pods)
  const owners = ownersOf(look)
  return branchesOf(trunk).flatMap((branch): ReadonlyArray<Cooling> => {
    if (branch.state._tag !== "Cooling") return []
    const eniId = branch.interface?.eniId
    const told = eniId === undefined ? undefined : owners.get(eniId)
    const owner = branch.pod === undefined ? told?.pod : `${branch.pod.namespace}/${branch.pod.name}`
    const ownerUid = branch.pod?.uid ?? told?.uid
    const finished = pods.some((pod) => pod.metadata.uid === ownerUid && isTerminal(pod))
    const what = finished ? "finished" : owner === undefined ? "unknown" : owner === `${namespace}/${name}` && ownerUid !== uid ? "predecessor" : "gone"
    return [{ ...(eniId === undefined ? {} : { eniId }), ...(owner === undefined ? {} : { pod: owner }), what, over: new Date(branch.state.until).toISOString() }]
  }).toSorted((a, b) => (a.over < b.over ? -1 : 1))
}

const words = ({ pod, what }: Cooling): string => {
  switch (what) {
    case "finished":
      return `${pod ?? "a pod"}, which is over`
    case "predecessor":
      return `the former ${pod ?? "pod"}, which had the same name`
    case "gone":
      return `${pod ?? "a pod"}, which is gone`
    case "unknown":
      return "a pod that nobody remembers"
  }
}

export const coolingRows = (cooling: ReadonlyArray<Cooling>, now: number): ReadonlyArray<ToneRow> =>
  cooling.length === 0 ? [] : [
    { label: "Cooling", text: `${cooling.length} on its node` },
    ...cooling.map((one): ToneRow => ({ label: one.eniId ?? "a branch", text: `of ${words(one)}; over ${until(Date.parse(one.over), now)} at the latest`, under: true }))
  ]
