import { Effect, FileSystem, Path, type PlatformError, Stdio, Stream } from "effect"
import { CouldNotLook } from "../output/CouldNotLook.js"
import type { Text } from "./Sources.js"

/** Texts that were asked for, and what in their folders was passed over. */
export interface Gathered {
  readonly texts: ReadonlyArray<Text>
  /** In sentences, without a full stop. */
  readonly notLooked: ReadonlyArray<string>
}

const extensions: ReadonlySet<string> = new Set([".yaml", ".yml", ".json"])

/** Folders whose files are no manifests yet, by the file that says so. */
const templates: ReadonlyArray<{ readonly files: ReadonlyArray<string>; readonly what: string; readonly mend: (folder: string) => string }> = [
  { files: ["Chart.yaml", "Chart.yml"], what: "a Helm chart", mend: (folder) => `helm template ${folder} | branchline lint -` },
  { files: ["kustomization.yaml", "kustomization.yml", "Kustomization"], what: "a kustomization", mend: (folder) => `kubectl kustomize ${folder} | branchline lint -` }
]

const passedOver = (entry: string): boolean => entry.startsWith(".") || entry === "node_modules"

const unreadable = (path: string) => ({ reason }: PlatformError.PlatformError): CouldNotLook =>
  reason._tag === "NotFound"
    ? new CouldNotLook({ message: `${path}: there is no such file or folder`, mend: "name a file of manifests, a folder of them, or - for the standard input" })
    : new CouldNotLook({ message: `${path}: it cannot be read: ${reason.message}`, mend: "name a file or folder that may be read" })

const readFile = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  return { name: path, text: yield* Effect.mapError(files.readFileString(path), unreadable(path)) }
})

const readFolder: (folder: string, asked: boolean) => Effect.Effect<Gathered, CouldNotLook, FileSystem.FileSystem | Path.Path> = Effect.fnUntraced(
  function*(folder: string, asked: boolean) {
    const files = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const entries = (yield* Effect.mapError(files.readDirectory(folder), unreadable(folder))).toSorted()
    const template = templates.find((one) => one.files.some((file) => entries.includes(file)))
    if (template !== undefined) {
      if (asked) {
        return yield* new CouldNotLook({ message: `${folder} is ${template.what}: what is in it are no manifests yet`, mend: `lint what it makes: ${template.mend(folder)}` })
      }
      return { texts: [], notLooked: [`${folder} is ${template.what} (${template.mend(folder)})`] }
    }
    const found: Array<Gathered> = []
    for (const entry of entries) {
      if (passedOver(entry)) continue
      const path = paths.join(folder, entry)
      const { type } = yield* Effect.mapError(files.stat(path), unreadable(path))
      if (type === "Directory") found.push(yield* readFolder(path, false))
      else if (extensions.has(paths.extname(entry))) found.push({ texts: [{ ...(yield* readFile(path)), found: true }], notLooked: [] })
    }
    return { texts: found.flatMap(({ texts }) => texts), notLooked: found.flatMap(({ notLooked }) => notLooked) }
  }
)

const readInput = Effect.gen(function*() {
  const { stdin } = yield* Stdio.Stdio
  const text = yield* Effect.mapError(
    Stream.mkString(Stream.decodeText(stdin)),
    ({ reason }) => new CouldNotLook({ message: `the standard input cannot be read: ${reason.message}`, mend: "send manifests there: helm template … | branchline lint -" })
  )
  return { texts: [{ name: "-", text }], notLooked: [] }
})

/** The texts of files, of the YAML and JSON files in folders at any depth, and of the standard input (`-`). Fails with `CouldNotLook`. */
export const gather = Effect.fnUntraced(function*(names: ReadonlyArray<string>) {
  const files = yield* FileSystem.FileSystem
  const gathered: Array<Gathered> = []
  for (const name of new Set(names)) {
    if (name === "-") gathered.push(yield* readInput)
    else {
      const { type } = yield* Effect.mapError(files.stat(name), unreadable(name))
      gathered.push(type === "Directory" ? yield* readFolder(name, true) : { texts: [yield* readFile(name)], notLooked: [] })
    }
  }
  const texts = gathered.flatMap((one) => one.texts)
  if (texts.length === 0) {
    return yield* new CouldNotLook({ message: `${names.join(", ")}: there is no YAML or JSON file in it`, mend: "name a file of manifests, a folder of them, or - for the standard input" })
  }
  return { texts, notLooked: gathered.flatMap((one) => one.notLooked) }
})
