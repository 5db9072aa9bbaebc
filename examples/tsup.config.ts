import { defineConfig } from "tsup"

export default defineConfig({
  entry: ["src/**/*.ts"],
  format: ["esm"],
  bundle: false,
  dts: false,
  clean: true,
  sourcemap: true,
  target: "es2023",
  platform: "node",
  // dist mirrors src however few files there are.
  esbuildOptions: (options) => {
    options.outbase = "src"
  }
})
