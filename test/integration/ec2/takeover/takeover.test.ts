import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { eventually } from "../../support/Program.js"
import type { ControllerProgram } from "../../support/Binaries.js"
import { branchOf, podDocument, podsPath, type SeenPod } from "../support/Pods.js"
import { offers, openWorld, type World, type WorldNode } from "../support/World.js"
import { strangeToUpstream } from "./AsUpstreamReads.js"
import {
  annotationOf, type Form, leaked, leaseHolder, upstreamBranch, upstreamCniNode, upstreamHalfMade, upstreamIdentity, upstreamLeads, upstreamPod, upstreamReleases, upstreamTrunk
} from "./UpstreamState.js"

const cooldown = 30_000

/** Pods that upstream serves: name, VLAN id, form of the annotation, VLAN id on the interface's tag. */
const running: ReadonlyArray<readonly [string, number, Form, number]> = [
  ["of-old", 1, "five keys", 1],
  ["of-today", 2, "eight keys", 2],
  ["without-association", 3, "eight keys without an association", 3],
  // A VLAN id was refused, the next was taken, and the tag stayed.
  ["mistagged", 4, "eight keys", 7]
]

let world: World
let controller: ControllerProgram
let nodes: ReadonlyArray<WorldNode> = []
let trunks: ReadonlyArray<string> = []
/** What living pods use, and what is nobody's business: touched never. */
let untouchable: ReadonlyArray<string> = []
let finished = ""
let cooling = ""
let halfMade = ""
let leaks: ReadonlyArray<string> = []
const annotations = new Map<string, string | undefined>()
let startedAt = 0
let ledAt = 0

const annotationKey = "vpc.amazonaws.com/pod-eni"
const pods = () => world.items<SeenPod>(podsPath)
const podOf = async (name: string): Promise<SeenPod> => {
  const pod = await world.one<SeenPod>(podsPath, name)
  if (pod === undefined) throw new Error(`there is no pod ${name}`)
  return pod
}

const start = async (): Promise<void> => {
  controller = await world.startController(["--cooldown", "30s", "--sweep-interval", "1m"], { identity: "branchline" })
  startedAt = Date.now()
  await controller.ready()
}
const leads = async (within: number): Promise<void> => {
  await eventually("Branchline leads", async () => (await leaseHolder(world)) === "branchline" ? true : undefined, within)
  ledAt = Date.now()
}

/** What was really asked for: whether it would be allowed is asked with `DryRun`, before the controller waits to lead. */
const changes = (calls: ReadonlyArray<Ec2Call>) =>
  calls.filter(({ action, parameters }) => !action.startsWith("Describe") && action !== "GetCallerIdentity" && parameters["DryRun"] !== "true")
const naming = (calls: ReadonlyArray<Ec2Call>, id: string) => calls.filter(({ parameters }) => JSON.stringify(parameters).includes(id))
const lineOf = ({ action, parameters }: Ec2Call): string => `${action} ${JSON.stringify(parameters)}`

const createPod = (name: string, node: WorldNode) => world.admin.must("POST", podsPath, podDocument(name, node.name))
const runs = (name: string, within?: number) =>
  eventually(`${name} runs`, async () => {
    const pod = await podOf(name)
    return pod.status.phase === "Running" ? pod : undefined
  }, within)

/** What the controller wrote to the API server; to ask what one may is a create that changes nothing. */
const written = (): ReadonlyArray<string> =>
  world.plane.audit().map((entry) => ({
    verb: String(entry["verb"]),
    user: (entry["user"] as { readonly username?: string }).username,
    resource: (entry["objectRef"] as { readonly resource?: string } | undefined)?.resource ?? ""
  })).filter(({ resource, user, verb }) =>
    user === "system:serviceaccount:kube-system:eks-vpc-resource-controller" && !["get", "list", "watch"].includes(verb) && resource !== "selfsubjectaccessreviews"
  ).map(({ resource, verb }) => `${verb} ${resource}`)

const hasInterface = async (eniId: string): Promise<boolean> => (await world.snapshot()).interfaces.some((one) => one.eniId === eniId)

