import { Context, Effect, Layer } from "effect"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { controllerIdentities } from "@branchline/core/model/Names"
import { Ec2, type Subnet } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import * as Inspection from "./cluster/Inspection.js"
import * as NodeGroup from "./cluster/NodeGroup.js"
import { type Admit, bystanders, type ControllerHandlers, controllerWebhooks, handlersOf } from "./cluster/Webhooks.js"
import * as Workloads from "./cluster/Workloads.js"
import { MemoryEc2 } from "./ec2/MemoryEc2.js"
import type { Ec2Options } from "./ec2/Settings.js"
import type { NewSubnet } from "./ec2/Subnets.js"
import { withEc2Faults } from "./faults/Ec2Faults.js"
import * as Faults from "./faults/Faults.js"
import { withKubernetesFaults } from "./faults/KubernetesFaults.js"
import type { Verbs } from "./kubernetes/ApiServer.js"
import * as Bell from "./kubernetes/Bell.js"
import type { Document } from "./kubernetes/Document.js"
import type { Timings } from "./kubernetes/kubelet/Timings.js"
import * as Violations from "./kubernetes/kubelet/Violations.js"
import * as MemoryKubernetes from "./kubernetes/MemoryKubernetes.js"
import type { Webhook } from "./kubernetes/Webhook.js"
import * as KubeScheduler from "./kubernetes/scheduler/KubeScheduler.js"

/** What a cluster is to be; everything has a default. */
export interface ClusterOptions extends NodeGroup.NodeOptions {
  /** Nodes there are at once. Default 1, of type `m5.large`. */
  readonly nodes?: number
  /** Nodes go into the first. Default one, `192.168.0.0/19` in `eu-west-1a`. */
  readonly subnets?: readonly [NewSubnet, ...ReadonlyArray<NewSubnet>]
  /** Security groups that EC2 knows besides the VPC's default one. */
  readonly securityGroups?: ReadonlyArray<string>
  readonly ec2?: Ec2Options
  readonly kubernetes?: MemoryKubernetes.Options
  /** How fast kubelets are. */
  readonly timings?: Timings
  readonly ipFamily?: "ipv4" | "ipv6"
  /** Whether scheduler and kubelets write their Events, which are half of all that is written. Default true; what the controller tells is written always. */
  readonly inhabitantEvents?: boolean
  /** The servers of the controller's webhooks, where they are there before the cluster; else see `serveWebhooks`. */
  readonly webhooks?: ControllerHandlers
  /** Whether the other webhooks of the seed's cluster are there too. Default false. */
  readonly bystanders?: boolean
}

/** A whole cluster in memory, under a test's command. */
export interface Cluster extends NodeGroup.NodeGroup, Inspection.Inspection {
  readonly kubernetes: MemoryKubernetes.MemoryKubernetes
  readonly ec2: MemoryEc2["Service"]
  readonly subnets: ReadonlyArray<Subnet>
  /** What the nodes saw that must never be; a test asserts that it is empty. */
  readonly violations: ReadonlyArray<Violations.Violation>
  /** Looks whether every wired pod still has its branch, and adds a violation for each that has not. */
  readonly inspectLinks: Effect.Effect<void>
  /** The API in the name of the cluster's administrator. */
  readonly admin: Verbs
  /** `kubectl apply` of one document, as the administrator. */
  readonly apply: (document: Document) => Effect.Effect<Document, KubernetesError>
  /** Registers the controller's three webhooks with their server, or gives them another one; one that fails stands for a server that is away. */
  readonly serveWebhooks: (admit: Admit) => Effect.Effect<void>
  /** Trouble on {@link ports}, at a test's command. */
  readonly faults: Faults.Faults
  /** Both ports, Kubernetes in the name of the controller, with the faults in the way. */
  readonly ports: Layer.Layer<Kubernetes | Ec2>
}

/** EKS names the user that made the cluster so, in the group that may do everything. */
const administrator = "kubernetes-admin"

const defaultSubnet: NewSubnet = { cidr: "192.168.0.0/19", zone: "eu-west-1a" }
const defaultZone = "us-west-2a"

/** The shared address space of RFC 6598, which EKS uses for pods beside the VPC's own addresses. */
const addressesBesideTheVpc = (): Effect.Effect<string> => {
  let next = 0
  return Effect.sync(() => {
    next++
    return `100.64.${(next >> 8) & 255}.${next & 255}`
  })
}

