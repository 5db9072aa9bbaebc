import { build } from "esbuild"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publint } from "publint"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Folder, Packed } from "./packed.js"
import { folders, install, isInternal, isProgram, manifestOf, modulesOf, needsTestRunner, node, pack, root, specifierOf } from "./packed.js"

/** One pure function, for the size of what a bundler takes along with it. */
const pureFunction = { module: "@branchline/core/allocation/VlanSpace", name: "isAssignable" }

/** What a plain project has besides: whoever uses the adapter of a real cluster is on Node. */
const peers = ["effect", "@effect/platform-node", "@types/node"]

const minute = 60_000
const tsc = join(root, "node_modules/typescript/bin/tsc")

const temporary = mkdtempSync(join(tmpdir(), "branchline-packaging-"))
const consumer = join(temporary, "consumer")
const packed = new Map<Folder, Packed>()
const packedOf = (folder: Folder): Packed => {
  const found = packed.get(folder)
  if (found === undefined) throw new Error(`${folder} is not packed`)
  return found
}

/** Every module that an importer may name. */
const importable = folders.flatMap((folder) =>
  modulesOf(folder).filter((module) => !isInternal(module) && !isProgram(module)).map((module) => ({ module, specifier: specifierOf(folder, module) }))
)
const plain = importable.filter(({ module }) => !needsTestRunner(module)).map(({ specifier }) => specifier)

beforeAll(() => {
  for (const folder of folders) packed.set(folder, pack(folder, temporary))
  install(consumer, [...packed.values()], peers)
}, minute)
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

const importAll = (specifiers: ReadonlyArray<string>) =>
  [
    ...specifiers.map((specifier, index) => `import * as m${index} from "${specifier}"`),
    `export const modules: ReadonlyArray<object> = [${specifiers.map((_, index) => `m${index}`).join(", ")}]`
  ].join("\n")

