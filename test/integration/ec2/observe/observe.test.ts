import * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import type { InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withCredentials } from "../../../../packages/adapter-ec2/test/support/Credentials.js"
import { type ControllerProgram, region, startController } from "../../support/Binaries.js"
import { root } from "../../support/ControlPlane.js"
import { eventually } from "../../support/Program.js"
import { serviceAccountConfig } from "../../support/ServiceAccounts.js"
import { openWorld, type World } from "../support/World.js"
import { plant, type Scene, serve, stranger } from "./Scene.js"

withCredentials()

/** One line that is observed. */
interface Said {
  readonly say: "would" | "settled" | "differs" | "mended" | "summary"
  readonly text?: string
  readonly pod?: string
  readonly node?: string
  readonly eniId?: string
  readonly _tag?: string
  readonly [more: string]: unknown
}

let world: World
let scene: Scene
let observer: ControllerProgram
let before: unknown
const account = "branchline-observe"

const said = (): ReadonlyArray<Said> => observer.stdout().trim().split("\n").flatMap((line) => line.startsWith("{") ? [JSON.parse(line) as Said] : [])
const lines = (say: Said["say"], match: Readonly<Record<string, unknown>> = {}): ReadonlyArray<Said> =>
  said().filter((one) => one.say === say && Object.entries(match).every(([key, value]) => one[key] === value))
const told = (say: Said["say"], match: Readonly<Record<string, unknown>>, within?: number): Promise<Said> =>
  eventually(`${say} ${JSON.stringify(match)}`, () => lines(say, match)[0], within)

/** A trunk that nobody has told to end with its instance. */
const attachLoosely = (instanceId: InstanceId) =>
  world.run(Effect.gen(function*() {
    const { port } = yield* AwsEc2.make({ region, endpoint: world.ec2.endpoint, stsEndpoint: world.ec2.endpoint })
    const { eniId } = yield* port.createTrunk({
      subnetId: world.subnetId,
      groups: ["sg-079157a483bcb371f" as SecurityGroupId],
      description: "aws-k8s-trunk-eni",
      tags: { "eks:eni:owner": "eks-vpc-resource-controller", "kubernetes.io/cluster/seed": "owned", "node.k8s.amazonaws.com/instance_id": instanceId },
      clientToken: "loose"
    })
    yield* port.permitAttachment(eniId)
    yield* port.attachTrunk({ trunkId: eniId, instanceId, deviceIndex: 2 })
  }))

/** Everything that anybody could change, with its version. */
const versions = async (): Promise<ReadonlyArray<string>> => {
  const text = await world.plane.kubectl([
    "get", "nodes,pods,events,cninodes,securitygrouppolicies,leases,secrets,configmaps", "-A",
    "-o", "jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}"
  ])
  // The API server renews a Lease of its own.
  return text.split("\n").filter((line) => !line.startsWith("Lease kube-system/apiserver-"))
}

beforeAll(async () => {
  world = await openWorld({ controllerManager: false })
  await world.plane.kubectl(["apply", "-f", `${root}/deploy/observe/rbac.yaml`])
  scene = await plant(world, attachLoosely)
  await eventually("all trunks are attached", async () =>
    (await world.snapshot()).instances.every(({ attachments }) => attachments.every(({ status }) => status === "attached")) || undefined)
  await world.run(world.ec2.control.forgetCalls)
  before = { cluster: await versions(), ec2: await world.snapshot() }
  observer = await startController({
    kubeconfig: await serviceAccountConfig(world.plane, "kube-system", account),
    ec2: world.ec2.endpoint,
    flags: ["--mode", "observe", "--json", "--look-every", "1s"]
  })
  await observer.ready()
}, 120_000)
afterAll(async () => {
  await observer?.stop("SIGKILL")
  await world?.close()
})

