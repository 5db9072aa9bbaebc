import type { Listed } from "./Answering.js"
import { explain } from "./Explain.js"
import { lint } from "./Lint.js"
import { observe } from "./Observe.js"
import { plan } from "./Plan.js"
import { schemaOf } from "./Schema.js"
import { snapshot } from "./Snapshot.js"
import { status } from "./Status.js"
import { trace } from "./Trace.js"

/**
 * All commands, in the order of the help. To add one:
 *
 * 1. Write `commands/<Name>.ts`. A command that answers once is `answering({ name, description, examples, flags, schema, answer })`: `flags` are effect/cli's `Flag`s and
 *    `Argument`s, `schema` documents `Answer.data`, and `answer` gets the flags and gives an `Answer` or fails with `CouldNotLook`. What it alone needs it imports when it
 *    runs (`Effect.promise(() => import("../lint/…"))`), so that the others start as quickly as before.
 * 2. To look at a cluster, a snapshot or nothing but files, take `...lookFlags` of `cluster/Flags.ts` among the flags, and call `lookFrom(input)` of `cluster/Open.ts` in `answer`.
 * 3. A command that goes on (a stream, `--watch`) is an effect/cli `Command` of its own: give `{ command, answers }`, with the schemas of what it prints.
 * 4. Add its line here.
 */
const rooms: ReadonlyArray<Listed> = [
  explain,
  lint,
  observe,
  plan,
  snapshot,
  status,
  trace
]

export const commands: ReadonlyArray<Listed> = [...rooms, schemaOf(Object.assign({}, ...rooms.map(({ answers }) => answers)))]
