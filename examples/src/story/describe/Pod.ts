import { type Document, listAt, nameOf, namespaceOf, objectAt, objectsAt, textAt, uidOf } from "@branchline/adapter-memory/kubernetes/Document"
import type { Event } from "@branchline/core/model/Event"
import { annotationLines, eventLines, labelLines, membersOf, multiline } from "./Parts.js"
import { align } from "./Tabwriter.js"
import { rfc1123 } from "./Times.js"

const stateLines = (status: Document): ReadonlyArray<string> => {
  const running = textAt(status, "state", "running", "startedAt")
  if (running !== undefined) return ["    State:\tRunning", `      Started:\t${rfc1123(running)}`]
  const terminated = objectAt(status, "state", "terminated")
  if (Object.keys(terminated).length === 0) return ["    State:\tWaiting"]
  return [
    "    State:\tTerminated",
    `      Reason:\t${textAt(terminated, "reason")}`,
    `      Exit Code:\t${JSON.stringify(terminated["exitCode"])}`,
    `      Finished:\t${rfc1123(textAt(terminated, "finishedAt"))}`
  ]
}

const wordsLines = (title: string, container: Document, field: string): ReadonlyArray<string> => {
  const words = listAt(container, field).filter((word) => typeof word === "string")
  return words.length === 0 ? [] : [`    ${title}:`, ...words.map((word) => `      ${word}`)]
}

const amountLines = (title: string, container: Document, list: string): ReadonlyArray<string> => {
  const amounts = membersOf(container, "resources", list)
  return amounts.length === 0 ? [] : [`    ${title}:`, ...amounts.map(([name, amount]) => `      ${name}:\t${amount}`)]
}

const portsText = (container: Document): string =>
  objectsAt(container, "ports").map((port) => `${JSON.stringify(port["containerPort"])}/${textAt(port, "protocol") ?? "TCP"}`).join(", ") || "<none>"

const containerLines = (pod: Document, container: Document): ReadonlyArray<string> => {
  const status = objectsAt(pod, "status", "containerStatuses").find((one) => textAt(one, "name") === textAt(container, "name"))
  return [
    `  ${textAt(container, "name")}:`,
    `    Image:\t${textAt(container, "image") ?? ""}`,
    `    Port:\t${portsText(container)}`,
    ...wordsLines("Command", container, "command"),
    ...wordsLines("Args", container, "args"),
    ...(status === undefined ? [] : [
      ...stateLines(status),
      `    Ready:\t${status["ready"] === true ? "True" : "False"}`,
      `    Restart Count:\t${JSON.stringify(status["restartCount"])}`
    ]),
    ...amountLines("Limits", container, "limits"),
    ...amountLines("Requests", container, "requests")
  ]
}

const conditionLines = (pod: Document): ReadonlyArray<string> => {
  const conditions = objectsAt(pod, "status", "conditions")
  return conditions.length === 0 ? [] : [
    "Conditions:",
    "  Type\tStatus",
    ...conditions.map((condition) => `  ${textAt(condition, "type")} \t${textAt(condition, "status")} `)
  ]
}

/** `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s`. Source: kubectl, `pkg/describe`, tolerations. */
export const tolerationText = (toleration: Document): string => {
  const operator = textAt(toleration, "operator") ?? ""
  const value = textAt(toleration, "value") ?? ""
  const effect = textAt(toleration, "effect") ?? ""
  const seconds = toleration["tolerationSeconds"]
  return [
    textAt(toleration, "key") ?? "",
    value === "" ? "" : `=${value}`,
    effect === "" ? "" : `:${effect}`,
    operator === "Exists" && value === "" ? " op=Exists" : "",
    typeof seconds === "number" ? ` for ${seconds}s` : ""
  ].join("")
}

/** CPU and memory alone make a pod's class. Source: Kubernetes, "Pod Quality of Service Classes". */
const qosClass = (pod: Document): string => {
  const amounts = objectsAt(pod, "spec", "containers").map((container) =>
    ["cpu", "memory"].map((name) => [textAt(container, "resources", "requests", name), textAt(container, "resources", "limits", name)] as const))
  const all = amounts.flat()
  if (all.every(([request, limit]) => request === undefined && limit === undefined)) return "BestEffort"
  return all.every(([request, limit]) => limit !== undefined && (request ?? limit) === limit) ? "Guaranteed" : "Burstable"
}

const nodeText = (pod: Document, nodes: ReadonlyArray<Document>): string => {
  const nodeName = textAt(pod, "spec", "nodeName")
  if (nodeName === undefined) return "<none>"
  const node = nodes.find((one) => nameOf(one) === nodeName)
  const address = node === undefined ? undefined : objectsAt(node, "status", "addresses").find((one) => textAt(one, "type") === "InternalIP")
  return `${nodeName}/${address === undefined ? "" : textAt(address, "address")}`
}

/** What `kubectl describe pod` shows, as lines. `events` may hold others' too. */
export const describePod = (
  pod: Document,
  nodes: ReadonlyArray<Document>,
  events: ReadonlyArray<Event>,
  now: number
): ReadonlyArray<string> => {
  const address = textAt(pod, "status", "podIP")
  const startTime = textAt(pod, "status", "startTime")
  const deleted = textAt(pod, "metadata", "deletionTimestamp")
  const owner = objectsAt(pod, "metadata", "ownerReferences")[0]
  return align([
    `Name:\t${nameOf(pod)}`,
    `Namespace:\t${namespaceOf(pod)}`,
    "Priority:\t0",
    `Node:\t${nodeText(pod, nodes)}`,
    ...(startTime === undefined ? [] : [`Start Time:\t${rfc1123(startTime)}`]),
    ...labelLines(pod),
    ...annotationLines(pod),
    deleted === undefined ? `Status:\t${textAt(pod, "status", "phase")}` : `Status:\tTerminating`,
    `IP:\t${address ?? ""}`,
    ...(address === undefined ? ["IPs:\t<none>"] : ["IPs:", `  IP:\t${address}`]),
    ...(owner === undefined ? [] : [`Controlled By:\t${textAt(owner, "kind")}/${textAt(owner, "name")}`]),
    "Containers:",
    ...objectsAt(pod, "spec", "containers").flatMap((container) => containerLines(pod, container)),
    ...conditionLines(pod),
    "Volumes:\t<none>",
    `QoS Class:\t${qosClass(pod)}`,
    ...multiline("Node-Selectors:", membersOf(pod, "spec", "nodeSelector").map(([key, value]) => `${key}=${value}`)),
    ...multiline("Tolerations:", objectsAt(pod, "spec", "tolerations").map(tolerationText).sort()),
    ...eventLines(events.filter(({ involvedObject }) => involvedObject.kind === "Pod" && involvedObject.uid === uidOf(pod)), now)
  ])
}
