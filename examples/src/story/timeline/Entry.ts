/** Who does something in a cluster. */
export type Actor =
  | "kubectl"
  | "API server"
  | "webhook"
  | "scheduler"
  | "workloads"
  | "controller"
  | "EC2"
  | "aws-node"
  | "kubelet"
  | "CNI"

/** One thing that happened. */
export interface Entry {
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly actor: Actor
  readonly text: string
  /** `look`: nothing changed, somebody only asked. */
  readonly tone: "normal" | "good" | "warning" | "look"
}
