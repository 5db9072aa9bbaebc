import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

// A lint rule that is switched off, misspelt or pointed at the wrong folder passes everything in silence.
// So every rule of the house is shown a violation here, planted in a copy of the layout, and must report it.

const root = resolve(import.meta.dirname, "../..")
const core = "packages/core/src"
const memory = "packages/adapter-memory/src"
const k8s = "packages/adapter-k8s/src"

interface Planted {
  readonly rule: string
  readonly file: string
  readonly code: string
}

const property = (code: string, file = `${core}/model/A.ts`): Planted => ({ rule: "no-restricted-properties", file, code })
const arrow = (room: string, specifier: string): Planted => ({
  rule: "no-restricted-imports",
  file: `${core}/${room}/A.ts`,
  code: `import { x } from "${specifier}"\nexport const y = x\n`
})

const both = (plant: (src: string) => Planted): ReadonlyArray<Planted> => [plant(core), plant(memory)]

const globals = ["Date", "performance", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "crypto", "process", "fetch", "console", "Promise", "globalThis"]

/** What an adapter to the real world may not reach for either. */
const realGlobals = ["Date", "setTimeout", "setInterval", "process", "fetch", "console", "globalThis", "global"]

const violations: ReadonlyArray<Planted> = [
  ...realGlobals.map((name) => ({ rule: "no-restricted-globals", file: `${k8s}/a/A.ts`, code: `export const x = () => ${name}\n` })),
  property("export const x = Math.random()\n", `${k8s}/a/A.ts`),
  ...["Effect.runSync", "Effect.runPromise", "Effect.runFork", "DateTime.nowUnsafe"].map((name) =>
    property(`import { DateTime, Effect } from "effect"\nexport const x = ${name}\nexport const y = [DateTime, Effect]\n`, `${k8s}/a/A.ts`)
  ),
  { rule: "no-throw", file: `${k8s}/a/A.ts`, code: "export const x = () => {\n  throw new Error()\n}\n" },
  { rule: "max-lines", file: `${k8s}/a/A.ts`, code: "export {}\n".repeat(351) },
  { rule: "no-floating-effect", file: `${k8s}/a/A.ts`, code: "import { Effect } from \"effect\"\nexport const x = () => {\n  Effect.log(\"a\")\n}\n" },
  { rule: "no-double-assertion", file: `${k8s}/a/A.ts`, code: "export const x = (y: number) => y as unknown as string\n" },
  ...["@branchline/adapter-memory", "@branchline/adapter-ec2/Client", "@branchline/core/contract/Kubernetes", "vitest", "@effect/vitest", "../../../../test/x.js"].map((specifier) => ({
    ...arrow("a", specifier),
    file: `${k8s}/a/A.ts`
  })),
  ...globals.flatMap((name) =>
    both((src) => ({ rule: "no-restricted-globals", file: `${src}/a/A.ts`, code: `export const x = () => ${name}\n` }))
  ),
  ...["Math.random()", "Math.log(2)", "Math.exp(2)", "Math.pow(2, 2)", "\"a\".localeCompare(\"b\")"].flatMap((code) =>
    both((src) => property(`export const x = ${code}\n`, `${src}/a/A.ts`))
  ),
  ...["promise", "tryPromise", "runSync", "runSyncExit", "runPromise", "runPromiseExit", "runFork", "runForkWith", "runCallback"].flatMap((name) =>
    both((src) => property(`import { Effect } from "effect"\nexport const x = Effect.${name}\n`, `${src}/a/A.ts`))
  ),
  property("import { Effect } from \"effect\"\nexport const x = Effect.runSync\n", `${memory}/simulation/A.ts`),
  ...both((src) => ({ rule: "no-async-await", file: `${src}/a/A.ts`, code: "export const x = async () => {}\n" })),
  ...both((src) => ({ rule: "no-throw", file: `${src}/a/A.ts`, code: "export const x = () => {\n  throw new Error()\n}\n" })),
  ...both((src) => ({
    rule: "no-double-assertion",
    file: `${src}/a/A.ts`,
    code: "export const x = (y: number) => y as unknown as string\n"
  })),
  ...["Effect.log(\"a\")", "Effect.log(\"a\").pipe(Effect.asVoid)"].flatMap((statement) =>
    both((src) => ({
      rule: "no-floating-effect",
      file: `${src}/a/A.ts`,
      code: `import { Effect } from "effect"\nexport const x = () => {\n  ${statement}\n}\n`
    }))
  ),
  ...both((src) => ({ rule: "max-lines", file: `${src}/a/A.ts`, code: "export {}\n".repeat(351) })),
  { rule: "no-explicit-any", file: `${core}/model/A.ts`, code: "export const x = (y: any) => y\n" },
  { rule: "ban-ts-comment", file: `${core}/model/A.ts`, code: "// @ts-ignore\nexport const x: string = 1\n" },
  { rule: "no-default-export", file: `${core}/model/A.ts`, code: "export default 1\n" },
  { rule: "no-focused-tests", file: "packages/core/test/a.test.ts", code: "import { it } from \"vitest\"\nit.only(\"a\", () => {})\n" },
  { rule: "no-disabled-tests", file: "packages/core/test/a.test.ts", code: "import { it } from \"vitest\"\nit.skip(\"a\", () => {})\n" },
  { rule: "no-restricted-globals", file: "packages/core/test/a.test.ts", code: "export const x = Date.now()\n" },
  { rule: "no-restricted-globals", file: "packages/core/test/a.test.ts", code: "setTimeout(() => {}, 1)\n" },
  // Arrows.
  arrow("model", "../limits/B.js"),
  arrow("model", "../selection/B.js"),
  arrow("model", "../allocation/B.js"),
  arrow("model", "../patch/B.js"),
  arrow("model", "../ports/B.js"),
  arrow("model", "../controller/B.js"),
  arrow("model/deep", "../../controller/B.js"),
  arrow("limits", "../selection/B.js"),
  arrow("selection", "../allocation/B.js"),
  arrow("allocation", "../ports/B.js"),
  arrow("patch", "../allocation/B.js"),
  arrow("ports", "../allocation/B.js"),
  arrow("admission", "../controller/B.js"),
  arrow("admission", "../ports/B.js"),
  arrow("leadership", "../controller/B.js"),
  arrow("controller", "../leadership/B.js"),
  arrow("controller", "../explain/B.js"),
  arrow("controller", "../contract/B.js"),
  arrow("explain", "../controller/B.js"),
  arrow("explain", "../ports/B.js"),
  arrow("contract", "../controller/B.js"),
  arrow("undrawn", "../model/B.js"),
  arrow("controller", "../index.js"),
  arrow("controller", "@branchline/adapter-memory"),
  arrow("controller", "@branchline/core/model/Pod"),
  arrow("controller", "node:fs"),
  arrow("controller", "fs/promises"),
  arrow("controller", "@effect/platform-node"),
  arrow("controller", "vitest"),
  arrow("controller", "@effect/vitest"),
  ...["@branchline/adapter-k8s", "@branchline/adapter-ec2/Client", "@branchline/core/contract/ec2", "node:fs", "vitest"].map((specifier) => ({
    ...arrow("a", specifier),
    file: `${memory}/ec2/A.ts`
  }))
]

