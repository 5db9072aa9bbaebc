import { defineConfig } from "vitest/config"

// Tests read the packages' sources, never a dist that may be stale.
const conditions = ["@branchline/source"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/integration/**"],
    // A limit for what hangs, not for what is slow on a busy machine.
    testTimeout: 180_000
  }
})
