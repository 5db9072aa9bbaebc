import { setFlagsFromString } from "node:v8"
import { Clock, Effect, Result, type Scope } from "effect"
import type { Answer } from "../output/Answer.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { momentOf } from "./facts/Time.js"
import { gather } from "./pod/Gather.js"
import type { PodTrace } from "./pod/Schema.js"
import { podTraceText } from "./pod/Text.js"
import { timelines } from "./pod/Timeline.js"
import type { Listener } from "./read/Reading.js"
import { type Reader, reader } from "./read/Reader.js"
import { forPod, forWindow, type Wanted, type Whose } from "./read/Wanted.js"
import { type Reading, readingOf } from "./ReadingSchema.js"
import { size, thousands } from "./Rows.js"
import { file, standardInput } from "./source/Files.js"
import { readInsights } from "./source/Insights.js"
import { queryOf } from "./source/Query.js"
import { readAll } from "./source/ReadAll.js"
import { isIn, rangeOf, type TimeRange } from "./source/TimeRange.js"
import { account } from "./window/Account.js"
import type { Window } from "./window/Summary.js"
import { windowText } from "./window/Text.js"

/** Where records come from, and of which time. */
export interface From {
  /** Paths; `-` is standard input. */
  readonly files: ReadonlyArray<string>
  readonly logGroup: string | undefined
  readonly region: string | undefined
  readonly profile: string | undefined
  readonly endpoint: string | undefined
  /** Milliseconds before now, or before `to`. */
  readonly since: number | undefined
  readonly from: number | undefined
  readonly to: number | undefined
  /** Told how far it is, where somebody wants to know. */
  readonly progress: ((text: string) => Effect.Effect<void>) | undefined
  /** Milliseconds between two looks at a query. */
  readonly poll: number
}

/** Who may write annotations besides the known controllers, and what is stuck; milliseconds. */
export interface Judged {
  readonly controllers: ReadonlyArray<string>
  readonly stuckAfter: number
}

/** Milliseconds between two lines of progress. */
const patience = 2_000

const progressOf = (progress: NonNullable<From["progress"]>, { tally }: Reader, whole: number | undefined): Effect.Effect<void> => {
  let last = 0
  return Effect.flatMap(Clock.currentTimeMillis, (now) => {
    if (last === 0) last = now
    if (now - last < patience) return Effect.void
    last = now
    return progress(`${size(tally.bytes)}${whole === undefined ? "" : ` (${size(whole)} on disk)`}, ${thousands(tally.pieces)} records`)
  })
}

const fromFiles = Effect.fnUntraced(function*(paths: ReadonlyArray<string>, read: Reader, progress: From["progress"]) {
  const sources = yield* Effect.forEach([...new Set(paths)], (path) => (path === "-" ? Effect.succeed(standardInput) : file(path)))
  const sizes = sources.map(({ size: known }) => known)
  const whole = sizes.reduce<number | undefined>((sum, known) => (sum === undefined || known === undefined ? undefined : sum + known), 0)
  const incomplete = yield* readAll(sources, read, progress === undefined ? Effect.void : progressOf(progress, read, whole))
  return { names: sources.map(({ name }) => name), incomplete }
})

const fromCloudWatch = Effect.fnUntraced(function*(logGroup: string, asked: From, range: TimeRange, whose: Whose | undefined, read: Reader) {
  const now = yield* Clock.currentTimeMillis
  if (range.from === undefined) return yield* new CouldNotLook({ message: "a log group is asked about a stretch of time", mend: "say --since 1h, or --from and --to" })
  const { cloudWatch } = yield* Effect.promise(() => import("./source/CloudWatch.js"))
  const queries = yield* cloudWatch({ logGroup, query: queryOf(whose), region: asked.region, endpoint: asked.endpoint, profile: asked.profile, poll: asked.poll })
  const end = Math.floor((range.to ?? now) / 1_000)
  read.tally.latest = end * 1_000
  const incomplete = yield* readInsights(queries, {
    name: logGroup,
    slice: { from: Math.floor(range.from / 1_000), to: end },
    sink: read.source(logGroup, "document"),
    tally: read.tally,
    progress: asked.progress ?? (() => Effect.void)
  })
  return { names: [logGroup], incomplete }
})