const allowed: ReadonlyArray<Omit<Planted, "rule">> = [
  arrow("limits", "../model/B.js"),
  arrow("selection/deep", "../../model/B.js"),
  arrow("selection/deep", "../B.js"),
  arrow("admission", "../patch/B.js"),
  arrow("leadership", "../ports/B.js"),
  arrow("controller", "../admission/B.js"),
  arrow("controller", "effect"),
  arrow("explain", "../allocation/B.js"),
  arrow("contract", "@effect/vitest"),
  arrow("contract", "../ports/B.js"),
  { file: `${core}/explain/A.ts`, code: "import type { X } from \"../controller/B.js\"\nexport type Y = X\n" },
  { file: `${memory}/ec2/A.ts`, code: "import { x } from \"@branchline/core/ports/Ec2\"\nexport const y = x\n" },
  {
    file: `${memory}/simulation/A.ts`,
    code: "import { Effect } from \"effect\"\nexport const x = Effect.runForkWith\n"
  },
  { file: `${core}/model/A.ts`, code: "import { Effect } from \"effect\"\nexport const x = Effect.gen(function*() {\n  yield* Effect.log(\"a\")\n})\n" },
  { file: `${core}/model/A.ts`, code: "export const x = Math.floor(1.5) as number\n" },
  ...["node:http", "undici", "@effect/platform-node/NodeServices", "@branchline/core/controller/Controller"].map((specifier) => ({
    ...arrow("a", specifier),
    file: `${k8s}/a/A.ts`
  })),
  { file: `${k8s}/a/A.ts`, code: "import { Effect } from \"effect\"\nexport const x = Effect.promise(() => Promise.resolve(1))\n" },
  { file: `${k8s}/a/A.ts`, code: "import { Effect } from \"effect\"\nexport const x = Effect.runForkWith\n" }
]

