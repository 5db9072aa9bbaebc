/**
 * `@branchline/core`: security groups for Kubernetes pods on EC2 branch interfaces, as pieces.
 *
 * Each export is one module, which can be imported by itself too: `@branchline/core/allocation/TrunkMachine`.
 */

export * as BranchAnnotation from "./model/BranchAnnotation.js"
export * as Ids from "./model/Ids.js"
export * as Names from "./model/Names.js"
export * as Resource from "./model/Resource.js"

export * as InstanceLimits from "./limits/InstanceLimits.js"
export * as Limits from "./limits/Limits.js"
export * as LimitsOverlay from "./limits/Overlay.js"

export * as LabelSelector from "./selection/LabelSelector.js"
export * as Policy from "./selection/Policy.js"
export * as PolicyIndex from "./selection/PolicyIndex.js"
export * as Selection from "./selection/Selection.js"

export * as AllocationSettings from "./allocation/AllocationSettings.js"
export * as Capacity from "./allocation/Capacity.js"
export * as Claim from "./allocation/Claim.js"
export * as Command from "./allocation/Command.js"
export * as Trunk from "./allocation/Trunk.js"
export * as TrunkMachine from "./allocation/TrunkMachine.js"
export * as VlanSpace from "./allocation/VlanSpace.js"

export * as CNINodePatch from "./patch/CNINodePatch.js"
export * as JsonPatch from "./patch/JsonPatch.js"
export * as MergePatch from "./patch/MergePatch.js"
export * as NodePatch from "./patch/NodePatch.js"
export * as PodPatch from "./patch/PodPatch.js"

export * as Admission from "./admission/Admission.js"
export * as AdmissionFacts from "./admission/Facts.js"
export * as Webhook from "./admission/Webhook.js"

export * as Ec2 from "./ports/Ec2.js"
export * as Ec2Error from "./ports/Ec2Error.js"
export * as Kubernetes from "./ports/Kubernetes.js"
export * as KubernetesError from "./ports/KubernetesError.js"
export * as MayLeave from "./ports/MayLeave.js"
export * as Priority from "./ports/Priority.js"

export * as Election from "./leadership/Election.js"
export * as ElectionSettings from "./leadership/ElectionSettings.js"
export * as Fence from "./leadership/Fence.js"

export * as Admitting from "./controller/Admitting.js"
export * as Controller from "./controller/Controller.js"
export * as Notices from "./controller/Notices.js"
export * as Reflector from "./controller/Reflector.js"
export * as Settings from "./controller/Settings.js"
export * as WorkQueue from "./controller/WorkQueue.js"
