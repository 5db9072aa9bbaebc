import { join } from "node:path"
import { madeOnce, step } from "./Tools.js"

/** A Go program, built once of its `main.go` and the exact versions of its `go.mod` and `go.sum`: the path of the binary. */
export const goProgram = async (source: string): Promise<string> => {
  const folder = await madeOnce("go", ["go.mod", "go.sum", "main.go"].map((file) => join(source, file)), (made) =>
    step("go", ["build", "-trimpath", "-mod=readonly", "-o", join(made, "program"), "."], { cwd: source }))
  return join(folder, "program")
}
