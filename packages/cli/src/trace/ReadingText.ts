import { counted } from "@branchline/core/explain/Words"
import type { Reading } from "./ReadingSchema.js"
import { type MarkedRow, size, thousands } from "./Rows.js"

const whys: Readonly<Record<string, string>> = {
  "not JSON": "no JSON",
  "cut off": "cut off",
  "too long": "longer than 32 MiB, left out",
  "runs together": "records run together",
  "not closed": "the document ends in the middle"
}

/** What was read, and what of it could not be, as rows. */
export const readingRows = ({ broken, bytes, duplicates, incomplete, lines, otherJson, outOfOrder, parsed, sources, unanswered }: Reading): ReadonlyArray<MarkedRow> => {
  const odd = [
    ...(duplicates > 0 ? [`${thousands(duplicates)} duplicates left out`] : []),
    ...(outOfOrder > 0 ? [`${thousands(outOfOrder)} out of order`] : []),
    ...(otherJson > 0 ? [`${thousands(otherJson)} no audit records`] : [])
  ]
  return [
    { label: "Read", text: `${sources.length === 1 ? sources[0] : counted(sources.length, "source")}: ${size(bytes)}, ${thousands(lines)} records, of which ${thousands(parsed)} could concern this${odd.length === 0 ? "" : `; ${odd.join(", ")}`}`, mark: "faint" },
    ...(broken.count === 0 ? [] : [
      { label: "Broken", text: `${counted(broken.count, "line")}${broken.recovered === 0 ? "" : `, in which ${counted(broken.recovered, "whole record")} ${broken.recovered === 1 ? "was" : "were"} found all the same`}`, mark: "warning" as const },
      ...broken.first.map(({ place, why }): MarkedRow => ({ label: place, text: whys[why] ?? why, under: true }))
    ]),
    ...(unanswered.count === 0 ? [] : [
      { label: "Unanswered", text: `${counted(unanswered.count, "request")} came in, and no record says what became of ${unanswered.count === 1 ? "it" : "them"}`, mark: "warning" as const },
      ...unanswered.first.map(({ panicked, place, user, verb, what }): MarkedRow => ({ label: place, text: `${verb} ${what} by ${user}${panicked ? ": the server panicked" : ""}`, under: true }))
    ]),
    ...incomplete.map((text): MarkedRow => ({ label: "Not read", text, mark: "bad" }))
  ]
}
