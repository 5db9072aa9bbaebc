import { expect, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { publishedLimits, limitsSource } from "../../src/limits/Limits.js"

const generated = fileURLToPath(new URL("../../src/limits/InstanceTypes.generated.ts", import.meta.url))
const generator = fileURLToPath(new URL("../../../../tools/limits", import.meta.url))

interface Outcome {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

const run = (command: string, args: ReadonlyArray<string>, timeout: number): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(command, args, { cwd: generator, timeout, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? "killed"), stdout, stderr: error === null ? stderr : stderr || error.message })
    })
  })

/** Why the generator cannot be built on this machine; undefined where it can, or where it must and something is wrong with it. */
const obstacle = async (): Promise<string | undefined> => {
  const go = await run("go", ["version"], 20_000)
  if (go.code === "ENOENT") return "there is no Go"
  // Fetches the module that go.mod pins, and the toolchain that it asks for.
  const { code, stderr } = await run("go", ["mod", "download"], 60_000)
  const unreachable = /requires go >=|toolchain not available|dial tcp|no such host|connection refused|timeout|GOPROXY=off/i
  return code !== 0 && (code === "killed" || unreachable.test(stderr)) ? "Go cannot fetch the module" : undefined
}

const missing = await obstacle()

/** The header's statements and the lines that they are about. */
const parse = (text: string) => {
  const header = /^\/\/ Code generated .*\n\/\/ source: (\S+)@(\S+)\n\/\/ types: (\d+)\n\/\/ sha256 of the lines below: ([0-9a-f]{64})\n/.exec(text)
  const [whole = "", source, version, types, checksum] = header ?? []
  const body = text.slice(whole.length)
  return { source, version, types: Number(types), body, intact: createHash("sha256").update(body).digest("hex") === checksum }
}

it("the generated file is what its header says", async () => {
  const file = parse(await readFile(generated, "utf8"))
  expect(file).toMatchObject({
    source: `${limitsSource.module}/pkg/aws/vpc`,
    version: limitsSource.version,
    types: publishedLimits.size,
    intact: true
  })
  expect(file.body.match(/^ {2}\["/gm)).toHaveLength(publishedLimits.size)
})

it("the generator is pinned to the version that the file was generated from", async () => {
  const requirement = `require ${limitsSource.module} ${limitsSource.version}\n`
  expect(await readFile(join(generator, "go.mod"), "utf8")).toContain(requirement)
  expect(await readFile(join(generator, "go.sum"), "utf8")).toContain(`${limitsSource.module} ${limitsSource.version} h1:`)
})

const regenerated = async () => {
  const folder = await mkdtemp(join(tmpdir(), "limits-"))
  try {
    const program = join(folder, "limits")
    expect(await run("go", ["build", "-buildvcs=false", "-o", program, "."], 110_000)).toMatchObject({ code: 0 })
    const checkedIn = await readFile(generated, "utf8")

    const printed = await run(program, [], 20_000)
    expect({ code: printed.code, stderr: printed.stderr }).toEqual({ code: 0, stderr: "" })
    // Red here: run npm run generate:limits.
    expect(printed.stdout === checkedIn).toBe(true)

    const target = join(folder, "again.ts")
    expect(await run(program, ["-o", target], 20_000)).toMatchObject({ code: 0, stdout: "" })
    expect((await readFile(target, "utf8")) === checkedIn).toBe(true)

    // A file cannot be renamed over a folder: this one fails after everything was written.
    const blocked = join(folder, "blocked")
    await mkdir(blocked)
    const refused = await run(program, ["-o", blocked], 20_000)
    expect(refused).toMatchObject({ code: 1, stdout: "" })
    expect(refused.stderr).toMatch(/^limits: /)
    expect((await readdir(folder)).sort()).toEqual(["again.ts", "blocked", "limits"])
  } finally {
    await rm(folder, { recursive: true })
  }
}

const vouchedFor = async () => {
  const text = await readFile(generated, "utf8")
  expect(parse(text).intact).toBe(true)
  expect(parse(text.replace("branches: 9,", "branches: 8,")).intact).toBe(false)
}

it(
  `the generated file ${missing === undefined ? "is what the generator writes, whole or not at all" : `has its checksum (${missing})`}`,
  { timeout: 120_000 },
  missing === undefined ? regenerated : vouchedFor
)
