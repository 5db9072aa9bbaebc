import type { Mix } from "../life/Mix.js"
import { type Life, live } from "../life/Live.js"
import type { Subject } from "../life/Subject.js"
import { below, type Stream, streamFor } from "../Streams.js"
import { planOfLineage } from "./Mutate.js"

/** A search through lives: half of them are drawn anew, half are changes of those that came through something nobody had come through. */
export interface Search {
  /** Lives the next one. `number` is its place in the search: what it is drawn from. */
  readonly next: (number: number) => Life
  /** Cells (state × event × trouble) that any life came through so far. */
  readonly cells: ReadonlySet<string>
}

/** So many of the lives that found something are kept to be changed: the newest. */
const kept = 200
/** Deeper lineages are no more a change of one thing. */
const deepest = 6

export interface SearchOptions {
  readonly subject: Subject
  readonly mix: Mix
  /** Lives are drawn anew only. */
  readonly only?: "chance" | undefined
}

export const make = ({ mix, only, subject }: SearchOptions): Search => {
  const cells = new Set<string>()
  let corpus: ReadonlyArray<string> = []

  const lineageOf = (number: number, random: Stream): string => {
    if (only === "chance" || corpus.length === 0 || random.nextDoubleUnsafe() < 0.5) return String(number)
    return `${corpus[below(random, corpus.length)]}.${number}`
  }

  return {
    cells,
    next: (number) => {
      const lineage = lineageOf(number, streamFor(String(number), "search"))
      const life = live(planOfLineage(lineage, mix), subject)
      const before = cells.size
      for (const cell of life.cells) cells.add(cell)
      if (cells.size > before && lineage.split(".").length < deepest) corpus = [...corpus, lineage].slice(-kept)
      return life
    }
  }
}
