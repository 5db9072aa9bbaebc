import { cniNodes as cniNodeResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import * as Documents from "../../support/Documents.js"
import { makeWorld } from "../../support/Live.js"
import { node, pod, type Situation } from "./Situation.js"
import { aWhile, policyFirst, withAws, withoutAws } from "./Steps.js"

const considerations = "Considerations"
const setUp = "Configure the VPC CNI plugin"
const customNetworking = "Custom networking"

const oneWaits = (options: Parameters<typeof makeWorld>[0]) =>
  Effect.gen(function*() {
    const world = yield* makeWorld(options)
    yield* policyFirst(world)
    yield* world.apply(Documents.pod("web-1"))
    yield* aWhile
    return world
  })

/** All device indexes of a new node are taken before its agent can ask. */
const crowded = Effect.gen(function*() {
  const world = yield* makeWorld({ nodes: 0 })
  const { instanceId } = yield* world.addNode({ asks: "never" })
  const { subnetId } = world.subnets[0]!
  for (const deviceIndex of [1, 2]) yield* world.ec2.control.createForeignInterface({ subnetId, attachTo: { instanceId, deviceIndex } })
  yield* policyFirst(world)
  yield* world.apply(Documents.pod("web-1"))
  yield* aWhile
  return world
})

/** A node can carry no branches, so that pods find none. */
export const nodes: ReadonlyArray<Situation> = [
  {
    title: "The instance type carries no trunk: the pod stays pending",
    guide: considerations,
    build: Effect.flatMap(oneWaits({ instanceType: "t3.medium" }), withoutAws),
    question: pod("web-1"),
    cause: "NoNodeOffers",
    names: /"t3\.medium" is not trunk-compatible/,
    next: /use a trunk-compatible instance type/
  },
  {
    title: "The instance type carries no trunk: the node",
    guide: considerations,
    build: Effect.flatMap(oneWaits({ instanceType: "t3.medium" }), withoutAws),
    question: node,
    cause: "InstanceUnsupported",
    names: /"t3\.medium" is not trunk-compatible/,
    next: /trunk-compatible/
  },
  {
    title: "The feature is off: ENABLE_POD_ENI is not true",
    guide: setUp,
    build: Effect.flatMap(oneWaits({ asks: "never", agent: { ENABLE_POD_ENI: "false" } }), withoutAws),
    question: pod("web-1"),
    cause: "NoNodeOffers",
    names: /aws-node runs without ENABLE_POD_ENI=true/,
    next: /kubectl set env daemonset aws-node -n kube-system ENABLE_POD_ENI=true/
  },
  {
    title: "No device index is free for a trunk: the pod stays pending",
    guide: setUp,
    build: Effect.flatMap(crowded, (world) => withAws(world)),
    question: pod("web-1"),
    cause: "NoNodeOffers",
    names: /a device index for the node's trunk: 3 of 3 are taken/,
    next: /WARM_ENI_TARGET/
  },
  {
    title: "The CNINode is missing, and no controller makes it",
    guide: setUp,
    build: Effect.gen(function*() {
      const world = yield* oneWaits({ asks: "never", agent: { ENABLE_POD_ENI: "true" } })
      yield* world.crash
      for (const name of world.nodes.keys()) {
        yield* world.admin.patch(cniNodeResource, { name }, { _tag: "merge", patch: { metadata: { finalizers: null } } })
        yield* world.admin.delete(cniNodeResource, { name })
      }
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: node,
    cause: "CNINodeAbsent",
    names: /there is none, so the node agent cannot ask for a trunk/,
    next: /the controller runs/
  },
  {
    title: "Custom networking names an ENIConfig that does not exist",
    guide: customNetworking,
    build: Effect.flatMap(oneWaits({ eniConfig: "eu-west-1a" }), withoutAws),
    question: pod("web-1"),
    cause: "NoNodeOffers",
    names: /the ENIConfig "eu-west-1a", which does not exist/,
    next: /create it, or name another/
  },
  {
    title: "IAM denies the trunk interface",
    guide: setUp,
    build: Effect.gen(function*() {
      const world = yield* makeWorld({ nodes: 0 })
      yield* world.faults.add({ on: { port: "ec2", operation: "createTrunk" }, when: "before", reason: { _tag: "Unauthorized" } })
      yield* world.addNode()
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "NoNodeOffers",
    names: /UnauthorizedOperation: Please verify the cluster IAM role has AmazonEKSVPCResourceController policy/,
    next: /mend what the message names/
  },
  {
    title: "The controller may not publish the node's capacity",
    guide: setUp,
    build: Effect.gen(function*() {
      const world = yield* makeWorld({ nodes: 0 })
      yield* world.faults.add({ on: { port: "kubernetes", operation: "patch", match: { plural: "nodes", subresource: "status" } }, when: "before", reason: { _tag: "Forbidden" } })
      yield* world.addNode()
      yield* aWhile
      return yield* withAws(world)
    }),
    question: node,
    cause: "CapacityNotPublished",
    names: /9 is due, the node says nothing/,
    next: /may patch nodes\/status/
  },
  {
    title: "A node of EKS Auto Mode",
    guide: considerations,
    build: Effect.flatMap(oneWaits({ labels: { "eks.amazonaws.com/compute-type": "auto" } }), withoutAws),
    question: pod("web-1"),
    cause: "NoNodeOffers",
    names: /EKS Auto Mode/,
    next: /not of EKS Auto Mode/
  }
]
