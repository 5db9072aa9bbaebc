import { defineConfig } from "oxlint"

/**
 * The house's arrows: what each room of packages/core/src may import besides itself.
 * A room that is not listed here may import nothing, so a new room has to be drawn before it is built.
 */
const arrows: Readonly<Record<string, ReadonlyArray<string>>> = {
  model: [],
  limits: ["model"],
  selection: ["model"],
  allocation: ["model"],
  patch: ["model"],
  ports: ["model"],
  admission: ["model", "selection", "patch"],
  leadership: ["model", "ports"],
  controller: ["model", "limits", "selection", "allocation", "patch", "ports", "admission"],
  explain: ["model", "limits", "selection", "allocation", "patch"],
  contract: ["model", "ports"]
}

/** Arrows that carry types only. */
const typeArrows: Readonly<Record<string, ReadonlyArray<string>>> = {
  explain: ["controller"]
}

const rooms = Object.keys(arrows)

// An override replaces an earlier override's options for the same rule, so every override below is given the whole list.

// oxlint's regexes know no lookahead: a pattern with one is passed over in silence.

const outsideOfPackage = { regex: "^(\\.\\./)+(packages|examples|bench|test)/", message: "Sources do not reach out of their package." }

const outsideWorld = [
  {
    regex: "^(node:|(assert|buffer|child_process|crypto|dns|events|fs|http|http2|https|net|os|path|perf_hooks|process|stream|timers|tls|url|util|worker_threads|zlib)(/|$))",
    message: "The core and the memory adapter do no I/O and run anywhere."
  },
  { regex: "^@effect/platform-", message: "The core and the memory adapter depend on no platform." },
  outsideOfPackage
]

const testRunner = { regex: "^(vitest|@effect/vitest)(/|$)", message: "Only the contract suite may import the test runner." }

const roomImports = (room: string) => {
  const allowed = [room, ...(arrows[room] ?? [])]
  const typesOnly = typeArrows[room] ?? []
  const forbidden = rooms.filter((other) => !allowed.includes(other) && !typesOnly.includes(other))
  const towards = (targets: ReadonlyArray<string>, more: object) => ({
    regex: `^(\\.\\./)+(${targets.join("|")})/`,
    message: `${room} may import ${allowed.join(", ")} and nothing else of this package.`,
    ...more
  })
  return {
    patterns: [
      ...outsideWorld,
      ...(room === "contract" ? [] : [testRunner]),
      { regex: "^@branchline/", message: "The core knows no adapter, and reaches its own rooms by relative paths." },
      { regex: "^(\\.\\./)+index\\.js$", message: "Import the room's module, not the package's index." },
      ...(forbidden.length > 0 ? [towards(forbidden, {})] : []),
      ...(typesOnly.length > 0 ? [towards(typesOnly, { allowTypeImports: true })] : [])
    ]
  }
}

const adapterImports = {
  patterns: [
    ...outsideWorld,
    testRunner,
    { regex: "^@branchline/(adapter-|examples)", message: "An adapter knows the core, never another adapter." },
    { regex: "^@branchline/core/contract/", message: "The contract suite is for tests." }
  ]
}

/** Adapters to the real world do I/O, each to its own part of it. */
const realAdapterImports = {
  patterns: [
    outsideOfPackage,
    testRunner,
    { regex: "^@branchline/(adapter-|examples)", message: "An adapter knows the core, never another adapter." },
    { regex: "^@branchline/core/contract/", message: "The contract suite is for tests." }
  ]
}

const hostGlobals = [
  { name: "Date", message: "Time comes from Effect's Clock." },
  { name: "performance", message: "Time comes from Effect's Clock." },
  { name: "setTimeout", message: "Sleep with Effect.sleep." },
  { name: "setInterval", message: "Repeat with a Schedule." },
  { name: "setImmediate", message: "Yield with Effect.yieldNow." },
  { name: "queueMicrotask", message: "Yield with Effect.yieldNow." },
  { name: "crypto", message: "Chance comes from Effect's Random." },
  { name: "process", message: "Settings come from Effect's Config." },
  { name: "fetch", message: "The ports are the only doors to the world." },
  { name: "console", message: "Log with Effect.log." },
  { name: "Promise", message: "Use Effect." },
  { name: "globalThis", message: "Host objects are out of reach here." },
  { name: "global", message: "Host objects are out of reach here." }
]

/** Time and chance are the test's in real adapters too; I/O is not. */
const realAdapterGlobals = new Set(["Date", "setTimeout", "setInterval", "process", "fetch", "console", "globalThis", "global"])

const hostProperties = [
  { object: "Math", property: "random", message: "Chance comes from Effect's Random." },
  ...["log", "log2", "log10", "log1p", "exp", "expm1", "pow"].map((property) => ({
    object: "Math",
    property,
    message: "Its last digit differs between engines, and with it the run of a seed."
  })),
  ...["promise", "tryPromise"].map((property) => ({
    object: "Effect",
    property,
    message: "A host promise breaks the simulation's determinism."
  })),
  { object: "DateTime", property: "nowUnsafe", message: "Time comes from Effect's Clock." },
  { property: "localeCompare", message: "Its order depends on the machine: compare with < and >." },
  { property: "toLocaleString", message: "Its text depends on the machine." }
]

const runners = ["Fork", "ForkWith", "Callback", "CallbackWith", "Promise", "PromiseWith", "PromiseExit", "PromiseExitWith", "Sync", "SyncWith", "SyncExit", "SyncExitWith"]

