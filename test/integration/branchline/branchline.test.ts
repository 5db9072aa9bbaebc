import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import type { InstanceId } from "@branchline/core/model/Ids"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { awsEnvironment, type Ec2Program, startEc2 } from "../support/Binaries.js"
import { type ControlPlane, root, startControlPlane, type User } from "../support/ControlPlane.js"
import { eventually, run, start } from "../support/Program.js"

const dist = join(root, "packages", "cli", "dist")

/** As deploy/cli gives it to a group. */
const reader: User = { name: "jane", groups: ["branchline-users"] }
const group = "sg-079157a483bcb371f"
const share = { "vpc.amazonaws.com/pod-eni": "1" }

interface Ran {
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

let plane: ControlPlane
/** The programs by themselves, in a folder where no library is: as whoever has fetched the package and nothing else. */
let main: string
let plugin: string
let ec2: Ec2Program
let instanceId: InstanceId
const scope = Scope.makeUnsafe()

const apply = (...items: ReadonlyArray<object>) => plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) })

const pod = (name: string, namespace: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: { app: "web" } },
  spec: { nodeName: "node-1", containers: [{ name: "main", image: "example.com/app", resources: { limits: share, requests: share } }] }
})

/** `branchline …` as a user, in an environment without anybody else's settings. */
const branchline = async (user: User, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Promise<Ran> => {
  const { KUBECONFIG: _own, KUBERNETES_SERVICE_HOST: _pod, ...rest } = process.env
  return run(process.execPath, [main, ...args], { env: { ...rest, KUBECONFIG: await plane.kubeconfig(user), NO_COLOR: "1", ...env } })
}

const aws = () => ({ args: ["--aws", "--endpoint-url", ec2.endpoint], env: awsEnvironment(ec2.endpoint) })

beforeAll(async () => {
  expect(existsSync(join(dist, "main.js")), `${dist} is built`).toBe(true)
  plane = await startControlPlane({ controllerManager: false })
  const alone = join(plane.folder, "branchline")
  cpSync(dist, alone, { recursive: true })
  writeFileSync(join(alone, "package.json"), JSON.stringify({ type: "module" }))
  main = join(alone, "main.js")
  plugin = join(alone, "kubectl-sgp.js")
  ec2 = await Effect.runPromise(Scope.provide(startEc2(), scope))
  const control = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)
  const { subnetId } = await control(ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" }))
  instanceId = (await control(ec2.control.launchInstance({ type: "m5.large", subnetId }))).instanceId
  await plane.kubectl(["apply", "-k", join(root, "deploy", "cli")])
  await apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "shop" } },
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1", labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.large", "topology.kubernetes.io/region": "eu-west-1" } },
      spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
    },
    {
      apiVersion: "vpcresources.k8s.aws/v1beta1",
      kind: "SecurityGroupPolicy",
      metadata: { name: "web", namespace: "shop" },
      spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: [group] } }
    },
    {
      apiVersion: "vpcresources.k8s.aws/v1alpha1",
      kind: "CNINode",
      metadata: { name: "node-1" },
      spec: { features: [{ name: "SecurityGroupsForPods", value: "" }], tags: { "cluster.k8s.amazonaws.com/name": "seed" } }
    }
  )
  await apply(pod("web-1", "shop"), pod("other-1", "default"))
  writeFileSync(join(plane.folder, "policy.json"), JSON.stringify({
    apiVersion: "vpcresources.k8s.aws/v1beta1",
    kind: "SecurityGroupPolicy",
    metadata: { name: "web", namespace: "shop" },
    spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: ["sg-0123456789abcdef0"] } }
  }))
}, 180_000)

afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await plane.stop()
})

const everyCommand: ReadonlyArray<ReadonlyArray<string>> = [
  ["explain", "pod", "web-1", "-n", "shop"],
  ["explain", "policy", "web", "-n", "shop"],
  ["explain", "node", "node-1"],
  ["status"],
  ["status", "-n", "shop"],
  ["snapshot"],
  ["lint"],
  ["plan", "-f", "POLICY"],
  ["trace", "window", "AUDIT"],
  ["trace", "pod", "web-1", "AUDIT", "-n", "shop"],
  ["observe", "--once"],
  ["schema", "snapshot"]
]

