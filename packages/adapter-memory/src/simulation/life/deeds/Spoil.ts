import { allocationTag, controllerIdentities, podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { textAt, uidOf } from "../../../kubernetes/Document.js"
import { type PodRecord, trunkOf } from "../../oracle/Book.js"
import { type Deed, keyOf, mayFail, podsNow, some } from "../Deed.js"
import type { spoilt, StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

const annotation = (vlanId: unknown): string =>
  JSON.stringify([{ eniId: "eni-09a7a909e06fc4be6", ifAddress: "02:b0:01:6c:b5:79", privateIp: "192.168.26.162", vlanId, subnetCidr: "192.168.0.0/19" }])

/** What the CNI plugin can read as little as anybody else; null takes it away. */
const texts: Readonly<Record<typeof spoilt[number], string | null>> = {
  "vlan-0": annotation(0),
  "vlan-4096": annotation(4_096),
  "vlan-text": annotation("abc"),
  "no-json": "eni-09a7a909e06fc4be6",
  empty: "[]",
  removed: null
}

/** Whom the webhook lets change annotations: somebody who has the rights of a controller, and is none. */
const somebody = { username: controllerIdentities.at(-1) ?? "", groups: ["system:masters", "system:authenticated"] }

/** Somebody writes over annotations. */
export const spoil = ({ pods, value }: Pick<StepOf<"spoil">, "pods" | "value">, stage: Stage): Deed =>
  Effect.flatMap(podsNow(stage), (all) => {
    const { cluster: { kubernetes: { server } }, court: { book, spoil: about }, hidden } = stage
    // Of what EC2 does not show either, has on another instance, or has in the name of the pod that had it before while nobody knows the pod's address yet,
    // nobody could know any more.
    const isKnown = (pod: PodRecord): boolean => {
      if (pod.details === undefined) return true
      const { eniId, privateIp } = pod.details
      const association = book.truth.associationOf(eniId)
      const isNamed = book.truth.interfaceOf(eniId)?.tags[allocationTag]?.startsWith(`${pod.uid}/`) === true || textAt(pod.document, "status", "podIP") === privateIp
      return association !== undefined && association.trunkId === trunkOf(book, pod) && isNamed && !hidden.has(eniId)
    }
    const asking = all.filter((pod) => {
      const known = book.pods.get(uidOf(pod))
      return known?.asks === true && isKnown(known)
    })
    const text = texts[value]
    stage.struck("spoil")
    return Effect.forEach(some(stage, asking, pods), (pod) => {
      about(uidOf(pod), text ?? undefined)
      return mayFail(server.as(somebody).patch(podResource, keyOf(pod), { _tag: "merge", patch: { metadata: { uid: uidOf(pod), annotations: { [podEni]: text } } } }))
    }, { discard: true })
  })
