import { defineConfig } from "vitest/config"

// Tests read the packages' sources, never a dist that may be stale; the binary under test is built before.
const conditions = ["@branchline/source"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/integration/**/*.test.ts"],
    // Each file has a control plane of its own: two at once are what two cores carry.
    maxWorkers: 2,
    // What a program under test logs is of interest where its test fails.
    silent: "passed-only",
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
