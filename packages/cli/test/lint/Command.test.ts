import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, type Exit, Layer, Schema, Stdio, Stream } from "effect"
import { Command } from "effect/cli"
import { afterAll, describe, expect, it } from "vitest"
import { Look } from "../../src/cluster/Look.js"
import { lint } from "../../src/commands/Lint.js"
import { Report } from "../../src/lint/Report.js"
import { exitCodeOf, report, surroundings } from "../../src/Program.js"
import { pod, policy } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const folder = mkdtempSync(join(tmpdir(), "branchline-lint-"))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): string => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `branchline lint …` as the program does, with this standard input. */
const run = async (args: ReadonlyArray<string>, input = ""): Promise<Ran> => {
  const out: Array<string> = []
  const err: Array<string> = []
  const console_: Console.Console = { ...globalThis.console, log: (text: string) => void out.push(text), error: (text: string) => void err.push(text) }
  const root = Command.make("branchline").pipe(Command.withSubcommands([lint.command as Command.Command<string, never, object, never, never>]))
  const stdio = Stdio.layerTest({ stdin: Stream.make(new TextEncoder().encode(input)) })
  const exit = await Effect.runPromiseExit(
    Command.runWith(root, { version: "1.2.3" })(["lint", ...args]).pipe(
      Effect.scoped,
      Effect.tapCause(report),
      Effect.provide(Layer.mergeAll(Layer.provideMerge(stdio, NodeServices.layer), surroundings("branchline"))),
      Effect.provideService(Console.Console, console_)
    )
  )
  return { code: exitCodeOf(exit as Exit.Exit<unknown, unknown>), out: out.join("\n"), err: err.join("\n") }
}

const example = (name: string): string => readFileSync(new URL(`examples/${name}`, import.meta.url), "utf8")
const sound = example("database-client.yaml")
const bad = sound.replace("db-access: \"true\"\n  securityGroups", "db-acces: \"true\"\n  securityGroups")
const remark = example("namespace-wide.yaml")

describe("exit codes", () => {
  const files = { sound: write("sound.yaml", sound), warning: write("warning.yaml", bad), remark: write("remark.yaml", remark) }
  it("are 0 where nothing is found, 1 where something is, and 2 where it could not look", async () => {
    expect((await run([files.sound])).code).toBe(0)
    expect((await run([files.warning])).code).toBe(1)
    const { code, err, out } = await run([join(folder, "nowhere.yaml")])
    expect(code).toBe(2)
    expect(out).toBe("")
    expect(err).toMatch(/^error: .*nowhere\.yaml: there is no such file or folder\nmend: /)
  })

  it.each([["error", 0, 0], ["warning", 1, 0], ["info", 1, 1]] as const)("count from what --fail-on %s says", async (least, warning, info) => {
    expect((await run([files.warning, "--fail-on", least])).code).toBe(warning)
    expect((await run([files.remark, "--fail-on", least])).code).toBe(info)
  })

  it("are the same in every format", async () => {
    for (const format of ["text", "json", "yaml", "sarif", "github"]) {
      expect((await run([files.sound, "--format", format])).code).toBe(0)
      expect((await run([files.warning, "-o", format])).code).toBe(1)
    }
  })
})

