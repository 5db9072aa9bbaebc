import { Console, Data, Effect, type Terminal } from "effect"
import type { Answer } from "./Answer.js"
import { type Documented, encodedBy, written } from "./Document.js"
import type { OutputAsked } from "./Flags.js"
import { pageOf } from "./Paper.js"

/** There is something to look into: it has been printed, and the exit code is 1. */
export class FoundSomething extends Data.TaggedError("FoundSomething")<{}> {}

/** An answer as text, without a line end at the end. */
export const textOf = Effect.fnUntraced(function*<A>(answer: Answer<A>, schema: Documented<A>, asked: OutputAsked): Effect.fn.Return<string, never, Terminal.Terminal> {
  if (asked.output !== "text") return written(asked.output, encodedBy(schema, answer.data)).trimEnd()
  return answer.text(yield* pageOf(asked))
})

/** Prints an answer; fails with `FoundSomething` where it says so. */
export const print = Effect.fnUntraced(function*<A>(answer: Answer<A>, schema: Documented<A>, asked: OutputAsked): Effect.fn.Return<void, FoundSomething, Terminal.Terminal> {
  yield* Console.log(yield* textOf(answer, schema, asked))
  if (answer.found) return yield* new FoundSomething()
})
