import { Effect, Queue } from "effect"
import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { type EniId, VlanId } from "@branchline/core/model/Ids"
import { podEni, securityGroupsForPodsFeature } from "@branchline/core/model/Names"
import type { Pod } from "@branchline/core/model/Pod"
import { cniNodes, nodes, pods } from "@branchline/core/model/Resource"
import { instanceIdOf, type Node } from "@branchline/core/model/Node"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { follow } from "../../src/kubernetes/informer/Informer.js"

/** How the stub works, or fails to. */
export interface StubOptions {
  /** The VLAN id of the n-th branch (from 0) of a node. Default n + 1. */
  readonly vlanOf?: (index: number) => number
  /** How long a branch waits between the pod's end and its deletion. Default: branches are never deleted. */
  readonly deleteAfter?: number
}

/** The least that a controller does, without recovery, retry or cooldown: enough to see whether the world plays its part. */
export const run = Effect.fnUntraced(function*(options: StubOptions = {}) {
  const kubernetes = yield* Kubernetes
  const ec2 = yield* Ec2
  const scope = yield* Effect.scope
  const vlanOf = options.vlanOf ?? ((index: number) => index + 1)
  const trunks = new Map<string, { readonly trunkId: EniId; readonly subnetId: string; branches: number }>()
  const branches = new Map<string, EniId>()
  const events = yield* Queue.unbounded<Effect.Effect<void, unknown>>()

  const createCniNode = (node: Node) =>
    Effect.ignore(kubernetes.create(cniNodes, {
      apiVersion: "vpcresources.k8s.aws/v1alpha1",
      kind: "CNINode",
      metadata: {
        name: node.metadata.name,
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node.metadata.name, uid: node.metadata.uid, controller: true }]
      },
      spec: {}
    }))

  const initTrunk = Effect.fnUntraced(function*(nodeName: string) {
    const node = yield* kubernetes.get(nodes, { name: nodeName })
    const instanceId = instanceIdOf(node.spec?.providerID ?? "")
    if (instanceId === undefined) return
    const known = trunks.get(instanceId)
    if (known === undefined) {
      const [instance] = yield* ec2.describeInstances([instanceId])
      const subnetId = instance?.subnetId ?? ""
      const trunk = yield* ec2.createTrunk({ subnetId, groups: [], description: "", tags: {}, clientToken: `t-${instanceId}` })
      yield* ec2.permitAttachment(trunk.eniId)
      const attachment = yield* ec2.attachTrunk({ trunkId: trunk.eniId, instanceId, deviceIndex: 2 })
      yield* ec2.deleteOnTermination(trunk.eniId, attachment)
      trunks.set(instanceId, { trunkId: trunk.eniId, subnetId, branches: 0 })
    }
    const patch = { status: { capacity: { [podEni]: "9" } } }
    yield* kubernetes.patch(nodes, { name: nodeName }, { _tag: "merge", patch }, { subresource: "status" })
  })

  const allocate = Effect.fnUntraced(function*(pod: Pod) {
    const { name, namespace, uid } = pod.metadata
    const node = yield* kubernetes.get(nodes, { name: pod.spec.nodeName ?? "" })
    const trunk = trunks.get(instanceIdOf(node.spec?.providerID ?? "") ?? "")
    if (trunk === undefined || branches.has(uid)) return
    const vlanId = VlanId.make(vlanOf(trunk.branches++))
    const branch = yield* ec2.createBranch({ subnetId: trunk.subnetId, groups: [], description: "", tags: {}, clientToken: uid })
    branches.set(uid, branch.eniId)
    yield* ec2.permitAttachment(branch.eniId)
    const associationID = yield* ec2.associateBranch({ trunkId: trunk.trunkId, branchId: branch.eniId, vlanId, clientToken: `a-${uid}` })
    const text = writeBranchAnnotation({
      eniId: branch.eniId,
      ifAddress: branch.macAddress,
      privateIp: branch.privateIp,
      ipv6Addr: "",
      vlanId,
      subnetCidr: "192.168.0.0/19",
      subnetV6Cidr: "",
      associationID
    }, "eight")
    const patch = { metadata: { uid, annotations: { [podEni]: text } } }
    yield* kubernetes.patch(pods, { namespace, name }, { _tag: "merge", patch })
  })

  const release = Effect.fnUntraced(function*(uid: string) {
    const branch = branches.get(uid)
    if (branch === undefined || options.deleteAfter === undefined) return
    yield* Effect.sleep(options.deleteAfter)
    yield* ec2.deleteInterface(branch)
  })

  const wants = (pod: Pod): boolean => pod.spec.containers.some(({ resources }) => resources?.limits?.[podEni] !== undefined)
  const enqueue = (work: Effect.Effect<void, unknown>) => Effect.asVoid(Queue.offer(events, work))

  yield* Effect.forkIn(
    follow(kubernetes, nodes, {}, {
      upsert: (node, previous) => {
        const forgotten = previous !== undefined && Number(node.status?.capacity?.[podEni] ?? "0") === 0
        const again = forgotten && Number(previous.status?.capacity?.[podEni] ?? "0") > 0
        return enqueue(Effect.andThen(createCniNode(node), again ? initTrunk(node.metadata.name) : Effect.void))
      },
      remove: () => Effect.void
    }),
    scope
  )
  yield* Effect.forkIn(
    follow(kubernetes, cniNodes, {}, {
      upsert: ({ metadata, spec }) =>
        spec?.features?.some(({ name }) => name === securityGroupsForPodsFeature) === true ? enqueue(initTrunk(metadata.name)) : Effect.void,
      // The garbage collector takes a CNINode whose owner was another Node of that name.
      remove: ({ metadata: { name } }) => enqueue(Effect.flatMap(kubernetes.get(nodes, { name }), createCniNode))
    }),
    scope
  )
  yield* Effect.forkIn(
    follow(kubernetes, pods, {}, {
      upsert: (pod) => {
        const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed"
        if (ended) return Effect.asVoid(Effect.forkIn(Effect.ignore(release(pod.metadata.uid)), scope))
        return (pod.spec.nodeName ?? "") !== "" && wants(pod) ? enqueue(allocate(pod)) : Effect.void
      },
      remove: (pod) => Effect.asVoid(Effect.forkIn(Effect.ignore(release(pod.metadata.uid)), scope))
    }),
    scope
  )
  yield* Effect.forkIn(Effect.forever(Effect.flatMap(Queue.take(events), (work) => Effect.forkIn(Effect.ignore(work), scope))), scope)
})
