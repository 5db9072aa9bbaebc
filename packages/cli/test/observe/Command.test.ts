import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { Observation } from "../../src/observe/Report.js"
import { branchline, snapshotFile } from "../support/Cli.js"
import { pod } from "../support/Documents.js"
import { lookAt, played } from "../support/Live.js"
import { healthy } from "./Beside.js"

const { missed, well } = played(Effect.gen(function*() {
  const { world } = yield* healthy()
  yield* world.apply(pod("web-1"))
  yield* world.waitForPhase("web-1", "Running")
  const well = yield* lookAt(world, { aws: true })
  yield* world.serveWebhooks(() => Effect.fail("away"))
  yield* world.apply(pod("slipped"))
  return { well, missed: yield* lookAt(world, { aws: true }) }
}))
const wellFile = snapshotFile("well.json", well)
const missedFile = snapshotFile("missed.json", missed)

describe("branchline observe --once", () => {
  it("answers 0 where no condition is False", async () => {
    const { code, err, out } = await branchline(["observe", "--once", "--snapshot", wellFile])
    expect([code, err]).toEqual([0, ""])
    expect(out).toContain("InterfacesAsAnnotated  True")
    expect(out).toMatch(/^Unknown +VlanIdsRested: it takes a second look to tell$/m)
  })

  it("answers 1 and what differs where one is", async () => {
    const { code, out } = await branchline(["observe", "--once", "--snapshot", missedFile])
    expect(code).toBe(1)
    expect(out).toMatch(/^PodsAsk +False +RequestMissing +1$/m)
    expect(out).toContain("RequestMissing  pod default/slipped matches a policy")
  })

  it("prints JSON and YAML as the schema says", async () => {
    const json = Schema.decodeUnknownSync(Observation)(JSON.parse((await branchline(["observe", "--once", "--snapshot", missedFile, "-o", "json"])).out))
    expect(json.differences.map(({ kind }) => kind)).toEqual(["RequestMissing"])
    expect(parse((await branchline(["observe", "--once", "--snapshot", missedFile, "-o", "yaml"])).out)).toEqual(json)
  })
})

describe("branchline observe", () => {
  it.each([
    ["a snapshot, which does not change", ["--snapshot", wellFile], "error: a snapshot does not change\nmend: look at it with --once, or at a cluster without --snapshot"],
    ["YAML, which has no lines", ["-o", "yaml", "--snapshot", wellFile], "error: --output yaml is for --once\nmend: say --output json: one object a line"],
    ["a snapshot that is not there", ["--once", "--snapshot", "/nowhere.json"], "error: there is no file /nowhere.json\nmend: name a file that `branchline snapshot` wrote, or - for standard input"]
  ])("answers 2 to %s", async (_, args, message) => {
    expect(await branchline(["observe", ...args])).toEqual({ code: 2, out: "", err: message })
  })

  it.each([["--every", "1s"], ["--every", "soon"], ["--listen", "nowhere"], ["--lease", "branchline"]])("refuses %s %s", async (flag, value) => {
    const { code, err } = await branchline(["observe", flag, value])
    expect([code, err]).toEqual([2, expect.stringContaining(flag)])
  })

  it("takes the arguments of the Deployment", async () => {
    const manifest: { readonly spec: { readonly template: { readonly spec: { readonly containers: ReadonlyArray<{ readonly args: ReadonlyArray<string> }> } } } } =
      parse(readFileSync(fileURLToPath(new URL("../../../../deploy/cli/observe/deployment.yaml", import.meta.url)), "utf8"))
    const args = manifest.spec.template.spec.containers[0]!.args
    // All of them are understood: what is refused is that there is no such access.
    const { code, err } = await branchline([...args, "--kubeconfig", "/nowhere"])
    expect([code, err]).toEqual([2, expect.stringContaining("/nowhere")])
  })
})
