import type { Effect } from "effect"
import type { BranchKey } from "../allocation/Branch.js"
import type { LimitsTable } from "../limits/Limits.js"
import type { CNINode } from "../model/CNINode.js"
import type { ENIConfig } from "../model/ENIConfig.js"
import type { InstanceId } from "../model/Ids.js"
import type { Node } from "../model/Node.js"
import type { ServiceAccount } from "../model/ServiceAccount.js"
import type { Ec2 } from "../ports/Ec2.js"
import type { Kubernetes } from "../ports/Kubernetes.js"
import type { PolicyIndex } from "../selection/PolicyIndex.js"
import type { ConfigMapSettings } from "./ConfigMapSettings.js"
import type { Fleet } from "./Fleet.js"
import type { Ledger } from "./Ledger.js"
import type { NodeMemory } from "./NodeMemory.js"
import type { PodStore } from "./PodStore.js"
import type { Recorder } from "./Recorder.js"
import type { Cache } from "./Reflector.js"
import type { ControllerSettings } from "./Settings.js"
import type { SubnetGate } from "./SubnetGate.js"
import type { Subnets } from "./Subnets.js"
import type { Told } from "./Told.js"
import type { Request } from "./WorkQueue.js"

/** What a worker is given to do: one branch (by its pod or interface), one node, one instance whose node is gone, or the sweep. */
export type WorkKey = `branch/${BranchKey}` | `node/${string}` | `instance/${InstanceId}` | "sweep"

/** What the reconcilers share. */
export interface Parts {
  readonly kubernetes: Kubernetes["Service"]
  readonly ec2: Ec2["Service"]
  readonly settings: ControllerSettings
  readonly version: string
  readonly limits: LimitsTable
  readonly fleet: Fleet
  readonly pods: PodStore
  readonly nodes: Pick<Cache<Node>, "get" | "values">
  readonly cniNodes: Pick<Cache<CNINode>, "get" | "values">
  readonly eniConfigs: Pick<Cache<ENIConfig>, "get">
  readonly serviceAccounts: Pick<Cache<ServiceAccount>, "get">
  readonly policies: () => PolicyIndex
  readonly configMap: () => ConfigMapSettings
  readonly ledger: Ledger
  readonly subnets: Subnets
  readonly gate: SubnetGate
  readonly recorder: Recorder
  readonly told: Told
  readonly nodeMemory: NodeMemory
  readonly ask: (key: WorkKey, request: Request) => Effect.Effect<void>
}

/** The allocation settings in force: the ConfigMap's cooldown over the controller's own. */
export const allocationSettings = (parts: Pick<Parts, "settings" | "configMap">) => {
  const { cooldown } = parts.configMap()
  return cooldown === undefined ? parts.settings.allocation : { ...parts.settings.allocation, cooldown }
}
