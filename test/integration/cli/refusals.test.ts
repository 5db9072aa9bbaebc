import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { certificate } from "../support/Certificates.js"
import { type ControlPlane, root, startControlPlane } from "../support/ControlPlane.js"
import { applyRights, controller, controllerUser, noServers } from "./World.js"

let plane: ControlPlane
let kubeconfig = ""
const paths = { expired: "", stranger: "", away: "", certificates: "", mismatched: "" }
let taken: Server
let port = 0

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  await applyRights(plane)
  kubeconfig = await plane.kubeconfig(controllerUser)
  paths.expired = await plane.kubeconfig(controllerUser, { validFor: -1_000 })
  paths.stranger = await plane.kubeconfig({ name: "stranger" })
  paths.away = await plane.kubeconfig(controllerUser, { server: "https://127.0.0.1:1" })
  const files = async (name: string, validFor: number, key?: string) => {
    const pair = await certificate({ commonName: "webhook", dnsNames: ["webhook.kube-system.svc"], validFor })
    const folder = join(plane.folder, name)
    mkdirSync(folder)
    writeFileSync(join(folder, "tls.crt"), pair.cert)
    writeFileSync(join(folder, "tls.key"), key ?? pair.key)
    return folder
  }
  paths.certificates = await files("expired", -1_000)
  paths.mismatched = await files("mismatched", 60_000, (await certificate({ commonName: "other" })).key)
  taken = createServer()
  port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })
})
afterAll(async () => {
  taken.close()
  await plane.stop()
})

const cluster = ["--cluster-name", "seed"]
const offExcept = (name: string) => noServers.filter((_, index) => noServers[index - (index % 2)] !== `--${name}-address`)

