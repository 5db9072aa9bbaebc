import { defineConfig } from "tsup"

// One file out per file in: `export * as Trunk` stays a namespace that bundlers can shake, and every module is an entry of its own.
export default defineConfig({
  entry: ["src/**/*.ts"],
  format: ["esm"],
  bundle: false,
  dts: false,
  clean: true,
  sourcemap: true,
  target: "es2023",
  platform: "node"
})
