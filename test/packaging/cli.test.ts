import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publint } from "publint"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Packed, packProgram, root } from "./packed.js"

const temporary = mkdtempSync(join(tmpdir(), "branchline-cli-"))
const bin = join(temporary, "node_modules", ".bin")
let packed: Packed

beforeAll(() => {
  packed = packProgram("cli", temporary)
  writeFileSync(join(temporary, "package.json"), JSON.stringify({ name: "nothing-installed", private: true }))
  const installed = spawnSync("npm", ["install", "--offline", "--no-audit", "--no-fund", packed.tarball], { cwd: temporary, encoding: "utf8" })
  expect(installed.status, installed.stderr).toBe(0)
}, 120_000)
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

/** As a shell finds it: nothing of this checkout is in its reach. */
const run = (command: string, args: ReadonlyArray<string>, input = "") => {
  const home = join(temporary, "home")
  mkdirSync(home, { recursive: true })
  const { status, stderr, stdout } = spawnSync(join(bin, command), [...args], { cwd: temporary, input, encoding: "utf8", env: { PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`, HOME: home } })
  return { code: status, stdout, stderr }
}

const bad = `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  securityGroups: { groupIds: [sg-1] }
`

describe("@branchline/cli in a folder where nothing else is installed", () => {
  it("is one package: programs, and nothing that has to be fetched besides", () => {
    expect(packed.manifest.dependencies ?? {}).toEqual({})
    expect(packed.files.filter((file) => !file.startsWith("dist/"))).toEqual(["LICENSE", "README.md", "package.json"])
    expect(readFileSync(join(root, "packages/cli/LICENSE"), "utf8")).toBe(readFileSync(join(root, "LICENSE"), "utf8"))
  })

  it("pleases publint", async () => {
    const file = readFileSync(packed.tarball)
    const tarball = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
    expect((await publint({ pack: { tarball }, strict: true })).messages).toEqual([])
  })

  it("says what it can, as branchline and as kubectl's plugin", () => {
    const whole = run("branchline", ["--help"])
    expect(whole.code).toBe(0)
    for (const command of ["explain", "lint", "plan", "trace", "status", "observe", "snapshot"]) expect(whole.stdout).toMatch(new RegExp(`^  ${command} `, "m"))
    expect(run("kubectl-sgp", ["--help"]).stdout).toContain("kubectl sgp <subcommand>")
  })

  it("works: exit code 1 where something was found, 2 where it could not look", () => {
    const found = run("branchline", ["lint", "-"], bad)
    expect(found.code, found.stderr).toBe(1)
    expect(found.stdout).toContain("group-id-malformed")
    const blind = run("branchline", ["explain", "pod", "web"])
    expect(blind.code).toBe(2)
    expect(blind.stderr.trim().split("\n").length, blind.stderr).toBeLessThan(6)
  })
})