beforeAll(async () => {
  world = await openWorld()
  const made = [await upstreamTrunk(world), await upstreamTrunk(world)]
  const [busy = made[0]] = made
  if (busy === undefined) throw new Error("there is no trunk")
  trunks = made.map(({ trunkId }) => trunkId)
  nodes = await Promise.all(made.map(({ instanceId }, index) => world.addNode(index + 1, "m5.large", { instanceId })))
  for (const node of nodes) {
    await upstreamCniNode(world, node)
    await offers(world, node.name, 9)
  }
  const [node] = nodes
  if (node === undefined) throw new Error("there is no node")
  for (const [name, vlan, form, tagged] of running) {
    const branch = await upstreamBranch(world, busy, vlan, tagged)
    await upstreamPod(world, name, node, annotationOf(branch, vlan, form, await world.snapshot()))
    await runs(name)
  }
  const done = await upstreamBranch(world, busy, 5)
  finished = done.eniId
  await upstreamPod(world, "finished", node, annotationOf(done, 5, "eight keys", await world.snapshot()))
  await runs("finished")
  await world.admin.must("PATCH", `${podsPath}/finished/status`, { status: { phase: "Succeeded" } })
  cooling = (await upstreamBranch(world, busy, 6)).eniId
  halfMade = (await upstreamHalfMade(world, busy, 8)).eniId
  leaks = [
    (await leaked(world, "eks-vpc-resource-controller", "aws-k8s-branch-eni")).eniId,
    (await leaked(world, "amazon-vpc-cni", "aws-K8S-i-0123456789abcdef0")).eniId
  ]
  const ofCni = await world.run(world.ec2.control.createForeignInterface({
    subnetId: world.subnetId,
    description: `aws-K8S-${node.instanceId}`,
    tags: { "eks:eni:owner": "amazon-vpc-cni", "kubernetes.io/cluster/seed": "owned", "node.k8s.amazonaws.com/instance_id": node.instanceId },
    attachTo: { instanceId: node.instanceId, deviceIndex: 1 }
  }))
  for (const pod of await pods()) annotations.set(pod.metadata.name, pod.metadata.annotations?.[annotationKey])
  untouchable = [ofCni.eniId, ...(await pods()).filter(({ metadata }) => metadata.name !== "finished").map((pod) => branchOf(pod)?.eniId ?? "")]
  await upstreamLeads(world)
})
afterAll(() => world?.close())

