import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { usual } from "../../src/simulation/life/Mix.js"
import { rough } from "../../src/simulation/life/Rough.js"

// What the last build left: `npm test` builds first.
const main = fileURLToPath(new URL("../../dist/simulate/main.js", import.meta.url))
const regression = fileURLToPath(new URL("../simulation/regressions/event-answer-lost.yaml", import.meta.url))

const folder = mkdtempSync(join(tmpdir(), "branchline-simulate-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const run = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", timeout: 170_000 })
  return { status, stdout, stderr }
}

/** A controller that does nothing: whoever asks for a branch waits for ever. */
const idle = file("idle.mjs", `export default { name: "idle", clusterName: "seed", cooldown: 60000, idleCap: () => 0, run: () => ({ pipe() { return this } }) }`)

/** Short lives: one node, one burst, nothing goes wrong. */
const short = file("short.json", JSON.stringify({ ...usual, spread: { min: 30, max: 40 }, steps: { min: 0, max: 0 }, troubles: { min: 0, max: 0 }, nodes: { min: 1, max: 1 }, quiet: 400 }))

describe("branchline-simulate", () => {
  it("tells its flags, and the exit codes", () => {
    const { status, stderr, stdout } = run("--help")
    expect([status, stderr]).toEqual([0, ""])
    for (const flag of ["seeds", "first", "cores", "at-most", "seed", "file", "mix", "print-mix", "controller", "save", "failures", "shrink", "chance", "journal", "json"]) expect(stdout).toContain(`--${flag} `)
    expect(stdout).toContain("Exit code")
    expect(stdout).toContain("at least 3 nodes, 30 pods that were served, 5 faults that fired and 600 s of quiet after the last")
  })

  it("prints the usual mix, with what is wrong with sights and which calls fail", () => {
    const { status, stdout } = run("--print-mix")
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual(usual)
  })

  it("prints, and takes, the rough mix by its name", () => {
    const { status, stdout } = run("--print-mix", "--mix", "rough")
    expect([status, JSON.parse(stdout)]).toEqual([0, rough])
    const told = run("--seed", "3", "--mix", "rough")
    expect(told.status, told.stderr).toBe(0)
    expect(told.stdout).toMatch(/TROUBLE: (outage|blackout|spoil|text|stray|rival|blind|unread|unmake|group)/)
  })

  it("replays a saved scenario as a timeline, and as its whole journal, twice the same", () => {
    const told = run("--file", regression)
    expect(told.status, told.stderr).toBe(0)
    expect(told.stdout).toContain("TROUBLE: kubernetes")
    expect(told.stdout).toMatch(/all is well\n$/)
    const [first, second] = [run("--file", regression, "--journal"), run("--file", regression, "--journal")]
    expect(first.stdout.split("\n").length).toBeGreaterThan(20)
    expect(second.stdout).toBe(first.stdout)
  })

  it("lives so many seeds on two processes, and says what it came to; thin lives are no proof", () => {
    const { status, stderr, stdout } = run("--seeds", "6", "--first", "1", "--cores", "2", "--mix", short, "--json")
    expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({ controller: "branchline", first: 1, seeds: 6, failures: 0, medians: { nodes: 1, quiet: 400 } })
    expect(status).toBe(1)
    expect(stderr).toMatch(/the median life has 1 nodes, and not 3/)
    expect(stderr).not.toContain("warning: ")
  })

  it.each([
    [["--seed", "x"], /^error: .*--seed: "x"\. Expected: a seed as it was printed, such as 17 or 17\.4\.2/],
    [["--seeds", "0"], /^error: .*--seeds: .*a whole number from 1/],
    [["--sedes", "1"], /^error: Unrecognized flag: --sedes/],
    [["--file", "/no/such/file.yaml"], /^error: \/no\/such\/file\.yaml cannot be read: /],
    [["--controller", "/no/such/controller.mjs"], /^error: --controller \/no\/such\/controller\.mjs: /]
  ])("%j: one message that names the place", (args, message) => {
    const { status, stderr } = run(...args)
    expect(status).not.toBe(0)
    expect(stderr.split("\n")[0]).toMatch(message)
  })

  it("a scenario with a typo: the file, the line, and what there is", () => {
    const text = readFileSync(regression, "utf8").replace("do: deployment", "do: deploiment")
    const { status, stderr } = run("--file", file("typo.yaml", text))
    expect(status).toBe(2)
    expect(stderr).toMatch(/^error: .*typo\.yaml:7: steps\[2\]\.do: "deploiment" is no step: burst, pinned, deployment, /)
  })

  it("a module that is no controller: what it has to export", () => {
    const { status, stderr } = run("--controller", file("nothing.mjs", "export const name = 1"), "--seed", "1")
    expect(status).toBe(2)
    expect(stderr).toMatch(/^error: --controller .*nothing\.mjs: it exports no subject as default/)
  })
})

describe("a failure", () => {
  it("prints the rule, the command that replays it and the smallest plan, is saved, and fails again from there", () => {
    const saved = join(folder, "saved")
    const { status, stdout, stderr } = run("--seeds", "1", "--first", "1", "--cores", "1", "--mix", short, "--controller", idle, "--save", saved)
    expect(status, stderr).toBe(1)
    expect(stdout).toContain("seed 1 breaks a rule: 200 s after the last trouble not all is well")
    expect(stdout).toContain(`replay: branchline-simulate --seed 1 --mix ${short} --controller ${idle}`)
    expect(stdout).toMatch(/the smallest of \d+ plans that break it:/)
    const [name = ""] = readdirSync(saved)
    const again = run("--file", join(saved, name), "--controller", idle)
    expect(again.status).toBe(1)
    expect(again.stdout).toContain("BROKEN")
    expect(again.stdout).toMatch(/\n1 rule broken, \d+ times? in all\n$/)
    for (const said of [stderr, again.stderr]) {
      expect(said).toContain("warning: the controller never was ready: it answered no webhook")
      expect(said).toContain("warning: no pod was served in any life")
    }
  })

  it("prints every rule that was broken", () => {
    const strict = file("strict.mjs", `${readFileSync(idle, "utf8").replace(" }) }", " }),")} oracles: (usual) => ({ ...usual, mine: { name: "nobody writes", change: () => "somebody did" } }) }`)
    const { stdout } = run("--seeds", "1", "--first", "1", "--cores", "1", "--mix", short, "--controller", strict, "--no-shrink")
    expect(stdout).toMatch(/^seed 1 breaks a rule: nobody writes: somebody did\n {2}and another: 200 s after the last trouble not all is well: .*\n {2}replay: /m)
  })
})
