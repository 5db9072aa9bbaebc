import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { pod, policy } from "./support.js"

const main = fileURLToPath(new URL("../../dist/story/main.js", import.meta.url))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let directory = ""

/** Runs the built program (`npm run build`) in the directory of the manifests. */
const start = (...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" }
    execFile(process.execPath, [main, ...args], { cwd: directory, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr })
    })
  })

const files: Readonly<Record<string, string>> = {
  "broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n   labels: {}\n",
  "kind.yaml": policy.replace("SecurityGroupPolicy", "SecurityGroupPolcy"),
  "groups.yaml": policy.replace(/groupIds: \[.*?\]/, "groupIds: []"),
  "six.yaml": `${policy.replace(/groupIds: \[.*?\]/, "groupIds: [sg-1, sg-2, sg-3, sg-4, sg-5, sg-6]")}---${pod("a").replace("app: web", "app: db")}`,
  "name.yaml": pod("Not_A_Name"),
  "pods.yaml": [policy, pod("a"), pod("b")].join("---")
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "story-"))
  mkdirSync(join(directory, "empty"))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
})
afterAll(() => rmSync(directory, { recursive: true }))

const refusals: ReadonlyArray<readonly [what: string, args: ReadonlyArray<string>, message: RegExp]> = [
  ["a broken YAML", ["-f", "broken.yaml"], /^error: broken\.yaml:4: this is no YAML: .+; mend the syntax\n$/],
  ["an unknown kind", ["-f", "kind.yaml"], /^error: kind\.yaml:3: kind: unknown kind "SecurityGroupPolcy"; did you mean SecurityGroupPolicy\?\n$/],
  ["a policy without groups", ["-f", "groups.yaml"], /^error: groups\.yaml:5: spec\.securityGroups\.groupIds: it names no security group; .+\n$/],
  ["a name that the API server refuses", ["-f", "name.yaml"], /^error: name\.yaml:3: the API server refuses Pod default\/Not_A_Name: .+; mend .+\n$/],
  ["a directory without manifests", ["-f", "empty"], /^error: empty: the directory has no manifest; .+\n$/],
  ["a path that is not there", ["-f", "nowhere"], /^error: nowhere: there is no such file or directory; .+\n$/],
  [
    "an unknown instance type",
    ["--instance-type", "m5.lagre"],
    /^error: --instance-type: there is no instance type "m5\.lagre" in the published table; the nearest is "m5\.large"; .+\n$/
  ],
  ["a pod to delete that is not there", ["-f", "pods.yaml", "--delete", "c"], /^error: --delete c: there is no such pod; .+\n$/],
  ["no length of time", ["--cooldown", "5x"], /^error: Invalid value for flag --cooldown: "5x"\. Expected: a length of time such as 90s.*\nSee npm start -- --help\.\n$/],
  ["an unknown flag", ["--nodez", "3"], /^error: Unrecognized flag: --nodez[^]*--nodes[^]*See npm start -- --help\.\n$/]
]

describe("npm start", () => {
  it.concurrent.each(refusals)("given %s: one message with the mend, nothing on stdout, exit code 1", async (_, args, message) => {
    const { code, stderr, stdout } = await start(...args)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  })

  it("given a port in use: one message with the mend, exit code 1", async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resolve(address !== null && typeof address === "object" ? address.port : 0)
      })
    })
    const { code, stderr, stdout } = await start("--serve", String(port))
    server.close()
    expect(stderr).toBe(`error: --serve ${port}: port ${port} is in use; choose another, or 0 for any that is free\n`)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  })

  it("given six groups: a warning, and the story goes on", async () => {
    const { code, stderr, stdout } = await start("-f", "six.yaml")
    expect(stderr).toMatch(/^warning: six\.yaml:5: spec\.securityGroups\.groupIds: 6 security groups, EC2 allows 5 on an interface; .+\n$/)
    expect(code).toBe(0)
    expect(stdout).toContain("Every pod has what it is owed.")
  })

  it("given nothing: the record's story, readable and without colours, exit code 0", async () => {
    const { code, stderr, stdout } = await start()
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const places = [
      "asks for a trunk",
      `status.capacity vpc.amazonaws.com/pod-eni = 9`,
      "applies SecurityGroupPolicy my-security-group-policy-demo",
      "applies Pod aws-cli",
      "mpod.vpc.k8s.aws: vpc.amazonaws.com/pod-eni \"1\" in limits and requests",
      "event FailedCreatePodSandBox on pod aws-cli",
      "AssociateTrunkInterface",
      "annotates pod aws-cli: eni-",
      "pod aws-cli is Running with 192.168.",
      "$ kubectl describe pod aws-cli",
      "$ kubectl describe node ip-192-168-",
      "Audit record: the creation of pod aws-cli",
      "Audit record: the node's capacity",
      "EC2 calls",
      "Every pod has what it is owed."
    ].map((text) => stdout.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
    expect(stdout).not.toMatch(/\u001b/)
    const timeline = stdout.slice(0, stdout.indexOf("$ kubectl"))
    expect(Math.max(...timeline.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(100)
  })

  it("--json: one document and nothing else, the same for the same seed in two processes", async () => {
    const [one, two, other] = await Promise.all([start("--json"), start("--json"), start("--json", "--seed", "2")])
    expect(one.stderr).toBe("")
    expect(one.stdout === two.stdout, "two runs of a seed differ").toBe(true)
    expect(one.stdout === other.stdout, "two seeds play the same story").toBe(false)
    const document: unknown = JSON.parse(one.stdout)
    expect(document).toMatchObject({ seed: "1", warnings: [], waiting: [], violations: [], pods: [{ kind: "Pod" }], nodes: [{ kind: "Node" }] })
    expect(Object.keys(Object(document)).sort()).toEqual([
      "audit", "ec2", "endedAt", "events", "explanations", "nodes", "pods", "seed", "startedAt", "timeline", "title", "violations", "waiting", "warnings"
    ])
  })

  it("--help: every flag, exit code 0", async () => {
    const { code, stdout } = await start("--help")
    expect(code).toBe(0)
    for (const flag of ["manifests", "nodes", "instance-type", "for", "cooldown", "delete", "missing-group", "annotation", "seed", "speed", "json", "serve"]) {
      expect(stdout).toContain(`--${flag}`)
    }
  })

  it("--speed: the same text, in its own time", async () => {
    const [atOnce, played] = await Promise.all([start("-f", "pods.yaml"), start("-f", "pods.yaml", "--speed", "1000")])
    expect(played.stdout).toBe(atOnce.stdout)
  })
})