const runProperties = (allowed: ReadonlyArray<string>) =>
  runners.map((name) => `run${name}`).filter((property) => !allowed.includes(property)).map((property) => ({
    object: "Effect",
    property,
    message: "Effects are run at the edge of the program, not in a library."
  }))

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "vitest"],
  jsPlugins: ["./scripts/lint/plugin.mjs"],
  categories: { correctness: "error" },
  ignorePatterns: ["**/dist/**", "**/node_modules/**", ".reports/**", ".turbo/**"],
  rules: {
    // `!= null` is the one test for both of JSON's ways to leave something out.
    "eqeqeq": ["error", "always", { null: "ignore" }],
    "no-var": "error",
    "prefer-const": "error",
    "branchline/no-double-assertion": "error",
    "branchline/no-floating-effect": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "typescript/ban-ts-comment": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "vitest/no-disabled-tests": "error",
    "vitest/no-focused-tests": "error",
    "vitest/no-standalone-expect": "off",
    // `new Array(n)` says what the hot paths mean.
    "unicorn/no-new-array": "off",
    // The second argument is the message of a failure.
    "vitest/valid-expect": ["error", { maxArgs: 2 }],
    // Contract suites and properties are called from helpers, where the rule does not see the assertion.
    "vitest/expect-expect": "off"
  },
  overrides: [
    {
      files: ["**/*.config.ts", "scripts/lint/plugin.mjs", "examples/src/simulate-your-controller/controller.ts"],
      rules: { "import/no-default-export": "off" }
    },
    {
      files: ["packages/core/src/**/*.ts", "packages/adapter-memory/src/**/*.ts"],
      rules: {
        "max-lines": ["error", { max: 350 }],
        "no-restricted-globals": ["error", ...hostGlobals],
        "no-restricted-properties": ["error", ...hostProperties, ...runProperties([])],
        "oxc/no-async-await": "error",
        "branchline/no-throw": "error"
      }
    },
    {
      // One generated table, one line per instance type.
      files: ["packages/core/src/**/*.generated.ts"],
      rules: { "max-lines": "off" }
    },
    {
      // The simulator owns scheduler and clock: it is the edge of its own program.
      files: ["packages/adapter-memory/src/simulation/**/*.ts"],
      rules: { "no-restricted-properties": ["error", ...hostProperties, ...runProperties(["runForkWith"])] }
    },
    {
      files: ["packages/core/src/**/*.ts"],
      rules: {
        "no-restricted-imports": ["error", {
          patterns: [
            ...outsideWorld,
            testRunner,
            { regex: `^(\\.\\./)+(${rooms.join("|")})/`, message: "A room that the table of arrows does not know imports nothing." }
          ]
        }]
      }
    },
    ...rooms.map((room) => ({
      files: [`packages/core/src/${room}/**/*.ts`],
      rules: { "no-restricted-imports": ["error", roomImports(room)] as ["error", object] }
    })),
    {
      files: ["packages/adapter-memory/src/**/*.ts"],
      rules: { "no-restricted-imports": ["error", adapterImports] }
    },
    {
      // The wire EC2's edge is a process of its own: it listens, and its clients connect. So is the command that runs simulations, on processes of its own.
      files: ["packages/adapter-memory/src/ec2-server.ts", "packages/adapter-memory/src/ec2-control.ts", "packages/adapter-memory/src/{ec2-server,simulate}/**/*.ts"],
      rules: {
        "no-restricted-imports": ["error", realAdapterImports],
        "no-restricted-globals": ["error", ...hostGlobals.filter(({ name }) => realAdapterGlobals.has(name) && name !== "process" && name !== "fetch")],
        "no-restricted-properties": ["error", ...hostProperties.filter(({ property }) => property === "random" || property === "nowUnsafe"), ...runProperties(["runForkWith", "runCallbackWith"])],
        "oxc/no-async-await": "off"
      }
    },
    {
      files: ["packages/adapter-ec2/src/**/*.ts", "packages/adapter-k8s/src/**/*.ts"],
      rules: {
        "max-lines": ["error", { max: 350 }],
        "no-restricted-imports": ["error", realAdapterImports],
        "no-restricted-globals": ["error", ...hostGlobals.filter(({ name }) => realAdapterGlobals.has(name))],
        "no-restricted-properties": ["error", ...hostProperties.filter(({ property }) => property === "random" || property === "nowUnsafe"), ...runProperties(["runForkWith"])],
        "branchline/no-throw": "error"
      }
    },
    {
      // A program: it does I/O, and knows all adapters but the one in memory.
      files: ["packages/cli/src/**/*.ts"],
      rules: {
        "max-lines": ["error", { max: 350 }],
        "no-restricted-imports": ["error", {
          patterns: [
            outsideOfPackage,
            testRunner,
            { regex: "^@branchline/(adapter-memory|examples)", message: "The memory adapter is for tests." },
            { regex: "^@branchline/core/contract/", message: "The contract suite is for tests." }
          ]
        }],
        "no-restricted-globals": ["error", ...hostGlobals.filter(({ name }) => ["setTimeout", "setInterval", "fetch", "console"].includes(name))],
        "no-restricted-properties": ["error", ...hostProperties.filter(({ property }) => ["random", "nowUnsafe", "localeCompare", "toLocaleString"].includes(property))],
        "branchline/no-throw": "error"
      }
    },
    {
      // Node's callbacks and iterators have no error channel.
      files: ["packages/cli/src/Start.ts", "packages/cli/src/trace/source/Files.ts"],
      rules: { "branchline/no-throw": "off" }
    },
    {
      files: ["packages/*/test/**/*.ts"],
      rules: {
        "no-restricted-globals": [
          "error",
          ...hostGlobals.filter(({ name }) => name === "Date" || name.startsWith("set"))
        ],
        "no-restricted-properties": ["error", ...hostProperties.filter(({ property }) => property === "random")]
      }
    }
  ]
})
