import { startController } from "../../test/integration/support/Binaries.js"
import type { Figure } from "../Figure.js"
import { distribution } from "../Sampling.js"
import { type BenchCluster, controllerUser, forEach, startBenchCluster } from "./Cluster.js"
import type { LongMeasure } from "./LongMeasure.js"
import { type PodWatch, watchPods } from "./PodWatch.js"
import { usage } from "./Process.js"

const nodes = 30
const alone = 300
const together = 1_000

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

/** From the moment that a watcher sees the pod on a node to the one when it sees the annotation: what a pod waits for the controller. */
const waits = ({ seen }: PodWatch, pods: ReadonlyArray<string>): ReadonlyArray<number> =>
  pods.flatMap((pod) => {
    const { annotated, bound } = seen.get(pod) ?? {}
    return annotated === undefined || bound === undefined ? [] : [annotated - bound]
  })

/**
 * Requests in the controller's name that the audit log has, but for those that no pod causes: for the lease, which come by time, and lists and
 * watches, because an API server that is short of processor time ends a watch now and then, which is then opened again.
 */
const requests = ({ plane }: BenchCluster): number =>
  plane.audit().filter(({ objectRef, user, verb }) =>
    (user as { readonly username?: string }).username === controllerUser.name && verb !== "list" && verb !== "watch" &&
    (objectRef as { readonly resource?: string } | undefined)?.resource !== "leases"
  ).length

interface Audited {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
}

/** RFC 3339 with microseconds, as milliseconds. */
const millisOf = (time: string): number => Date.parse(`${time.slice(0, 19)}Z`) + Number(time.slice(19, 26)) * 1_000

/**
 * By the API server's own clock, from when it had stored a pod's binding to when the annotation's patch reached it: our own part, and the
 * watch event's way to us. What the scheduler did before, and the API server with the patch after it, is not in it.
 */
const ownPart = ({ plane }: BenchCluster, pods: ReadonlyArray<string>): ReadonlyArray<number> => {
  const bound = new Map<string, number>()
  const patched = new Map<string, number>()
  for (const { objectRef, requestReceivedTimestamp, stageTimestamp, user, verb } of plane.audit() as ReadonlyArray<object> as ReadonlyArray<Audited>) {
    if (objectRef?.resource !== "pods" || objectRef.name === undefined) continue
    if (verb === "create" && objectRef.subresource === "binding") bound.set(objectRef.name, millisOf(stageTimestamp))
    if (verb === "patch" && objectRef.subresource === undefined && user.username === controllerUser.name) patched.set(objectRef.name, millisOf(requestReceivedTimestamp))
  }
  return pods.flatMap((pod) => {
    const [from, to] = [bound.get(pod), patched.get(pod)]
    return from === undefined || to === undefined ? [] : [to - from]
  })
}

const milliseconds = (name: string, samples: ReadonlyArray<number>, aims: { readonly median?: number; readonly p99?: number } = {}): ReadonlyArray<Figure> => {
  const { median, p99 } = distribution(samples)
  return [
    { name: `${name}: p50`, value: median, unit: "ms", ...(aims.median === undefined ? {} : { aim: { at: "most", value: aims.median } }) },
    { name: `${name}: p99`, value: p99, unit: "ms", ...(aims.p99 === undefined ? {} : { aim: { at: "most", value: aims.p99 } }) }
  ]
}

/** One pod after the other, then a thousand at once, on 30 nodes of m5.4xlarge; EC2 answers at once. */
export const latency: LongMeasure = {
  name: "latency",
  title: "pods from creation to annotation on a real API server and scheduler, EC2 in memory without latency",
  run: async (say) => {
    say("control plane")
    const cluster = await startBenchCluster({ nodes, instanceType: "m5.4xlarge", branches: 54, scheduler: true })
    try {
      await cluster.createNodes()
      const controller = await startController({ kubeconfig: await cluster.kubeconfig(), identity: "bench", flags: ["--no-ec2-pacing"] })
      await controller.ready()
      await cluster.bringUp(say)
      const watch = await watchPods(cluster.plane)

      say(`${alone} pods, one after the other`)
      const created: Array<number> = []
      const single = names("alone", alone)
      for (const name of single) {
        const at = performance.now()
        await cluster.createPod(name)
        await watch.annotated([name])
        created.push((watch.seen.get(name)?.annotated ?? Number.NaN) - at)
      }

      say(`${together} pods at once`)
      // The last events of the pods before it may still be on their way.
      const before = await quiet(() => requests(cluster))
      const cpuBefore = usage(controller.pid).cpu
      const burst = names("together", together)
      const startedAt = performance.now()
      await forEach(burst, (name) => cluster.createPod(name))
      await watch.annotated(burst)
      const wall = (performance.now() - startedAt) / 1_000
      const { cpu, peakRss } = usage(controller.pid)
      // Events may still be on their way.
      const settled = await quiet(() => requests(cluster))

      say("SIGTERM while 200 more are starting")
      const more = names("more", 200)
      await forEach(more, (name) => cluster.createPod(name))
      const stoppedAt = performance.now()
      const code = await controller.stop("SIGTERM")
      const stopping = performance.now() - stoppedAt
      const holder = await cluster.lease()
      await watch.close()
      return [
        ...milliseconds(`pod created to annotation seen, ${alone} pods one after the other, scheduler included`, created, { median: 100 }),
        ...milliseconds("the same: our own part, from the binding stored to the patch received", ownPart(cluster, single), { p99: 25 }),
        ...milliseconds("the same: from the binding seen to the annotation seen", waits(watch, single)),
        ...milliseconds(`${together} pods at once: from the binding seen to the annotation seen`, waits(watch, burst)),
        { name: `the same: all ${together} annotated`, value: wall, unit: "s", note: "creation and scheduling of all of them included" },
        { name: "the same: API requests per pod", value: (settled - before) / together, unit: "", aim: { at: "most", value: 3 } },
        { name: "the same: processor time of the controller", value: cpu - cpuBefore, unit: "s" },
        { name: "the same: peak RSS of the controller", value: peakRss, unit: "MB" },
        {
          name: "SIGTERM while pods are starting: until the controller has ended",
          value: stopping / 1_000,
          unit: "s",
          aim: { at: "most", value: 5 },
          note: `exit code ${code}, lease ${holder === "" ? "released" : `still held by ${holder}`}`
        }
      ]
    } finally {
      await cluster.close()
    }
  }
}

/** The figure, once it has not changed for a second. */
const quiet = async (figure: () => number): Promise<number> => {
  for (let last = figure();;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const now = figure()
    if (now === last) return now
    last = now
  }
}