interface Diagnostic {
  readonly code: string
  readonly filename: string
}

const oxlint = (cwd: string): ReadonlyArray<Diagnostic> => {
  const run = spawnSync(process.execPath, [join(root, "node_modules/oxlint/bin/oxlint"), "--format", "json"], {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
  return (JSON.parse(run.stdout) as { readonly diagnostics: ReadonlyArray<Diagnostic> }).diagnostics
}

const numbered = <P extends { readonly code: string }>(planted: P, index: number) => ({
  ...planted,
  index,
  line: planted.code.slice(0, 80).trim().replaceAll("\n", " ")
})

const write = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe("lint", () => {
  const house = mkdtempSync(join(tmpdir(), "branchline-lint-"))
  // Every planted file gets a name of its own: what one reports cannot stand in for another.
  const unique = (file: string, name: string) => file.replace(/(A|a)(\.test)?\.ts$/, `${name}$2.ts`)
  const found = new Map<string, Set<string>>()

  beforeAll(() => {
    for (const part of ["oxlint.config.ts", "scripts/lint", "tsconfig.base.json", "package.json"]) {
      cpSync(join(root, part), join(house, part), { recursive: true })
    }
    symlinkSync(join(root, "node_modules"), join(house, "node_modules"))
    violations.forEach(({ file, code }, index) => write(join(house, unique(file, `Planted${index}`)), code))
    allowed.forEach(({ file, code }, index) => write(join(house, unique(file, `Allowed${index}`)), code))
    write(join(house, core, "model/Ring.ts"), "import { b } from \"./Ring2.js\"\nexport const a = () => b\n")
    write(join(house, core, "model/Ring2.ts"), "import { a } from \"./Ring.js\"\nexport const b = () => a\n")
    for (const { code, filename } of oxlint(house)) {
      const rules = found.get(filename) ?? new Set()
      // "eslint(no-var)", "branchline(no-throw)" → "no-var", "no-throw"
      found.set(filename, rules.add(code.replace(/^.*\((.*)\)$/, "$1")))
    }
  })
  afterAll(() => rmSync(house, { recursive: true, force: true }))

  it.each(violations.map(numbered))("$rule: $file: $line", ({ rule, file, index }) => {
    expect([...found.get(unique(file, `Planted${index}`)) ?? []]).toEqual([rule])
  })

  it.each(allowed.map(numbered))("allows $file: $line", ({ file, index }) => {
    expect([...found.get(unique(file, `Allowed${index}`)) ?? []]).toEqual([])
  })

  it("finds an import cycle", () => {
    expect([...found.get(`${core}/model/Ring.ts`) ?? []]).toEqual(["no-cycle"])
  })
})
