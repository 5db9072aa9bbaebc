import { Result, Schema } from "effect"
import { field } from "../model/Fields.js"
import { eniConfigLabel, hasTrunkAttachedLabel, nodeAgentIdentity } from "../model/Names.js"
import { equals, isObject, type Raw } from "../patch/Json.js"
import { broken, type Decision, forbidden, untouched } from "./Decision.js"
import { type AdmissionRequest, decoder } from "./Review.js"

/** Only what has to be taken apart for the comparison; everything else is compared as it came. */
const checkNode = decoder(
  Schema.Struct({ metadata: field(Schema.Struct({ labels: field(Schema.Record(Schema.String, Schema.Unknown)) })) })
)

/** The node labels that the CNI plugin's agent may set (contract §2, §4). */
const agentLabels: ReadonlySet<string> = new Set([hasTrunkAttachedLabel, eniConfigLabel])

/**
 * What the API server writes, not the agent. `resourceVersion` is among them although contract §4 does not name it: in an update it is the
 * sender's precondition, empty or what it has read, and the API server itself refuses one that is stale.
 */
const serverFields: ReadonlySet<string> = new Set(["managedFields", "selfLink", "resourceVersion"])

const without = (object: unknown, keys: ReadonlySet<string>): Raw =>
  isObject(object) ? Object.fromEntries(Object.entries(object).filter(([key]) => !keys.has(key))) : {}

/** The node without what may differ; labels that are absent are the same as none. */
const comparable = (node: Raw): Raw => {
  const metadata = without(node["metadata"], serverFields)
  return { ...node, metadata: { ...metadata, labels: without(metadata["labels"], agentLabels) } }
}

const nodeOf = (document: unknown, root: string): Result.Result<Raw, string> =>
  Result.map(checkNode(document, root), () => isObject(document) ? document : {})

/**
 * Whether a node may be updated: the CNI plugin's agent, `aws-node`, may change its two labels and nothing else; of everybody else's updates
 * nothing is even read.
 *
 * Source: contract §4.
 */
export const decide = (request: AdmissionRequest): Decision => {
  if (request.operation !== "UPDATE" || (request.kind?.kind ?? "Node") !== "Node") return untouched
  if (request.userInfo?.username !== nodeAgentIdentity) return untouched
  const nodes = Result.all([nodeOf(request.oldObject, "oldObject"), nodeOf(request.object, "object")])
  return Result.match(nodes, {
    onFailure: broken,
    onSuccess: ([before, after]) =>
      equals(comparable(before), comparable(after))
        ? untouched
        : forbidden("aws-node can only update limited fields on the Node Object")
  })
}
