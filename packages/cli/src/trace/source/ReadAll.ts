import { Effect, Exit, Scope } from "effect"
import type { CouldNotLook } from "../../output/CouldNotLook.js"
import { documents } from "../read/Documents.js"
import { type Framer, framingOf, type Sink } from "../read/Framing.js"
import { lines } from "../read/Lines.js"
import type { Reader } from "../read/Reader.js"
import { firstTime, lastTime } from "./Order.js"
import type { Chunks, Source } from "./Source.js"

/** Files that are read side by side at most; each holds a chunk and a piece. */
const mostOpen = 16

interface Waiting {
  readonly source: Source
  readonly begins: number
}

interface Running {
  readonly source: Source
  readonly chunks: Chunks
  readonly scope: Scope.Closeable
  /** What came before it is known how the source is cut into pieces. */
  held: Array<Buffer>
  cut: { readonly framer: Framer; readonly sink: Sink } | undefined
  reached: number
}

const look = (source: Source): Effect.Effect<Waiting, CouldNotLook> =>
  source.opensAgain
    ? Effect.scoped(Effect.gen(function*() {
      const chunks = yield* source.open
      const first = yield* chunks.next
      return { source, begins: first === undefined ? -Infinity : firstTime(first) ?? -Infinity }
    }))
    : Effect.succeed({ source, begins: -Infinity })

const begin = Effect.fnUntraced(function*({ begins, source }: Waiting, all: Scope.Scope): Effect.fn.Return<Running, CouldNotLook> {
  const scope = yield* Scope.fork(all)
  const chunks = yield* Scope.provide(source.open, scope)
  return { source, chunks, scope, held: [], cut: undefined, reached: begins }
})

/** The byte order mark that some programs begin a file with. Source: Unicode §23.8. */
const withoutMark = (chunk: Buffer): Buffer => (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk)

/** As much of a source as tells how it is cut: records of some kilobytes, or a list's beginning. */
const telling = 64 * 1024

const begun = (run: Running, reader: Reader): void => {
  const first = withoutMark(Buffer.concat(run.held))
  const framing = framingOf(first)
  run.held = []
  run.cut = { framer: framing === "lines" ? lines() : documents(), sink: reader.source(run.source.name, framing) }
  run.cut.framer.push(first, run.cut.sink)
}

const take = (run: Running, reader: Reader, chunk: Buffer): void => {
  reader.tally.bytes += chunk.length
  if (run.cut !== undefined) return run.cut.framer.push(chunk, run.cut.sink)
  // The chunk is only lent.
  run.held.push(Buffer.from(chunk))
  if (run.held.reduce((sum, { length }) => sum + length, 0) >= telling) begun(run, reader)
}

const finish = (run: Running, reader: Reader): void => {
  if (run.cut === undefined) begun(run, reader)
  run.cut?.framer.end(run.cut.sink)
}

const earliestOf = <A>(items: ReadonlyArray<A>, timeOf: (item: A) => number): A | undefined => {
  let best: A | undefined
  for (const item of items) if (best === undefined || timeOf(item) < timeOf(best)) best = item
  return best
}

/**
 * Reads sources to their ends, chunk by chunk: always the one that is furthest back in time, so that records of several API servers come nearly in order whatever the order of
 * the files. What a source could not give is in the answer.
 */
export const readAll = Effect.fnUntraced(function*(
  sources: ReadonlyArray<Source>,
  reader: Reader,
  afterChunk: Effect.Effect<void> = Effect.void
): Effect.fn.Return<ReadonlyArray<string>, CouldNotLook, Scope.Scope> {
  const all = yield* Effect.scope
  const incomplete: Array<string> = []
  const alone = sources.length === 1
  const waiting = alone ? sources.map((source) => ({ source, begins: -Infinity })) : yield* Effect.map(Effect.forEach(sources, look), (found) => found.toSorted((a, b) => a.begins === b.begins ? 0 : a.begins - b.begins))
  const queue = [...waiting]
  const running: Array<Running> = []
  for (;;) {
    const next = queue[0]
    const furthestBack = earliestOf(running, ({ reached }) => reached)
    if (next !== undefined && (furthestBack === undefined || next.begins <= furthestBack.reached && running.length < mostOpen)) {
      queue.shift()
      running.push(yield* begin(next, all))
      continue
    }
    if (furthestBack === undefined) return incomplete
    const chunk = yield* furthestBack.chunks.next
    if (chunk !== undefined) {
      take(furthestBack, reader, chunk)
      furthestBack.reached = lastTime(chunk) ?? furthestBack.reached
      reader.tally.latest = Math.max(reader.tally.latest, furthestBack.reached)
      yield* afterChunk
      continue
    }
    finish(furthestBack, reader)
    const missing = furthestBack.chunks.incomplete()
    if (missing !== undefined) incomplete.push(missing)
    running.splice(running.indexOf(furthestBack), 1)
    yield* Scope.close(furthestBack.scope, Exit.void)
  }
})
