import { Effect, Result, Schema } from "effect"
import type { Command } from "effect/cli"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { itemsOf } from "../../src/cluster/Found.js"
import { readSnapshot } from "../../src/cluster/SnapshotFile.js"
import { commands } from "../../src/commands/List.js"
import { PodExplained } from "../../src/explain/ExplainPod.js"
import { StatusSeen } from "../../src/status/Status.js"
import { branchline, file, snapshotFile } from "../support/Cli.js"
import { pod, policy } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const look = played(Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* world.apply(pod("early-1"))
  yield* Effect.sleep("10 seconds")
  yield* world.apply(policy("db", [database]))
  yield* Effect.sleep("30 seconds")
  yield* world.apply(pod("web-1"))
  yield* world.waitForPhase("web-1", "Running")
  return yield* lookAt(world, { aws: true })
}))
const snapshot = snapshotFile("cluster.json", look)
const node = itemsOf(look.cluster.nodes)[0]?.metadata.name ?? ""

describe("explain", () => {
  it("tells a story, and 0 where all is well", async () => {
    const { code, err, out } = await branchline(["explain", "pod", "web-1", "--snapshot", snapshot])
    expect(out).toMatch(/^Waits for +nothing: it runs with its groups$/m)
    expect([code, err]).toEqual([0, ""])
  })

  it("answers 1 where there is something to look into", async () => {
    const { code, out } = await branchline(["explain", "pod/early-1", "--snapshot", snapshot])
    expect(out).toContain("it is older than policy db")
    expect(code).toBe(1)
  })

  it.each([
    ["policy", "db", 1],
    ["sgp", "db", 1],
    ["node", node, 0],
    ["po", "web-1", 0]
  ])("knows %s as kubectl does", async (kind, name, code) => {
    expect((await branchline(["explain", kind, name, "--snapshot", snapshot])).code).toBe(code)
  })

  it.each([
    ["a name that is nearly right", ["pod", "wbe-1"], "error: there is no pod wbe-1 in namespace default\nmend: did you mean \"web-1\"?"],
    ["a pod of another namespace", ["pod", "web-1", "-n", "shop"], "error: there is no pod web-1 in namespace shop\nmend: there is one in default: say --namespace default"],
    ["a kind that is nearly right", ["pdo", "web-1"], "error: \"pdo\" is nothing that can be explained, did you mean \"pod\"?\nmend: say pod, policy or node, and its name"],
    ["a kind without a name", ["node"], "error: which node is to be explained?\nmend: say its name: explain node NAME"],
    ["a policy that is not there", ["policy", "web"], "error: there is no SecurityGroupPolicy web in namespace default\nmend: check name and namespace"]
  ])("answers 2 and one clear message to %s", async (_, args, message) => {
    const { code, err, out } = await branchline(["explain", ...args, "--snapshot", snapshot])
    expect([code, out, err]).toEqual([2, "", message])
  })

  it("prints JSON and YAML, which are the same and what its schema says", async () => {
    const json = await branchline(["explain", "pod", "web-1", "--snapshot", snapshot, "-o", "json"])
    const yaml = await branchline(["explain", "pod", "web-1", "--snapshot", snapshot, "-o", "yaml"])
    const data = JSON.parse(json.out)
    expect(parse(yaml.out)).toEqual(data)
    expect(Schema.decodeUnknownSync(PodExplained, { onExcessProperty: "error" })(data).waitsFor.cause).toBe("Served")
  })

  it("is coloured on a terminal alone, and not with --no-color", async () => {
    const escape = "\u001b["
    expect((await branchline(["explain", "pod", "web-1", "--snapshot", snapshot], { canColor: true })).out).toContain(escape)
    expect((await branchline(["explain", "pod", "web-1", "--snapshot", snapshot, "--no-color"], { canColor: true })).out).not.toContain(escape)
    expect((await branchline(["explain", "pod", "web-1", "--snapshot", snapshot])).out).not.toContain(escape)
  })

  it.each([40, 60, 80, 132])("keeps lines within %i columns", async (width) => {
    const { out } = await branchline(["explain", "pod", "web-1", "--snapshot", snapshot, "--width", String(width)])
    expect(out.split("\n").filter((line) => line.length > width)).toEqual([])
  })
})

