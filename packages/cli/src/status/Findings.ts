import { readClaim } from "@branchline/core/allocation/Claim"
import { annotationOf } from "@branchline/core/controller/Ledger"
import { counted, listed } from "@branchline/core/explain/Words"
import { allocationTag } from "@branchline/core/model/Names"
import { isTerminal } from "@branchline/core/model/PodTraits"
import { Schema } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenEvent } from "../cluster/Seen.js"
import { asTold, millisOf } from "../explain/Moments.js"
import { allocatedEni } from "../explain/Owners.js"
import { ec2Of } from "../explain/Trunks.js"

/** Something that concerns the whole cluster, and no single pod, node or policy. */
export const Finding = Schema.Struct({
  finding: Schema.Literals(["TwoControllers"]),
  text: Schema.String,
  next: Schema.String
})
export type Finding = typeof Finding.Type

/** Pods of which events tell that they were given more than one branch: no controller does that by itself. */
const allocatedTwice = (events: ReadonlyArray<SeenEvent>): ReadonlyArray<string> => {
  const branches = new Map<string, { readonly pod: string; readonly enis: Set<string> }>()
  for (const { involvedObject: { name, namespace, uid }, message, reason } of events) {
    const eniId = reason === "ResourceAllocated" ? allocatedEni(message) : undefined
    if (eniId === undefined || !uid) continue
    const known = branches.get(uid) ?? { pod: `${namespace ?? ""}/${name ?? ""}`, enis: new Set<string>() }
    known.enis.add(eniId)
    branches.set(uid, known)
  }
  return [...branches.values()].flatMap(({ enis, pod }) => enis.size > 1 ? [pod] : [])
}

/** Two recorders tell the same so close to one another, milliseconds. */
const close = 10_000

/** A process tells one thing of a pod once, or counts it up: the same thing in two events at about the same time is told by two. Source: client-go, tools/record, EventCorrelator. */
const toldTwice = (events: ReadonlyArray<SeenEvent>): ReadonlyArray<string> => {
  const told = new Map<string, { readonly pod: string; readonly at: Array<number> }>()
  for (const event of events) {
    const { name, namespace, uid } = event.involvedObject
    const at = event.reason === "SecurityGroupRequested" ? millisOf(event.firstTimestamp ?? asTold(event).lastTimestamp) : undefined
    if (at === undefined || !uid) continue
    const key = JSON.stringify([uid, event.message])
    const known = told.get(key)
    if (known === undefined) told.set(key, { pod: `${namespace ?? ""}/${name ?? ""}`, at: [at] })
    else known.at.push(at)
  }
  return [...told.values()].flatMap(({ at, pod }) => {
    const [first = 0, second = Infinity] = at.toSorted((a, b) => a - b)
    return second - first <= close ? [pod] : []
  })
}

/** Living pods for which EC2 has a second branch of their own, besides the one that the annotation names. */
const claimedTwice = (look: Look): ReadonlyArray<string> => {
  const pods = new Map<string, string>()
  const named = new Map<string, string>()
  for (const pod of itemsOf(look.cluster.pods)) {
    const eniId = isTerminal(pod) ? undefined : annotationOf(pod)?.eniId
    if (eniId === undefined) continue
    pods.set(pod.metadata.uid, `${pod.metadata.namespace}/${pod.metadata.name}`)
    named.set(pod.metadata.uid, eniId)
  }
  return itemsOf(ec2Of(look)?.interfaces ?? { items: [] }).flatMap(({ eniId, tags }) => {
    const uid = readClaim(tags[allocationTag] ?? "")?.pod
    const pod = uid === undefined ? undefined : pods.get(uid)
    return pod !== undefined && named.get(uid ?? "") !== eniId ? [pod] : []
  })
}

interface Notice {
  readonly message: string
  readonly from: number
  readonly to: number
}

/** Two versions that tell of one node in turns: a new one that follows an old one is heard after it only. */
const versionsInTurns = (events: ReadonlyArray<SeenEvent>): ReadonlyArray<string> => {
  const byNode = new Map<string, Array<Notice>>()
  for (const event of events) {
    if (event.reason !== "ControllerVersionNotice") continue
    const to = millisOf(asTold(event).lastTimestamp)
    if (to === undefined) continue
    const { name } = event.involvedObject
    const notice = { message: event.message ?? "", from: millisOf(event.firstTimestamp) ?? to, to }
    byNode.set(name ?? "", [...byNode.get(name ?? "") ?? [], notice])
  }
  return [...byNode].flatMap(([node, notices]) => {
    const spans = new Map<string, Notice>()
    for (const { from, message, to } of notices) {
      const known = spans.get(message)
      spans.set(message, known === undefined ? { message, from, to } : { message, from: Math.min(known.from, from), to: Math.max(known.to, to) })
    }
    const [first, second] = [...spans.values()].toSorted((a, b) => a.from - b.from)
    return first !== undefined && second !== undefined && second.from < first.to ? [node] : []
  })
}

/** What concerns the whole cluster. */
export const findingsOf = (look: Look): ReadonlyArray<Finding> => {
  const events = itemsOf(look.cluster.events)
  const pods = [...new Set([...allocatedTwice(events), ...claimedTwice(look)])].toSorted()
  const nodes = versionsInTurns(events)
  // Of a single pod, a controller may have told it before it was started again and after.
  const told = toldTwice(events)
  const twice = told.length > 1 ? told : []
  if (pods.length === 0 && nodes.length === 0 && twice.length === 0) return []
  const evidence = [
    ...(pods.length === 0 ? [] : [`${counted(pods.length, "pod")} (${listed(pods)}) got more than one branch`]),
    ...(twice.length === 0 ? [] : [`of ${counted(twice.length, "pod")} (${listed(twice)}) two told the same at once`]),
    ...(nodes.length === 0 ? [] : [`two versions tell of ${listed(nodes)} in turns`])
  ]
  return [{
    finding: "TwoControllers",
    text: `two controllers work at once: ${evidence.join("; ")}`,
    next: "let one of them run only: on managed EKS the control plane's; give others the same Lease, so that one of them leads"
  }]
}
