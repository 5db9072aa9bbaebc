import { nameOf, namespaceOf, objectAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import type { Finding } from "../BadInput.js"
import type { Manifest } from "./Manifest.js"
import { findingAt, type Path } from "./Source.js"

/** There from the start. */
const given: ReadonlySet<string> = new Set(["default", "kube-node-lease", "kube-public", "kube-system"])

/** Namespaces that are used but not made, each with the first who uses it. */
export const missingNamespaces = (manifests: ReadonlyArray<Manifest>): ReadonlyMap<string, Manifest> => {
  const made = new Set(manifests.flatMap(({ document, kind }) => kind.kind === "Namespace" ? [nameOf(document)] : []))
  const missing = new Map<string, Manifest>()
  for (const manifest of manifests) {
    const namespace = namespaceOf(manifest.document)
    if (!manifest.kind.namespaced || namespace === undefined || given.has(namespace) || made.has(namespace) || missing.has(namespace)) continue
    missing.set(namespace, manifest)
  }
  return missing
}

const podPath = ({ kind }: Manifest): Path => kind.kind === "Pod" ? ["spec"] : ["spec", "template", "spec"]

/** Service accounts that pods name and nobody made: the API server refuses such a pod (Kubernetes, admission plugin ServiceAccount). */
export const serviceAccountFindings = (manifests: ReadonlyArray<Manifest>): ReadonlyArray<Finding> => {
  const keyOf = (manifest: Manifest, name: string): string => `${namespaceOf(manifest.document) ?? "default"}/${name}`
  const made = new Set(manifests.flatMap((manifest) => manifest.kind.kind === "ServiceAccount" ? [keyOf(manifest, nameOf(manifest.document))] : []))
  return manifests.filter(({ kind }) => kind.stage === "pods").flatMap((manifest) => {
    const path = podPath(manifest)
    const name = textAt(objectAt(manifest.document, ...path.map(String)), "serviceAccountName") ?? "default"
    if (name === "default" || made.has(keyOf(manifest, name))) return []
    return [findingAt(
      manifest.source,
      [...path, "serviceAccountName"],
      `there is no ServiceAccount "${name}" among the manifests of namespace ${namespaceOf(manifest.document) ?? "default"}`,
      "add it: a pod without its service account is refused"
    )]
  })
}
