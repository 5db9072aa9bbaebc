import { readFileSync } from "node:fs"
import { publishedLimits, type LimitsTable } from "@branchline/core/limits/Limits"
import { withOverlay } from "@branchline/core/limits/Overlay"
import { Effect, Option, Result } from "effect"
import { type Policy, readPolicy } from "../wire/iam/Policy.js"
import { BadStart } from "./BadStart.js"

const readAs = <A>(flag: string, file: string, mend: string, read: (document: unknown) => Result.Result<A, string>): Effect.Effect<A, BadStart> => {
  const bad = (problem: string): BadStart => new BadStart({ field: `${flag} ${file}`, problem, mend })
  return Effect.try({
    try: (): unknown => JSON.parse(readFileSync(file, "utf8")),
    catch: (error) => bad(error instanceof SyntaxError ? `it is no JSON: ${error.message}` : `it cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }).pipe(Effect.flatMap((document) => Effect.fromResult(Result.mapError(read(document), bad))))
}

/** The policy of `--policy`, for everybody. */
export const policiesIn = (file: Option.Option<string>): Effect.Effect<Readonly<Record<string, Policy>>, BadStart> =>
  Option.isNone(file)
    ? Effect.succeed({})
    : Effect.map(readAs("--policy", file.value, "name a file with an IAM policy document as JSON", readPolicy), (policy) => ({ "*": policy }))

/** The published table of instance types, with that of `--limits` over it. */
export const limitsIn = (file: Option.Option<string>): Effect.Effect<LimitsTable, BadStart> =>
  Option.isNone(file)
    ? Effect.succeed(publishedLimits)
    : readAs("--limits", file.value, "name a JSON file such as {\"m9.large\": {\"interfaces\": 3, \"ipv4PerInterface\": 20, \"branches\": 9}}", (document) =>
      Result.mapError(withOverlay(publishedLimits, document), ({ message }) => message))