/**
 * V8 lets the space for what is new grow to many times of what lives, where much is parsed and forgotten. Kept as it is, a long reading takes half the memory, and a tenth more
 * time. Source: V8, `flag-definitions.h`; the figures are in docs/cli/trace.md.
 */
const modest = Effect.sync(() => setFlagsFromString("--semi-space-growth-factor=1"))

interface Read {
  readonly reading: Reading
  /** Of the records that were used, in milliseconds since the epoch. */
  readonly earliest: number | undefined
  /** How far in time the records come, whether they were used or not. */
  readonly latest: number | undefined
}

const readFrom = Effect.fnUntraced(function*(asked: From, whose: Whose | undefined, wanted: Wanted, listener: Listener): Effect.fn.Return<Read, CouldNotLook, Scope.Scope> {
  const range = rangeOf(asked, yield* Clock.currentTimeMillis)
  if (Result.isFailure(range)) return yield* new CouldNotLook({ message: range.failure })
  if (asked.logGroup !== undefined && asked.files.length > 0) return yield* new CouldNotLook({ message: "records are read from files or from a log group", mend: "leave out either the files or --log-group" })
  if (asked.logGroup === undefined && asked.files.length === 0) return yield* new CouldNotLook({ message: "no records to read", mend: "name files of audit records (- for standard input), or say --log-group" })
  yield* modest
  const times = { earliest: Infinity, latest: -Infinity }
  const read = reader(wanted, (fact) => {
    const { at } = fact.deed
    if (!isIn(range.success, at)) return
    if (at !== undefined) {
      times.earliest = Math.min(times.earliest, at)
      times.latest = Math.max(times.latest, at)
    }
    listener(fact)
  })
  const { incomplete, names } = asked.logGroup === undefined
    ? yield* fromFiles(asked.files, read, asked.progress)
    : yield* fromCloudWatch(asked.logGroup, asked, range.success, whose, read)
  const latest = Math.min(Math.max(times.latest, read.tally.latest), range.success.to ?? Infinity)
  return {
    reading: readingOf(read.tally, names, incomplete),
    earliest: Number.isFinite(times.earliest) ? times.earliest : undefined,
    latest: Number.isFinite(latest) ? latest : undefined
  }
})

/** The story of one pod, or of all that bore its name. */
export const tracePod = Effect.fnUntraced(function*(asked: From, whose: Whose, judged: Judged): Effect.fn.Return<Answer<PodTrace>, CouldNotLook, Scope.Scope> {
  const { gathered, tell } = gather(whose)
  const { latest, reading } = yield* readFrom(asked, whose, forPod(whose), tell)
  const all = gathered()
  const pods = timelines(all, judged, latest)
  const data: PodTrace = {
    kind: "TracePod",
    asked: whose._tag === "Uid" ? `UID ${whose.uid}` : `${whose.namespace}/${whose.name}`,
    pods,
    reading: all.dropped === 0 ? reading : { ...reading, incomplete: [...reading.incomplete, `${all.dropped} more records about this pod were left out`] }
  }
  return { data, text: (page) => podTraceText(data, page), found: pods.some(({ findings }) => findings.length > 0) }
})

/** Whether a window has something to look into. */
export const isFound = ({ foreign, slipped, stuck, unserved }: Window): boolean => slipped.count + stuck.count + unserved.count + foreign.count > 0

/** What happened in a window of time. `top`: how many of each list are told; `most`: how many pods are kept at once. */
export const traceWindow = Effect.fnUntraced(function*(
  asked: From,
  judged: Judged & { readonly top: number; readonly most: number }
): Effect.fn.Return<Answer<Window>, CouldNotLook, Scope.Scope> {
  const { close, tell } = account(judged)
  const { earliest, latest, reading } = yield* readFrom(asked, undefined, forWindow, tell)
  const data: Window = {
    ...close(latest),
    ...(earliest === undefined ? {} : { from: momentOf(earliest) }),
    ...(latest === undefined ? {} : { to: momentOf(latest) }),
    reading
  }
  return { data, text: (page) => windowText(data, page), found: isFound(data) }
})
