import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { account, policy } from "../../../iam/Documents.js"
import type { ControllerProgram } from "../../support/Binaries.js"
import { eventually } from "../../support/Program.js"
import { addNode } from "../observe/Scene.js"
import { branchOf, podDocument, podsPath, type SeenPod } from "../support/Pods.js"
import { openWorld, type World } from "../support/World.js"

const clusterRole = `arn:aws:iam::${account}:role/cluster`
const externalId = "prod-1"
const cluster = { "kubernetes.io/cluster/seed": "owned" }
const ours = { ...cluster, "eks:eni:owner": "eks-vpc-resource-controller" }

let world: World
let controller: ControllerProgram
/** Interfaces that are not the cluster's: with the tags of another, of another owner, with none. */
let foreign: ReadonlyArray<EniId> = []
let leaks: ReadonlyArray<EniId> = []

const made = (tags: Readonly<Record<string, string>>) => world.run(world.ec2.control.createForeignInterface({ subnetId: world.subnetId, tags })).then(({ eniId }) => eniId)
const has = async (eniId: string): Promise<boolean> => (await world.snapshot()).interfaces.some((one) => one.eniId === eniId)
const count = async (action: string): Promise<number> => (await world.calls()).filter((call) => call.action === action).length

const createPod = (name: string, node: string, app = "web") => {
  const pod = podDocument(name, node)
  return world.admin.must("POST", podsPath, { ...pod, metadata: { ...pod.metadata, labels: { app } } })
}
const served = (name: string) =>
  eventually(`${name} is served`, async () => {
    const pod = await world.one<SeenPod>(podsPath, name)
    return pod === undefined ? undefined : branchOf(pod)
  })
/** As kubelet does when it is over. */
const removePod = (name: string) => world.admin.must("DELETE", `${podsPath}/${name}`, { gracePeriodSeconds: 0 })

/** A node without kubelet, which asks as aws-node does once its CNINode is there; answers when it offers branches. */
const join = async (name: string) => {
  const instanceId = await world.launch("m5.large")
  await addNode(world, name, instanceId)
  const path = `/apis/vpcresources.k8s.aws/v1alpha1/cninodes/${name}`
  await eventually(`${name} has its CNINode`, async () => (await world.admin.call("GET", path)).status === 200 || undefined)
  await world.admin.must("PATCH", path, { spec: { features: [{ name: "SecurityGroupsForPods" }] } })
  await eventually(`${name} offers branches`, async () => {
    const { status } = (await world.admin.must("GET", `/api/v1/nodes/${name}`)) as { readonly status?: { readonly capacity?: Readonly<Record<string, string>> } }
    return status?.capacity?.["vpc.amazonaws.com/pod-eni"] === "9" || undefined
  })
  return instanceId
}

beforeAll(async () => {
  world = await openWorld({ controllerManager: false, ec2: ["--account", account] })
  const { control } = world.ec2
  await world.run(control.setRoles([{ arn: clusterRole, externalId }]))
  await world.run(control.setPolicy(policy("own-identity-policy"), "AKIATEST"))
  await world.run(control.setPolicy(policy("cluster-role-policy"), clusterRole))
  foreign = await Promise.all([{ ...ours, "kubernetes.io/cluster/seed": "shared" }, { "eks:eni:owner": "eks-vpc-resource-controller", "kubernetes.io/cluster/other": "owned" }, {}].map(made))
  leaks = await Promise.all([ours, { ...cluster, "eks:eni:owner": "amazon-vpc-cni" }].map(made))
  await world.admin.must("POST", "/apis/vpcresources.k8s.aws/v1beta1/namespaces/default/securitygrouppolicies", {
    apiVersion: "vpcresources.k8s.aws/v1beta1",
    kind: "SecurityGroupPolicy",
    metadata: { name: "db", namespace: "default" },
    spec: { podSelector: { matchLabels: { app: "db" } }, securityGroups: { groupIds: ["sg-0123456789abcdef0" as SecurityGroupId] } }
  })
  controller = await world.startController([
    "--cluster-role-arn", clusterRole, "--cluster-role-external-id", externalId,
    "--cooldown", "30s", "--sweep-interval", "1m", "--idle-reuse", "any-groups", "--idle-cap", "1", "--idle-address-floor", "0"
  ])
  await controller.ready()
}, 120_000)
afterAll(() => world?.close())

