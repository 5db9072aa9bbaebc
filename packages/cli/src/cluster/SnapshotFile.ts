import { Effect, FileSystem, Predicate, Result, Schema, Stdio, Stream } from "effect"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { Look, snapshotVersion } from "./Look.js"

const decodeLook = Schema.decodeUnknownResult(Look)

/** A snapshot's text as a look, or what is wrong with it and how it is mended; `place` names it. */
export const readSnapshot = (place: string, text: string): Result.Result<Look, CouldNotLook> => {
  const wrong = (message: string, mend: string) => Result.fail(new CouldNotLook({ message: `${place}: ${message}`, mend }))
  const again = "take it again: branchline snapshot > cluster.json"
  if (text.trim() === "") return wrong("the snapshot is empty", again)
  const json = Result.try({ try: (): unknown => JSON.parse(text), catch: (error) => error instanceof Error ? error.message : String(error) })
  if (Result.isFailure(json)) {
    return /^\s*\{/.test(text) && !/\}\s*$/.test(text)
      ? wrong(`the snapshot ends in the middle, after ${text.length} characters`, "copy the whole file, or " + again)
      : wrong(`a snapshot is JSON, and this is not: ${json.failure}`, again)
  }
  const { apiVersion, kind } = Predicate.isObject(json.success) ? json.success as Readonly<Record<string, unknown>> : {}
  if (kind !== "Snapshot" || typeof apiVersion !== "string") {
    return wrong(`this is ${typeof kind === "string" ? `a ${kind}, and` : "JSON, but"} no snapshot of branchline's`, again)
  }
  if (apiVersion !== snapshotVersion) {
    return wrong(`the snapshot has the format ${apiVersion}, and this branchline reads ${snapshotVersion}`, "use the branchline that took it, or " + again)
  }
  return Result.mapError(decodeLook(json.success), (error) =>
    new CouldNotLook({ message: `${place}: the snapshot is damaged: ${String(error.message).split("\n").join(" ")}`, mend: again }))
}

/** The text of standard input. */
export const standardInput: Effect.Effect<string, CouldNotLook, Stdio.Stdio> = Effect.flatMap(Stdio.Stdio, ({ stdin }) => Stream.mkString(Stream.decodeText(stdin))).pipe(
  Effect.mapError(({ message }) => new CouldNotLook({ message: `standard input cannot be read: ${message}` }))
)

/** A snapshot from a file, or from standard input for `-`. */
export const openSnapshot = Effect.fnUntraced(function*(file: string): Effect.fn.Return<Look, CouldNotLook, FileSystem.FileSystem | Stdio.Stdio> {
  const text = file === "-"
    ? yield* standardInput
    : yield* Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(file)).pipe(
      Effect.mapError((error) =>
        new CouldNotLook({
          message: error.reason._tag === "NotFound" ? `there is no file ${file}` : `${file} cannot be read: ${error.message}`,
          mend: "name a file that `branchline snapshot` wrote, or - for standard input"
        }))
    )
  return yield* Effect.fromResult(readSnapshot(file === "-" ? "standard input" : file, text))
})
