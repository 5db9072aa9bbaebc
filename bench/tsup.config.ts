import { defineConfig } from "tsup"

// The bench measures the packages as they are published: only its own files are bundled.
export default defineConfig({
  entry: ["bench/main.ts", "bench/kubernetes/*.ts", "bench/burst/*.ts", "bench/ec2/*.ts", "bench/simulation/*.ts", "bench/trace/main.ts"],
  outDir: "bench/dist",
  format: ["esm"],
  dts: false,
  clean: true,
  // A program that starts another of these finds it beside itself.
  splitting: false,
  sourcemap: true,
  skipNodeModulesBundle: true,
  target: "es2023",
  platform: "node"
})
