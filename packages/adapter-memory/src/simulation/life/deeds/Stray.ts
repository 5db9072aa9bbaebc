import {
  allocationTag,
  branchDescription,
  clusterTag,
  clusterTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  trunkEniIdTag,
  vlanIdTag
} from "@branchline/core/model/Names"
import type { EniId, SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import { serviceAccounts } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { labelsOf } from "../../../kubernetes/Document.js"
import type { ClusterNode } from "../../../cluster/NodeGroup.js"
import { burst, type Deed, mayFail, seconds, whileNobodyLooks } from "../Deed.js"
import { branchesOf, hangingUnder } from "../../oracle/Room.js"
import * as Manifests from "../Manifests.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** So long the pod stays for which it was made, seconds. */
const lives = 200

/** From which the ids are taken under which strays hang whose tags name none: no pod of a short life comes there. */
const firstFar = 140

const app = "strays"

/** The groups of the app's pods at this moment. */
const groupsNow = Effect.fnUntraced(function*({ cluster }: Stage) {
  const account = yield* Effect.orElseSucceed(cluster.admin.get(serviceAccounts, { namespace: "default", name: "default" }), () => undefined)
  const guarded = account !== undefined && labelsOf(account)["tier"] === "guarded"
  return [Manifests.groupAt(0), ...(guarded ? [Manifests.groupAt(5)] : [])] as ReadonlyArray<SecurityGroupId>
})

/** A pod that waits on the node, and asks for a branch although no webhook answers. */
const claimant = Effect.fnUntraced(function*(stage: Stage, nodeName: string, name: string) {
  const plain = Manifests.pinned(name, app, nodeName)
  yield* mayFail(stage.cluster.apply(Manifests.policy(app, [0])))
  yield* burst(stage, [Manifests.asking(plain)], lives)
  const pod = [...stage.court.book.living()].find((one) => one.name === `default/${name}`)
  return pod?.uid
})

const freeFrom = ({ ec2: { truth } }: Stage["cluster"], trunkId: EniId, wanted: number): VlanId => {
  const taken = new Set(hangingUnder(truth, trunkId).map((eniId) => truth.associationOf(eniId)?.vlanId))
  let vlanId = wanted
  while (taken.has(vlanId as VlanId)) vlanId += 1
  return vlanId as VlanId
}

/** Who makes one knows whether there is room: what is made for the trunk and not yet under it counts. */
const hasRoom = ({ cluster: { ec2: { truth } } }: Stage, { instanceId }: ClusterNode, trunkId: EniId): boolean => {
  const made = [...truth.interfaces()].filter(({ eniId, tags }) => tags[trunkEniIdTag] === trunkId || truth.associationOf(eniId)?.trunkId === trunkId)
  return made.length < branchesOf(truth.instanceOf(instanceId)?.instanceType ?? "")
}

const leave = Effect.fnUntraced(function*(stage: Stage, { instanceId, nodeName }: ClusterNode, trunkId: EniId, { claims, tag, under }: StepOf<"stray">, name: string) {
  const { cluster } = stage
  const pod = claims ? yield* claimant(stage, nodeName, name) : undefined
  const named = Number(tag)
  const isId = named === 121 || named === 150
  const vlanId = freeFrom(cluster, trunkId, isId ? named : firstFar)
  const { port } = cluster.ec2
  const spoilt = under && isId ? undefined : tag
  // As a controller makes one, token and all; what its tag says is spoilt afterwards.
  yield* mayFail(Effect.gen(function*() {
    const claim = `${pod ?? "nobody"}/1`
    const { eniId } = yield* port.createBranch({
      subnetId: cluster.subnets[0]?.subnetId ?? "",
      groups: yield* groupsNow(stage),
      description: branchDescription,
      tags: {
        [ownerTag]: ownerTagValue,
        [clusterTag(stage.clusterName)]: clusterTagValue,
        [instanceIdTag]: instanceId,
        [vlanIdTag]: String(vlanId),
        [trunkEniIdTag]: trunkId,
        ...(pod === undefined ? {} : { [allocationTag]: claim })
      },
      clientToken: pod === undefined ? `${name}/${claim}` : claim
    })
    stage.court.inherit(eniId)
    if (under) {
      yield* port.permitAttachment(eniId)
      yield* port.associateBranch({ branchId: eniId, trunkId, vlanId, clientToken: `${name}/association` })
    }
    if (spoilt !== undefined && spoilt !== String(vlanId)) yield* port.tagInterface(eniId, { [vlanIdTag]: spoilt })
  }))
})

/** Nobody looks, and what a controller before this one made is there when somebody does. */
export const stray = (step: StepOf<"stray">, stage: Stage): Deed =>
  Effect.suspend(() => {
    const found = stage.nodeAt(step.node)
    const trunkId = found === undefined ? undefined : stage.cluster.ec2.truth.trunkOf(found.instanceId)
    if (found === undefined || trunkId === undefined || stage.excusedNodes.has(found.instanceId) || !hasRoom(stage, found, trunkId)) return Effect.void
    stage.struck("stray")
    return whileNobodyLooks(stage, step.down, leave(stage, found, trunkId, step, `stray-${seconds(step.at)}`))
  })
