import { Clock, Effect } from "effect"
import { record } from "../../simulation/Journal.js"

/** What must never be seen on a node (contract §5, §11). */
export type ViolationKind =
  /** Two pods of one node hold the same VLAN id at the same time. */
  | "vlan wired twice"
  /** A DEL for one pod took down the link of another. */
  | "link torn down by a late DEL"
  /** The annotation names an interface that EC2 does not have under that VLAN id on a trunk of this instance. */
  | "not associated"
  /** The VLAN id stands for one of the kernel's own routing tables. */
  | "kernel routing table"
  /** The branch was gone while the pod's containers still ran on it. */
  | "branch taken away"

/** One breach of a promise, as the node saw it. */
export interface Violation {
  readonly kind: ViolationKind
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly nodeName: string
  readonly podUid: string
  readonly message: string
}

/** The breaches that all nodes of a cluster have seen. */
export interface Violations {
  /** Oldest first. */
  readonly all: ReadonlyArray<Violation>
  readonly add: (violation: Omit<Violation, "at">) => Effect.Effect<void>
}

/** An empty list. */
export const make = (): Violations => {
  const all: Array<Violation> = []
  return {
    all,
    add: Effect.fnUntraced(function*(violation) {
      all.push({ ...violation, at: yield* Clock.currentTimeMillis })
      yield* record(`VIOLATION on ${violation.nodeName}: ${violation.kind}: ${violation.message}`)
    })
  }
}
