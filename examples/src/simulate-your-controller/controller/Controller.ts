import { publishedLimits, trunkLimitsOf } from "@branchline/core/limits/Limits"
import { InstanceId, type SecurityGroupId } from "@branchline/core/model/Ids"
import { hasTrunkAttachedLabel, podEni } from "@branchline/core/model/Names"
import { instanceIdOf, type Node } from "@branchline/core/model/Node"
import type { Pod } from "@branchline/core/model/Pod"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { nodes, pods } from "@branchline/core/model/Resource"
import { Ec2, type Instance, type NetworkInterface } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect, Result, Schema } from "effect"
import { quietly } from "./Attempt.js"
import { announcedTo, serve } from "./Branch.js"
import type { Habits } from "./Habits.js"
import { instanceOf, ours, trunkOf, vlanOf } from "./Names.js"
import { clearAfter, makeRelease } from "./Release.js"
import { trunkFor } from "./Trunk.js"

/** Between two rounds. What a process that was killed had sent has arrived by then, so the first round waits for it, too. */
const pause = "4 seconds"

const isInstanceId = Schema.is(InstanceId)

/** A pod that is to be served: its life goes on, and it was told of no branch, or of one that is not on this trunk: then an earlier instance had its node's name. */
const waits = (branches: ReadonlyArray<NetworkInterface>) => (pod: Pod): boolean => {
  const told = announcedTo(pod)
  return wantsBranch(pod) && !isTerminal(pod) && pod.metadata.deletionTimestamp == null && !branches.some(({ eniId }) => eniId === told?.eniId)
}

/** The node of that name, if it still is the instance's: a list may be old, a get is not. */
const stillOf = Effect.fnUntraced(function*({ instanceId }: Instance, name: string) {
  const node = yield* (yield* Kubernetes).get(nodes, { name })
  return instanceIdOf(node.spec?.providerID ?? "") === instanceId ? node : undefined
})

const tellCapacity = Effect.fnUntraced(function*({ metadata: { name, uid }, status }: Node, branches: number) {
  const capacity = { [podEni]: String(branches) }
  if (status?.capacity?.[podEni] === capacity[podEni]) return
  yield* (yield* Kubernetes).patch(nodes, { name }, { _tag: "merge", patch: { metadata: { uid }, status: { capacity } } }, { subresource: "status" })
})

/**
 * A small controller: stateless and level-triggered. Every few seconds it looks at pods, nodes and EC2, makes what is missing, and gives up what is no
 * more needed.
 */
export const makeController = Effect.fnUntraced(function*(habits: Habits, groupsOf: (pod: Pod) => ReadonlyArray<SecurityGroupId>) {
  const kubernetes = yield* Kubernetes
  const ec2 = yield* Ec2
  const releaseCooled = makeRelease(habits)

  const tend = Effect.fnUntraced(function*(name: string, instance: Instance, here: ReadonlyArray<Pod>, made: ReadonlyArray<NetworkInterface>) {
    const limits = trunkLimitsOf(publishedLimits, instance.instanceType)
    if (Result.isFailure(limits)) return
    const node = yield* stillOf(instance, name)
    const trunkId = node === undefined ? undefined : yield* trunkFor(instance, limits.success, made)
    if (node === undefined || trunkId === undefined) return
    yield* tellCapacity(node, limits.success.branches)
    const branches = made.filter((one) => trunkOf(one) === trunkId)
    // The node wires by what annotations say, those of an earlier instance among them.
    const place = { instance, trunkId, used: new Set(branches.map(vlanOf)), told: new Set(here.flatMap((pod) => announcedTo(pod)?.vlanId ?? [])) }
    // A branch that cools takes the place of one until it is gone.
    let room = limits.success.branches - branches.length
    for (const pod of here.filter(waits(branches))) {
      const found = made.find((one) => habits.isFor(one, pod, trunkId))
      const groups = groupsOf(pod)
      if (groups.length === 0 || (found === undefined && room-- <= 0)) continue
      yield* quietly(`branch of ${pod.metadata.name}`, serve(place, pod, groups, found))
    }
  })

  /** Pods are read before nodes, so that a pod's node is the instance that it was bound to or a later one, on which nobody promised it anything. */
  const round = Effect.gen(function*() {
    const all = (yield* kubernetes.list(pods)).items
    const asking = (yield* kubernetes.list(nodes)).items.filter(({ metadata }) => Object.hasOwn(metadata.labels ?? {}, hasTrunkAttachedLabel))
    const made = yield* ec2.describeInterfaces({ tags: ours })
    const idOf = ({ spec }: Node) => instanceIdOf(spec?.providerID ?? "")
    const ids = new Set([...asking.map(idOf), ...made.map(instanceOf)])
    const instances = new Map((yield* ec2.describeInstances([...ids].filter(isInstanceId))).map((one) => [String(one.instanceId), one]))
    const isGone = (one: NetworkInterface) => (instances.get(instanceOf(one))?.state ?? "terminated") === "terminated"

    yield* Effect.forEach(asking, (node) => {
      const { name } = node.metadata
      const instance = instances.get(idOf(node) ?? "")
      return instance?.state !== "running" ? Effect.void : quietly(name, tend(name, instance, all.filter((pod) => pod.spec.nodeName === name), made))
    }, { concurrency: "unbounded", discard: true })
    yield* releaseCooled(made.filter((one) => one.type !== "trunk" && !isGone(one)), new Set(all.filter((pod) => !isTerminal(pod)).map(({ metadata }) => metadata.uid)))
    yield* clearAfter(made.filter(isGone))
  })

  return yield* Effect.forever(Effect.andThen(Effect.sleep(pause), quietly("round", round)))
})
