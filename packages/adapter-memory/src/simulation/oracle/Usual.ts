import type { InstanceId } from "@branchline/core/model/Ids"
import type { Cluster } from "../../Cluster.js"
import { nodesUnharmed, ownOnly, withinLimits } from "./Account.js"
import { annotated, exclusive, untouched } from "./Branches.js"
import { rightGroups } from "./Groups.js"
import { finalizerLast } from "./Finalizer.js"
import { wiresKept } from "./Handover.js"
import { patient, toldOnce } from "./Manners.js"
import { notWithdrawn } from "./Offered.js"
import { prompt } from "./Prompt.js"
import { settled } from "./Settled.js"
import { noFalseAlarm, releasesTold, strandedTold, toldGroups, truthfulLoss, waitersTold } from "./Told.js"
import { unasked } from "./Unasked.js"
import { nothingTwice, refusedIdsRest, truthfulTags } from "./Tags.js"

/** What the usual rules have to know of the cluster and of the controller. */
export interface UsualOptions {
  readonly cluster: Cluster
  readonly clusterName: string
  /** Idle branches that a trunk may keep. */
  readonly idleCap: number
  /** EC2 goes on refusing ids that were freed: that they are asked for again is not held against anybody. */
  readonly idsCool: boolean
  /** EC2 shows what was done at once, and throttles nobody. */
  readonly showsAtOnce: boolean
  /** How far EC2's describes look back, milliseconds. */
  readonly lag: number
  /** The sweep comes by within a life: what only the sweep finds is found. */
  readonly sweeps: boolean
  /** Nodes of which nothing can be expected any more, by instance. */
  readonly excusedNodes: ReadonlySet<InstanceId>
}

/** How late a policy may be seen: a watch that fell silent is noticed after two and a half minutes, and longer where lists are stale, too. */
const policyPatience = 6 * 60_000

/** The rules that a controller of branch interfaces is held to, by name; each life has its own, because they remember. */
export const usualOracles = ({ cluster, clusterName, excusedNodes, idleCap, idsCool, lag, showsAtOnce, sweeps }: UsualOptions) => ({
  untouched: untouched(),
  annotated: annotated(),
  exclusive: exclusive(),
  ownOnly: ownOnly(clusterName),
  withinLimits: withinLimits(cluster, new Set(idsCool ? ["vlan-cooling"] : []), lag),
  nodesUnharmed: nodesUnharmed(cluster),
  rightGroups: rightGroups(policyPatience),
  truthfulTags: truthfulTags(),
  refusedIdsRest: refusedIdsRest(),
  nothingTwice: nothingTwice(),
  patient: patient(),
  toldOnce: toldOnce(),
  toldGroups: toldGroups(),
  waitersTold: waitersTold(),
  strandedTold: strandedTold(sweeps),
  releasesTold: releasesTold(),
  unasked: unasked(),
  noFalseAlarm: noFalseAlarm(showsAtOnce),
  truthfulLoss: truthfulLoss(),
  finalizerLast: finalizerLast(clusterName),
  wiresKept: wiresKept(cluster),
  notWithdrawn: notWithdrawn(excusedNodes),
  prompt: prompt(excusedNodes),
  settled: settled({ clusterName, idleCap, sweeps, excusedNodes })
})
export type UsualOracles = ReturnType<typeof usualOracles>
