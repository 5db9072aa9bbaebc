import { wrap } from "@branchline/core/explain/Layout"
import type { Recording } from "../Recording.js"
import type { Style } from "../Style.js"
import type { Entry } from "./Entry.js"
import { fromAudit } from "./FromAudit.js"
import { fromEc2 } from "./FromEc2.js"
import { fromJournal } from "./FromJournal.js"

/** Everything that happened, in order. */
export const timelineOf = (recording: Recording): ReadonlyArray<Entry> =>
  [...fromAudit(recording.audit), ...fromJournal(recording.journal, recording.startedAt), ...fromEc2(recording.calls)]
    .sort((a, b) => a.at - b.at)

const width = 100
const timeWidth = 9
const actorWidth = 10
const gap = "  "
const column = timeWidth + gap.length + actorWidth + gap.length
/** After so long a silence a line is left empty. */
const silence = 1_000

/** `ip-192-168-0-4` for `ip-192-168-0-4.eu-west-1.compute.internal`: the timeline has no room for more. */
const shorten = (text: string): string => text.replace(/\b(ip-[0-9-]+)(\.[a-z0-9-]+)*\.compute\.internal\b/g, "$1")

const toned = (style: Style, { tone }: Entry, text: string): string => {
  switch (tone) {
    case "normal":
      return text
    case "good":
      return style.good(text)
    case "warning":
      return style.warning(text)
    case "look":
      return style.faint(text)
  }
}

/** One entry as lines. */
const entryLines = (entry: Entry, startedAt: number, style: Style): ReadonlyArray<string> => {
  const time = `${((entry.at - startedAt) / 1000).toFixed(3)}s`.padStart(timeWidth)
  return wrap(shorten(entry.text), width - column).map((text, index) =>
    index === 0
      ? `${style.faint(time)}${gap}${style.actor(entry.actor.padEnd(actorWidth))}${gap}${toned(style, entry, text)}`
      : `${" ".repeat(column)}${toned(style, entry, text)}`
  )
}

/** The lines of an entry, and how long nothing had happened before it (milliseconds). */
export interface Beat {
  readonly after: number
  readonly lines: ReadonlyArray<string>
}

/** A timeline beat by beat, at most 100 columns wide. */
export const beats = (entries: ReadonlyArray<Entry>, startedAt: number, style: Style): ReadonlyArray<Beat> =>
  entries.map((entry, index) => {
    const after = entry.at - (entries[index - 1]?.at ?? startedAt)
    const lines = entryLines(entry, startedAt, style)
    return { after, lines: index > 0 && after >= silence ? ["", ...lines] : lines }
  })
