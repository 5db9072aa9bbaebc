import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")

/** The packages that go to the registry, in the order in which they depend on each other. */
export const folders = ["core", "adapter-memory", "adapter-k8s", "adapter-ec2"] as const
export type Folder = (typeof folders)[number]

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly engines?: { readonly node?: string }
  readonly sideEffects: boolean
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export interface Packed {
  readonly manifest: Manifest
  readonly tarball: string
  /** Paths inside the package, sorted. */
  readonly files: ReadonlyArray<string>
}

export const manifestOf = (folder: Folder | "cli"): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest

/** The package's modules, without extension: `index`, `allocation/Trunk`. */
export const modulesOf = (folder: Folder): ReadonlyArray<string> => {
  const source = join(root, "packages", folder, "src")
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort()
}

/** How an importer writes a module of the package. */
export const specifierOf = (folder: Folder, module: string) =>
  `${manifestOf(folder).name}${module === "index" ? "" : `/${module}`}`

export const isInternal = (module: string) => module.split("/").includes("internal")

/** The package's command: it runs when it is loaded. */
export const isProgram = (module: string) => ["ec2-server/main", "simulate/main", "simulate/worker"].includes(module)

/** The contract suites run under vitest, which is an optional peer: whoever imports them has it. */
export const needsTestRunner = (module: string) => module.startsWith("contract/")

export interface Output {
  readonly code: number | null
  readonly text: string
  readonly stdout: string
}

export const execute = (command: string, args: ReadonlyArray<string>, cwd: string): Output => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 })
  return { code: status, text: `${stdout}${stderr}${error?.message ?? ""}`, stdout }
}

export const node = (args: ReadonlyArray<string>, cwd: string) => execute(process.execPath, args, cwd)

/** npm as the person who typed `npm test` has it. */
const npm = (args: ReadonlyArray<string>, cwd: string): Output => {
  const cli = process.env["npm_execpath"]
  return cli !== undefined && /npm-cli\.c?js$/.test(cli) ? node([cli, ...args], cwd) : execute("npm", args, cwd)
}

const npmOrFail = (args: ReadonlyArray<string>, cwd: string): string => {
  const { code, stdout, text } = npm(args, cwd)
  if (code !== 0) throw new Error(`npm ${args.join(" ")} exited with ${code}:\n${text}`)
  return stdout
}

/** Packs what the last build left in `dist`: `npm test` builds first. */
export const pack = (folder: Folder, into: string): Packed => packProgram(folder, into)

/** As {@link pack}, of a package that is no library. */
export const packProgram = (folder: Folder | "cli", into: string): Packed => {
  const cwd = join(root, "packages", folder)
  if (!existsSync(join(cwd, "dist"))) throw new Error(`packages/${folder}/dist is missing: npm run build`)
  const [packed] = JSON.parse(npmOrFail(["pack", "--json", "--ignore-scripts", "--pack-destination", into], cwd)) as [
    { readonly filename: string; readonly files: ReadonlyArray<{ readonly path: string }> }
  ]
  return {
    manifest: manifestOf(folder),
    tarball: join(into, packed.filename),
    files: packed.files.map(({ path }) => path).sort()
  }
}

/** Makes `cwd` a plain project that has the packages installed, and of their peers those that are named. Needs no network. */
export const install = (cwd: string, packages: ReadonlyArray<Packed>, peers: ReadonlyArray<string>) => {
  mkdirSync(cwd, { recursive: true })
  const dependencies = packages.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}))
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  // legacy-peer-deps leaves the peers to us: they come from this checkout, not from a registry. So do the dependencies, if their version is right.
  npmOrFail([
    "install", "--offline", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund",
    ...packages.map(({ tarball }) => tarball),
    ...dependencies.map((name) => join(root, "node_modules", name))
  ], cwd)
  // What a package depends on is there already.
  for (const peer of peers.filter((name) => !existsSync(join(cwd, "node_modules", name)))) {
    const link = join(cwd, "node_modules", peer)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, "node_modules", peer), link, "dir")
  }
}
