/**
 * The one door behind `npm start`, `npm test`, `npm run bench`, `build` and so on: does whatever set-up is missing, then runs.
 *
 *     node scripts/boot.mjs start|test|test:integration|simulate|mutation|bench|bench:ec2|bench:burst|bench:kubernetes|bench:simulation|bench:trace|build|typecheck [arguments for the program]
 *
 * Plain JavaScript without dependencies, because it runs before anything is installed and on whatever Node the machine has.
 * What it starts runs on the Node that the lockfile names (devDependency `node`). The two cannot be one npm script
 * (`node boot.mjs && node x`): a shell remembers where `node` was before the install.
 */
import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { delimiter, join } from "node:path"
import { constants } from "node:os"
import { fileURLToPath } from "node:url"

const oldestNode = 20
const root = fileURLToPath(new URL("..", import.meta.url))
const inRoot = (...path) => join(root, ...path)

const note = (text) => process.stderr.write(`${text}\n`)

const fail = (text, code = 1) => {
  note(text)
  process.exit(code)
}

const env = {
  ...process.env,
  PATH: `${inRoot("node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1"
}

/** Runs a program to its end and gives `{ code, signal }`; a signal that this process gets goes to the program. */
const run = (command, args, options) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, ...options })
    const output = []
    child.stdout?.on("data", (chunk) => output.push(chunk))
    child.stderr?.on("data", (chunk) => output.push(chunk))
    const forward = (signal) => {
      // Ctrl-C in a terminal reaches the whole process group: the program has it already.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"]
    for (const signal of signals) process.on(signal, forward)
    const end = (result) => {
      for (const signal of signals) process.off(signal, forward)
      resolve({ ...result, output: Buffer.concat(output).toString() })
    }
    child.on("error", (error) => end({ code: 1, signal: null, error }))
    child.on("close", (code, signal) => end({ code, signal }))
  })

const exitCode = ({ code, signal }) => code ?? 128 + (constants.signals[signal] ?? 0)

/** A step of the set-up: silent while it is quick and well, announced after two seconds, quoted in full when it fails. */
const step = async (title, command, args) => {
  const started = Date.now()
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`
  let announced = false
  const announce = setTimeout(() => {
    announced = true
    note(`${title} …`)
  }, 2000)
  const result = await run(command, args, { stdio: ["ignore", "pipe", "pipe"] })
  clearTimeout(announce)
  const code = exitCode(result)
  if (code !== 0) note(`${result.output}${result.error ? `${result.error.message}\n` : ""}${title}: failed after ${seconds()}`)
  else if (announced) note(`${title}: done in ${seconds()}`)
  if (result.signal !== null) process.exit(code)
  return code
}

const readLock = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages
  } catch {
    return undefined
  }
}

