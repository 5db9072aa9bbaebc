import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { eventually } from "../support/Program.js"
import { type ControllerProgram, startController } from "../support/Binaries.js"
import { branchOf, type Cluster, replicas, type SeenPod, startCluster } from "./Cluster.js"
import { writesOutsideOfTerm, writesPerUser } from "./Terms.js"

const nodes = 4
const podCount = 200
const names = (prefix: string) => Array.from({ length: podCount }, (_, index) => `${prefix}-${index}`)

let cluster: Cluster
const started: Array<ControllerProgram> = []
// What is left of a test that failed would be the next one's too: each has a cluster of its own.
beforeEach(async () => {
  // As slow as EC2 is: calls are under way beside one another.
  cluster = await startCluster(nodes, ["--latency", "150ms", "--latency-spread", "150ms"])
})
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ stop }) => stop("SIGKILL")))
  await cluster?.close()
})

const startReplica = async (replica: 0 | 1, flags: ReadonlyArray<string>): Promise<ControllerProgram> => {
  const program = await startController({
    kubeconfig: await cluster.kubeconfig(replica),
    identity: `replica-${replica}`,
    ec2: cluster.ec2.endpoint,
    flags: ["--no-ec2-pacing", "--cooldown", "30s", ...flags]
  })
  started.push(program)
  return program
}

const startReplicas = async (flags: ReadonlyArray<string>): Promise<readonly [ControllerProgram, ControllerProgram]> => {
  const both = await Promise.all([startReplica(0, flags), startReplica(1, flags)])
  await Promise.all(both.map(({ ready }) => ready()))
  await cluster.capacityEverywhere()
  return both
}

const annotated = async (): Promise<number> => (await cluster.pods()).filter((pod) => branchOf(pod) !== undefined).length

/** Creates the pods, and holds what is on its way once so many are associated, on both sides of its effect. Answers what lets it go on. */
const inTheMiddle = async (prefix: string): Promise<{ readonly goOn: () => Promise<void> }> => {
  const { control } = cluster.ec2
  const associated = podCount / 2
  const held = { action: "AssociateTrunkInterface", answer: "hold", skip: associated } as const
  const onTheirWay = 10
  const after = await Effect.runPromise(control.addFault({ ...held, when: "after", times: onTheirWay }))
  const before = await Effect.runPromise(control.addFault({ ...held, when: "before" }))
  await cluster.createPods(names(prefix))
  for (const fault of [after, before]) await Effect.runPromise(fault.fired({ count: onTheirWay, within: 110_000 }))
  await eventually("a part of the pods is served", async () => (await annotated()) >= podCount / 4 ? true : undefined, 110_000)
  return { goOn: () => Effect.runPromise(control.clearFaults) }
}

const allRun = () =>
  eventually(`all ${podCount} pods run`, async () => {
    const pods = await cluster.pods()
    return pods.length === podCount && pods.every(({ status }) => status.phase === "Running") ? pods : undefined
  }, 110_000)

/** Each pod has its own branch, EC2 has those and no more, and no VLAN id is held twice. */
const expectOneBranchEach = async (pods: ReadonlyArray<SeenPod>): Promise<void> => {
  const promised = pods.map((pod) => ({ node: pod.spec.nodeName, ...branchOf(pod) }))
  const { associations } = await cluster.snapshot()
  const held = associations.map(({ branchId, vlanId }) => `${branchId} ${vlanId}`).sort()
  expect(promised.map(({ eniId, vlanId }) => `${eniId} ${vlanId}`).sort()).toEqual(held)
  expect((await cluster.branches()).map(({ eniId }) => eniId).sort()).toEqual(promised.map(({ eniId }) => eniId).sort())
  expect(new Set(promised.map(({ node, vlanId }) => `${node} ${vlanId}`)).size).toBe(podCount)
  expect(cluster.violations).toEqual([])
  expect(await cluster.observations()).toEqual([])
}

/** The pods go, and after their cooldown every branch with them. */
const expectAllGivenBack = async (): Promise<void> => {
  await cluster.plane.kubectl(["delete", "pods", "--all", "-n", "default", "--wait=false"])
  await eventually("no pod is left", async () => (await cluster.pods()).length === 0 ? true : undefined)
  await eventually("no branch is left", async () => (await cluster.branches()).length === 0 ? true : undefined, 110_000)
  expect((await cluster.snapshot()).associations).toEqual([])
  expect(cluster.violations).toEqual([])
}

describe("200 pods are starting, and the controllers are in trouble", () => {
  it("kill -9 of the leader: the other replica takes over, all are served, nothing is leaked", async () => {
    const both = await startReplicas([])
    const leader = (await cluster.holder()) === "replica-0" ? 0 : 1
    const { goOn } = await inTheMiddle("killed")
    await both[leader].stop("SIGKILL")
    const served = await annotated()
    expect(served, "the trouble has to come in the middle").toBeLessThan(podCount)
    await goOn()

    const pods = await allRun()
    expect(await cluster.holder()).toBe(`replica-${1 - leader}`)
    await expectOneBranchEach(pods)
    const audit = cluster.plane.audit()
    expect(writesOutsideOfTerm(audit)).toEqual([])
    const writes = replicas.map(({ name }) => writesPerUser(audit).get(name) ?? 0)
    expect(writes[leader], "writes of who led").toBeGreaterThanOrEqual(served)
    expect(writes[1 - leader], "writes of who took over").toBeGreaterThan(0)

    await expectAllGivenBack()
    expect(await both[1 - leader]?.stop("SIGTERM")).toBe(0)
  }, 300_000)

  it("both replicas are paused past the lease, and go on: one leads, all are served, nothing is leaked", async () => {
    const lease = 6_000
    const both = await startReplicas(["--lease-duration", "6s", "--renew-deadline", "3s", "--retry-period", "500ms"])
    const { goOn } = await inTheMiddle("paused")
    for (const { child } of both) child.kill("SIGSTOP")
    const stoppedAt = Date.now()
    expect(await annotated(), "the trouble has to come in the middle").toBeLessThan(podCount)
    await goOn()
    await eventually("the lease has run out", () => Date.now() - stoppedAt > lease + 1_000 ? true : undefined)
    // What was on its way when they stopped has arrived; nobody can have begun anything since.
    for (const { child } of both) child.kill("SIGCONT")

    const pods = await allRun()
    await expectOneBranchEach(pods)
    expect(writesOutsideOfTerm(cluster.plane.audit())).toEqual([])
    await expectAllGivenBack()
    expect(await Promise.all(both.map(({ stop }) => stop("SIGTERM")))).toEqual([0, 0])
    expect(await cluster.holder()).toBe("")
  }, 300_000)
})