describe("with the rights of deploy/cli", () => {
  it.each(everyCommand.map((args) => args.join(" ")))("branchline %s answers", async (command) => {
    const files: Readonly<Record<string, string>> = { POLICY: join(plane.folder, "policy.json"), AUDIT: join(plane.folder, "audit.log") }
    const { code, stderr, stdout } = await branchline(reader, command.split(" ").map((arg) => files[arg] ?? arg))
    expect(stderr).not.toContain("error:")
    expect([0, 1]).toContain(code)
    expect(stdout).not.toContain("is forbidden")
    expect(stdout.length).toBeGreaterThan(50)
  })

  it("the answer is the same from a snapshot that was just taken", async () => {
    const taken = await branchline(reader, ["snapshot"])
    const file = join(plane.folder, "cluster.json")
    writeFileSync(file, taken.stdout)
    const live = await branchline(reader, ["explain", "pod", "web-1", "-n", "shop", "-o", "json"])
    const saved = await branchline(reader, ["explain", "pod", "web-1", "-n", "shop", "-o", "json", "--snapshot", file])
    const story = ({ stdout }: Ran) => ({ ...JSON.parse(stdout), seenAt: undefined })
    expect(story(saved)).toEqual(story(live))
    expect(JSON.parse(live.stdout).waitsFor.cause).toBe("NoTrunk")
    const piped = await run("sh", ["-c", `${process.execPath} ${main} explain pod web-1 -n shop --snapshot - < ${file}`])
    expect(piped.stdout).toContain("Waits for")
  })

  it("kubectl finds it as a plugin", async () => {
    const folder = join(plane.folder, "bin")
    mkdirSync(folder)
    writeFileSync(join(folder, "kubectl-sgp"), `#!/bin/sh\nexec ${process.execPath} ${plugin} "$@"\n`)
    chmodSync(join(folder, "kubectl-sgp"), 0o755)
    const kubectl = join(process.env["KUBEBUILDER_ASSETS"] ?? "", "kubectl")
    const { code, stdout } = await run(kubectl, ["sgp", "explain", "pod", "web-1", "-n", "shop"], {
      env: { ...process.env, KUBECONFIG: await plane.kubeconfig(reader), PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` }
    })
    expect(code).toBe(1)
    expect(stdout).toContain("shop/web-1")
    const help = await run(kubectl, ["sgp", "--help"], { env: { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` } })
    expect(help.stdout).toContain("kubectl sgp <subcommand>")
  })

  it("colours are for terminals, or for who insists, and NO_COLOR is the last word", async () => {
    const coloured = async (env: NodeJS.ProcessEnv) => (await branchline(reader, ["explain", "node", "node-1"], env)).stdout.includes("\u001b[")
    expect(await coloured({ NO_COLOR: "" })).toBe(false)
    expect(await coloured({ NO_COLOR: "", FORCE_COLOR: "1" })).toBe(true)
    expect(await coloured({ NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false)
  })

  it("somebody else looks in the reader's name", async () => {
    const admin: User = { name: "kubernetes-admin", groups: ["system:masters"] }
    const { code, stdout } = await branchline(admin, ["status", "-o", "json", "--as", "jane", "--as-group", "branchline-users"])
    expect([0, 1]).toContain(code)
    expect(JSON.parse(stdout).server).toContain(", as jane")
    const nobody = await branchline(admin, ["status", "--as", "nobody"])
    expect(nobody.code).toBe(2)
    expect(nobody.stderr).toContain("nobody")
  })

  it("watches until it is interrupted, one block after the other", async () => {
    const program = start(process.execPath, [main, "status", "--watch", "--interval", "1"], { env: { ...process.env, KUBECONFIG: await plane.kubeconfig(reader), NO_COLOR: "1" } })
    await eventually("three blocks", async () => program.stdout().split("Feature").length > 3 ? true : undefined)
    const code = await program.stop("SIGINT")
    expect(code).toBe(130)
    expect(program.stderr()).toBe("")
  })
})

describe("a right that is missing", () => {
  const role = (name: string, rules: ReadonlyArray<object>, namespace?: string): ReadonlyArray<object> => {
    const kind = namespace === undefined ? "ClusterRole" : "Role"
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) }
    return [
      { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, rules },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: `${kind}Binding`,
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }]
      }
    ]
  }
  const read = ["get", "list"]

  it("is named, and ends nothing", async () => {
    await apply(...role("without-nodes", [
      { apiGroups: [""], resources: ["pods", "serviceaccounts"], verbs: read },
      { apiGroups: ["vpcresources.k8s.aws"], resources: ["securitygrouppolicies"], verbs: read }
    ]))
    const user = { name: "without-nodes" }
    const explained = await branchline(user, ["explain", "pod", "web-1", "-n", "shop"])
    expect(explained.code).toBe(1)
    expect(explained.stdout).toContain("unknown: nobody looked at the node")
    expect(explained.stdout).toContain("nodes is forbidden")
    const policy = await branchline(user, ["explain", "policy", "web", "-n", "shop"])
    expect(policy.code).toBe(0)
    const status = await branchline(user, ["status"])
    expect(status.stdout).toContain("nodes is forbidden")
    expect((await branchline(user, ["snapshot"])).stderr).toContain("not seen: nodes")
    const node = await branchline(user, ["explain", "node", "node-1"])
    expect(node.code).toBe(2)
    expect(node.stderr).toContain("node node-1 cannot be seen")
  })

  it("to the whole cluster narrows the answer to a namespace", async () => {
    await apply(...role("only-shop", [
      { apiGroups: [""], resources: ["pods", "serviceaccounts", "events"], verbs: read },
      { apiGroups: ["vpcresources.k8s.aws"], resources: ["securitygrouppolicies"], verbs: read }
    ], "shop"))
    const user = { name: "only-shop" }
    const explained = await branchline(user, ["explain", "pod", "web-1", "-n", "shop"])
    expect(explained.code).toBe(1)
    expect(explained.stdout).toContain("matched: sg-079157a483bcb371f")
    expect(explained.stdout.replace(/\s+/g, " ")).toContain("pods outside of shop")
    const other = await branchline(user, ["explain", "pod", "other-1"])
    expect(other.code).toBe(2)
  })

  it("to everything is one clear message", async () => {
    const { code, stderr, stdout } = await branchline({ name: "nobody" }, ["status"])
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toMatch(/^error: nothing of the cluster can be seen at https:/)
    expect(stderr).toContain("mend: give the user the ClusterRole of deploy/cli")
  })
})

