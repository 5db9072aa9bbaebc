import { isBuiltin } from "node:module"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parse } from "yaml"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { root } from "../support/ControlPlane.js"
import { run } from "../support/Program.js"
import { build, documents } from "./support/Deploy.js"
import { assemble, copiesOf, stages } from "./support/Image.js"

interface Container {
  readonly args: ReadonlyArray<string>
  readonly ports: ReadonlyArray<{ readonly name: string; readonly containerPort: number }>
}
interface Any {
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly [Container]; readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number } } } }
}

const [first = [], image = []] = stages()
const instruction = (name: string) => image.find((one) => one.name === name)?.rest ?? ""
let folder: string

/** Starts the image's program with these arguments, in an environment with nothing else in it. */
const start = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const entry = (JSON.parse(instruction("ENTRYPOINT")) as ReadonlyArray<string>).map((word) => word.replace(/^\/app\//, `${folder}/`))
  expect(entry[0]).toBe("node")
  return run(process.execPath, [...entry.slice(1), ...args], { cwd: "/", env })
}

const deployed = async (...components: ReadonlyArray<string>) => {
  const all = documents<Any>(await build(...components))
  const pod = all.find(({ kind }) => kind === "Deployment")?.spec?.template?.spec
  const settings = all.find(({ kind }) => kind === "ConfigMap")?.data ?? {}
  if (pod === undefined) throw new Error("there is no Deployment")
  return { pod, container: pod.containers[0], settings }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "branchline-image-"))
  assemble(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("deploy/Containerfile", () => {
  it("copies what is in the repository, and what the ignore file lets through", async () => {
    const { stdout } = await run("git", ["ls-files"], { cwd: root })
    const files = stdout.split("\n")
    const admitted = readFileSync(join(root, ".containerignore"), "utf8").split("\n").filter((line) => line.startsWith("!")).map((line) => line.slice(1))
    const sources = copiesOf(first).flatMap(({ sources }) => sources)
    expect(sources.length).toBeGreaterThan(8)
    for (const source of sources) {
      expect(files.some((file) => file === source || file.startsWith(`${source}/`)), source).toBe(true)
      expect(admitted.some((path) => source === path || source.startsWith(`${path}/`)), source).toBe(true)
    }
  })

  it("has the same ignore file for docker", () => {
    expect(readFileSync(join(root, "deploy", "Containerfile.dockerignore"), "utf8")).toBe(readFileSync(join(root, ".containerignore"), "utf8"))
  })

  it("runs as the user whom the Deployment names", async () => {
    const { pod: { securityContext } } = await deployed()
    expect(instruction("USER")).toBe(`${securityContext.runAsUser}:${securityContext.runAsGroup}`)
  })
})

describe("the image's program", () => {
  it("answers --help with what was copied, and nothing else", async () => {
    const { code, stderr, stdout } = await start(["--backend=kubernetes", "--help"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain("--cluster-name")
  })

  it("finds every module that it may load later", () => {
    const dist = join(folder, "examples/dist")
    const modules = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"))
    expect(modules.length).toBeGreaterThan(20)
    const strangers = modules.flatMap((file) =>
      [...readFileSync(join(dist, file), "utf8").matchAll(/^(?:import|export)\b[^"'\n]*["']([^"']+)["'];?$|\bimport\("([^"]+)"\)|\brequire\("([^"]+)"\)/gm)]
        .map(([, statically, late, required]) => statically ?? late ?? required ?? "")
        // The AWS SDK names it in the text of an error.
        .filter((specifier) => specifier !== "@aws-sdk/signature-v4-crt")
        .filter((specifier) => specifier.startsWith(".") ? !existsSync(join(dist, dirname(file), specifier)) : !isBuiltin(specifier))
        .map((specifier) => `${file}: ${specifier}`))
    expect(strangers).toEqual([])
  })

  it("takes the Deployment's arguments and settings, and serves where its ports say", async () => {
    const { container: { args, ports }, settings } = await deployed()
    const { code, stderr, stdout } = await start([...args, "--print-config"], settings)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const config = parse(stdout) as { readonly cluster: object; readonly webhooks: { readonly address: string }; readonly operations: Readonly<Record<string, string>> }
    expect(config.cluster).toMatchObject({ name: settings["CLUSTER_NAME"] })
    const port = (name: string) => ports.find((one) => one.name === name)?.containerPort
    expect(config.webhooks.address).toBe(`0.0.0.0:${port("webhook")}`)
    expect(config.operations).toMatchObject({
      metrics: `0.0.0.0:${port("metrics")}`,
      health: `0.0.0.0:${port("health")}`,
      introspection: "127.0.0.1:22775"
    })
  })

  it("has Node and glibc hold memory as npm start does", () => {
    const boot = readFileSync(join(root, "scripts", "boot.mjs"), "utf8")
    const modest = /const modest = (\[.*\])/.exec(boot)?.[1] ?? "[]"
    const flags = (JSON.parse(instruction("ENTRYPOINT")) as ReadonlyArray<string>).filter((word) => /^--.*=\d+$/.test(word))
    expect(flags).toEqual(JSON.parse(modest))
    expect(flags).toHaveLength(2)
    const [name, value] = /const modestEnv = \{ (\w+): "(\w+)" \}/.exec(boot)?.slice(1) ?? []
    expect(image.filter((one) => one.name === "ENV").map(({ rest }) => rest)).toContain(`${name}=${value}`)
  })

  it("takes the arguments of the component with own certificates", async () => {
    const { container: { args }, settings } = await deployed("own-certificates")
    const { code, stdout } = await start([...args, "--print-config"], settings)
    expect(code).toBe(0)
    expect(parse(stdout)).toMatchObject({ webhooks: { certDir: "/tls" } })
  })

  it("says what is wrong with an argument that it does not know", async () => {
    const { code, stderr } = await start(["--backend=kubernetes", "--no-such-flag"])
    expect(code).not.toBe(0)
    expect(stderr).toContain("no-such-flag")
  })
})
