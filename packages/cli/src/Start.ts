import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { exitCodeOf, run } from "./Program.js"

/** Runs the program as this process, and ends it once all is written. */
export const start = (name: "branchline" | "kubectl sgp"): void => {
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
