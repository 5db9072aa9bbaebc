import { factsOf, factsOfEvent, identityOf, stageOf } from "../facts/Facts.js"
import { type Json, textAt } from "../facts/Json.js"
import { millisOf } from "../facts/Time.js"
import { closeBrace, comma, isSpace, openBrace, openBracket, quote } from "./Bytes.js"
import type { Sink } from "./Framing.js"
import { headOf, mentions, reads, unclear } from "./Head.js"
import { type Broken, emptyTally, type Listener, type Tally } from "./Reading.js"
import { seen } from "./Seen.js"
import { beginning, type Found, salvage, unwrap } from "./Unwrap.js"
import type { Wanted } from "./Wanted.js"

/** How many broken lines are named. */
const namedBroken = 5
/** How many requests may wait for their answer at once; an API server has a few hundred in flight. */
const mostPending = 10_000

/** Facts out of pieces of files. */
export interface Reader {
  readonly tally: Tally
  /** Where the pieces of one source go. */
  readonly source: (name: string, framing: "lines" | "document") => Sink
}

/** Reads pieces: the cheap test first, then the parser, then what is duplicate or unanswered; what is left is told as facts. */
export const reader = (wanted: Wanted, tell: Listener): Reader => {
  const tally = emptyTally()
  const known = seen()

  const broken = (place: string, why: Broken["why"], recovered = 0): void => {
    tally.broken++
    tally.recovered += recovered
    if (tally.firstBroken.length < namedBroken) tally.firstBroken.push({ place, why, recovered })
  }

  const wait = (id: string, record: Json, place: string, panicked: boolean): void => {
    if (tally.pending.size >= mostPending) {
      tally.pendingDropped++
      return
    }
    tally.pending.set(id, {
      place,
      at: millisOf(textAt(record, "requestReceivedTimestamp")),
      user: textAt(record, "impersonatedUser", "username") ?? textAt(record, "user", "username") ?? "somebody unnamed",
      verb: textAt(record, "verb") ?? "",
      what: [textAt(record, "objectRef", "resource"), textAt(record, "objectRef", "namespace"), textAt(record, "objectRef", "name"), textAt(record, "objectRef", "subresource")]
        .filter((part) => part !== undefined).join("/"),
      panicked
    })
  }

  const audit = (record: Json, place: string): void => {
    const identity = identityOf(record)
    if (identity !== undefined && !known.isNew(identity)) {
      tally.duplicates++
      return
    }
    tally.records++
    const id = textAt(record, "auditID")
    const stage = stageOf(record)
    if (stage === "received") {
      if (id !== undefined && !known.has(`${id} ResponseComplete`)) wait(id, record, place, false)
      return
    }
    if (id !== undefined && stage !== "running") tally.pending.delete(id)
    if (stage === "panicked" && id !== undefined) wait(id, record, place, true)
    if (stage !== "answered") return
    for (const fact of factsOf(record, place)) tell(fact)
  }

  const found = ({ kind, value }: Found, place: string): void => {
    if (kind === "audit") return audit(value, place)
    const uid = textAt(value, "metadata", "uid")
    if (uid !== undefined && !known.isNew(`event ${uid} ${textAt(value, "metadata", "resourceVersion") ?? ""}`)) {
      tally.duplicates++
      return
    }
    tally.records++
    for (const fact of factsOfEvent(value, place)) tell(fact)
  }

  const source: Reader["source"] = (name, framing) => {
    let latest: number | undefined
    const timed = ({ value }: Found): void => {
      const time = millisOf(textAt(value, "stageTimestamp") ?? textAt(value, "requestReceivedTimestamp"))
      if (time === undefined) return
      if (latest !== undefined && time < latest) tally.outOfOrder++
      else latest = time
    }
    const use = (all: ReadonlyArray<Found>, place: string): void => {
      for (const one of all) {
        timed(one)
        found(one, place)
      }
    }

    const parse = (bytes: Buffer, from: number, to: number, line: number): void => {
      const place = `${name}:${line}`
      tally.parsed++
      tally.bytesParsed += to - from
      let value: Json
      try {
        value = JSON.parse(bytes.toString("utf8", from, to))
      } catch {
        const saved = salvage(bytes, from, to)
        use(saved, place)
        const isWhole = bytes[to - 1] === closeBrace
        return broken(place, saved.length > 1 || saved.length === 1 && isWhole ? "runs together" : isWhole ? "not JSON" : "cut off", saved.length)
      }
      const all = unwrap(value)
      if (all === undefined) return broken(place, "not JSON")
      if (all.length === 0) tally.other++
      use(all, place)
    }

    const piece: Sink["piece"] = (bytes, start, end, line) => {
      let to = end
      while (to > start && (isSpace(bytes[to - 1]) || bytes[to - 1] === comma)) to--
      let from = start
      // What stands before a record is a log pipeline's: a time, a stream's name.
      if (framing === "lines") while (from < to && bytes[from] !== openBrace) from++
      else while (from < to && isSpace(bytes[from])) from++
      if (from === to) {
        if (to > start && !isClosing(bytes, start, to)) {
          tally.pieces++
          broken(`${name}:${line}`, "not JSON")
        }
        return
      }
      tally.pieces++
      const head = bytes[from] === openBrace && bytes[to - 1] === closeBrace ? headOf(bytes, from, to) : unclear
      const isOfNoUse = head === reads || head !== unclear && !wanted(head, bytes, from, to)
      // Another record may have been written into this line, or run together with it.
      if (isOfNoUse && !mentions(bytes, from + 1, to, beginning)) return
      if (bytes[from] === openBrace || bytes[from] === openBracket || bytes[from] === quote) parse(bytes, from, to, line)
    }

    return {
      piece,
      lost: (line, why) => {
        tally.pieces++
        broken(`${name}:${line}`, why === "no JSON" ? "not JSON" : why)
      }
    }
  }

  return { tally, source }
}

/** `]}` and the like, where a list was written with a record on each line. */
const isClosing = (bytes: Buffer, from: number, to: number): boolean => {
  for (let index = from; index < to; index++) {
    const byte = bytes[index]
    if (byte !== closeBrace && byte !== 0x5d && !isSpace(byte)) return false
  }
  return true
}