describe("what it reads", () => {
  it("is the standard input", async () => {
    const { code, out } = await run(["-", "--width", "80"], example("helm-output.yaml").replace("app.kubernetes.io/name: shop\n  securityGroups", "app.kubernetes.io/name: shp\n  securityGroups"))
    expect(code).toBe(1)
    expect(out.split("\n").slice(0, 5).map((line) => line.trim())).toEqual([
      "-:16:7",
      "warning selector-matches-nothing",
      "in    SecurityGroupPolicy default/release-shop,",
      "spec.podSelector.matchLabels[app.kubernetes.io/name],",
      "shop/templates/policy.yaml"
    ])
  })

  it("is a folder at any depth, without charts, kustomizations and hidden files, and says so", async () => {
    write("deep/a/b/policy.yml", sound)
    write("deep/values.json", "[1, 2]")
    write("deep/notes.txt", "kind: [")
    write("deep/.hidden/broken.yaml", "kind: [")
    write("deep/node_modules/broken.yaml", "kind: [")
    write("deep/chart/Chart.yaml", "name: chart")
    write("deep/chart/templates/broken.yaml", "{{ if }}")
    write("deep/overlay/kustomization.yaml", "resources: []")
    const { code, out } = await run([join(folder, "deep"), "--width", "300"])
    expect(code).toBe(0)
    expect(out).toContain("Nothing found in 4 objects, 1 policy and 1 workload among them.")
    expect(out).toContain(`Not looked at: ${join(folder, "deep/chart")} is a Helm chart (helm template ${join(folder, "deep/chart")} | branchline lint -).`)
    expect(out).toContain(`Not looked at: ${join(folder, "deep/overlay")} is a kustomization`)
  })

  it("is no chart or kustomization, but what it makes", async () => {
    const { code, err } = await run([join(folder, "deep/chart")])
    expect(code).toBe(2)
    expect(err).toContain("is a Helm chart")
    expect(err).toContain("mend: lint what it makes: helm template")
  })

  it("is something", async () => {
    mkdirSync(join(folder, "empty"))
    expect(await run([join(folder, "empty")])).toMatchObject({ code: 2, err: expect.stringContaining("there is no YAML or JSON file in it") })
  })

  it("is the config file that is named, or nothing where that is not there", async () => {
    const file = write("more/warning.yaml", bad)
    const config = write("more/lint.yaml", "rules: {selector-matches-nothing: off}\n")
    expect((await run([file, "--config", config])).code).toBe(0)
    expect(await run([file, "--config", join(folder, "no.yaml")])).toMatchObject({ code: 2, err: expect.stringContaining("there is no such file") })
    expect(await run([file, "--config", write("more/broken.yaml", "rules: 1")])).toMatchObject({ code: 2, err: expect.stringContaining("broken.yaml:1: rules: ") })
  })

  it("is a snapshot, or manifests against it", async () => {
    const look = played(Effect.gen(function*() {
      const world = yield* makeWorld()
      for (const object of [policy("db", [database], { labels: { role: "dba" } }), pod("web-1")]) yield* Effect.andThen(world.apply(object), Effect.sleep("5 seconds"))
      return yield* lookAt(world, { aws: true })
    }))
    const snapshot = write("cluster.json", JSON.stringify(Schema.encodeSync(Look)(look)))
    const alone = await run(["--snapshot", snapshot])
    expect(alone).toMatchObject({ code: 1, out: expect.stringContaining("SecurityGroupPolicy default/db: spec.podSelector.matchLabels.role\n  warning selector-matches-nothing") })
    expect((await run(["--snapshot", snapshot, "-n", "kube-system"])).code).toBe(0)
    const mended = write("mended.json", JSON.stringify(policy("db", [database])))
    expect(await run([mended, "--snapshot", snapshot])).toMatchObject({ code: 0 })
    expect(await run(["-", "--snapshot", "-"])).toMatchObject({ code: 2, err: expect.stringContaining("cannot be both") })
  })
})

describe("what it prints", () => {
  it("is the report as its schema says, for programs", async () => {
    const { out } = await run([write("report.yaml", bad), "--output", "json"])
    const read = Schema.decodeUnknownSync(Report, { onExcessProperty: "error" })(JSON.parse(out))
    expect(read.findings.map(({ place, rule }) => [rule, place.line])).toEqual([["selector-matches-nothing", 15]])
  })

  it("is nothing for GitHub where nothing was found", async () => {
    expect(await run([write("quiet.yaml", sound), "--format", "github"])).toEqual({ code: 0, out: "", err: "" })
  })

  it("is a SARIF log with the program's version", async () => {
    const { out } = await run([write("log.yaml", bad), "--format", "sarif"])
    expect(JSON.parse(out)).toMatchObject({ version: "2.1.0", runs: [{ results: [{ ruleId: "selector-matches-nothing" }] }] })
  })
})
