import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Counts } from "@branchline/adapter-memory/ec2-control"
import { eventually } from "../../support/Program.js"
import type { ControllerProgram } from "../../support/Binaries.js"
import { branchOf, podDocument, podsPath } from "../support/Pods.js"
import { print, table } from "../support/Table.js"
import { offers, openWorld, type World } from "../support/World.js"
import { type PodWatch, watchPods } from "./PodWatch.js"

const nodeCount = 30
const branchesOfNode = 18
const podCount = 300
const kept = 30
/** How many pods are missing at most while they are replaced. */
const unavailable = 60
const names = Array.from({ length: podCount }, (_, index) => `web-${index}`)

let world: World
let controller: ControllerProgram
let watch: PodWatch
const seconds: Array<readonly [string, string]> = []

const took = async (what: string, work: () => Promise<unknown>): Promise<void> => {
  const since = performance.now()
  await work()
  seconds.push([what, ((performance.now() - since) / 1_000).toFixed(1)])
}

/** Does it for every item, so many at a time. */
const forEach = async <A>(items: ReadonlyArray<A>, atOnce: number, work: (item: A) => Promise<unknown>): Promise<void> => {
  const left = [...items]
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }))
}

const create = (name: string) => world.admin.must("POST", podsPath, podDocument(name))
const remove = (name: string) => world.admin.must("DELETE", `${podsPath}/${name}`)
const isRunning = (name: string): boolean => watch.pods.get(name)?.status.phase === "Running"

/** A pod goes, and another one comes under its name, as a StatefulSet does it. */
const replace = async (name: string): Promise<void> => {
  const uid = watch.pods.get(name)?.metadata.uid
  await remove(name)
  await watch.until(`${name} is gone`, () => watch.pods.get(name)?.metadata.uid !== uid, 30_000)
  await create(name)
  await watch.until(`the new ${name} runs`, () => isRunning(name), 120_000)
}

const throttledOf = (counts: Counts): number => Object.values(counts).reduce((sum, { refused }) => sum + (refused["RequestLimitExceeded"] ?? 0), 0)

beforeAll(async () => {
  world = await openWorld({ scheduler: true, ec2: ["--throttle", "documented", "--latency", "50ms", "--latency-spread", "50ms"] })
  await world.plane.kubectl(["create", "configmap", "amazon-vpc-cni", "-n", "kube-system", "--from-literal=branch-eni-cooldown=30"])
  controller = await world.startController([])
  await controller.ready()
  watch = await watchPods(world.plane)
  await took("30 nodes have their trunks", async () => {
    const nodes = await Promise.all(Array.from({ length: nodeCount }, (_, index) => world.addNode(index + 1, "m5.xlarge")))
    for (const { name } of nodes) await offers(world, name, branchesOfNode)
    // With them the scheduler spreads pods over the nodes. Without, it fills node after node, and each new pod waits for a cooldown.
    const size = { cpu: "4", memory: "16Gi" }
    for (const { name } of nodes) await world.admin.must("PATCH", `/api/v1/nodes/${name}/status`, { status: { capacity: size, allocatable: size } })
  })
})
afterAll(async () => {
  await watch?.close()
  await world?.close()
})

describe("300 pods on 30 nodes of m5.xlarge come, are replaced and go, and EC2 throttles as documented", () => {
  it("all are served, and all are served again after a rolling replacement under the same names", async () => {
    await took("300 pods created: all run", async () => {
      await forEach(names, 32, create)
      await watch.until("all pods run", () => names.every(isRunning), 150_000)
    })
    await took("300 pods replaced, 60 at a time: all run", () => forEach(names, unavailable, replace))
    expect(watch.served.size).toBe(podCount * 2)
    expect(watch.wrong).toEqual([])
  }, 240_000)

  it("most are deleted: at the end every interface in EC2 is a trunk or a living pod's branch", async () => {
    await took(`${podCount - kept} pods deleted: their branches are gone`, async () => {
      await forEach(names.slice(kept), 32, remove)
      await watch.until("they are gone", () => watch.pods.size === kept, 60_000)
      await eventually("EC2 has the branches of those that are left", async () => {
        const { interfaces } = await world.snapshot()
        return interfaces.filter(({ type }) => type !== "trunk").length === nodeCount + kept ? true : undefined
      }, 150_000)
    })
    const { associations, instances, interfaces } = await world.snapshot()
    const attachments = instances.flatMap((instance) => instance.attachments)
    const trunks = attachments.filter(({ type }) => type === "trunk")
    const primaries = attachments.filter(({ deviceIndex }) => deviceIndex === 0)
    const living = [...watch.pods.values()].map((pod) => ({ node: pod.spec.nodeName, ...branchOf(pod) }))
    expect(trunks).toHaveLength(nodeCount)
    expect(living).toHaveLength(kept)
    expect(interfaces.map(({ eniId }) => eniId as string).sort()).toEqual([...trunks, ...primaries, ...living].map(({ eniId }) => eniId ?? "").sort())
    expect(associations.map(({ branchId, vlanId }) => `${branchId} ${vlanId}`).sort()).toEqual(living.map(({ eniId, vlanId }) => `${eniId} ${vlanId}`).sort())
  }, 240_000)

  it("nothing happened on the way that must not: no refused habit at EC2, no VLAN id shared, no pod without network", async () => {
    const counts = await world.run(world.ec2.control.counts)
    const pods = podCount * 2
    const rows = Object.entries(counts).sort(([a], [b]) => a < b ? -1 : 1).map(([action, { calls, refused }]) => [
      action, String(calls), (calls / pods).toFixed(3), Object.entries(refused).map(([code, times]) => `${code} ${times}`).join(", ")
    ])
    const total = Object.values(counts).reduce((sum, { calls }) => sum + calls, 0)
    print(`EC2 calls of ${pods} pods on ${nodeCount} nodes, ${throttledOf(counts)} throttled`, table(["action", "calls", "per pod", "refused"], [
      ...rows, ["all", String(total), (total / pods).toFixed(3), ""]
    ]))
    print("how long it took", table(["what", "seconds"], seconds))
    expect(await world.run(world.ec2.control.observations)).toEqual([])
    expect(world.violations).toEqual([])
    expect(watch.wrong).toEqual([])
    // A dry run, as the start makes it of what it will only look at, is answered by an error.
    const others = Object.values(counts).flatMap(({ refused }) => Object.keys(refused)).filter((code) => code !== "RequestLimitExceeded" && code !== "DryRunOperation")
    expect(others).toEqual([])
    expect(await controller.stop("SIGTERM")).toBe(0)
  })
})
