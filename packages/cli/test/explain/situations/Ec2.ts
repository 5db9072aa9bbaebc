import * as Controller from "@branchline/core/controller/Controller"
import { annotationOf } from "@branchline/core/controller/Ledger"
import { defaults } from "@branchline/core/controller/Settings"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect, Result } from "effect"
import * as Documents from "../../support/Documents.js"
import { database, group, makeWorld } from "../../support/Live.js"
import { pod, policy, type Situation, status } from "./Situation.js"
import { aWhile, policyFirst, withAws, withoutAws } from "./Steps.js"

const considerations = "Considerations"
const usage = "Use a security group policy for a Pod"
const quotas = "Quotas"
const setUp = "Configure the VPC CNI plugin"

const sixGroups = Array.from({ length: 6 }, (_, index) => `sg-0000000000000000${index + 1}`)

const one = (options: Parameters<typeof makeWorld>[0], before: (world: Effect.Success<ReturnType<typeof makeWorld>>) => Effect.Effect<unknown, unknown> = () => Effect.void) =>
  Effect.gen(function*() {
    const world = yield* makeWorld(options)
    yield* policyFirst(world)
    yield* before(world)
    yield* world.apply(Documents.pod("web-1"))
    yield* aWhile
    return world
  })

const groupDeleted = one({}, (world) => world.ec2.control.removeSecurityGroup(database as SecurityGroupId))

/** EC2 or the API server refuses, or has another thing than was promised. */
export const ec2: ReadonlyArray<Situation> = [
  {
    title: "A group of the policy was deleted",
    guide: usage,
    build: Effect.flatMap(groupDeleted, (world) => withAws(world, { groups: [] })),
    question: pod("web-1"),
    cause: "GroupsUnusable",
    names: /sg-0000000000000000d does not exist/,
    next: /mend the group ids of policy db/
  },
  {
    title: "A group of the policy was deleted, seen without AWS",
    guide: usage,
    build: Effect.flatMap(groupDeleted, (world) => withoutAws(world)),
    question: pod("web-1"),
    cause: "AllocationFails",
    names: /InvalidGroup\.NotFound.*sg-0000000000000000d/,
    next: /mend the group ids of policy db/
  },
  {
    title: "A group of the policy was deleted: the policy",
    guide: usage,
    build: Effect.flatMap(groupDeleted, (world) => withAws(world, { groups: [] })),
    question: policy("db"),
    cause: "GroupsUnusable",
    names: /sg-0000000000000000d does not exist/,
    next: /a group of the cluster's own VPC/
  },
  {
    title: "A group of the policy is of another VPC",
    guide: usage,
    build: Effect.gen(function*() {
      const world = yield* makeWorld({ securityGroups: [] })
      yield* world.ec2.control.addSubnet({ cidr: "10.7.0.0/24", vpcId: "vpc-0000000000000000f" })
      yield* world.ec2.control.addSecurityGroup({ groupId: database as SecurityGroupId, vpcId: "vpc-0000000000000000f" })
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withAws(world, { groups: [group(database, "vpc-0000000000000000f")] })
    }),
    question: pod("web-1"),
    cause: "GroupsUnusable",
    names: /sg-0000000000000000d is of another VPC/,
    next: /cluster's own VPC/
  },
  {
    title: "Six groups: more than the quota allows on an interface",
    guide: quotas,
    build: Effect.gen(function*() {
      const world = yield* makeWorld({ securityGroups: sixGroups })
      yield* policyFirst(world, sixGroups)
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "AllocationFails",
    names: /SecurityGroupsPerInterfaceLimitExceeded/,
    next: /fewer groups in .*or have the quota/
  },
  {
    title: "Two policies together give more groups than the quota allows",
    guide: quotas,
    build: Effect.gen(function*() {
      const world = yield* makeWorld({ securityGroups: sixGroups })
      yield* world.apply(Documents.policy("db", sixGroups.slice(0, 3)))
      yield* world.apply(Documents.policy("web", sixGroups.slice(3)))
      yield* aWhile
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: policy("db"),
    cause: "UnionOverQuota",
    names: /web-1 would have 6 security groups on one interface, the quota is 5/,
    next: /fewer groups in the policies together/
  },
  {
    title: "The subnet has no free address",
    guide: considerations,
    build: Effect.flatMap(one({}, (world) => world.ec2.control.setFreeAddresses(world.subnets[0]!.subnetId, 0)), (world) => withAws(world)),
    question: pod("web-1"),
    cause: "AllocationFails",
    names: /InsufficientFreeAddressesInSubnet/,
    next: /free addresses in subnet-/
  },
  {
    title: "The subnet has no free address, and the controller has not said so",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.crash
      yield* world.ec2.control.setFreeAddresses(world.subnets[0]!.subnetId, 0)
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withAws(world)
    }),
    question: pod("web-1"),
    cause: "SubnetEmpty",
    names: /has none free/,
    next: /another subnet through an ENIConfig/
  },
  {
    title: "IAM denies the branch interface",
    guide: setUp,
    build: Effect.flatMap(
      one({}, (world) => world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "before", reason: { _tag: "Unauthorized" } })),
      (world) => withoutAws(world)
    ),
    question: pod("web-1"),
    cause: "AllocationFails",
    names: /UnauthorizedOperation/,
    next: /AmazonEKSVPCResourceController to the cluster's IAM role/
  },
  {
    title: "IAM denies the association with the trunk",
    guide: setUp,
    build: Effect.flatMap(
      one({}, (world) => world.faults.add({ on: { port: "ec2", operation: "associateBranch" }, when: "before", reason: { _tag: "Unauthorized" } })),
      (world) => withAws(world)
    ),
    question: pod("web-1"),
    cause: "AllocationFails",
    names: /its branch is being associated with the trunk, but that fails: AssociateTrunkInterface: UnauthorizedOperation/,
    next: /AmazonEKSVPCResourceController/
  },
  {
    title: "The annotation may not be written",
    guide: setUp,
    build: Effect.flatMap(
      one({}, (world) => world.faults.add({ on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, when: "before", reason: { _tag: "Forbidden" } })),
      (world) => withoutAws(world)
    ),
    question: pod("web-1"),
    cause: "AnnouncementFails",
    names: /the annotation cannot be written/,
    next: /may patch pods/
  },
  {
    title: "No controller works: nobody has taken the pod up",
    guide: setUp,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.crash
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withAws(world)
    }),
    question: pod("web-1"),
    cause: "NotPickedUp",
    names: /has not taken it up/,
    next: /kube-system\/cp-vpc-resource-controller/
  },
  {
    title: "Somebody deleted the pod's branch interface by hand",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("web-1"))
      const document = yield* world.waitForPhase("web-1", "Running")
      const found = Result.getOrThrow(podResource.decode(document))
      yield* world.crash
      yield* world.ec2.control.deleteInterfaceByHand(annotationOf(found)!.eniId)
      yield* aWhile
      return yield* withAws(world)
    }),
    question: pod("web-1"),
    cause: "BranchLost",
    names: /EC2 does not have eni-/,
    next: /delete the pod so that it is made again/
  },
  {
    title: "Two controllers work at once",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* Controller.make({ ...defaults, clusterName: "seed" }, { version: "another" }).pipe(Effect.provide(world.ports))
      yield* policyFirst(world)
      for (const name of ["web-1", "web-2", "web-3"]) yield* world.apply(Documents.pod(name))
      yield* Effect.sleep("3 seconds")
      return yield* withAws(world)
    }),
    question: status,
    cause: "TwoControllers",
    names: /two controllers work at once/,
    next: /let one of them run only/
  }
]
