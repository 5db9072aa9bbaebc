import type { Fact } from "../../../src/trace/facts/Fact.js"
import { documents } from "../../../src/trace/read/Documents.js"
import { framingOf } from "../../../src/trace/read/Framing.js"
import { lines } from "../../../src/trace/read/Lines.js"
import { reader } from "../../../src/trace/read/Reader.js"
import type { Tally } from "../../../src/trace/read/Reading.js"
import { forWindow, type Wanted } from "../../../src/trace/read/Wanted.js"
import { account, usual, type WindowAsked } from "../../../src/trace/window/Account.js"

/** Reads texts as files, one after the other, in chunks of so many bytes. */
export const read = (texts: ReadonlyArray<string>, wanted: Wanted, chunk = 1_000): { readonly facts: ReadonlyArray<Fact>; readonly tally: Tally } => {
  const facts: Array<Fact> = []
  const one = reader(wanted, (fact) => facts.push(fact))
  for (const [index, text] of texts.entries()) {
    const bytes = Buffer.from(text)
    const framing = framingOf(bytes)
    const framer = framing === "lines" ? lines() : documents()
    const sink = one.source(`${index}.log`, framing)
    // Chunks are lent: whoever keeps a reference sees what comes after.
    const lent = Buffer.alloc(chunk)
    for (let from = 0; from < bytes.length; from += chunk) {
      const length = bytes.copy(lent, 0, from, from + chunk)
      framer.push(lent.subarray(0, length), sink)
    }
    framer.end(sink)
  }
  return { facts, tally: one.tally }
}

/** The account of a window of texts. `end`: milliseconds since the epoch. */
export const windowOf = (texts: ReadonlyArray<string>, end: number | undefined, asked: Partial<WindowAsked> = {}, wanted: Wanted = forWindow) => {
  const { facts, tally } = read(texts, wanted)
  const { close, tell } = account({ ...usual, ...asked })
  for (const fact of facts) tell(fact)
  return { ...close(end), tally }
}