describe("a cluster that upstream's controller has run is taken over, while its pods run", () => {
  it("upstream's process died without giving its Lease back: nothing is touched until that has run out", async () => {
    await start()
    for (const node of nodes) await createPod(`new-on-${node.name}`, node)
    await eventually("upstream's Lease has nearly run out", () => Date.now() - startedAt > 25_000 ? true : undefined)
    expect(await leaseHolder(world)).toBe(upstreamIdentity)
    expect(changes(await world.calls())).toEqual([])
    expect(written()).toEqual([])
    await leads(20_000)
    expect(ledAt - startedAt).toBeGreaterThan(29_000)
  }, 90_000)

  it("new pods are served at once, with VLAN ids that nobody has, on the trunks that are there", async () => {
    const served = await Promise.all(nodes.map((node) => runs(`new-on-${node.name}`, 20_000)))
    const { associations, instances } = await world.snapshot()
    expect(instances.flatMap(({ attachments }) => attachments).filter(({ type }) => type === "trunk").map(({ eniId }) => eniId as string).sort()).toEqual([...trunks].sort())
    const [onBusy] = served.map(branchOf)
    expect([1, 2, 3, 4, 5, 6]).not.toContain(onBusy?.vlanId)
    expect(associations.find(({ branchId }) => branchId === onBusy?.eniId)?.trunkId).toBe(trunks[0])
  }, 60_000)

  it("the branches of a finished pod and of one that is gone are released, after their full cooldown", async () => {
    for (const eniId of [finished, cooling]) {
      await eventually(`${eniId} is gone`, async () => (await hasInterface(eniId)) ? undefined : true, cooldown + 20_000)
      const [first] = naming(changes(await world.calls()), eniId)
      // The controller began to lead before this test saw it.
      expect((first?.at ?? 0) - ledAt).toBeGreaterThan(cooldown - 1_500)
    }
  }, 90_000)

  it("a branch that upstream had made and not yet associated is removed", async () => {
    await eventually(`${halfMade} is gone`, async () => (await hasInterface(halfMade)) ? undefined : true, cooldown + 20_000)
  }, 60_000)

  it("leaked interfaces, upstream's and the CNI plugin's, are removed by the second look, and not by the first", async () => {
    for (const eniId of leaks) await eventually(`${eniId} is gone`, async () => (await hasInterface(eniId)) ? undefined : true, 130_000)
    const calls = await world.calls()
    for (const eniId of leaks) {
      const [deletion] = naming(changes(calls), eniId)
      expect(deletion?.action).toBe("DeleteNetworkInterface")
      expect((deletion?.at ?? 0) - ledAt).toBeGreaterThan(55_000)
    }
  }, 150_000)

  it("no interface of a running pod was touched, and no annotation changed by a byte", async () => {
    const calls = changes(await world.calls())
    for (const eniId of untouchable) expect(naming(calls, eniId).map(lineOf)).toEqual([])
    const toTrunks = trunks.flatMap((trunk) => naming(calls, trunk)).map(({ action }) => action)
    expect(new Set(toTrunks)).toEqual(new Set(["CreateNetworkInterface", "AssociateTrunkInterface"]))
    for (const [name] of running) expect((await podOf(name)).metadata.annotations?.[annotationKey]).toBe(annotations.get(name))
    expect(world.violations).toEqual([])
    // Nobody knows the associations of branches that no living pod's annotation tells of (contract §6): they end with the branch.
    const observations = await world.run(world.ec2.control.observations)
    expect(observations.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([cooling, finished].map((eniId) => `associated-branch-deleted ${eniId}`).sort())
  })

  it("a pod that upstream served ends: its branch is released, although its annotation names no association", async () => {
    const pod = await podOf("of-old")
    const eniId = branchOf(pod)?.eniId ?? ""
    await world.admin.must("DELETE", `${podsPath}/of-old`)
    await eventually("the branch is gone", async () => (await hasInterface(eniId)) ? undefined : true, cooldown + 20_000)
    expect(naming(changes(await world.calls()), eniId).at(-1)?.action).toBe("DeleteNetworkInterface")
    expect(world.violations).toEqual([])
  }, 90_000)
})

describe("the cluster is switched back", () => {
  it("the Lease is given back, and upstream would recognise all that was made: tags, descriptions, annotations, capacity", async () => {
    expect(await controller.stop("SIGTERM")).toBe(0)
    expect(await leaseHolder(world)).toBe("")
    const made = await Promise.all(nodes.map((node) => podOf(`new-on-${node.name}`)))
    expect(await strangeToUpstream(world, { nodes, pods: made, branches: made.map((pod) => branchOf(pod)?.eniId ?? "") })).toEqual([])
  })

  it("upstream leads and gives the Lease back: Branchline leads again, and has nothing to change", async () => {
    await upstreamLeads(world)
    await upstreamReleases(world)
    await world.run(world.ec2.control.forgetCalls)
    await start()
    await leads(15_000)
    const [node] = nodes
    if (node === undefined) throw new Error("there is no node")
    await createPod("again", node)
    const again = branchOf(await runs("again", 20_000))
    const others = (await world.snapshot()).interfaces.filter(({ eniId }) => eniId !== again?.eniId).map(({ eniId }) => eniId)
    const calls = changes(await world.calls()).filter(({ parameters }) => !JSON.stringify(parameters).includes(again?.eniId ?? "eni-none"))
    for (const eniId of others.filter((one) => !trunks.includes(one))) expect(naming(calls, eniId).map(lineOf)).toEqual([])
    for (const [name] of running.slice(1)) expect((await podOf(name)).metadata.annotations?.[annotationKey]).toBe(annotations.get(name))
    expect(world.violations).toEqual([])
    expect(await controller.stop("SIGTERM")).toBe(0)
  }, 90_000)
})
