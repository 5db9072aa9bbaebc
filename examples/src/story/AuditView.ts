import type { AuditEvent } from "@branchline/adapter-memory/kubernetes/Audit"
import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { podEni } from "@branchline/core/model/Names"
import { isObject } from "@branchline/core/patch/Json"
import { align } from "./describe/Tabwriter.js"
import { webhookCalls } from "./WebhookCalls.js"

/** The first record of a pod that a webhook changed; of any pod where there is none. */
export const podCreation = (audit: ReadonlyArray<AuditEvent>): AuditEvent | undefined => {
  const creations = audit.filter(({ objectRef, verb }) => verb === "create" && objectRef.resource === "pods" && objectRef.subresource === undefined)
  return creations.find(({ annotations }) => webhookCalls(annotations).some(({ mutated }) => mutated)) ?? creations[0]
}

/** The first record of a node's capacity. */
export const capacityPatch = (audit: ReadonlyArray<AuditEvent>): AuditEvent | undefined =>
  audit.find(({ objectRef, requestObject }) =>
    objectRef.resource === "nodes" && objectRef.subresource === "status" && isObject(requestObject) && !Array.isArray(requestObject) &&
    textAt(requestObject, "status", "capacity", podEni) !== undefined)

const headLines = ({ requestURI, responseStatus, user, verb }: AuditEvent): ReadonlyArray<string> =>
  align([
    `  verb\t${verb} ${requestURI}`,
    `  user\t${user.username}`,
    `  groups\t${user.groups.join(", ")}`,
    `  response\t${responseStatus.code}`
  ])

const webhookLines = ({ annotations }: AuditEvent): ReadonlyArray<string> => {
  const calls = webhookCalls(annotations)
  if (calls.length === 0) return []
  return align([
    "  mutating webhooks",
    ...calls.map(({ failedOpen, index, mutated, round, webhook }) =>
      `    round ${round}, index ${index}\t${webhook}\t${failedOpen ? "no answer, passed over" : `mutated: ${mutated}`}`),
    ...calls.filter(({ patch }) => patch.length > 0).flatMap(({ index, patch, round }) => [
      `  patch of round ${round}, index ${index}`,
      ...patch.map((operation) => `    ${JSON.stringify(operation)}`)
    ])
  ])
}

/** The creation of a pod: who asked, what the webhooks did, in which round. */
export const podCreationLines = (record: AuditEvent): ReadonlyArray<string> => [...headLines(record), ...webhookLines(record)]

/** A patch: who, what, and the document itself. */
export const patchLines = (record: AuditEvent): ReadonlyArray<string> => [
  ...headLines(record),
  "  requestObject",
  `    ${JSON.stringify(record.requestObject)}`
]
