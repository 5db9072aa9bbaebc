import { layOut, type Row } from "@branchline/core/explain/Layout"
import type { Page } from "./Page.js"
import type { Style } from "./Style.js"

/** A row of a story, and how its text is set off. */
export interface ToneRow extends Row {
  readonly tone?: keyof Style
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** Rows as text: labels under one another, texts beside them, no line wider than the page except for a word that is. */
export const rowsText = (rows: ReadonlyArray<ToneRow>, { style, width }: Page): string =>
  layOut(rows, width).flatMap(({ lines, row }) => {
    const { label, tone, under = false } = row as ToneRow
    const start = new RegExp(`^(\\s*${escaped(label)})(\\s{2,}|$)(.*)$`)
    return lines.map((line, index) => {
      const cut = index === 0 ? start.exec(line) : null
      const [head = "", gap = "", text = line] = cut === null ? [] : cut.slice(1)
      const set = tone === undefined || text.trim() === "" ? text : text.replace(/\S.*$/, style[tone])
      return `${head === "" ? "" : under ? style.faint(head) : style.heading(head)}${gap}${set}`
    })
  }).join("\n")
