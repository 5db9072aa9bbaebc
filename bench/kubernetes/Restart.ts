import { Effect, Exit, Scope } from "effect"
import { startController, startEc2 } from "../../test/integration/support/Binaries.js"
import { forEach, startBenchCluster } from "./Cluster.js"
import type { LongMeasure } from "./LongMeasure.js"
import { watchPods } from "./PodWatch.js"
import { usage } from "./Process.js"

const nodes = 1_000
const podsPerNode = 5
const instanceType = "m5.xlarge"

/** A controller that starts anew where 5,000 pods have their branches. */
export const restart: LongMeasure = {
  name: "restart",
  title: "restart with 1,000 nodes and 5,000 pods until the first new pod is served, EC2 in memory in a process of its own",
  run: async (say) => {
    say("control plane")
    const cluster = await startBenchCluster({ nodes, instanceType, branches: 18, scheduler: false })
    const scope = Scope.makeUnsafe()
    try {
      const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> => Effect.runPromise(Scope.provide(effect, scope))
      const ec2 = await run(startEc2(["--interfaces-per-region", "20000", "--attach-delay", "0ms"]))
      const { subnetId } = await run(ec2.control.addSubnet({ cidr: "10.0.0.0/16", zone: "eu-west-1a" }))
      const flags = ["--no-ec2-pacing"]
      const start = async () => startController({ kubeconfig: await cluster.kubeconfig(), identity: "bench", ec2: ec2.endpoint, flags })
      say(`${nodes} nodes`)
      await cluster.createNodes()
      await forEach(Array.from({ length: nodes }, (_, index) => cluster.instanceId(index)), (instanceId) =>
        run(ec2.control.launchInstance({ instanceId, type: instanceType, subnetId })))
      const first = await start()
      await first.ready()
      await cluster.bringUp(say)
      const watch = await watchPods(cluster.plane)

      const names = Array.from({ length: nodes * podsPerNode }, (_, index) => `old-${index}`)
      say(`${names.length} pods`)
      await forEach(names, (name, index) => cluster.createPod(name, cluster.nodeName(index % nodes)))
      await watch.annotated(names)
      const { peakRss: peakRssBefore } = usage(first.pid)
      await first.stop("SIGTERM")

      say("restart")
      await cluster.createPod("new", cluster.nodeName(nodes - 1))
      const startedAt = performance.now()
      const second = await start()
      await watch.annotated(["new"])
      const served = (performance.now() - startedAt) / 1_000
      const atServed = usage(second.pid)
      say("until all nodes are looked after")
      const idle = await whenIdle(second.pid)
      const settled = (performance.now() - startedAt) / 1_000 - idle
      const { cpu, peakRss } = usage(second.pid)
      await second.stop("SIGTERM")
      await watch.close()
      return [
        { name: "restart with 1,000 nodes and 5,000 pods of 8 KB: until the first new pod is served", value: served, unit: "s", note: `${atServed.cpu.toFixed(1)} s of processor time` },
        { name: "the same: until nothing is left to do", value: settled, unit: "s", note: `${cpu.toFixed(1)} s of processor time` },
        { name: "the same: peak RSS", value: peakRss, unit: "MB", aim: { at: "most", value: 250 } },
        { name: "before it, all 1,000 nodes and 5,000 pods served anew by one process: peak RSS", value: peakRssBefore, unit: "MB" }
      ]
    } finally {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await cluster.close()
    }
  }
}

/** Waits until a process has next to nothing to do, and gives for how many seconds it had. */
const whenIdle = async (pid: number): Promise<number> => {
  const look = 1
  let still = 0
  for (let last = usage(pid).cpu; still < 3;) {
    await new Promise((resolve) => setTimeout(resolve, look * 1_000))
    const { cpu } = usage(pid)
    still = cpu - last < 0.05 ? still + look : 0
    last = cpu
  }
  return still
}
