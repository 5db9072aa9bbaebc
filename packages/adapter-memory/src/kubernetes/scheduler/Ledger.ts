import type { Amounts, SchedulableNode, SchedulablePod } from "./Schedulable.js"
import { refusalOf, type Refusal, unschedulableMessage } from "./Fit.js"

interface Placement {
  readonly node: string
  readonly requests: Amounts
  /** The binding was sent, and its outcome is not known yet. */
  readonly assumed: boolean
}

interface Load {
  pods: number
  readonly used: Map<string, number>
}

const nothing: Amounts = new Map()

/** Where a pod can go, or what is said of it when it can go nowhere. */
export type Choice =
  | { readonly _tag: "Node"; readonly name: string }
  | { readonly _tag: "None"; readonly message: string }

/** Who holds what on which node: what is bound, and what was just sent to be bound. */
export interface Ledger {
  readonly setNode: (node: SchedulableNode) => void
  readonly dropNode: (name: string) => void
  /** Notes a pod on a node before its binding is answered. */
  readonly assume: (uid: string, node: string, requests: Amounts) => void
  /** Takes {@link assume} back, unless the pod was seen bound meanwhile; answers whether it did. */
  readonly unassume: (uid: string) => boolean
  /** Notes a bound pod; it replaces an earlier note of the same pod. */
  readonly place: (uid: string, node: string, requests: Amounts) => void
  /** Forgets a pod; answers whether it held something. */
  readonly release: (uid: string) => boolean
  /** Whether the pod is noted on a node. */
  readonly holds: (uid: string) => boolean
  /** The node with the fewest pods among those that take the pod, the first by name among equals. */
  readonly choose: (pod: SchedulablePod, requests: Amounts) => Choice
}

export const make = (): Ledger => {
  const nodes = new Map<string, SchedulableNode>()
  const placements = new Map<string, Placement>()
  const loads = new Map<string, Load>()

  const count = ({ node, requests }: Placement, sign: 1 | -1): void => {
    const load = loads.get(node) ?? { pods: 0, used: new Map() }
    loads.set(node, load)
    load.pods += sign
    for (const [name, amount] of requests) load.used.set(name, (load.used.get(name) ?? 0) + sign * amount)
  }

  const release = (uid: string): boolean => {
    const placement = placements.get(uid)
    if (placement === undefined) return false
    placements.delete(uid)
    count(placement, -1)
    return true
  }

  const note = (uid: string, placement: Placement): void => {
    release(uid)
    placements.set(uid, placement)
    count(placement, 1)
  }

  return {
    setNode: (node) => void nodes.set(node.metadata.name, node),
    dropNode: (name) => void nodes.delete(name),
    assume: (uid, node, requests) => note(uid, { node, requests, assumed: true }),
    unassume: (uid) => placements.get(uid)?.assumed === true && release(uid),
    place: (uid, node, requests) => note(uid, { node, requests, assumed: false }),
    release,
    holds: (uid) => placements.has(uid),
    choose: (pod, requests) => {
      const refusals: Array<Refusal> = []
      let best: { readonly name: string; readonly pods: number } | undefined
      for (const [name, node] of nodes) {
        const load = loads.get(name)
        const refusal = refusalOf(pod, requests, node, load?.used ?? nothing)
        if (refusal !== undefined) {
          refusals.push(refusal)
          continue
        }
        const pods = load?.pods ?? 0
        if (best === undefined || pods < best.pods || (pods === best.pods && name < best.name)) best = { name, pods }
      }
      return best === undefined
        ? { _tag: "None", message: unschedulableMessage(refusals) }
        : { _tag: "Node", name: best.name }
    }
  }
}
