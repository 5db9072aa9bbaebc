import type { CliError } from "effect/cli"
import { flagName } from "./controller/config/Setting.js"

/** A line for each unknown flag that the other program knows: what its flags are called, and what to do. */
export const strangers = (errors: ReadonlyArray<CliError.CliError>, theirs: ReadonlyArray<string>, mend: string): ReadonlyArray<string> => {
  const known = new Set(theirs.map((name) => `--${flagName(name)}`))
  return errors.flatMap((error) => error._tag === "UnrecognizedOption" && known.has(error.option) ? [`${error.option} ${mend}`] : [])
}
