import { Effect, FileSystem, Path, type PlatformError } from "effect"
import { badInput, type BadInput } from "../BadInput.js"

/** A manifest file. */
export interface ManifestFile {
  /** As the user knows it: relative to where they stand. */
  readonly name: string
  readonly text: string
}

const extensions: ReadonlySet<string> = new Set([".yaml", ".yml", ".json"])

const unreadable = (path: string) => ({ reason }: PlatformError.PlatformError): BadInput => {
  switch (reason._tag) {
    case "NotFound":
      return badInput({ file: path, message: "there is no such file or directory", mend: "name a YAML file, or a directory of them" })
    case "PermissionDenied":
      return badInput({ file: path, message: "it may not be read", mend: "give yourself permission to read it" })
    default:
      return badInput({ file: path, message: `it cannot be read: ${reason.message}`, mend: "name a readable YAML file or directory" })
  }
}

/** The file, or the YAML and JSON files right in the directory (as `kubectl apply -f` takes them), by name. */
export const read = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const load = (name: string) =>
    Effect.map(Effect.mapError(files.readFileString(name), unreadable(name)), (text): ManifestFile => ({ name, text }))

  const { type } = yield* Effect.mapError(files.stat(path), unreadable(path))
  if (type !== "Directory") return [yield* load(path)]
  const entries = yield* Effect.mapError(files.readDirectory(path), unreadable(path))
  const names = entries.filter((entry) => extensions.has(paths.extname(entry))).sort()
  if (names.length === 0) {
    return yield* badInput({ file: path, message: "the directory has no manifest", mend: "put .yaml, .yml or .json files right into it" })
  }
  return yield* Effect.forEach(names, (name) => load(paths.join(path, name)))
})
