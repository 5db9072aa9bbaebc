import type { CNINode } from "./CNINode.js"
import {
  betaOsLabel,
  customNetworkingFeature,
  eniConfigLabel,
  hasTrunkAttachedLabel,
  osLabel,
  securityGroupsForPodsFeature
} from "./Names.js"
import type { Node } from "./Node.js"

/** A node's operating system by either label; undefined where it has none (contract §2). */
export const osOf = ({ metadata: { labels } }: Pick<Node, "metadata">): string | undefined =>
  labels?.[osLabel] ?? labels?.[betaOsLabel]

/** How a node asks for a trunk: by its CNINode's feature, and by the older label, whatever that one's value (contract §1.1). */
export const trunkRequests = (
  node: Pick<Node, "metadata"> | undefined,
  cniNode: Pick<CNINode, "spec"> | undefined
): { readonly byFeature: boolean; readonly byLabel: boolean } => ({
  byFeature: (cniNode?.spec?.features ?? []).some(({ name }) => name === securityGroupsForPodsFeature),
  byLabel: hasTrunkAttachedLabel in (node?.metadata.labels ?? {})
})

/** Whether a node asks for a trunk in either way. */
export const asksForTrunk = (node: Pick<Node, "metadata"> | undefined, cniNode: Pick<CNINode, "spec"> | undefined): boolean => {
  const { byFeature, byLabel } = trunkRequests(node, cniNode)
  return byFeature || byLabel
}

/**
 * The ENIConfig that a node names under custom networking: undefined where it uses none, empty where it names none. The node's label wins over
 * the feature's value (contract §10).
 */
export const eniConfigName = (node: Pick<Node, "metadata"> | undefined, cniNode: Pick<CNINode, "spec"> | undefined): string | undefined => {
  const feature = (cniNode?.spec?.features ?? []).find(({ name }) => name === customNetworkingFeature)
  return node?.metadata.labels?.[eniConfigLabel] ?? (feature === undefined ? undefined : feature.value ?? "")
}
