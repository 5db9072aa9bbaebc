import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Evidence, theRecord } from "../../../../examples/test/story/record.js"
import { seedText } from "../../../../examples/test/story/support.js"
import type { ControllerProgram } from "../../support/Binaries.js"
import { registerBystanders } from "../../support/Bystanders.js"
import { eventually } from "../../support/Program.js"
import { applyWebhooks } from "../../support/Webhooks.js"
import { offers, openWorld, quick, type World, type WorldNode } from "../support/World.js"

let world: World
let controller: ControllerProgram
let node: WorldNode
let closeBystanders = async (): Promise<void> => {}
let evidence: Evidence | undefined
let describedPod = ""
let describedNode = ""

const json = async (...args: ReadonlyArray<string>) => JSON.parse(await world.plane.kubectl([...args, "-o", "json"]))
const isOfAnObject = (entry: object): entry is Evidence["audit"][number] => "objectRef" in entry
const eni = /eni-0[0-9a-f]{16}/

const events = async () => (await json("get", "events", "-A")).items as Evidence["events"]

/** Ids of the interfaces that are no instance's primary one. */
const interfaces = async () => {
  const { instances, interfaces } = await world.snapshot()
  const primaries = new Set(instances.flatMap(({ attachments }) => attachments.filter(({ deviceIndex }) => deviceIndex === 0).map(({ eniId }) => eniId)))
  return interfaces.filter(({ eniId }) => !primaries.has(eniId))
}

beforeAll(async () => {
  // Each call takes so long that the first sandbox comes before the annotation, as in the record.
  world = await openWorld({ scheduler: true, ec2: ["--latency", "300ms"] })
  await world.plane.kubectl(["delete", "securitygrouppolicy", "web"])
  closeBystanders = await registerBystanders(world.plane)
  await world.plane.kubectl(["create", "configmap", "amazon-vpc-cni", "-n", "kube-system", "--from-literal=branch-eni-cooldown=30"])
  controller = await world.startController(["--annotation-form", "five", "--webhook-dns-names", "127.0.0.1"], { webhook: true })
  await applyWebhooks(world.plane, controller.ports.webhook ?? 0)
  node = await world.addNode(166, "m5.large", { timings: { ...quick, imagePull: { min: "1 second", max: "2 seconds" }, retry: "1 second" } })
  await controller.ready()
  await offers(world, node.name, 9)
  await eventually("the API server can ask the webhook", async () => {
    const { webhooks } = await json("get", "mutatingwebhookconfiguration", "vpc-resource-mutating-webhook")
    const known = webhooks.every(({ clientConfig }: { readonly clientConfig: { readonly caBundle?: string } }) => clientConfig.caBundle !== undefined)
    return known ? true : undefined
  })
  for (const file of ["sg-policy.yaml", "aws-cli.yaml"]) await world.plane.kubectl(["apply", "-f", "-"], { input: seedText(file) })
  await world.plane.kubectl(["wait", "--for=jsonpath={.status.phase}=Running", "--timeout=60s", "pod/aws-cli"])
  const told = await eventually("kubelet has told that the container started", async () => {
    const all = await events()
    return all.some(({ reason }) => reason === "Started") ? all : undefined
  })
  describedPod = await world.plane.kubectl(["describe", "pod", "aws-cli"])
  describedNode = await world.plane.kubectl(["describe", "node", node.name])
  evidence = {
    pods: (await json("get", "pods", "-n", "default")).items,
    nodes: (await json("get", "nodes")).items,
    events: [...told].sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)),
    audit: world.plane.audit().flatMap((entry: object) => isOfAnObject(entry) ? [entry] : []),
    violations: world.violations
  }
})
afterAll(async () => {
  await closeBystanders()
  await world?.close()
})

theRecord("the seed's record, by kubectl, with EC2 and the controller as processes of their own", () => {
  if (evidence === undefined) throw new Error("the story was not told")
  return evidence
})

describe("what people see of it", () => {
  it("kubectl describe pod shows the groups, the branch, and the annotation", () => {
    expect(describedPod).toMatch(/Normal\s+SecurityGroupRequested\s+\S+\s+vpc-resource-controller\s+Pod will get the following Security Groups \[sg-[0-9a-f]+\]/)
    expect(describedPod).toMatch(/Normal\s+ResourceAllocated\s+\S+\s+vpc-resource-controller\s+Allocated \[\{"eniId":"eni-0[0-9a-f]{16}"/)
    expect(describedPod).toMatch(/vpc\.amazonaws\.com\/pod-eni:\s+\[\{"eniId"/)
  })

  it("kubectl describe node shows the trunk and what the pod takes", () => {
    expect(describedNode).toMatch(/Normal\s+NodeTrunkInitiated\s+\S+\s+vpc-resource-controller\s+The node has trunk interface initialized successfully/)
    expect(describedNode).toMatch(/vpc\.amazonaws\.com\/pod-eni\s+1\s+1/)
  })

  it("EC2 has the trunk and the branch that the annotation names, with upstream's tags", async () => {
    const made = await interfaces()
    expect(made.map(({ description, type }) => `${type} ${description}`).sort()).toEqual(["branch aws-k8s-branch-eni", "trunk aws-k8s-trunk-eni"])
    const branch = made.find(({ type }) => type === "branch")
    const trunk = made.find(({ type }) => type === "trunk")
    expect(eni.exec(describedPod)?.[0]).toBe(branch?.eniId)
    expect(branch?.tags).toMatchObject({
      "eks:eni:owner": "eks-vpc-resource-controller",
      "kubernetes.io/cluster/seed": "owned",
      "node.k8s.amazonaws.com/instance_id": node.instanceId,
      "vpcresources.k8s.aws/vlan-id": "1",
      "vpcresources.k8s.aws/trunk-eni-id": trunk?.eniId
    })
  })
})

describe("the end of it", () => {
  it("the pod is deleted: its branch is left alone for the cooldown, and then EC2 has only the trunk", async () => {
    await world.plane.kubectl(["delete", "pod", "aws-cli"])
    const goneAt = Date.now()
    await eventually("the branch is gone", async () => (await interfaces()).length === 1 ? true : undefined, 60_000)
    const calls = await world.calls()
    const touched = calls.find(({ action, at }) => at > goneAt && (action === "DisassociateTrunkInterface" || action === "DeleteNetworkInterface"))
    expect(touched?.action).toBe("DisassociateTrunkInterface")
    // From the pod's end, which kubectl hears of a moment after the controller.
    expect((touched?.at ?? 0) - goneAt).toBeGreaterThan(29_000)
    expect((await interfaces()).map(({ type }) => type)).toEqual(["trunk"])
  }, 90_000)

  it("the machine is terminated and its node deleted: trunk and CNINode are gone", async () => {
    await world.run(world.ec2.control.terminateInstance(node.instanceId))
    await world.plane.kubectl(["delete", "node", node.name])
    await eventually("the CNINode is gone", async () => {
      const { status } = await world.admin.call("GET", `/apis/vpcresources.k8s.aws/v1alpha1/cninodes/${node.name}`)
      return status === 404 ? true : undefined
    })
    expect(await interfaces()).toEqual([])
    expect((await world.snapshot()).associations).toEqual([])
  }, 90_000)

  it("nothing happened on the way that must not, and the controller ends in good order", async () => {
    expect(world.violations).toEqual([])
    expect(await world.run(world.ec2.control.observations)).toEqual([])
    expect(await controller.stop("SIGTERM")).toBe(0)
  })
})
