import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import * as World from "@branchline/adapter-memory/World"
import type { Cluster } from "@branchline/adapter-memory/Cluster"
import type { InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { Effect, Exit, type Schema, type Scope } from "effect"
import { expect } from "vitest"
import { lookAtEc2, type Ec2Reads } from "../../src/cluster/Ec2Live.js"
import type { Ec2Side, SeenSecurityGroup } from "../../src/cluster/Ec2Seen.js"
import { lookAtCluster, lookOf } from "../../src/cluster/Live.js"
import type { Look } from "../../src/cluster/Look.js"
import { daemonSets, mutatingWebhooks, services, validatingWebhooks } from "../../src/cluster/Kinds.js"
import type { CouldNotLook } from "../../src/output/CouldNotLook.js"

/** The group that most worlds have. */
export const database = "sg-0000000000000000d"
export const region = "eu-west-1"

/** The kinds that these commands read and the memory API server does not know by itself. */
const customResources = [daemonSets, mutatingWebhooks, validatingWebhooks, services].map(({ group, kind, namespaced, plural, version }) => ({ group, version, kind, plural, namespaced }))

/** The node agent as EKS runs it, with these settings. */
export const awsNode = (env: Readonly<Record<string, string>> = { ENABLE_POD_ENI: "true" }): Schema.JsonObject => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "aws-node", namespace: "kube-system" },
  spec: { template: { spec: { containers: [{ name: "aws-node", image: "amazon-k8s-cni:v1.19.0", env: Object.entries(env).map(([name, value]) => ({ name, value })) }] } } }
})

/** The webhook's configuration as upstream registers it. */
export const mutatingConfiguration: Schema.JsonObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "vpc-resource-mutating-webhook" },
  webhooks: [{ name: "mpod.vpc.k8s.aws", failurePolicy: "Ignore", reinvocationPolicy: "IfNeeded", timeoutSeconds: 10, clientConfig: { url: "https://127.0.0.1:23443/mutate-v1-pod" } }]
}

/** A world whose cluster has what these commands read. */
export const makeWorld = Effect.fnUntraced(function*(options: World.WorldOptions & { readonly agent?: Readonly<Record<string, string>> } = {}) {
  const { agent, ...rest } = options
  const world = yield* World.make({
    securityGroups: [database],
    ...rest,
    kubernetes: { ...rest.kubernetes, customResources: [...customResources, ...rest.kubernetes?.customResources ?? []] }
  })
  yield* world.apply(awsNode(agent)).pipe(Effect.orDie)
  yield* world.apply(mutatingConfiguration).pipe(Effect.orDie)
  return world
})

/** EC2's describes of a world; groups are told by the test, for the memory EC2 lists none. */
export const ec2Reads = (cluster: Cluster, groups: ReadonlyArray<SeenSecurityGroup>): Ec2Reads => {
  const { describeInstances, describeInterfaces, describeSubnets } = cluster.ec2.port
  return {
    describeInstances,
    describeInterfaces,
    describeSubnets,
    describeSecurityGroups: (ids) => Effect.succeed(groups.filter(({ groupId }) => ids.includes(groupId)))
  }
}

export const group = (groupId: string, vpcId: string): SeenSecurityGroup => ({ groupId: groupId as SecurityGroupId, name: groupId, vpcId, ingress: [], egress: [] })

/** How a world is looked at. */
export interface Looking {
  /** With EC2; these groups are there in the cluster's VPC besides the instances' own. */
  readonly aws?: boolean
  readonly groups?: ReadonlyArray<SeenSecurityGroup>
  readonly namespace?: string
}

const off: Ec2Side = { unknown: "EC2 was not looked at: say --aws", why: "not looked" }

/** One look at a world, as `branchline` looks at a cluster. */
export const lookAt = Effect.fnUntraced(function*(cluster: Cluster, { aws = false, groups, namespace = "default" }: Looking = {}): Effect.fn.Return<Look, CouldNotLook> {
  const found = yield* lookAtCluster(cluster.kubernetes.portFor("kubernetes-admin"), { namespace })
  const { instances } = yield* cluster.ec2.control.snapshot
  const own = instances.flatMap((instance) => instance.groups.map((groupId) => group(groupId, instance.vpcId)))
  const known = groups ?? [group(database, instances[0]?.vpcId ?? "")]
  const ec2 = aws ? yield* lookAtEc2(ec2Reads(cluster, [...own, ...known]), found, { region }) : off
  return yield* lookOf(found, ec2, { namespace, server: "https://cluster.example:443" })
})

/** Plays a story in simulated time and answers what it comes to; the same each time. */
export const played = <A, E>(story: Effect.Effect<A, E, Scope.Scope>): A => {
  const run = simulate(story, { seed: 1 })
  return Exit.isSuccess(run.exit) ? run.exit.value : expect.fail(String(run.exit.cause))
}

export const instanceOf = (node: { readonly instanceId: InstanceId }): InstanceId => node.instanceId
