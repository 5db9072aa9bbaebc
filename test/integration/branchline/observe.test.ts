import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { InstanceId } from "@branchline/core/model/Ids"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { awsEnvironment, type Ec2Program, startEc2 } from "../support/Binaries.js"
import { type ControlPlane, root, startControlPlane, type User } from "../support/ControlPlane.js"
import { eventually, run, start } from "../support/Program.js"

const dist = join(root, "packages", "cli", "dist")
const account = "system:serviceaccount:kube-system:branchline-cli-observe"
/** As deploy/cli/observe gives it to the Deployment's service account. */
const observer: User = { name: account, groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"] }

let plane: ControlPlane
let main: string
let ec2: Ec2Program
let instanceId: InstanceId
const scope = Scope.makeUnsafe()

const apply = (...items: ReadonlyArray<object>) => plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) })

const environment = async (): Promise<NodeJS.ProcessEnv> => {
  const { KUBECONFIG: _own, KUBERNETES_SERVICE_HOST: _pod, ...rest } = process.env
  return { ...rest, KUBECONFIG: await plane.kubeconfig(observer), NO_COLOR: "1", ...awsEnvironment(ec2.endpoint) }
}
const aws = () => ["--aws", "--endpoint-url", ec2.endpoint]

beforeAll(async () => {
  expect(existsSync(join(dist, "main.js")), `${dist} is built`).toBe(true)
  plane = await startControlPlane({ controllerManager: false })
  const alone = join(plane.folder, "branchline")
  cpSync(dist, alone, { recursive: true })
  writeFileSync(join(alone, "package.json"), JSON.stringify({ type: "module" }))
  main = join(alone, "main.js")
  ec2 = await Effect.runPromise(Scope.provide(startEc2(), scope))
  const { subnetId } = await Effect.runPromise(ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" }))
  instanceId = (await Effect.runPromise(ec2.control.launchInstance({ type: "m5.large", subnetId }))).instanceId
  await Effect.runPromise(ec2.control.setPolicy(JSON.parse(readFileSync(join(root, "deploy/iam/observe-policy.json"), "utf8"))))
  await plane.kubectl(["apply", "-k", join(root, "deploy", "cli", "observe")])
  await apply(
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } },
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1", labels: { "kubernetes.io/os": "linux", "topology.kubernetes.io/region": "eu-west-1" } },
      spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
    },
    {
      apiVersion: "vpcresources.k8s.aws/v1alpha1",
      kind: "CNINode",
      metadata: { name: "node-1" },
      spec: { tags: { "cluster.k8s.amazonaws.com/name": "seed", "node.k8s.amazonaws.com/instance_id": instanceId } }
    },
    {
      apiVersion: "vpcresources.k8s.aws/v1beta1",
      kind: "SecurityGroupPolicy",
      metadata: { name: "web", namespace: "default" },
      spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: ["sg-079157a483bcb371f"] } }
    }
  )
}, 180_000)

afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await plane.stop()
})

interface Conditions {
  readonly conditions: ReadonlyArray<{ readonly type: string; readonly status: string; readonly reason: string; readonly message: string }>
}

describe("branchline observe with the rights of deploy/cli/observe and deploy/iam/observe-policy.json", () => {
  it("sees all of it in one look", async () => {
    const { code, stderr, stdout } = await run(process.execPath, [main, "observe", "--once", ...aws(), "-o", "json"], { env: await environment() })
    expect(stderr).toBe("")
    const { conditions }: Conditions = JSON.parse(stdout)
    const is = new Map(conditions.map(({ reason, status, type }) => [type, `${status} ${reason}`]))
    expect(is.get("ClusterSeen")).toBe("True AllSeen")
    expect(is.get("CniNodesInPlace")).toBe("True AsItShouldBe")
    expect(is.get("TrunksInPlace")).toBe("True AsItShouldBe")
    // The webhooks are not registered in this cluster, and there never was a Lease.
    expect(is.get("WebhooksInPlace")).toBe("False WebhookConfigurationMissing")
    expect(conditions.filter(({ status }) => status === "Unknown").map(({ type }) => type).toSorted()).toEqual(["LeaseHeld", "VlanIdsRested"])
    expect(code).toBe(1)
  })

  it("stays, serves, says what comes and goes, outlives an EC2 that refuses, and ends on SIGTERM", async () => {
    const program = start(process.execPath, [main, "observe", ...aws(), "--every", "5s", "--listen", "127.0.0.1:0", "-o", "json"], { env: await environment() })
    const said = () => program.stdout().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as { readonly message: string; readonly kind?: string; readonly condition?: string; readonly status?: string })
    const port = await eventually("it serves", async () => /at port (\d+)/.exec(program.stdout())?.[1])
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
    await eventually("it is ready", async () => (await get("/readyz")).status === 200 ? true : undefined)
    expect((await get("/healthz")).status).toBe(200)

    // No webhook is there: a pod that the policy selects gets no resource.
    await apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", namespace: "default", labels: { app: "web" } }, spec: { nodeName: "node-1", containers: [{ name: "main", image: "example.com/app" }] } })
    await eventually("PodsAsk is False", async () => said().find(({ condition, status }) => condition === "PodsAsk" && status === "False"))
    const { conditions } = await (await get("/conditions")).json() as Conditions
    expect(conditions.find(({ type }) => type === "PodsAsk")).toMatchObject({ status: "False", reason: "RequestMissing" })
    expect(await (await get("/metrics")).text()).toMatch(/^branchline_observe_differences\{kind="RequestMissing"\} 1/m)

    await Effect.runPromise(ec2.control.setPolicy({ Version: "2012-10-17", Statement: [] }))
    await eventually("TrunksInPlace is Unknown", async () => said().find(({ condition, status }) => condition === "TrunksInPlace" && status === "Unknown"))
    await Effect.runPromise(ec2.control.liftPolicy())
    await eventually("TrunksInPlace is True", async () => said().filter(({ condition }) => condition === "TrunksInPlace").at(-1)?.status === "True" ? true : undefined)

    await plane.kubectl(["delete", "pod", "web-1", "--grace-period=0", "--force"])
    await eventually("PodsAsk is True", async () => said().filter(({ condition }) => condition === "PodsAsk").at(-1)?.status === "True" ? true : undefined)
    expect(said().filter(({ kind }) => kind === "RequestMissing").map(({ message }) => message.split(":")[0])).toEqual(["differs", expect.stringMatching(/^differs no more, after \d+ s$/)])

    const code = await program.stop("SIGTERM")
    expect(said().at(-1)?.message).toBe("observing ends")
    expect([code, program.stderr()]).toEqual([130, ""])
  }, 180_000)

  it("has only listed, and only described instances and interfaces", async () => {
    const theirs = plane.audit().filter((record) => (record["user"] as { readonly username: string }).username === account)
    expect(theirs.length).toBeGreaterThan(30)
    expect([...new Set(theirs.map((record) => record["verb"]))]).toEqual(["list"])
    const refused = theirs.filter((record) => (record["responseStatus"] as { readonly code?: number } | undefined)?.code === 403)
    expect(refused).toEqual([])
    const actions = new Set((await Effect.runPromise(ec2.control.calls)).map(({ action }) => action))
    actions.delete("DecodeAuthorizationMessage")
    expect([...actions].toSorted()).toEqual(["DescribeInstances", "DescribeNetworkInterfaces"])
  })
})