/** What a built module and its declarations import from outside of the package; compiler and bundler both put imports at the start of a line. */
const foreignImports = (folder: Folder, module: string): ReadonlyArray<string> => {
  const built = (end: string) => readFileSync(join(root, "packages", folder, "dist", `${module}.${end}`), "utf8")
  const statements = /^(?:import|export)\b(?:[^"'`;]*\bfrom)? ?"([^."][^"]*)"/gm
  const late = /\bimport\("([^."][^"]*)"\)/g
  return [built("js").matchAll(statements), built("js").matchAll(late), built("d.ts").matchAll(statements), built("d.ts").matchAll(late)]
    .flatMap((matches) => [...matches].map(([, specifier = ""]) => specifier))
}

/** Typechecks one file as the consumer would; `found` are the compiler's complaints. */
const typecheck = (file: string, text: string, options: object) => {
  writeFileSync(join(consumer, `${file}.ts`), `${text}\n`)
  writeFileSync(
    join(consumer, `tsconfig.${file}.json`),
    JSON.stringify({
      // effect's own declarations name DOM types: its consumers skip them.
      compilerOptions: { strict: true, target: "es2023", lib: ["es2023"], types: ["node"], noEmit: true, skipLibCheck: true, ...options },
      files: [`${file}.ts`]
    })
  )
  return node([tsc, "-p", `tsconfig.${file}.json`, "--pretty", "false"], consumer)
}

const settings = [
  { resolution: "nodenext", options: { module: "nodenext" } },
  { resolution: "bundler", options: { module: "esnext", moduleResolution: "bundler" } }
]

describe.each(folders)("the tarball of %s", (folder) => {
  it("holds every module as code, types, maps and source, and nothing else", () => {
    const modules = modulesOf(folder).flatMap((module) => [
      `dist/${module}.js`,
      `dist/${module}.js.map`,
      `dist/${module}.d.ts`,
      `dist/${module}.d.ts.map`,
      `src/${module}.ts`
    ])
    expect(packedOf(folder).files).toEqual(["LICENSE", "README.md", "package.json", ...modules].sort())
  })

  it("carries the project's licence", () => {
    expect(manifestOf(folder).license).toBe("Apache-2.0")
    expect(readFileSync(join(root, "packages", folder, "LICENSE"), "utf8")).toBe(readFileSync(join(root, "LICENSE"), "utf8"))
  })

  it("declares what it imports: as peers, the test runner as an optional one; as dependencies what is its own affair", () => {
    const { dependencies = {}, engines, peerDependencies, peerDependenciesMeta } = manifestOf(folder)
    expect(engines?.node).toMatch(/^>=\d/)
    const used = new Set<string>()
    for (const module of modulesOf(folder)) {
      for (const specifier of foreignImports(folder, module)) {
        if (specifier.startsWith("node:")) continue
        const imported = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")
        used.add(imported)
        const optional = peerDependenciesMeta?.[imported]?.optional ?? false
        expect({ module, imported, declared: imported in peerDependencies || imported in dependencies, optional }).toEqual({
          module,
          imported,
          declared: true,
          optional: needsTestRunner(module) && imported !== "effect"
        })
      }
    }
    for (const name of Object.keys(dependencies)) expect([...used]).toContain(name)
  })

  it("runs on no older Node than its dependencies", () => {
    const { dependencies = {}, engines } = manifestOf(folder)
    const leastOf = (range: string | undefined) => (range ?? "").replace(/^>=/, "").split(".").map(Number)
    for (const name of Object.keys(dependencies)) {
      const theirs = (JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { readonly engines?: { readonly node?: string } }).engines
      if (theirs?.node === undefined) continue
      const [major = 0, minor = 0] = leastOf(theirs.node)
      const [ourMajor = 0, ourMinor = 0] = leastOf(engines?.node)
      expect({ name, runs: ourMajor > major || (ourMajor === major && ourMinor >= minor) }).toEqual({ name, runs: true })
    }
  })

  it("accepts as a peer the version that it is tested with", () => {
    const { peerDependencies, devDependencies } = manifestOf(folder)
    for (const [name, range] of Object.entries(peerDependencies)) expect([name, range]).toEqual([name, `^${devDependencies[name]}`])
  })

  it("has no side effects on import", () => expect(manifestOf(folder).sideEffects).toBe(false))

  it("pleases publint", async () => {
    const file = readFileSync(packedOf(folder).tarball)
    const tarball = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
    const { messages } = await publint({ pack: { tarball }, strict: true })
    expect(messages).toEqual([])
  }, minute)

  it("pleases attw", () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js")
    // attw passes over wildcards: one module of each room stands for the rest.
    const rooms = new Map(modulesOf(folder).filter((module) => !isInternal(module) && module !== "index").map((module) => [module.split("/")[0], `./${module}`]))
    const entrypoints = rooms.size > 0 ? ["--include-entrypoints", ...rooms.values()] : []
    const { code, text } = node([attw, packedOf(folder).tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color", ...entrypoints], temporary)
    expect(code, text).toBe(0)
  }, minute)
})

describe("a plain TypeScript project with the tarballs", () => {
  it.each(settings)("resolves the types of every module under $resolution", ({ resolution, options }) => {
    const { code, text } = typecheck(`all-${resolution}`, importAll(plain), options)
    expect(code, text).toBe(0)
  }, minute)

  it("finds no error inside the declarations", () => {
    const { text } = typecheck("declarations", importAll(plain), { module: "nodenext", skipLibCheck: false, lib: ["es2023", "dom"] })
    expect(text.split("\n").filter((line) => line.includes("@branchline/"))).toEqual([])
  }, minute)

  it("is told of a wrong use", () => {
    const { code, text } = typecheck(
      "wrong",
      `import { ${pureFunction.name} } from "${pureFunction.module}"\nexport const wrong: { readonly no: "such type" } = ${pureFunction.name}`,
      { module: "nodenext" }
    )
    expect(code).not.toBe(0)
    expect(text).toContain("TS2322")
  }, minute)

  it("imports every module in Node", () => {
    writeFileSync(join(consumer, "all.js"), `${plain.map((specifier) => `await import("${specifier}")`).join("\n")}\nconsole.log("imported")\n`)
    const { text } = node(["all.js"], consumer)
    expect(text).toBe("imported\n")
  }, minute)

  it("cannot reach what is internal, nor the index by its file name", () => {
    const closed = folders.flatMap((folder) => [
      `${manifestOf(folder).name}/index`,
      ...modulesOf(folder).filter(isInternal).map((module) => specifierOf(folder, module))
    ])
    writeFileSync(
      join(consumer, "closed.js"),
      closed.map((specifier) => `await import("${specifier}").then(() => console.log("${specifier}"), (e) => console.log(e.code))`).join("\n")
    )
    expect(node(["closed.js"], consumer).text).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n".repeat(closed.length))
  }, minute)

  it("bundles one pure function to less than 1 KB", async () => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${pureFunction.name} } from "${pureFunction.module}"`, resolveDir: consumer },
      bundle: true,
      format: "esm",
      minify: true,
      write: false
    })
    const [bundle] = outputFiles
    expect(bundle?.text).toMatch(new RegExp(`\\b${pureFunction.name}\\b`))
    expect(bundle?.contents.byteLength).toBeLessThan(1024)
  }, minute)
})

describe("the contract suite", () => {
  const suites = importable.filter(({ module }) => needsTestRunner(module)).map(({ specifier }) => specifier)

  it("is an entry of its own for either port", () => {
    expect(suites).toEqual(expect.arrayContaining(["@branchline/core/contract/Ec2", "@branchline/core/contract/Kubernetes"]))
  })

  it("types for whoever has the test runner", () => {
    install(consumer, [...packed.values()], [...peers, "vitest", "@effect/vitest"])
    const { code, text } = typecheck("contract", importAll(suites), { module: "nodenext" })
    expect(code, text).toBe(0)
  }, minute)
})