/**
 * Builds a cluster: API server, EC2 account, scheduler, workload controllers, and nodes with kubelet, CNI plugin and node agent. The
 * controller under test is not in it: give it `cluster.ports`. Everything stops with the scope. Fails where EC2 refuses the options (an
 * unknown instance type, a broken CIDR); not retryable.
 *
 * @example
 * const cluster = yield* Cluster.make({ nodes: 3, securityGroups: ["sg-079157a483bcb371f"] })
 * const controller = yield* Controller.make(settings).pipe(Effect.provide(cluster.ports))
 * yield* cluster.serveWebhooks(controller.admit)
 * yield* cluster.apply(pod)
 * yield* cluster.waitForPhase("aws-cli", "Running")
 */
export const make = Effect.fnUntraced(function*(options: ClusterOptions = {}) {
  const ec2 = yield* MemoryEc2.make(options.ec2 ?? {})
  const kubernetes = yield* MemoryKubernetes.make({
    ...options.kubernetes,
    customResources: [...Workloads.workloadKinds, ...options.kubernetes?.customResources ?? []]
  })
  const { nodes: count = 1, subnets: wanted = [defaultSubnet] as const, ...nodeDefaults } = options
  const first = yield* ec2.control.addSubnet(wanted[0])
  const others = yield* Effect.forEach(wanted.slice(1), ec2.control.addSubnet)
  const subnets = [first, ...others]
  const events = options.inhabitantEvents ?? true
  const zones = new Map(subnets.map(({ subnetId }, index) => [subnetId, wanted[index]?.zone ?? defaultZone]))
  for (const groupId of options.securityGroups ?? []) yield* ec2.control.addSecurityGroup({ groupId: groupId as SecurityGroupId })

  const register = (webhooks: ReadonlyArray<Webhook>) => Effect.forEach(webhooks, kubernetes.registerWebhook, { discard: true })
  if (options.bystanders === true) yield* register(bystanders)
  if (options.webhooks !== undefined) yield* register(controllerWebhooks(options.webhooks))

  yield* Effect.forkScoped(KubeScheduler.run({
    port: kubernetes.portFor(KubeScheduler.schedulerUser, { component: KubeScheduler.schedulerComponent, events }),
    bind: kubernetes.server.as(KubeScheduler.schedulerUser).bind
  }))
  // Most worlds have no workloads, and those who would follow them nothing to do.
  const firstWorkload = Bell.make()
  kubernetes.observe(({ kind }) => Workloads.isWorkload(kind) ? firstWorkload.ring() : undefined)
  yield* Effect.forkScoped(
    Effect.andThen(firstWorkload.heard, Workloads.run(kubernetes.portFor("system:kube-controller-manager"))),
    { startImmediately: true }
  )

  const faults = yield* Faults.make()
  const violations = Violations.make()
  const group = yield* NodeGroup.make({
    kubernetes,
    ec2,
    violations,
    defaults: { instanceType: "m5.large", subnetId: first.subnetId, ...nodeDefaults },
    zoneOf: (subnetId) => zones.get(subnetId) ?? defaultZone,
    ordinaryAddress: addressesBesideTheVpc(),
    ipFamily: options.ipFamily ?? "ipv4",
    timings: options.timings ?? {},
    events
  })
  for (let index = 0; index < count; index++) yield* group.addNode()

  const admin = kubernetes.server.as({ username: administrator, groups: ["system:masters", "system:authenticated"] })
  const cluster: Cluster = {
    ...group,
    ...Inspection.make(kubernetes, administrator),
    kubernetes,
    ec2,
    subnets,
    violations: violations.all,
    inspectLinks: Effect.suspend(() =>
      Effect.forEach(group.nodes.values(), ({ kubelet: { plugin } }) =>
        Effect.forEach([...plugin.links.values()], ({ podUid }) => plugin.inspect(podUid)), { discard: true })
    ),
    admin,
    apply: admin.apply,
    serveWebhooks: (admit) => register(controllerWebhooks(handlersOf(admit))),
    faults,
    ports: Layer.succeedContext(
      Context.make(Kubernetes, withKubernetesFaults(kubernetes.portFor(controllerIdentities[0]!), faults)).pipe(
        Context.add(Ec2, withEc2Faults(ec2.port, faults))
      )
    )
  }
  return cluster
})
