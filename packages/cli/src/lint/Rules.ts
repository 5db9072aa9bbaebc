import type { Rule } from "./Rule.js"
import { annotationByHand } from "./rules/AnnotationByHand.js"
import { autoModeSelected } from "./rules/AutoModeSelected.js"
import { clusterRoleWithoutPolicy } from "./rules/ClusterRoleWithoutPolicy.js"
import { cniTooOld } from "./rules/CniTooOld.js"
import { cooldownSetting } from "./rules/CooldownSetting.js"
import { disableUnknownRule, disableUnused } from "./rules/Disables.js"
import { dnsClosed } from "./rules/DnsClosed.js"
import { eniConfigAbsent } from "./rules/EniConfigAbsent.js"
import { fargateSelected } from "./rules/FargateSelected.js"
import { gracePeriodZero } from "./rules/GracePeriodZero.js"
import { groupAbsent } from "./rules/GroupAbsent.js"
import { groupIdMalformed } from "./rules/GroupIdMalformed.js"
import { groupIdRepeated } from "./rules/GroupIdRepeated.js"
import { groupInOtherVpc } from "./rules/GroupInOtherVpc.js"
import { groupsOverMaximum } from "./rules/GroupsOverMaximum.js"
import { groupsOverQuota } from "./rules/GroupsOverQuota.js"
import { hostNetworkSelected } from "./rules/HostNetworkSelected.js"
import { instanceTypeUnknown } from "./rules/InstanceTypeUnknown.js"
import { instanceTypeWithoutTrunk } from "./rules/InstanceTypeWithoutTrunk.js"
import { manifestShape } from "./rules/ManifestShape.js"
import { networkPolicyStrict } from "./rules/NetworkPolicyStrict.js"
import { nodeLocalDnsStrict } from "./rules/NodeLocalDnsStrict.js"
import { nodesWithoutTrunk } from "./rules/NodesWithoutTrunk.js"
import { objectTwice } from "./rules/ObjectTwice.js"
import { podEniByHand } from "./rules/PodEniByHand.js"
import { podEniDisabled } from "./rules/PodEniDisabled.js"
import { podEniNotFirst } from "./rules/PodEniNotFirst.js"
import { podEniNotOnce } from "./rules/PodEniNotOnce.js"
import { podMissedByWebhook } from "./rules/PodMissedByWebhook.js"
import { policiesOverlap } from "./rules/PoliciesOverlap.js"
import { policyApiVersion } from "./rules/PolicyApiVersion.js"
import { policyFieldUnknown } from "./rules/PolicyFieldUnknown.js"
import { policyWithoutGroups } from "./rules/PolicyWithoutGroups.js"
import { policyWithoutSelector } from "./rules/PolicyWithoutSelector.js"
import { probePortClosed } from "./rules/ProbePortClosed.js"
import { probesEarlyDemux } from "./rules/ProbesEarlyDemux.js"
import { publicSubnetStrict } from "./rules/PublicSubnetStrict.js"
import { selectorMalformed } from "./rules/SelectorMalformed.js"
import { selectorMatchesEverything } from "./rules/SelectorMatchesEverything.js"
import { selectorMatchesNothing } from "./rules/SelectorMatchesNothing.js"
import { selectorOnGeneratedLabel } from "./rules/SelectorOnGeneratedLabel.js"
import { serviceAccountAbsent } from "./rules/ServiceAccountAbsent.js"
import { snatUsesNodeGroups } from "./rules/SnatUsesNodeGroups.js"
import { trafficPolicyLocalStrict } from "./rules/TrafficPolicyLocalStrict.js"
import { trunkLabel } from "./rules/TrunkLabel.js"
import { unreadable } from "./rules/Unreadable.js"
import { windowsSelected } from "./rules/WindowsSelected.js"

/** All rules, in the order of the documentation: what is read, policies, groups, workloads, nodes, the CNI plugin, AWS, and the switches themselves. */
export const rules: ReadonlyArray<Rule> = [
  unreadable,
  manifestShape,
  objectTwice,
  policyApiVersion,
  policyFieldUnknown,
  policyWithoutSelector,
  policyWithoutGroups,
  selectorMalformed,
  selectorMatchesNothing,
  selectorMatchesEverything,
  selectorOnGeneratedLabel,
  serviceAccountAbsent,
  policiesOverlap,
  groupIdMalformed,
  groupIdRepeated,
  groupsOverQuota,
  groupsOverMaximum,
  groupAbsent,
  groupInOtherVpc,
  hostNetworkSelected,
  windowsSelected,
  fargateSelected,
  autoModeSelected,
  gracePeriodZero,
  podEniByHand,
  podEniNotOnce,
  podEniNotFirst,
  annotationByHand,
  podMissedByWebhook,
  instanceTypeWithoutTrunk,
  instanceTypeUnknown,
  nodesWithoutTrunk,
  trunkLabel,
  eniConfigAbsent,
  podEniDisabled,
  cniTooOld,
  cooldownSetting,
  probesEarlyDemux,
  probePortClosed,
  dnsClosed,
  nodeLocalDnsStrict,
  trafficPolicyLocalStrict,
  networkPolicyStrict,
  publicSubnetStrict,
  snatUsesNodeGroups,
  clusterRoleWithoutPolicy,
  disableUnknownRule,
  disableUnused
]

/** Where a rule is documented, from the top of Branchline's sources. */
export const documentationOf = (rule: string): string => `docs/cli/rules/${rule}.md`
