import type { SeenPod } from "../cluster/Seen.js"

/** What makes a pod, or the pod itself. */
export interface Owner {
  readonly kind: string
  readonly name: string
}

/**
 * What a person would call a pod's maker. A ReplicaSet whose name ends in the pod's template hash is a Deployment's: that is how Deployments name them.
 *
 * Source: Kubernetes, "Deployments", "Pod-template-hash label".
 *
 * @example ownerOf(pod) // { kind: "Deployment", name: "web" }
 */
export const ownerOf = ({ metadata: { labels, name, ownerReferences } }: SeenPod): Owner => {
  const owner = ownerReferences?.find(({ controller }) => controller === true)
  if (owner === undefined) return { kind: "Pod", name }
  const hash = labels?.["pod-template-hash"]
  return owner.kind === "ReplicaSet" && hash !== undefined && hash !== "" && owner.name.endsWith(`-${hash}`)
    ? { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) }
    : { kind: owner.kind, name: owner.name }
}

/** `Deployment shop/web`. */
export const ownerKey = (pod: SeenPod): string => {
  const { kind, name } = ownerOf(pod)
  return `${kind} ${pod.metadata.namespace}/${name}`
}
