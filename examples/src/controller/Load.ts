import { readFile } from "node:fs/promises"
import { Effect, Result } from "effect"
import type { Finding } from "../story/BadInput.js"
import type { Written } from "./config/File.js"
import { type Resolved, resolve, type Said } from "./config/Resolve.js"
import { environmentName } from "./config/Setting.js"
import type { Name } from "./config/Settings.js"
import { misconfigured, type Stopped } from "./Stopped.js"

const whyUnreadable = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "ENOENT"
    ? "there is no such file"
    : code === "EACCES"
    ? "it may not be read"
    : code === "EISDIR"
    ? "it is a directory"
    : `it cannot be read (${error instanceof Error ? error.message : String(error)})`
}

/** A file's text, or why there is none. */
export const textOf = (field: string, file: string): Effect.Effect<string, Stopped> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) => misconfigured([{ field, message: `${file}: ${whyUnreadable(error)}`, mend: "name a file that can be read" }])
  })

const fileSettings = Effect.fnUntraced(function*(field: string, path: string) {
  const text = yield* textOf(field, path)
  // The YAML library is loaded by those who have a file.
  const [{ fileSettings: read }, { parse }] = yield* Effect.promise(() => Promise.all([import("./config/File.js"), import("../story/manifests/Yaml.js")]))
  return Result.flatMap(parse(path, text), (documents) => read(path, documents))
})

const nothing: Result.Result<ReadonlyMap<Name, Written>, ReadonlyArray<Finding>> = Result.succeed(new Map())

/** The settings in force: flags over environment over file over defaults. Fails with all that is wrong at once. */
export const load = Effect.fnUntraced(function*(flags: Said["flags"], environment: Said["environment"]): Effect.fn.Return<Resolved, Stopped> {
  const variable = environmentName("config")
  const path = flags.config ?? (environment[variable] || undefined)
  const written = path === undefined ? nothing : yield* fileSettings(flags.config === undefined ? variable : "--config", path)
  const said: Said = { flags, environment, file: path === undefined ? undefined : { path, settings: Result.getOrElse(written, () => new Map()) } }
  const resolved = resolve(said)
  const ofFile = Result.isFailure(written) ? written.failure : []
  // What the file would have said is no gap while it cannot be read.
  const others = Result.isFailure(resolved) ? resolved.failure.filter(({ message }) => ofFile.length === 0 || message !== "it is not known") : []
  if (ofFile.length + others.length > 0) return yield* misconfigured([...ofFile, ...others])
  return yield* Effect.mapError(Effect.fromResult(resolved), misconfigured)
})
