import { Effect, Exit, Scope } from "effect"
import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import type { Snapshot } from "@branchline/adapter-memory/ec2/Control"
import type { NetworkTruth } from "@branchline/adapter-memory/kubernetes/kubelet/CniPlugin"
import type { Timings } from "@branchline/adapter-memory/kubernetes/kubelet/Timings"
import * as Violations from "@branchline/adapter-memory/kubernetes/kubelet/Violations"
import { podEni } from "@branchline/core/model/Names"
import type { InstanceId } from "@branchline/core/model/Ids"
import { type ControllerProgram, type Ec2Program, startController, startEc2 } from "../../support/Binaries.js"
import { type Client, client } from "../../support/Client.js"
import { administrator, type ControlPlane, type ControlPlaneOptions, root, startControlPlane } from "../../support/ControlPlane.js"
import { awsNodeRole, nodeAgent, type NodeAgentOptions } from "../../support/NodeAgent.js"
import { eventually } from "../../support/Program.js"
import { serviceAccountConfig } from "../../support/ServiceAccounts.js"

/** A node and its instance. */
export interface WorldNode {
  readonly name: string
  readonly instanceId: InstanceId
}

/** A control plane, EC2 as a process that outlives every controller, nodes that kubelet and aws-node run on, and no controller yet. */
export interface World {
  readonly plane: ControlPlane
  readonly admin: Client
  readonly ec2: Ec2Program
  readonly subnetId: string
  /** What the nodes saw that must never be. */
  readonly violations: ReadonlyArray<Violations.Violation>
  /** Runs an effect of EC2's control, or one that lives as long as this world. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Promise<A>
  readonly snapshot: () => Promise<Snapshot>
  readonly calls: () => Promise<ReadonlyArray<Ec2Call>>
  readonly launch: (type: string) => Promise<InstanceId>
  /** A machine whose kubelet and aws-node run; it has an instance of its own unless one is named. */
  readonly addNode: (index: number, type: string, more?: Partial<Pick<NodeAgentOptions, "asks" | "timings">> & { readonly instanceId?: InstanceId }) => Promise<WorldNode>
  /** The controller under the service account of deploy/base; `server` and `ec2` stand in for the API server and EC2. It ends with this world. */
  readonly startController: (flags: ReadonlyArray<string>, more?: { readonly server?: string; readonly ec2?: string; readonly identity?: string; readonly webhook?: boolean; readonly env?: NodeJS.ProcessEnv }) => Promise<ControllerProgram>
  readonly items: <A>(path: string) => Promise<ReadonlyArray<A>>
  /** An object of a collection by its name. */
  readonly one: <A>(path: string, name: string) => Promise<A | undefined>
  readonly close: () => Promise<void>
}

export interface WorldOptions extends ControlPlaneOptions {
  readonly ec2?: ReadonlyArray<string>
}

const zone = "eu-west-1a"

/** Nodes that lose no time. */
export const quick: Timings = {
  sync: { min: 0, max: 0 },
  retry: "200 millis",
  retryCap: "200 millis",
  statusReport: { min: 0, max: "100 millis" },
  imagePull: { min: 0, max: 0 },
  containerStart: { min: 0, max: 0 },
  containerStop: { min: 0, max: 0 },
  teardown: { min: 0, max: 0 }
}

export const nodeName = (index: number): string => `ip-192-168-30-${index}.eu-west-1.compute.internal`

/** What is true in EC2, asked of it at every look. */
const truthOf = (snapshot: () => Promise<Snapshot>): NetworkTruth => ({
  vlanOf: (instanceId, eniId) =>
    Effect.promise(async () => {
      const { associations, instances } = await snapshot()
      const association = associations.find(({ branchId }) => branchId === eniId)
      const attachments = instances.find((instance) => instance.instanceId === instanceId)?.attachments ?? []
      return attachments.some((attachment) => attachment.eniId === association?.trunkId) ? association?.vlanId : undefined
    }),
  hasTrunk: (instanceId) =>
    Effect.promise(async () =>
      (await snapshot()).instances.some((instance) => instance.instanceId === instanceId && instance.attachments.some(({ type }) => type === "trunk")))
})

const policy = {
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: "web", namespace: "default" },
  spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: ["sg-079157a483bcb371f"] } }
}

/** Without the controller manager nobody makes the account that pods run under. */
const defaultAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } }

export const openWorld = async (options: WorldOptions = {}): Promise<World> => {
  const plane = await startControlPlane(options)
  const scope = Scope.makeUnsafe()
  const run: World["run"] = (effect) => Effect.runPromise(Scope.provide(effect, scope))
  const admin = await client(plane, administrator)
  const controllers: Array<ControllerProgram> = []
  const close = async (): Promise<void> => {
    await Promise.all(controllers.map(({ stop }) => stop("SIGKILL")))
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await admin.close()
    await plane.stop()
  }
  try {
    await plane.kubectl(["apply", ...["serviceaccount", "rbac", "secret"].flatMap((name) => ["-f", `${root}/deploy/base/${name}.yaml`])])
    await plane.kubectl(["apply", "-f", "-"], { input: awsNodeRole })
    for (const document of [policy, ...(options.controllerManager === false ? [defaultAccount] : [])]) {
      await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(document) })
    }
    const ec2 = await run(startEc2(options.ec2))
    const { subnetId } = await run(ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone }))
    const snapshot = () => run(ec2.control.snapshot)
    const truth = truthOf(snapshot)
    const violations = Violations.make()
    const items = async <A>(path: string) => (await admin.must("GET", path))["items"] as ReadonlyArray<A>
    const launch: World["launch"] = async (type) => (await run(ec2.control.launchInstance({ type, subnetId }))).instanceId
    return {
      plane,
      admin,
      ec2,
      subnetId,
      violations: violations.all,
      run,
      snapshot,
      calls: () => run(ec2.control.calls),
      launch,
      addNode: async (index, type, { asks = "feature", instanceId, timings = quick } = {}) => {
        const node = { name: nodeName(index), instanceId: instanceId ?? (await launch(type)) }
        const identity = { nodeName: node.name, instanceId: node.instanceId, instanceType: type, zone, address: `192.168.30.${index}` }
        await run(nodeAgent(plane, { identity, truth, violations, timings, asks }))
        return node
      },
      startController: async (flags, { ec2: endpoint = ec2.endpoint, env, identity, server, webhook } = {}) => {
        const controller = await startController({
          kubeconfig: await serviceAccountConfig(plane, "kube-system", "eks-vpc-resource-controller", server),
          ec2: endpoint,
          flags,
          ...(env === undefined ? {} : { env }),
          ...(identity === undefined ? {} : { identity }),
          ...(webhook === undefined ? {} : { webhook })
        })
        controllers.push(controller)
        return controller
      },
      items,
      one: async <A>(path: string, name: string) => (await items<A>(`${path}?fieldSelector=metadata.name=${name}`))[0],
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits until the node offers so many branches to the scheduler. */
export const offers = (world: World, node: string, branches: number, within?: number): Promise<true> =>
  eventually(`${node} offers ${branches} branches`, async () => {
    const seen = await world.one<{ readonly status: { readonly allocatable?: Readonly<Record<string, string>> } }>("/api/v1/nodes", node)
    return seen?.status.allocatable?.[podEni] === String(branches) ? true as const : undefined
  }, within)
