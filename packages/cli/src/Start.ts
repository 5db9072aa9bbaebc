import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { exitCodeOf, run } from "./Program.js"

/** As package.json's `engines`: what is bundled needs it, and fails in the middle where it is older. */
const oldest = [22, 19] as const

const isTooOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1])
}

/** Runs the program as this process, and ends it once all is written. */
export const start = (name: "branchline" | "kubectl sgp"): void => {
  if (isTooOld(process.versions.node)) {
    process.stderr.write(`${name} needs Node ${oldest.join(".")} or later; this is Node ${process.versions.node}\n`)
    process.exitCode = 2
    return
  }
  // Whoever reads may have read enough (`| head`).
  process.stdout.on("error", (error) => {
    if ("code" in error && error.code === "EPIPE") process.exit(0)
    throw error
  })
  NodeRuntime.runMain(run(name), {
    disableErrorReporting: true,
    teardown: (exit, onExit) => void process.stdout.write("", () => onExit(exitCodeOf(exit)))
  })
}