describe("the controller's whole life under the policies of two identities", () => {
  it("a node joins, two pods are served, the second after EC2 refused its VLAN id", async () => {
    await join("node-1")
    await createPod("web-1", "node-1")
    await served("web-1")
    await world.run(world.ec2.control.addFault({
      action: "AssociateTrunkInterface",
      when: "before",
      times: 1,
      answer: { code: "InvalidParameterValue", message: "The VLAN ID is already in use.", status: 400 }
    }))
    await createPod("web-2", "node-1")
    await served("web-2")
    expect(await count("CreateTags")).toBe(1)
  })

  it("a branch that has become idle goes to a pod with other groups; another is given back", async () => {
    const before = await count("ModifyNetworkInterfaceAttribute")
    for (const name of ["web-1", "web-2"]) await removePod(name)
    await eventually("one branch is given back", async () => (await count("DeleteNetworkInterface")) >= 1 || undefined, 90_000)
    await createPod("db-1", "node-1", "db")
    const { eniId } = await served("db-1")
    expect((await world.snapshot()).interfaces.find((one) => one.eniId === eniId)?.groups).toEqual(["sg-0123456789abcdef0"])
    expect(await count("ModifyNetworkInterfaceAttribute")).toBe(before + 1)
  })

  it("a node is terminated with a pod on it: what it leaves is removed, and its CNINode let go", async () => {
    const instanceId = await join("node-2")
    await createPod("web-3", "node-2")
    const { eniId } = await served("web-3")
    await world.run(world.ec2.control.terminateInstance(instanceId))
    await removePod("web-3")
    await world.admin.must("DELETE", "/api/v1/nodes/node-2")
    // As the garbage collector does.
    await world.admin.must("DELETE", "/apis/vpcresources.k8s.aws/v1alpha1/cninodes/node-2")
    await eventually("the branch is gone", async () => !(await has(eniId)) || undefined, 90_000)
    await eventually("the CNINode is gone", async () => (await world.admin.call("GET", "/apis/vpcresources.k8s.aws/v1alpha1/cninodes/node-2")).status === 404 || undefined)
  })

  it("the sweep deletes what has leaked, its own and the CNI plugin's", async () => {
    for (const eniId of leaks) await eventually(`${eniId} is gone`, async () => !(await has(eniId)) || undefined, 150_000)
  }, 180_000)

  it("every action was used, and nothing was refused", async () => {
    const calls = await world.calls()
    const refused = calls.filter(({ outcome }) => outcome._tag === "refused" && outcome.code === "UnauthorizedOperation")
    expect(refused).toEqual([])
    expect([...new Set(calls.map(({ action }) => action))].filter((action) => action !== "GetCallerIdentity" && action !== "AssumeRole").toSorted()).toEqual([
      "AssociateTrunkInterface", "AttachNetworkInterface", "CreateNetworkInterface", "CreateNetworkInterfacePermission", "CreateTags", "DeleteNetworkInterface",
      "DescribeInstances", "DescribeNetworkInterfaces", "DescribeSubnets", "DisassociateTrunkInterface", "ModifyNetworkInterfaceAttribute"
    ])
    expect(controller.output()).not.toMatch(/UnauthorizedOperation/)
  })

  it("what is not the cluster's was not touched", async () => {
    for (const eniId of foreign) expect(await has(eniId)).toBe(true)
    const changes = (await world.calls()).filter(({ action }) => !action.startsWith("Describe"))
    for (const eniId of foreign) expect(changes.filter(({ parameters }) => JSON.stringify(parameters).includes(eniId))).toEqual([])
  })
})