describe("with EC2", () => {
  it("tells what it has, and that there is no trunk", async () => {
    const { args, env } = aws()
    const { code, stdout } = await branchline(reader, ["explain", "node", "node-1", ...args], env)
    expect(code).toBe(1)
    expect(stdout).toContain("1 of 3 taken")
    expect(stdout).toContain("192.168.0.0/19")
    const status = await branchline(reader, ["status", ...args, "-o", "json"], env)
    expect(JSON.parse(status.stdout).subnets).toHaveLength(1)
  })

  it("that cannot be reached is named, and ends nothing", async () => {
    const { code, stdout } = await branchline(reader, ["status", "--aws", "--endpoint-url", "http://127.0.0.1:1"], aws().env)
    expect([0, 1]).toContain(code)
    expect(stdout).toContain("EC2's instances")
  })

  it("under the policy of deploy/cli nothing is missing", async () => {
    const { args, env } = aws()
    await Effect.runPromise(ec2.control.setPolicy(JSON.parse(readFileSync(join(root, "deploy", "cli", "iam-policy.json"), "utf8"))))
    try {
      const { stdout } = await branchline(reader, ["status", ...args, "-o", "json"], env)
      expect(JSON.parse(stdout).notSeen).toEqual([])
    } finally {
      await Effect.runPromise(ec2.control.liftPolicy())
    }
  })

  it("that denies a describe is named, and ends nothing", async () => {
    const { args, env } = aws()
    const allowed = ["ec2:DescribeInstances", "ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"]
    const deny = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: allowed, Resource: "*" }] } as const
    await Effect.runPromise(ec2.control.setPolicy(deny))
    try {
      const { code, stdout } = await branchline(reader, ["status", ...args], env)
      expect([0, 1]).toContain(code)
      expect(stdout.replace(/\s+/g, " ")).toMatch(/EC2's security groups.*ec2:DescribeSecurityGroups|EC2's security groups.*UnauthorizedOperation/)
    } finally {
      await Effect.runPromise(ec2.control.liftPolicy())
    }
  })

  it("is asked by describes only", async () => {
    const { args, env } = aws()
    for (const command of [["explain", "pod", "web-1", "-n", "shop"], ["explain", "policy", "web", "-n", "shop"], ["snapshot"]]) {
      expect([0, 1]).toContain((await branchline(reader, [...command, ...args], env)).code)
    }
    const actions = new Set((await Effect.runPromise(ec2.control.calls)).map(({ action }) => action))
    // STS tells what IAM's refusal means: it is no call of EC2's, and changes nothing.
    actions.delete("DecodeAuthorizationMessage")
    expect([...actions].filter((action) => !action.startsWith("Describe"))).toEqual([])
    expect([...actions].toSorted()).toEqual(expect.arrayContaining(["DescribeInstances", "DescribeNetworkInterfaces", "DescribeSubnets"]))
  })
})

describe("all of it", () => {
  it("has written nothing: the audit log has no verb of these users but get, list and watch", () => {
    const users = new Set(["jane", "without-nodes", "only-shop", "nobody"])
    const theirs = plane.audit().filter((record) => users.has((record["user"] as { readonly username: string }).username))
    expect(theirs.length).toBeGreaterThan(100)
    expect([...new Set(theirs.map((record) => record["verb"]))].filter((verb) => !["get", "list", "watch"].includes(String(verb)))).toEqual([])
    const impersonated = plane.audit().filter((record) => (record["impersonatedUser"] as { readonly username?: string } | undefined)?.username === "jane")
    expect(impersonated.length).toBeGreaterThan(0)
    expect([...new Set(impersonated.map((record) => record["verb"]))]).toEqual(["list"])
  })

  it("goes on where a CustomResourceDefinition is not installed, and says which", async () => {
    await plane.kubectl(["delete", "crd", "eniconfigs.crd.k8s.amazonaws.com", "cninodes.vpcresources.k8s.aws"])
    const { code, stdout } = await branchline(reader, ["explain", "pod", "web-1", "-n", "shop"])
    expect(code).toBe(1)
    expect(stdout.replace(/\s+/g, " ")).toMatch(/CNINodes no such kind is installed/)
  })
})