const refusals: ReadonlyArray<readonly [what: string, args: () => ReadonlyArray<string>, code: number, message: RegExp]> = [
  ["no cluster reachable", () => ["--kubeconfig", paths.away], 2, /^cannot reach https:\/\/127\.0\.0\.1:1 .*: nothing listens there: correct the kubeconfig's server, or start it .*$/],
  ["a kubeconfig that is not there", () => ["--kubeconfig", "/nowhere/config"], 2, /\/nowhere\/config.*there is no such file: correct the path$/],
  ["a context that is not there", () => ["--kubeconfig", kubeconfig, "--context", "blue"], 2, /has no context blue: there is test$/],
  ["a client certificate that has expired", () => ["--kubeconfig", paths.expired], 2, /the client certificate of user user in .* expired at .*: get a new one, or set this machine's clock$/],
  ["verbs that are forbidden", () => ["--kubeconfig", paths.stranger], 2, /^the API server does not let us get, list, watch and patch pods; .*create events.*\. Grant that: deploy\/base\/rbac\.yaml has all that is needed$/],
  ["a webhook certificate that has expired", () => ["--kubeconfig", kubeconfig, "--webhook-address", "127.0.0.1:0", "--webhook-cert-dir", paths.certificates], 3, /expired\/tls\.crt and .*expired\/tls\.key cannot be used: the certificate expired at .*; put a certificate and its key there/],
  ["a key of another certificate", () => ["--kubeconfig", kubeconfig, "--webhook-address", "127.0.0.1:0", "--webhook-cert-dir", paths.mismatched], 3, /cannot be used: the key is not the certificate's; /],
  ["no certificate", () => ["--kubeconfig", kubeconfig, "--webhook-address", "127.0.0.1:0", "--webhook-cert-dir", "/nowhere"], 3, /there is no file \/nowhere\/tls\.crt; /],
  ["a metrics port in use", () => ["--kubeconfig", kubeconfig, "--metrics-address", `127.0.0.1:${port}`], 3, /^port in use: cannot listen on 127\.0\.0\.1:\d+ \(\/metrics\); end the process that has it, or choose another port$/],
  ["a webhook port in use", () => ["--kubeconfig", kubeconfig, "--webhook-address", `127.0.0.1:${port}`], 3, /127\.0\.0\.1:\d+.*in use/],
  
  ["subnets that overlap", () => ["--kubeconfig", kubeconfig, "--no-leader-election", "--ec2-subnets", "10.0.0.0/16,10.0.1.0/24"], 1, /^--ec2-subnets: EC2 in memory refuses them: .*; name CIDRs/]
]

/** Of a setting that is said twice the later one counts in the table above: the first is taken away. */
const withDefaults = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const said = ["metrics", "health", "introspection", "webhook"].find((name) => args.includes(`--${name}-address`))
  return [...cluster, ...(said === undefined ? noServers : offExcept(said)), ...args]
}

describe("npm start -- --backend kubernetes", () => {
  it.each(refusals)("given %s: one line that names the cause and the mend", async (_, args, code, message) => {
    const ended = await controller(withDefaults(args()))
    const errors = ended.stderr.split("\n").filter((line) => line.startsWith("error: "))
    expect(errors, ended.stderr).toHaveLength(1)
    expect(errors[0]?.slice("error: ".length)).toMatch(message)
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" })
    // No stack trace.
    expect(ended.stderr).not.toMatch(/^\s+at /m)
  })

  it("given one verb less than deploy/base grants: that verb is named, and nothing else", async () => {
    const rbac = readFileSync(join(root, "deploy", "base", "rbac.yaml"), "utf8")
    await plane.kubectl(["apply", "-f", "-"], { input: rbac.replace("verbs: [list, watch, create, patch]", "verbs: [list, watch, patch]") })
    const ended = await controller([...cluster, ...noServers, "--kubeconfig", kubeconfig])
    await plane.kubectl(["apply", "-f", "-"], { input: rbac })
    expect(ended.stderr).toContain("error: the API server does not let us create cninodes.vpcresources.k8s.aws. Grant that: deploy/base/rbac.yaml has all that is needed\n")
    expect(ended.code).toBe(2)
  })

  it("told to wait for a cluster: it says what it waits for, and gives up when the time is over", async () => {
    const ended = await controller([...cluster, ...noServers, "--kubeconfig", paths.away, "--wait-for-cluster", "2s"])
    const [waits = "", ...others] = ended.stderr.split("\n").filter((line) => /waiting for the API server|^error: /.test(line))
    expect(waits).toMatch(/WARN {2}waiting for the API server error="cannot reach/)
    expect(others).toHaveLength(1)
    expect(ended.code).toBe(2)
  })

  it("given a custom resource less: it is named, with the command that installs it", async () => {
    await plane.kubectl(["delete", "crd", "cninodes.vpcresources.k8s.aws"])
    const ended = await controller([...cluster, ...noServers, "--kubeconfig", kubeconfig])
    expect(ended.stderr).toContain("error: the cluster has no custom resource cninodes.vpcresources.k8s.aws; install it: kubectl apply -k deploy/crds\n")
    expect(ended.code).toBe(2)
  })

  it("given settings that are wrong: all of them at once, with file and line, and nothing is begun", async () => {
    const file = join(plane.folder, "controller.yaml")
    writeFileSync(file, "calls:\n  qps: many\nleadership:\n  lease: 3\n")
    const ended = await controller(["--config", file, "--workers", "0"])
    expect(ended.stderr.split("\n")).toEqual([
      `error: ${file}:2: calls.qps: it is "many"; it has to be a whole number from 0 to 100000`,
      `error: ${file}:4: leadership.lease: there is no such setting; there is leadership.election, leadership.identity, leadership.namespace, leadership.name, leadership.leaseDuration, leadership.renewDeadline, leadership.retryPeriod`,
      "error: --workers: it is \"0\"; it has to be a whole number from 1 to 4096",
      ""
    ])
    expect(ended.code).toBe(1)
  })

  it("given limits that cannot be: every line of the file that is wrong", async () => {
    const file = join(plane.folder, "limits.yaml")
    writeFileSync(file, "m5.large:\n  branches: 500\nm9.large:\n  interfaces: 3\n")
    const ended = await controller([...cluster, ...noServers, "--kubeconfig", kubeconfig, "--limits", file])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/error: .*limits\.yaml:2: \[m5\.large\]\.branches: /)
  })

  it("--print-config: the settings in force and where each comes from, and no cluster is needed", async () => {
    const ended = await controller([...cluster, "--print-config", "--workers", "7"], { BRANCHLINE_QPS: "9", POD_NAME: "replica-1" })
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    for (const line of ["  name: seed # --cluster-name", "  workers: 7 # --workers", "  qps: 9 # BRANCHLINE_QPS", "  identity: replica-1 # POD_NAME", "  burst: 3000 # default"]) {
      expect(ended.stdout.split("\n")).toContain(line)
    }
    const file = join(plane.folder, "printed.yaml")
    writeFileSync(file, ended.stdout)
    const again = await controller(["--config", file, "--print-config"])
    const values = (text: string) => text.split("\n").filter((line) => !line.startsWith("#")).map((line) => line.replace(/ # .*$/, ""))
    expect(values(again.stdout)).toEqual(values(ended.stdout))
  })

  it("--help: what there is, in groups", async () => {
    const ended = await controller(["--help"])
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    for (const group of ["CLUSTER", "LEADERSHIP", "WEBHOOKS", "EXIT CODES"]) expect(ended.stdout.split("\n")).toContain(group)
  })
})
