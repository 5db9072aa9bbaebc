import type { Event } from "@branchline/core/model/Event"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import { asTold } from "./Moments.js"
import { perLook } from "./PerLook.js"

const keyOf = (kind: string, name: string, namespace: string): string => `${kind}/${namespace}/${name}`

const byObject = perLook(({ cluster }): ReadonlyMap<string, ReadonlyArray<Event>> => {
  const found = new Map<string, Array<Event>>()
  for (const event of itemsOf(cluster.events)) {
    const { kind, name, namespace } = event.involvedObject
    // A node's events name a namespace or none, by who wrote them.
    const key = keyOf(kind ?? "", name ?? "", kind === "Pod" ? namespace ?? "" : "")
    const known = found.get(key)
    if (known === undefined) found.set(key, [asTold(event)])
    else known.push(asTold(event))
  }
  return found
})

/** The events about a pod, and about the node that it is on. */
export const eventsOfPod = (look: Look, namespace: string, name: string, nodeName: string | null | undefined): ReadonlyArray<Event> => [
  ...byObject(look).get(keyOf("Pod", name, namespace)) ?? [],
  ...nodeName ? eventsOfNode(look, nodeName) : []
]

/** The events about a node. */
export const eventsOfNode = (look: Look, name: string): ReadonlyArray<Event> => byObject(look).get(keyOf("Node", name, "")) ?? []
