import { controllerIdentities, nodeAgentIdentity } from "@branchline/core/model/Names"
import type { Actor } from "./Entry.js"

/** Who is behind a user of the API. */
export const actorOf = (username: string): Actor => {
  if (controllerIdentities.includes(username)) return "controller"
  if (username === nodeAgentIdentity) return "aws-node"
  if (username === "system:kube-scheduler") return "scheduler"
  if (username.startsWith("system:node:")) return "kubelet"
  if (username === "system:kube-controller-manager") return "workloads"
  return username.startsWith("system:") ? "API server" : "kubectl"
}

/** Who is behind an event's component. */
export const actorOfComponent = (component: string): Actor => {
  switch (component) {
    case "default-scheduler":
      return "scheduler"
    case "vpc-resource-controller":
      return "controller"
    case "kubelet":
    case "aws-node":
      return component
    default:
      return "API server"
  }
}