describe("status", () => {
  it("prints one screen, and 1 where somebody waits", async () => {
    const { code, out } = await branchline(["status", "--snapshot", snapshot])
    expect(out).toMatch(/NODE\s+TYPE\s+TRUNK/)
    expect(out).toContain("default/early-1")
    expect(code).toBe(1)
  })

  it("of one namespace tells its policies and pods, and nodes whole", async () => {
    const data = async (namespace: string) => JSON.parse((await branchline(["status", "--snapshot", snapshot, "-o", "json", "-n", namespace])).out)
    expect(await data("shop")).toMatchObject({ policies: [], waiting: [], nodes: [{ inUse: 1 }] })
    expect(await data("default")).toMatchObject({ policies: [{ name: "db" }], waiting: [{ name: "early-1" }], nodes: [{ inUse: 1 }] })
  })

  it("prints what its schema says", async () => {
    const { out } = await branchline(["status", "--snapshot", snapshot, "-o", "json"])
    expect(Schema.decodeUnknownSync(StatusSeen, { onExcessProperty: "error" })(JSON.parse(out)).nodes.map(({ inUse }) => inUse)).toEqual([1])
  })
})

describe("snapshot", () => {
  it("writes what the others read", async () => {
    const { code, err, out } = await branchline(["snapshot", "--snapshot", snapshot])
    expect(code).toBe(0)
    expect(Result.getOrThrow(readSnapshot("cluster.json", out))).toEqual(look)
    expect(err).toContain("pods 2")
  })

  it("redacted says what was replaced, and the others answer from it", async () => {
    const { err, out } = await branchline(["snapshot", "--snapshot", snapshot, "--redact"])
    expect(out).not.toContain("web-1")
    expect(err).toMatch(/redacted: .*2 pod names/)
    expect((await branchline(["explain", "pod", "pod-2", "--snapshot", file("case.json", out)])).out).toContain("Waits for")
  })
})

describe("where it looks", () => {
  it.each([
    ["no such file", ["--snapshot", "/nowhere/cluster.json"], "there is no file /nowhere/cluster.json"],
    ["a file that is no snapshot", ["--snapshot", file("other.json", "{}")], "this is JSON, but no snapshot of branchline's"],
    ["a snapshot and a context", ["--snapshot", snapshot, "--context", "prod"], "--snapshot looks at a file, and --context at a cluster"],
    ["a snapshot and EC2", ["--snapshot", snapshot, "--aws"], "--snapshot looks at a file, and --aws at a cluster"],
    ["a kubeconfig that is not there", ["--kubeconfig", "/nowhere/config"], "there is no such file"]
  ])("%s is told in one line, with a mend, and ends with 2", async (_, args, message) => {
    for (const command of [["status"], ["explain", "pod", "web-1"], ["snapshot"]]) {
      const { code, err, out } = await branchline([...command, ...args])
      expect([code, out]).toEqual([2, ""])
      expect(err.split("\n")[0]).toContain(message)
      expect(err).toContain("\nmend: ")
    }
  })
})

/** Commands that do something, by what is typed. */
const leavesOf = ({ name, subcommands }: Command.Command.Any, above: ReadonlyArray<string>): ReadonlyArray<string> => {
  const path = [...above, name]
  const below = subcommands.flatMap(({ commands: some }) => some)
  return below.length === 0 ? [path.join(" ")] : below.flatMap((one) => leavesOf(one, path))
}

describe("the program", () => {
  it("names an unknown command's neighbour", async () => {
    const { code, err } = await branchline(["explian", "pod", "web-1"])
    expect(code).toBe(2)
    expect(err).toContain("explain")
  })

  it("names an unknown flag's neighbour", async () => {
    const { code, err } = await branchline(["status", "--snapshoot", snapshot])
    expect(code).toBe(2)
    expect(err).toContain("--snapshot")
  })

  it.each(commands.flatMap(({ command }) => leavesOf(command, [])))("%s has help with a description and an example", async (path) => {
    const { code, out } = await branchline([...path.split(" "), "--help"])
    expect(code).toBe(0)
    expect(out).toContain(`branchline ${path}`)
    expect(out).toContain("EXAMPLES")
    expect(out).toMatch(/^DESCRIPTION\n  \S/)
  })

  it("completes in the shells", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, out } = await branchline(["--completions", shell])
      expect(code).toBe(0)
      expect(out).toContain("explain")
    }
  })

  it("prints the schema of every answer", async () => {
    const names = (await branchline(["schema"])).out.split("\n")
    expect(names).toEqual(expect.arrayContaining(["explain-node", "explain-pod", "explain-policy", "snapshot", "status"]))
    for (const name of names) {
      const schema = JSON.parse((await branchline(["schema", name])).out)
      expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema")
      expect(schema.type ?? schema.anyOf ?? schema.$ref).toBeDefined()
    }
    expect((await branchline(["schema", "explian-pod"])).err).toContain("did you mean \"explain-pod\"?")
  })
})