describe("--mode observe, beside somebody who does the work", () => {
  const planted: ReadonlyArray<readonly [kind: string, about: Readonly<Record<string, unknown>>]> = [
    ["InterfaceMissing", { pod: "default/interface-missing" }],
    ["InterfaceNotAssociated", { pod: "default/not-associated" }],
    ["VlanDiffers", { pod: "default/other-vlan", annotation: 3, tag: 33 }],
    ["TrunkDiffers", { pod: "default/other-trunk" }],
    ["InstanceDiffers", { pod: "default/other-instance", tag: stranger }],
    ["GroupsDiffer", { pod: "default/other-groups" }],
    ["VlanShared", { node: "node-broken", vlanId: 7 }],
    ["AnnotationUnreadable", { pod: "default/unreadable" }],
    ["RequestMissing", { pod: "default/slipped" }],
    ["AnnotationMissing", { pod: "default/waiting", node: "node-busy" }],
    ["TagsWrong", {}],
    ["TrunkMissing", { node: "node-no-trunk", pods: 0 }],
    ["CapacityDiffers", { node: "node-no-trunk", has: "5", due: 0 }],
    ["TrunkOutlivesInstance", { node: "node-loose-trunk" }],
    ["CniNodeMissing", { node: "node-no-cninode" }],
    ["CniNodeOfAnother", { node: "node-other-cninode", has: stranger }],
    ["InstanceMissing", { node: "node-no-instance", instanceId: stranger }],
    ["OverLimit", { node: "node-full", branches: 11, limit: 9 }]
  ]

  it.each(planted)("tells %s, once, in a sentence", async (kind, about) => {
    const { text } = await told("differs", { _tag: kind, ...about }, 90_000)
    expect(text).toMatch(/\w+ .{10,}/)
    expect(lines("differs", { _tag: kind, ...about })).toHaveLength(1)
  })

  it("tells leaks, whoever's they are, and not before a cooldown could explain them", async () => {
    const { branch, cni, own } = scene.leaks
    expect(await told("differs", { _tag: "InterfaceUnexplained", eniId: own }, 90_000)).toMatchObject({ what: "branch", status: "available" })
    expect(await told("differs", { eniId: cni }, 90_000)).toMatchObject({ _tag: "InterfaceUnexplained", what: "left by the CNI plugin" })
    const { since } = await told("differs", { eniId: branch }, 90_000)
    expect(lines("differs", { eniId: branch })[0]).toMatchObject({ _tag: "InterfaceUnexplained", status: "in-use" })
    expect(Number(since) - Number(lines("differs", { eniId: own })[0]?.["since"])).toBeGreaterThan(20_000)
  })

  it("says nothing about the node on which all is well, nor about its pods", () => {
    const { name } = scene.fine
    const about = said().filter((one) => one.say !== "summary" && [name, "default/fine-1", "default/fine-2"].some((text) => JSON.stringify(one).includes(text)))
    expect(about).toEqual([])
  })

  it("says what the controller would do now, each step once", async () => {
    await told("would", { about: "Branch", pod: "default/unreadable" })
    await told("would", { step: "ec2", about: "Branch", pod: "default/waiting", node: "node-busy" })
    expect(lines("would", { pod: "default/waiting" })[0]).toMatchObject({ command: { _tag: "CreateBranch", groups: ["sg-079157a483bcb371f"], subnetId: world.subnetId } })
    expect((await told("would", { about: "Trunk", node: "node-no-trunk" }))["call"]).toMatch(/^create a trunk in subnet-\w+ with sg-\w+ and attach it at device index 2$/)
    expect((await told("would", { about: "Trunk", node: "node-loose-trunk" }))["call"]).toMatch(/^let eni-\w+ end with its instance$/)
    await told("would", { step: "kubernetes", _tag: "Create", kind: "CNINode" })
    await told("would", { step: "kubernetes", _tag: "Patch", kind: "CNINode" })
    await told("would", { about: "Trunk", call: `delete ${scene.leaks.own}, which is nobody's` }, 60_000)
    await told("would", { about: "Branch", pod: scene.leaks.branch }, 60_000)
    const steps = lines("would").map((step) => JSON.stringify({ ...step, since: 0 }))
    expect(new Set(steps).size).toBe(steps.length)
  })

  it("counts both for Prometheus", async () => {
    const text = await observer.metrics()
    expect(text).toMatch(/^branchline_observe_would_total\{step="CreateBranch"\} [1-9]/m)
    expect(text).toMatch(/^branchline_observe_differences\{kind="VlanShared"\} 1$/m)
  })

  it("writes nothing, anywhere: the API server saw lists and watches alone, EC2 looks alone, and nothing has another version", async () => {
    expect({ cluster: await versions(), ec2: await world.snapshot() }).toEqual(before)
    const isOurs = ({ user }: Record<string, unknown>) => typeof user === "object" && user !== null && "username" in user && user.username === `system:serviceaccount:kube-system:${account}`
    const verbs = [...new Set(world.plane.audit().filter(isOurs).map(({ verb }) => verb))].toSorted()
    expect(verbs).toEqual(["list", "watch"])
    const actions = [...new Set((await world.calls()).map(({ action }) => action))].toSorted()
    expect(actions.filter((action) => !action.startsWith("Describe") && action !== "GetCallerIdentity")).toEqual([])
    expect(actions).toContain("DescribeNetworkInterfaces")
  })

  it("what somebody else does settles a step and mends a difference, each told once", async () => {
    await serve(world, scene.busy, "waiting", 11)
    await told("settled", { pod: "default/waiting" })
    await told("mended", { _tag: "AnnotationMissing", pod: "default/waiting" })
    await world.run(world.ec2.control.deleteInterfaceByHand(scene.leaks.own))
    await told("mended", { eniId: scene.leaks.own })
    await told("settled", { call: `delete ${scene.leaks.own}, which is nobody's` })
    expect(lines("mended", { eniId: scene.leaks.own })).toHaveLength(1)
  })

  it("EC2 that cannot be looked at is said once, and what it had counts on", async () => {
    const differed = lines("mended").length
    const fault = await world.run(world.ec2.control.addFault({ action: "DescribeNetworkInterfaces", when: "before", answer: { code: "InternalError", message: "an internal error", status: 500 } }))
    await world.run(fault.fired({ count: 3 }))
    await world.run(fault.remove)
    await eventually("EC2 is looked at again", () => observer.stderr().includes("EC2 can be looked at again") || undefined)
    expect(observer.stderr().match(/EC2 cannot be looked at/g)).toHaveLength(1)
    expect(lines("mended")).toHaveLength(differed)
  })

  it("ends on SIGTERM with how things stand", async () => {
    expect(await observer.stop("SIGTERM")).toBe(0)
    const last = said().at(-1)
    expect(last?.say).toBe("summary")
    expect(last?.["differences"]).toMatchObject({ OverLimit: 1, VlanShared: 1 })
    expect(Object.keys(last?.["would"] as object)).toContain("CreateBranch")
    expect(last?.["mended"]).toBeGreaterThanOrEqual(2)
    expect(observer.stderr()).not.toMatch(/should not happen|unexpectedly/)
  })
})
