import { Array as Arrays, Cause, Layer, Logger, type LogLevel, References } from "effect"

/** How a process logs. */
export interface LogOptions {
  /** `json`: one object a line. `text`: one readable line each. */
  readonly format: "json" | "text"
  /** Entries below it are dropped. Default `Info`. */
  readonly level?: LogLevel.LogLevel | undefined
  /** Default `stderr`. */
  readonly to?: "stderr" | "stdout" | undefined
  /** Whether this process leads, put on every line; left out where it is not known. */
  readonly leading?: (() => boolean | undefined) | undefined
  /** Levels in colour, in the readable form. Default false. */
  readonly colours?: boolean | undefined
}

/** Keys that come first, in this order, where an entry has them; others follow by name. */
const order = ["pod", "namespace", "node", "instance", "eni", "key", "error"] as const

/** An entry's fields: `time`, `level`, `message`, then what it is about. */
export type Entry = Readonly<Record<string, unknown>>

const wordOf = (value: unknown): string => {
  if (typeof value === "string") return value
  if (Cause.isCause(value)) return Cause.pretty(value)
  if (value instanceof Error) return value.message
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value)
}

const jsonOf = (value: unknown): unknown =>
  value === null || typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
    ? value
    : wordOf(value)

/** What an entry says: the first part of its message, what went wrong (the other parts, and the cause), and whom it is about. */
export const entryOf = (
  { cause, date, fiber, logLevel, message }: Logger.Options<unknown>,
  leading: boolean | undefined
): Entry => {
  const [first, ...others] = Arrays.ensure(message)
  const annotations = fiber.getRef(References.CurrentLogAnnotations)
  const wrong = [...others.map(wordOf), ...(cause.reasons.length > 0 ? [Cause.pretty(cause)] : [])].join(": ")
  const about: Record<string, unknown> = { ...annotations, ...(wrong === "" ? {} : { error: wrong }) }
  const entry: Record<string, unknown> = { time: date.toISOString(), level: logLevel.toLowerCase(), message: wordOf(first) }
  for (const key of order) if (about[key] !== undefined) entry[key] = jsonOf(about[key])
  for (const key of Object.keys(about).sort()) {
    // Whoever annotates with one of the fixed keys does not change what they mean.
    if (about[key] !== undefined && !(key in entry)) entry[key] = jsonOf(about[key])
  }
  if (leading !== undefined) entry["leader"] = leading
  return entry
}

const colourOf: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, info: 32, debug: 36, trace: 90 }

/** An entry as one readable line: time of day, level, message, then `key=value`. */
export const readable = (entry: Entry, colours: boolean): string => {
  const { level, message, time, ...about } = entry
  const word = String(level).toUpperCase().padEnd(5)
  const code = colours ? colourOf[String(level)] : undefined
  const pairs = Object.entries(about).map(([key, value]) => {
    const text = String(value)
    return `${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`
  })
  const line = String(message).replaceAll("\n", " ")
  return [String(time).slice(11, 23), code === undefined ? word : `\u001b[${code}m${word}\u001b[0m`, line, ...pairs].join(" ")
}

/** The logger alone: one line each. */
export const logger = ({ colours = false, format, leading }: LogOptions): Logger.Logger<unknown, string> =>
  Logger.make((options) => {
    const entry = entryOf(options, leading?.())
    return format === "json" ? JSON.stringify(entry) : readable(entry, colours)
  })

/**
 * Logs in place of Effect's own, one line each: `{"time":"…","level":"warn","message":"…","pod":"…","namespace":"…","node":"…","error":"…"}`.
 * Work on a key carries `pod`, `namespace`, `node`, `instance` and `eni`, as far as they are known (`controller/Subject`).
 */
export const layer = (options: LogOptions): Layer.Layer<never> => {
  const lines = logger(options)
  const written = options.to === "stdout" ? Logger.withConsoleLog(lines) : Logger.withConsoleError(lines)
  return Layer.merge(Logger.layer([written]), Layer.succeed(References.MinimumLogLevel, options.level ?? "Info"))
}
