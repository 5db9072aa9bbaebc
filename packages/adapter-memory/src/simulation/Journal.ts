import { Clock, Context, Effect, Logger } from "effect"

/** What happened in a run, line by line: the same seed writes the same lines. */
export interface Journal {
  /** Appends a line under the time given, in milliseconds since the Unix epoch. */
  readonly append: (at: number, text: string) => void
}

/** The journal of the run that this fiber belongs to; outside a simulation it keeps nothing. */
export const Journal = Context.Reference<Journal>("@branchline/adapter-memory/simulation/Journal", {
  defaultValue: () => ({ append: () => {} })
})

/** Appends a line under the present time. Never fails. */
export const record = (text: string): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    fiber.getRef(Journal).append(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe(), text)
    return Effect.void
  })

/** A journal that keeps its lines as `+seconds.millis text`, counted from `start` (milliseconds since the Unix epoch). */
export const make = (start: number): Journal & { readonly lines: ReadonlyArray<string> } => {
  const lines: Array<string> = []
  return {
    lines,
    append: (at, text) => {
      const elapsed = at - start
      const seconds = String(Math.floor(elapsed / 1000)).padStart(6, "0")
      const millis = String(elapsed % 1000).padStart(3, "0")
      // One entry, one line: what is compared byte for byte is also what is compared line by line.
      lines.push(`+${seconds}.${millis} ${text.replaceAll("\n", "\\n")}`)
    }
  }
}

/** An entry again: when, milliseconds since the start, and the text. */
export const entryOf = (line: string): { readonly at: number; readonly text: string } => {
  const [, time = "0", text = ""] = /^\+(\d+\.\d+) ([^]*)$/.exec(line) ?? []
  return { at: Math.round(Number(time) * 1_000), text }
}

/** Writes what a program logs into the run's journal: level and message, not the fiber's id or a stack, which differ between processes. */
export const logger: Logger.Logger<unknown, void> = Logger.make(({ fiber, logLevel, message }) => {
  const words = (Array.isArray(message) ? message : [message]).map((part) => typeof part === "string" ? part : JSON.stringify(part))
  fiber.getRef(Journal).append(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe(), `${logLevel.toLowerCase()}: ${words.join(" ")}`)
})
