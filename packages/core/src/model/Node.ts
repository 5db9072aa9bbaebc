import { Result, Schema } from "effect"
import { field, metadataFields, StringMap } from "./Fields.js"
import { InstanceId } from "./Ids.js"

/** `v1` Node. */
export const Node = Schema.Struct({
  metadata: Schema.Struct(metadataFields),
  spec: field(Schema.Struct({ providerID: field(Schema.String) })),
  status: field(Schema.Struct({ capacity: field(StringMap), allocatable: field(StringMap) }))
})
export type Node = typeof Node.Type

const decodeInstanceId = Schema.decodeUnknownResult(InstanceId)

/**
 * The instance behind a `spec.providerID` of the form `aws:///<zone>/<instance id>`; undefined for anything else (contract §10).
 *
 * @example instanceIdOf("aws:///eu-west-1a/i-0123456789abcdef0") // "i-0123456789abcdef0"
 */
export const instanceIdOf = (providerID: string): InstanceId | undefined => {
  const match = /^aws:\/\/\/[^/]+\/([^/]+)$/.exec(providerID)
  return match === null ? undefined : Result.getOrUndefined(decodeInstanceId(match[1]))
}

/** The instance that a node is; undefined where there is no node, or it does not say. */
export const instanceOf = (node: Node | undefined): InstanceId | undefined => instanceIdOf(node?.spec?.providerID ?? "")
