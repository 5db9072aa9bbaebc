import type { Actor, Entry } from "./Entry.js"
import { objectName } from "./FromAudit.js"

interface Reading {
  readonly pattern: RegExp
  readonly tell: (groups: ReadonlyArray<string>) => { readonly actor: Actor; readonly text: string; readonly tone: Entry["tone"] }
}

/** Of the nodes' notes, only what the API never gets to hear; of the controller's log, its complaints. */
const readings: ReadonlyArray<Reading> = [
  {
    pattern: /^\S+: sandbox of ([^/]+)\/(\S+) refused: (.*)$/,
    tell: ([namespace, name, why]) => ({ actor: "CNI", text: `no network for ${objectName("pod", namespace, name ?? "")}: ${why}`, tone: "warning" })
  },
  { pattern: /^(VIOLATION .*)$/, tell: ([text]) => ({ actor: "CNI", text: text ?? "", tone: "warning" }) },
  { pattern: /^(?:warn|error|fatal): (.*)$/, tell: ([text]) => ({ actor: "controller", text: `logs: ${text}`, tone: "warning" }) }
]

/** What nodes and controller noted by the way; a note that repeats itself is told once. `startedAt` is milliseconds since the Unix epoch. */
export const fromJournal = (lines: ReadonlyArray<string>, startedAt: number): ReadonlyArray<Entry> => {
  const told = new Set<string>()
  return lines.flatMap((line) => {
    const [, seconds, text = ""] = /^\+(\d+\.\d+) (.*)$/s.exec(line) ?? []
    if (told.has(text)) return []
    told.add(text)
    for (const { pattern, tell } of readings) {
      const found = pattern.exec(text)
      if (found !== null) return [{ at: startedAt + Math.round(Number(seconds) * 1000), ...tell(found.slice(1)) }]
    }
    return []
  })
}