/** Is what npm says it installed (its own hidden lockfile, written last) what the lockfile asks for? */
const isInstalled = () => {
  const wanted = readLock(inRoot("package-lock.json"))
  const present = readLock(inRoot("node_modules", ".package-lock.json"))
  if (wanted === undefined) fail("package-lock.json is missing or broken: this is not a whole checkout.")
  if (present === undefined || !existsSync(localNode)) return false
  return Object.entries(wanted).every(([path, { version, integrity, optional, peer, link, resolved }]) => {
    if (!/(^|\/)node_modules\//.test(path)) return true
    const found = present[path]
    if (found === undefined) return Boolean(optional || peer)
    return link ? found.resolved === resolved : found.version === version && found.integrity === integrity
  })
}

const localNode = inRoot("node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node")

const install = async () => {
  if (isInstalled()) return
  // npm passes its own location on; started by hand, npm is the one on the path.
  const npm = process.env.npm_execpath
  const args = ["ci", "--include=dev", "--loglevel=error"]
  const code = npm !== undefined && /npm-cli\.c?js$/.test(npm)
    ? await step("Installing dependencies (npm ci)", process.execPath, [npm, ...args])
    : await step("Installing dependencies (npm ci)", "npm", args)
  if (code !== 0) process.exit(code)
  if (!existsSync(localNode)) {
    fail("The dependency \"node\" was installed without its install script, so there is no Node to run on. Is \"ignore-scripts\" set in your npm config?")
  }
}

// Never a remote cache, whatever the machine is logged in to.
const turbo = (title, tasks, ...flags) =>
  step(title, localNode, [
    inRoot("node_modules", "turbo", "bin", "turbo"),
    "run",
    ...tasks,
    "--cache=local:rw",
    "--output-logs=errors-only",
    ...flags
  ])

/** The program itself: it has the terminal, its exit code is ours, and paths in its arguments start where the user stands. */
const program = async (args, cwd = root, environment = env) => {
  const result = await run(localNode, args, { cwd, env: environment, stdio: "inherit" })
  if (result.error) note(result.error.message)
  return exitCode(result)
}

const caller = process.env.INIT_CWD ?? process.cwd()

const reports = inRoot(".reports")

const vitest = (name, ...args) => {
  const report = join(reports, `${name}.json`)
  rmSync(report, { force: true })
  return program([inRoot("node_modules", "vitest", "vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args])
}

/** What a real API server is made of, where `setup-envtest` puts it and where its users' tests look. */
const controlPlane = () => {
  const folder = process.env.KUBEBUILDER_ASSETS
  if (!folder) {
    fail("KUBEBUILDER_ASSETS is not set: it names the folder that holds etcd, kube-apiserver, kube-scheduler, kube-controller-manager and kubectl (CONTRIBUTING.md says where they come from).")
  }
  const missing = ["etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager", "kubectl"].filter((name) => !existsSync(join(folder, name)))
  if (missing.length > 0) fail(`KUBEBUILDER_ASSETS=${folder} has no ${missing.join(", no ")} (CONTRIBUTING.md says where they come from).`)
}

/**
 * V8 left to itself lets garbage grow to many times of what lives, and glibc keeps an arena for each thread; examples/CONTROLLER.md has what these were measured
 * to do. They are no limit. deploy/Containerfile says the same.
 */
const modest = ["--max-semi-space-size=4", "--heap-growing-percent=40"]
const modestEnv = { MALLOC_ARENA_MAX: "1" }

/** Measures beside a real API server. */
const withControlPlane = async (name, args) => {
  controlPlane()
  const code = await turbo("Building", ["build", "build:bench"])
  return code === 0 ? program([inRoot("bench", "dist", name, "main.js"), ...args], caller) : code
}

const commands = {
  start: async (args) => {
    const code = await turbo("Building", ["build"])
    if (code !== 0) return code
    return program([...modest, inRoot("examples", "dist", "main.js"), ...args], caller, { ...modestEnv, ...env })
  },

  test: async (args) => {
    rmSync(reports, { recursive: true, force: true })
    const tasks = ["build", "typecheck", "typecheck:root", "lint"]
    const checks = await turbo("Building, checking types, linting", tasks, "--continue=dependencies-successful")
    const tests = await vitest("vitest", ...args)
    const line = (title, code) => console.log(`${title}: ${code === 0 ? "ok" : "FAILED (above)"}`)
    line("build, types, lint", checks)
    line("tests", tests)
    return checks === 0 ? tests : checks
  },

  "test:integration": async (args) => {
    controlPlane()
    const code = await turbo("Building", ["build"])
    return code === 0 ? vitest("integration", "--config", inRoot("vitest.integration.config.ts"), ...args) : code
  },

  bench: async (args) => {
    const code = await turbo("Building", ["build", "build:bench"])
    return code === 0 ? program(["--expose-gc", inRoot("bench", "dist", "main.js"), ...args], caller) : code
  },

  "bench:ec2": async (args) => {
    const code = await turbo("Building", ["build", "build:bench"])
    return code === 0 ? program([inRoot("bench", "dist", "ec2", "main.js"), ...args], caller) : code
  },

  "bench:simulation": async (args) => {
    const code = await turbo("Building", ["build", "build:bench"])
    return code === 0 ? program(["--expose-gc", inRoot("bench", "dist", "simulation", "main.js"), ...args], caller) : code
  },

  "bench:trace": async (args) => {
    const code = await turbo("Building", ["build", "build:bench"])
    return code === 0 ? program([inRoot("bench", "dist", "trace", "main.js"), ...args], caller) : code
  },

  /** Its tools are installed beside it, when it is asked for: nobody else needs them. */
  mutation: async (args) => {
    const folder = inRoot("tools", "mutation")
    if (!existsSync(join(folder, "node_modules"))) {
      const code = await step("Installing the mutation tool (npm ci)", "npm", ["ci", "--prefix", folder, "--loglevel=error"])
      if (code !== 0) return code
    }
    return program([join(folder, "run.mjs"), ...args])
  },

  simulate: async (args) => {
    const code = await turbo("Building", ["build"])
    return code === 0 ? program([inRoot("packages", "adapter-memory", "dist", "simulate", "main.js"), ...args], caller) : code
  },

  "bench:burst": (args) => withControlPlane("burst", args),

  "bench:kubernetes": (args) => withControlPlane("kubernetes", args),

  build: () => turbo("Building", ["build"]),

  typecheck: () => turbo("Checking types", ["typecheck", "typecheck:root"], "--continue")
}

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  fail(`Branchline needs Node ${oldestNode} or newer to start; this is Node ${process.versions.node}.`)
}
const [name, ...args] = process.argv.slice(2)
if (!Object.hasOwn(commands, name ?? "")) fail(`usage: node scripts/boot.mjs ${Object.keys(commands).join("|")} [arguments]`)
await install()
process.exitCode = await commands[name](args)
