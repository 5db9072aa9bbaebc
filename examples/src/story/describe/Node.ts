import { type Document, nameOf, namespaceOf, objectsAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { podEni } from "@branchline/core/model/Names"
import type { Event } from "@branchline/core/model/Event"
import { annotationLines, eventLines, labelLines, membersOf, multiline } from "./Parts.js"
import { amountOf, cpuText, memoryText } from "./Quantity.js"
import { align } from "./Tabwriter.js"
import { age, rfc1123 } from "./Times.js"

const taintText = (taint: Document): string => {
  const value = textAt(taint, "value")
  return `${textAt(taint, "key")}${value === undefined ? "" : `=${value}`}:${textAt(taint, "effect")}`
}

const conditionLines = (node: Document): ReadonlyArray<string> => [
  "Conditions:",
  "  Type\tStatus\tLastTransitionTime\tReason\tMessage",
  "  ----\t------\t------------------\t------\t-------",
  ...objectsAt(node, "status", "conditions").map((condition) => {
    const cells = [textAt(condition, "type"), textAt(condition, "status"), rfc1123(textAt(condition, "lastTransitionTime"))]
    return `  ${[...cells, textAt(condition, "reason"), textAt(condition, "message")].join("\t")}`
  })
]

const amountLines = (node: Document, list: "capacity" | "allocatable", title: string): ReadonlyArray<string> => [
  `${title}:`,
  ...membersOf(node, "status", list).map(([name, amount]) => `  ${name}:\t${amount}`)
]

/** What a pod's containers ask for of a resource, summed. */
const asked = (pod: Document, list: "requests" | "limits", name: string): number =>
  objectsAt(pod, "spec", "containers").reduce((sum, container) => sum + amountOf(textAt(container, "resources", list, name) ?? "0"), 0)

const isOver = (pod: Document): boolean => ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "")

/** An amount and its share of what the node has to give; a node of this world says nothing of its CPUs and memory, and kubectl writes 0%. */
const shared = (amount: string): string => `${amount} (0%)`

const podLines = (pods: ReadonlyArray<Document>, now: number): ReadonlyArray<string> => [
  `Non-terminated Pods:\t(${pods.length} in total)`,
  "  Namespace\tName\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
  "  ---------\t----\t------------\t----------\t---------------\t-------------\t---",
  ...pods.map((pod) => {
    const cells = [
      shared(cpuText(asked(pod, "requests", "cpu"))),
      shared(cpuText(asked(pod, "limits", "cpu"))),
      shared(memoryText(asked(pod, "requests", "memory"))),
      shared(memoryText(asked(pod, "limits", "memory")))
    ]
    return `  ${[namespaceOf(pod), nameOf(pod), ...cells, age(textAt(pod, "metadata", "creationTimestamp"), now)].join("\t")}`
  })
]

const allocatedLines = (pods: ReadonlyArray<Document>): ReadonlyArray<string> => {
  const sum = (list: "requests" | "limits", name: string): number => pods.reduce((total, pod) => total + asked(pod, list, name), 0)
  const line = (name: string, text: (amount: number) => string): string =>
    `  ${name}\t${text(sum("requests", name))}\t${text(sum("limits", name))}`
  return [
    "Allocated resources:",
    "  Resource\tRequests\tLimits",
    "  --------\t--------\t------",
    line("cpu", (amount) => shared(cpuText(amount))),
    line("memory", (amount) => shared(memoryText(amount))),
    line(podEni, String)
  ]
}

/** What `kubectl describe node` shows, as lines. `pods` and `events` may hold others' too. */
export const describeNode = (
  node: Document,
  pods: ReadonlyArray<Document>,
  events: ReadonlyArray<Event>,
  now: number
): ReadonlyArray<string> => {
  const name = nameOf(node)
  const mine = pods.filter((pod) => textAt(pod, "spec", "nodeName") === name && !isOver(pod))
  return align([
    `Name:\t${name}`,
    "Roles:\t<none>",
    ...labelLines(node),
    ...annotationLines(node),
    `CreationTimestamp:\t${rfc1123(textAt(node, "metadata", "creationTimestamp"))}`,
    ...multiline("Taints:", objectsAt(node, "spec", "taints").map(taintText)),
    "Unschedulable:\tfalse",
    ...conditionLines(node),
    "Addresses:",
    ...objectsAt(node, "status", "addresses").map((one) => `  ${textAt(one, "type")}:\t${textAt(one, "address")}`),
    ...amountLines(node, "capacity", "Capacity"),
    ...amountLines(node, "allocatable", "Allocatable"),
    "System Info:",
    ...[["Operating System", "operatingSystem"], ["Architecture", "architecture"], ["Kubelet Version", "kubeletVersion"]].map(
      ([title, field]) => `  ${title}:\t${textAt(node, "status", "nodeInfo", field ?? "") ?? ""}`
    ),
    `ProviderID:\t${textAt(node, "spec", "providerID") ?? ""}`,
    ...podLines(mine, now),
    ...allocatedLines(mine),
    ...eventLines(events.filter(({ involvedObject }) => involvedObject.kind === "Node" && involvedObject.name === name), now)
  ])
}
