import type { Counts } from "@branchline/adapter-memory/ec2-control"
import type { InstanceId } from "@branchline/core/model/Ids"
import { branchDescription, podEni } from "@branchline/core/model/Names"
import { Effect, Exit, Scope } from "effect"
import { type ControllerProgram, type Ec2Program, startController, startEc2 } from "../../test/integration/support/Binaries.js"
import { eventually } from "../../test/integration/support/Program.js"
import { type BenchCluster, forEach, startBenchCluster } from "../kubernetes/Cluster.js"
import { type PodWatch, watchPods } from "../kubernetes/PodWatch.js"
import { usage } from "../kubernetes/Process.js"

/** The set-up in which upstream was measured: 10 nodes that carry 54 branches each. */
export const nodes = 10
export const pods = 500
const instanceType = "c5.4xlarge"
const branches = 54

/** A cluster, an EC2 and a controller, each in processes of their own. */
export interface Burst {
  readonly cluster: BenchCluster
  readonly ec2: Ec2Program
  readonly controller: ControllerProgram
  readonly watch: PodWatch
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>
  /** Creates pods at once; the seconds until each has its annotation. */
  readonly create: (names: ReadonlyArray<string>) => Promise<number>
  /** Deletes pods at once; the seconds until EC2 has no more branches than are to stay. */
  readonly remove: (names: ReadonlyArray<string>, left: number) => Promise<number>
  readonly counts: () => Promise<Counts>
  readonly close: () => Promise<void>
}

/** A pod as a Deployment makes them, after the webhook. */
const podOf = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { "app.kubernetes.io/part-of": "shop", app: "web" } },
  spec: { containers: [{ name: "web", image: "registry.k8s.io/pause:3.10", resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }] }
})

const seconds = (since: number): number => (performance.now() - since) / 1_000

export const startBurst = async (ec2Flags: ReadonlyArray<string>, say: (text: string) => void): Promise<Burst> => {
  say("control plane")
  const cluster = await startBenchCluster({ nodes, instanceType, branches, scheduler: true })
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> => Effect.runPromise(Scope.provide(effect, scope))
  const close = async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await cluster.close()
  }
  try {
    const ec2 = await run(startEc2(ec2Flags))
    const { subnetId } = await run(ec2.control.addSubnet({ cidr: "10.0.0.0/16", zone: "eu-west-1a" }))
    await forEach(Array.from({ length: nodes }), async (_, index) => {
      const instanceId = `i-${index.toString(16).padStart(17, "0")}` as InstanceId
      await run(ec2.control.launchInstance({ instanceId, type: instanceType, subnetId }))
    })
    await cluster.createNodes()
    const controller = await startController({ kubeconfig: await cluster.kubeconfig(), identity: "bench", ec2: ec2.endpoint })
    await controller.ready()
    await cluster.bringUp(say)
    const watch = await watchPods(cluster.plane)
    // Trunks took tokens, too: the buckets are full again when it begins.
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    await run(ec2.control.forgetCalls)
    const branchCount = async (): Promise<number> =>
      (await run(ec2.control.snapshot)).interfaces.filter(({ description }) => description === branchDescription).length
    return {
      cluster,
      ec2,
      controller,
      watch,
      run,
      create: async (names) => {
        say(`${names.length} pods`)
        const began = performance.now()
        await forEach(names, (name) => cluster.admin.must("POST", "/api/v1/namespaces/default/pods", podOf(name)))
        await watch.annotated(names)
        return seconds(began)
      },
      remove: async (names, left) => {
        say(`${names.length} pods end`)
        const began = performance.now()
        await forEach(names, (name) => cluster.admin.must("DELETE", `/api/v1/namespaces/default/pods/${name}?gracePeriodSeconds=0`))
        await eventually("the branches are gone", async () => (await branchCount()) <= left ? true : undefined, 600_000)
        return seconds(began)
      },
      counts: () => run(ec2.control.counts),
      close: async () => {
        await controller.stop("SIGTERM")
        await watch.close()
        await close()
      }
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the controller's process has used so far. */
export const used = ({ controller }: Burst) => usage(controller.pid)

const sum = (counts: Counts, of: (one: Counts[string]) => number): number => Object.values(counts).reduce((all, one) => all + of(one), 0)

export const throttledOf = (counts: Counts): number => sum(counts, ({ refused }) => refused["RequestLimitExceeded"] ?? 0)
export const callsOf = (counts: Counts, actions: ReadonlyArray<string>): number => actions.reduce((all, action) => all + (counts[action]?.calls ?? 0), 0)

/** `CreateNetworkInterface 507, …`: by action, with what was throttled. */
export const countsText = (counts: Counts): string =>
  Object.entries(counts)
    .map(([action, { calls, refused }]) => `${action} ${calls}${refused["RequestLimitExceeded"] === undefined ? "" : ` (${refused["RequestLimitExceeded"]} throttled)`}`)
    .join(", ")
