import { Result, type Schema } from "effect"
import type { AuditEvent } from "@branchline/adapter-memory/kubernetes/Audit"
import { type Document, labelsOf, objectAt, objectsAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { isObject } from "@branchline/core/patch/Json"
import { webhookCalls } from "../WebhookCalls.js"
import type { Entry } from "./Entry.js"
import { actorOf, actorOfComponent } from "./Users.js"

type Told = Pick<Entry, "text"> & Partial<Pick<Entry, "tone" | "actor">>

const isDocument = (value: unknown): value is Document => isObject(value)

const bodyOf = ({ requestObject }: AuditEvent): Document => isDocument(requestObject) ? requestObject : {}

/** `pod aws-cli`, `pod shop/db-0`: the namespace `default` goes without saying. */
export const objectName = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined || namespace === "default" ? "" : `${namespace}/`}${name}`

const subject = (audit: AuditEvent, kind: string): string =>
  objectName(kind, audit.objectRef.namespace, audit.objectRef.name ?? `${textAt(bodyOf(audit), "metadata", "generateName") ?? ""}…`)

/** What an event says, short of what stands in the lines around it and of what `kubectl describe` shows in full. */
const messageOf = (event: Document): string => {
  const message = textAt(event, "message") ?? ""
  switch (textAt(event, "reason")) {
    case "FailedCreatePodSandBox":
    case "SandboxChanged":
      return ""
    case "Scheduled":
      return message.replace(/^Successfully assigned \S+ /, "")
    default:
      return message.replace(/\[\{.*\}\]/, "[{…}]")
  }
}

const ofEvent = (event: Document): Told => {
  const about = objectAt(event, "involvedObject")
  const name = objectName((textAt(about, "kind") ?? "").toLowerCase(), textAt(about, "namespace"), textAt(about, "name") ?? "")
  const message = messageOf(event)
  return {
    actor: actorOfComponent(textAt(event, "source", "component") ?? ""),
    text: `event ${textAt(event, "reason")} on ${name}${message === "" ? "" : `: ${message}`}`,
    tone: textAt(event, "type") === "Warning" ? "warning" : "normal"
  }
}

const onNode = (audit: AuditEvent): Told | undefined => {
  const body = bodyOf(audit)
  if (audit.verb === "create") {
    const instanceId = (textAt(body, "spec", "providerID") ?? "").split("/").at(-1)
    return { text: `registers ${subject(audit, "node")}: ${labelsOf(body)["node.kubernetes.io/instance-type"]}, ${instanceId}` }
  }
  if (audit.verb === "delete") return { text: `deletes ${subject(audit, "node")}`, tone: "warning" }
  for (const list of ["capacity", "allocatable"]) {
    const amount = textAt(body, "status", list, podEni)
    if (amount !== undefined) return { text: `${subject(audit, "node")}: status.${list} ${podEni} = ${amount}`, tone: "good" }
  }
  return undefined
}

const onCniNode = (audit: AuditEvent): Told | undefined => {
  const body = bodyOf(audit)
  if (audit.verb !== "patch") return { text: `${audit.verb}s ${subject(audit, "CNINode")}` }
  const features = objectsAt(body, "spec", "features").flatMap((feature) => textAt(feature, "name") ?? [])
  return features.length === 0 ? undefined : { text: `asks for a trunk: ${features.join(", ")} on ${subject(audit, "CNINode")}` }
}

const branchText = (annotation: string): string =>
  Result.match(readBranchAnnotation(annotation), {
    onFailure: () => annotation,
    onSuccess: ({ eniId, ipv6Addr, privateIp, vlanId }) => `${eniId}, VLAN ${vlanId}, ${privateIp === "" ? ipv6Addr : privateIp}`
  })

const onPod = (audit: AuditEvent): Told | undefined => {
  const body = bodyOf(audit)
  const pod = subject(audit, "pod")
  if (audit.verb === "create") return { text: `creates ${pod}` }
  if (audit.verb === "delete") {
    return { text: body["gracePeriodSeconds"] === 0 ? `${pod} is gone` : `deletes ${pod}` }
  }
  const annotation = textAt(body, "metadata", "annotations", podEni)
  if (annotation !== undefined) return { text: `annotates ${pod}: ${branchText(annotation)}`, tone: "good" }
  const phase = textAt(body, "status", "phase")
  if (phase === undefined) return undefined
  const address = textAt(body, "status", "podIP")
  return { text: `${pod} is ${phase}${address === undefined ? "" : ` with ${address}`}`, tone: phase === "Failed" ? "warning" : "good" }
}

const verbs: Readonly<Record<string, string>> = { create: "creates", patch: "changes", delete: "deletes" }

const ofRequest = (audit: AuditEvent): Told | undefined => {
  const { resource, subresource } = audit.objectRef
  const byHand = actorOf(audit.user.username) === "kubectl"
  if (byHand && resource !== "events" && audit.verb !== "delete") {
    return { text: `applies ${subject(audit, textAt(bodyOf(audit), "kind") ?? resource)}` }
  }
  switch (resource) {
    case "events":
      return ofEvent(bodyOf(audit))
    case "nodes":
      return onNode(audit)
    case "cninodes":
      return onCniNode(audit)
    case "pods":
      // The binding shows as the scheduler's event.
      return subresource === "binding" ? undefined : onPod(audit)
    default:
      return { text: `${verbs[audit.verb] ?? audit.verb} ${subject(audit, resource)}` }
  }
}

/** The branch's own patch, which comes with every pod of a policy: `limits and requests`; undefined for any other. */
const branchLists = (operations: ReadonlyArray<Document>): string | undefined => {
  const lists = operations.map((operation) => {
    const [, list] = /^\/spec\/containers\/0\/resources\/(limits|requests)/.exec(textAt(operation, "path") ?? "") ?? []
    return JSON.stringify(operation).replaceAll("~1", "/").includes(podEni) ? list : undefined
  })
  return lists.length > 0 && !lists.includes(undefined) ? lists.join(" and ") : undefined
}

const patchText = (patch: Schema.JsonArray): string => {
  const operations = patch.filter(isDocument)
  const lists = branchLists(operations)
  return lists === undefined
    ? operations.map((one) => `${textAt(one, "op")} ${textAt(one, "path")} ${JSON.stringify(one["value"] ?? null)}`).join(", ")
    : `${podEni} "1" in ${lists} of container 0`
}

const ofWebhooks = (audit: AuditEvent): ReadonlyArray<Told> =>
  webhookCalls(audit.annotations).flatMap(({ failedOpen, mutated, patch, webhook }): ReadonlyArray<Told> => {
    if (failedOpen) return [{ actor: "webhook", text: `${webhook} does not answer, and is passed over`, tone: "warning" }]
    return mutated ? [{ actor: "webhook", text: `${webhook}: ${patchText(patch)}` }] : []
  })

const ofAudit = (audit: AuditEvent): ReadonlyArray<Entry> => {
  const at = Date.parse(audit.stageTimestamp)
  const { code, message } = audit.responseStatus
  const told = code < 400
    ? [ofRequest(audit), ...ofWebhooks(audit)]
    : [{ text: `${audit.verb} ${subject(audit, audit.objectRef.resource)} is refused, ${code}: ${message ?? ""}`, tone: "warning" as const }]
  return told.flatMap((one) => one === undefined ? [] : [{ at, actor: actorOf(audit.user.username), tone: "normal" as const, ...one }])
}

/** What the API server's audit log tells. */
export const fromAudit = (audit: ReadonlyArray<AuditEvent>): ReadonlyArray<Entry> => audit.flatMap(ofAudit)
