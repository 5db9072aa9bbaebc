import { plain } from "@branchline/core/explain/Words"
import type { Page } from "./Page.js"
import type { Style } from "./Style.js"

/** A cell, and how it is set off. */
export type Cell = string | { readonly text: string; readonly tone: keyof Style }

const textOf = (cell: Cell | undefined): string => plain(typeof cell === "string" ? cell : cell?.text ?? "")
const lengthOf = (text: string): number => [...text].length
const cut = (text: string, columns: number): string => lengthOf(text) <= columns ? text : `${[...text].slice(0, Math.max(1, columns - 1)).join("")}…`

/** The last column, which says most, gives way first, down to this; then the widest, and none becomes narrower than the other. */
const lastAtLeast = 24
const narrowest = 8

const fitted = (wanted: ReadonlyArray<number>, room: number): ReadonlyArray<number> => {
  const widths = [...wanted]
  const last = widths.length - 1
  const over = widths.reduce((sum, width) => sum + width, 0) - room
  widths[last] = Math.min(widths[last] ?? 0, Math.max(lastAtLeast, (widths[last] ?? 0) - Math.max(0, over)))
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, 0)
    const widest = Math.max(...widths)
    if (total <= room || widest <= narrowest) return widths
    widths[widths.indexOf(widest)] = Math.max(narrowest, widest - (total - room), Math.floor(widest * 0.9) - 1)
  }
}

const gap = 2

/** A table with its heads; cells that do not fit end in `…`. */
export const tableText = (heads: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>, { style, width }: Page): string => {
  const widths = fitted(
    heads.map((head, column) => Math.max(lengthOf(head), ...rows.map((row) => lengthOf(textOf(row[column]))))),
    width - gap * (heads.length - 1)
  )
  const line = (cells: ReadonlyArray<Cell>, tone?: (text: string) => string): string =>
    heads.map((_, column) => {
      const cell = cells[column]
      const text = cut(textOf(cell), widths[column] ?? narrowest)
      const pad = column === heads.length - 1 ? "" : " ".repeat((widths[column] ?? 0) - lengthOf(text) + gap)
      const set = tone ?? (typeof cell === "object" ? style[cell.tone] : undefined)
      return `${set === undefined || text === "" ? text : set(text)}${pad}`
    }).join("").trimEnd()
  return [line(heads, style.faint), ...rows.map((row) => line(row))].join("\n")
}
