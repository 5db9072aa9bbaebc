import { betaOsLabel, fargateProfileLabel, osLabel, podEni } from "./Names.js"
import type { Container, Pod, PodSpec } from "./Pod.js"

/** Which of the webhook's cases a pod is (contract §4, in its order). */
export type PodKind = "hostNetwork" | "fargate" | "windows" | "linux"

export const kindOf = (
  labels: Readonly<Record<string, string>> | null | undefined,
  { hostNetwork, nodeSelector }: Pick<PodSpec, "hostNetwork" | "nodeSelector">
): PodKind => {
  if (hostNetwork === true) return "hostNetwork"
  if (labels?.[fargateProfileLabel] !== undefined) return "fargate"
  return nodeSelector?.[osLabel] === "windows" || nodeSelector?.[betaOsLabel] === "windows" ? "windows" : "linux"
}

const amount = (values: Readonly<Record<string, string>> | null | undefined): string => values?.[podEni] ?? "0"

/** Whether a container asks for a branch interface. */
export const asksForBranch = ({ resources }: Pick<Container, "resources">): boolean =>
  amount(resources?.limits) !== "0" || amount(resources?.requests) !== "0"

/** Whether any container of a pod asks for a branch interface. The CNI plugin scans only the first (contract §5). */
export const wantsBranch = ({ spec }: Pick<Pod, "spec">): boolean => spec.containers.some(asksForBranch)

/** Whether a pod's life is over: its branch is released. A `deletionTimestamp` alone is not the end (contract §1.8). */
export const isTerminal = ({ status }: Pick<Pod, "status">): boolean =>
  status?.phase === "Succeeded" || status?.phase === "Failed"
