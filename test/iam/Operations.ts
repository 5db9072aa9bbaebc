import type * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import type { RemoteControl } from "@branchline/adapter-memory/ec2-control"
import { AssociationId, EniId, type InstanceId, type SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import { clusterTag, instanceIdTag, ownerTag, trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"

/** An account to try operations in, by whoever the policy is for; the world is made by its control, which no policy holds back. */
export interface Trial {
  readonly port: AwsEc2.AwsEc2Service["port"]
  readonly control: RemoteControl
  readonly subnetId: string
  readonly group: SecurityGroupId
}

/** The tags of a controller's interfaces. */
export const tagsOf = (instanceId: string, cluster = "seed", owner = "eks-vpc-resource-controller") => ({
  [ownerTag]: owner,
  [clusterTag(cluster)]: "owned",
  [instanceIdTag]: instanceId
})

let count = 0
const token = (): string => `try-${++count}`

/** An instance; a trunk of the cluster's, attached or not; a branch of it, associated or not. */
interface Scene {
  readonly instanceId: InstanceId
  readonly trunkId: EniId
  readonly branchId: EniId
}

type Whose = { readonly cluster?: string; readonly owner?: string }

const scene = (trial: Trial, { attached = true, under }: { readonly attached?: boolean; readonly under?: number } = {}, whose: Whose = {}) =>
  Effect.gen(function*() {
    const { control, subnetId } = trial
    const { instanceId } = yield* control.launchInstance({ type: "m5.large", subnetId })
    const tags = tagsOf(instanceId, whose.cluster, whose.owner)
    const { eniId: trunkId } = yield* control.createForeignInterface({ subnetId, type: "trunk", tags, ...(attached ? { attachTo: { instanceId, deviceIndex: 2 } } : {}) })
    const { eniId: branchId } = yield* control.createForeignInterface({
      subnetId,
      tags: { ...tags, [vlanIdTag]: String(under ?? 1), [trunkEniIdTag]: trunkId },
      ...(under === undefined ? {} : { under: { trunkId, vlanId: VlanId.make(under) } })
    })
    return { instanceId, trunkId, branchId } satisfies Scene
  }).pipe(Effect.orDie)

/** While no policy is in force. */
const permitted = (trial: Trial, what: "trunkId" | "branchId", made: Effect.Effect<Scene>) =>
  Effect.tap(made, (scene) => Effect.orDie(trial.port.permitAttachment(scene[what])))

const associationOf = ({ control }: Trial, branchId: EniId) =>
  Effect.map(Effect.orDie(control.snapshot), ({ associations }) => associations.find((one) => one.branchId === branchId)?.associationId ?? AssociationId.make("trunk-assoc-0000000000000000"))

const attachmentOf = ({ control }: Trial, trunkId: EniId) =>
  Effect.map(Effect.orDie(control.snapshot), ({ instances }) =>
    instances.flatMap(({ attachments }) => attachments).find(({ eniId }) => eniId === trunkId)?.attachmentId ?? "")

type Try = (trial: Trial, whose?: Whose) => Effect.Effect<Effect.Effect<unknown, Ec2Error>>

const create = (method: "createTrunk" | "createBranch"): Try => (trial, whose = {}) =>
  Effect.map(scene(trial), ({ instanceId }) =>
    trial.port[method]({ subnetId: trial.subnetId, groups: [trial.group], description: "", tags: tagsOf(instanceId, whose.cluster, whose.owner), clientToken: token() }))

/** Each operation of the table: its world is made first, and what it answers is the call itself. */
export const tries: Readonly<Record<string, Try>> = {
  describeInstances: ({ port }) => Effect.succeed(port.describeInstances(["i-0ffffffffffffffff" as InstanceId])),
  describeInterfaces: ({ port }) => Effect.succeed(port.describeInterfaces({ eniIds: [EniId.make("eni-0ffffffffffffffff")] })),
  describeSubnets: ({ port, subnetId }) => Effect.succeed(port.describeSubnets([subnetId])),
  createTrunk: create("createTrunk"),
  createBranch: create("createBranch"),
  permitAttachment: (trial, whose) => Effect.map(scene(trial, {}, whose), ({ branchId }) => trial.port.permitAttachment(branchId)),
  attachTrunk: (trial, whose) =>
    Effect.map(permitted(trial, "trunkId", scene(trial, { attached: false }, whose)), ({ instanceId, trunkId }) => trial.port.attachTrunk({ instanceId, trunkId, deviceIndex: 2 })),
  deleteOnTermination: (trial, whose) =>
    Effect.flatMap(scene(trial, {}, whose), ({ trunkId }) => Effect.map(attachmentOf(trial, trunkId), (attachmentId) => trial.port.deleteOnTermination(trunkId, attachmentId))),
  associateBranch: (trial, whose) =>
    Effect.map(permitted(trial, "branchId", scene(trial, {}, whose)), ({ branchId, trunkId }) => trial.port.associateBranch({ branchId, trunkId, vlanId: VlanId.make(1), clientToken: token() })),
  disassociateBranch: (trial, whose) =>
    Effect.flatMap(scene(trial, { under: 1 }, whose), ({ branchId }) =>
      Effect.map(associationOf(trial, branchId), (associationId) => trial.port.disassociateBranch({ associationId, clientToken: token() }))),
  deleteInterface: (trial, whose) => Effect.map(scene(trial, {}, whose), ({ branchId }) => trial.port.deleteInterface(branchId)),
  "deleteInterface of the CNI plugin's": (trial, whose = {}) =>
    Effect.map(scene(trial, {}, { owner: "amazon-vpc-cni", ...whose }), ({ branchId }) => trial.port.deleteInterface(branchId)),
  setGroups: (trial, whose) => Effect.map(scene(trial, {}, whose), ({ branchId }) => trial.port.setGroups(branchId, [trial.group])),
  tagInterface: (trial, whose) => Effect.map(scene(trial, {}, whose), ({ branchId, trunkId }) => trial.port.tagInterface(branchId, { [vlanIdTag]: "7", [trunkEniIdTag]: trunkId }))
}
