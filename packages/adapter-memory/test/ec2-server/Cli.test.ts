import { CreateTagsCommand, DescribeInstanceTypesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { connect } from "@branchline/adapter-memory/ec2-control"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { anybody, outcome, run } from "./Serving.js"

// What the last build left: `npm test` builds first.
const main = fileURLToPath(new URL("../../dist/ec2-server/main.js", import.meta.url))

const folder = mkdtempSync(join(tmpdir(), "branchline-ec2-"))
const file = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content))
  return path
}

const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill("SIGKILL")
  children.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The program, as soon as it has said where it is. */
const started = (...flags: ReadonlyArray<string>) =>
  new Promise<{ readonly url: string; readonly stdout: () => string; readonly stderr: () => string; readonly stop: (signal: NodeJS.Signals) => Promise<number | null> }>((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...flags])
    children.add(child)
    const texts = { stdout: "", stderr: "" }
    const ended = new Promise<number | null>((done) => child.on("exit", done))
    child.stderr.on("data", (part) => (texts.stderr += part))
    child.stdout.on("data", (part) => {
      texts.stdout += part
      const url = /^EC2 in memory: (http:\/\/\S+)\n/.exec(texts.stdout)?.[1]
      if (url === undefined) return
      resolve({
        url,
        stdout: () => texts.stdout,
        stderr: () => texts.stderr,
        stop: (signal) => {
          child.kill(signal)
          return ended
        }
      })
    })
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${texts.stderr}`)))
  })

const failed = (...flags: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...flags], { encoding: "utf8", timeout: 60_000 })
  return { status, stdout, stderr: stderr.trimEnd() }
}

describe("branchline-ec2", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("says where it is in one line, and ends well by %s, also while calls wait", async (signal) => {
    const { stderr, stdout, stop, url } = await started()
    const control = connect(url)
    const hold = await run(control.addFault({ action: "*", when: "before", answer: "hold" }))
    const waiting = fetch(`${url}/?Action=DescribeRegions`).catch(() => "cut")
    await run(hold.fired())
    expect(await stop(signal)).toBe(0)
    expect(await waiting).toBe("cut")
    expect(stdout()).toBe(`EC2 in memory: ${url}\n`)
    expect(stderr()).toBe("")
  })

  it("does as its flags say", async () => {
    const role = "arn:aws:iam::123456789012:role/cluster"
    const { url } = await started(
      "--region", "eu-north-1", "--account", "123456789012", "--subnet", "10.0.0.0/24@eu-north-1b", "--subnet", "10.0.1.0/24", "--any-group", "--seed", "7",
      "--throttle", "3/0.001", "--latency", "5ms", "--latency-spread", "10ms", "--describe-lag", "1s", "--attach-delay", "2s", "--vlan-cooldown", "1m", "--release-delay", "3s",
      "--interfaces-per-region", "10", "--groups-per-interface", "16", "--keep-calls", "2", "--role", `${role}=seed`, "--role", `${role}2`,
      "--limits", file("limits.json", { "m9.large": { interfaces: 3, ipv4PerInterface: 20, branches: 9 } }),
      "--policy", file("policy.json", { Version: "2012-10-17", Statement: { Effect: "Allow", NotAction: "ec2:DeleteTags", Resource: "*" } })
    )
    const control = connect(url)
    const { subnets } = await run(control.snapshot)
    expect(subnets.map(({ cidr }) => cidr)).toEqual(["10.0.0.0/24", "10.0.1.0/24"])
    expect(await (await fetch(`${url}/_branchline/settings`)).json()).toMatchObject({
      seed: "7", account: "123456789012", latency: { min: 5, max: 15 }, describeLag: { min: 0, max: 1_000 }, attachDelay: 2_000, vlanCooldown: 60_000, releaseDelay: 3_000,
      anyGroup: true, interfacesPerRegion: 10, groupsPerInterface: 16, throttle: { mutating: { capacity: 3, refill: 0.001 }, describing: { capacity: 3, refill: 0.001 } }
    })
    const settings = { endpoint: url, region: "eu-north-1", credentials: anybody, maxAttempts: 1 }
    const [ec2, sts] = [new EC2Client(settings), new STSClient(settings)]
    expect((await sts.send(new GetCallerIdentityCommand())).Account).toBe("123456789012")
    const assume = (arn: string, externalId?: string) => outcome(sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "test", ExternalId: externalId })))
    expect([await assume(role), await assume(role, "seed"), await assume(`${role}2`), await assume(`${role}3`)]).toEqual(["AccessDenied 403", "done", "done", "AccessDenied 403"])
    expect((await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["m9.large" as "m5.large"] }))).InstanceTypes).toHaveLength(1)
    const tag = () => outcome(ec2.send(new CreateTagsCommand({ Resources: [subnets[0]?.subnetId ?? ""], Tags: [{ Key: "a", Value: "b" }] })))
    expect([await tag(), await tag(), await tag(), await tag()]).toEqual(["done", "done", "done", "RequestLimitExceeded 503"])
    expect(await run(control.calls)).toHaveLength(2)
    ec2.destroy()
    sts.destroy()
  })

  it("tells its flags, and the exit codes", () => {
    const { status, stderr, stdout } = failed("--help")
    expect([status, stderr]).toEqual([0, ""])
    for (const flag of ["port", "host", "region", "account", "seed", "throttle", "latency", "latency-spread", "describe-lag", "attach-delay", "vlan-cooldown", "release-delay", "interfaces-per-region",
      "groups-per-interface", "any-group", "subnet", "limits", "policy", "role", "keep-calls", "check-clock"]) expect(stdout).toContain(`--${flag} `)
    expect(stdout).toContain("Exit code")
  })

  const usage = "See branchline-ec2 --help."
  it.each([
    [["--port", "abc"], /^error: Invalid value for flag --port: "abc"\. Expected .*number/],
    [["--port", "65536"], /^error: .*--port: "65536"\. Expected: a whole number from 0 to 65535/],
    [["--prot", "1"], /^error: Unrecognized flag: --prot[^]*--port/],
    [["more"], /^error: Unexpected positional argument: "more"/],
    [["--account", "12"], /^error: .*--account: "12"\. Expected: an account id, 12 digits/],
    [["--region", "here"], /^error: .*--region: "here"\. Expected: a Region such as us-west-2/],
    [["--throttle", "5"], /^error: .*--throttle: "5"\. Expected: off, documented, or <burst>\/<calls a second>/],
    [["--throttle", "0/5"], /^error: .*--throttle: "0\/5"\. Expected: off, documented, or/],
    [["--latency", "5"], /^error: .*--latency: "5"\. Expected: a length of time such as 250ms, 5s or 1m/],
    [["--subnet", "ten"], /^error: .*--subnet: "ten"\. Expected: <cidr>\[@<zone>\]/],
    [["--role", "cluster"], /^error: .*--role: "cluster"\. Expected: <role ARN>/]
  ])("%j: one message that names the flag and what it takes", (flags, message) => {
    const { status, stderr, stdout } = failed(...flags)
    expect([status, stdout]).toEqual([1, ""])
    expect(stderr).toMatch(message)
    expect(stderr.match(/^error: /gm)).toHaveLength(1)
    expect(stderr.endsWith(`\n${usage}`)).toBe(true)
  })

  it.each([
    ["an address that is not this machine's", () => ["--host", "192.0.2.1"], /^error: --host 192\.0\.2\.1: it cannot be listened at: EADDRNOTAVAIL; name an address of this machine/],
    ["subnets that overlap", () => ["--subnet", "10.0.0.0/16", "--subnet", "10.0.1.0/24"], /^error: --subnet 10\.0\.1\.0\/24: .*conflicts with another subnet; name CIDRs from \/16 to \/28 that do not overlap$/],
    ["a file that is not there", () => ["--policy", join(folder, "none")], /^error: --policy .*none: it cannot be read: ENOENT.*; name a file with an IAM policy document as JSON$/],
    ["a file that is no JSON", () => ["--policy", file("torn", "{")], /^error: --policy .*torn: it is no JSON: .*; name a file/],
    ["a policy that is none", () => ["--policy", file("odd", { Statement: { Effect: "Allow", Action: "*" } })], /^error: --policy .*odd: Statement 1 needs either Resource or NotResource; name a file/],
    ["limits that cannot be", () => ["--limits", file("small", { "m9.large": { interfaces: 3 } })], /^error: --limits .*small: limits overlay: m9\.large → ipv4PerInterface: missing.*; name a JSON file such as/]
  ])("%s: one line with the place and the mend", (_, flags, message) => {
    const { status, stderr, stdout } = failed(...flags())
    expect([status, stdout]).toEqual([1, ""])
    expect(stderr).toMatch(message)
    expect(stderr.split("\n")).toHaveLength(1)
  })

  it("a port that is in use: one line with the place and the mend", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    await new Promise((listening) => other.once("listening", listening))
    const { port } = other.address() as AddressInfo
    expect(failed("--port", String(port))).toEqual({ status: 1, stdout: "", stderr: `error: --port ${port}: the port is in use; choose another, or 0 for any that is free` })
    other.close()
  })
})
