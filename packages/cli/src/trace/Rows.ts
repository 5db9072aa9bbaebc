import { layOut } from "@branchline/core/explain/Layout"
import type { Page } from "../output/Page.js"
import type { Style } from "../output/Style.js"

/** A line of a screen: how it is set off, its label, and its text. */
export interface MarkedRow {
  readonly label: string
  readonly text: string
  readonly under?: boolean
  readonly mark?: keyof Style | undefined
}

/** Rows as text, aligned, set off, and no wider than the page; a row without label and text is an empty line. */
export const rowsText = (rows: ReadonlyArray<MarkedRow>, { style, width }: Page): string =>
  layOut(rows, width).flatMap(({ lines, row }) => {
    const mark = (row as MarkedRow).mark
    return mark === undefined ? lines : lines.map((line) => (line === "" ? line : style[mark](line)))
  }).join("\n")

export const emptyRow: MarkedRow = { label: "", text: "" }

/** A length of time: `3.2 ms`, `412 ms`, `12.3 s`, `4 min 5 s`. */
export const span = (millis: number): string => {
  const size = Math.abs(millis)
  if (size < 10) return `${(Math.round(millis * 10) / 10).toString()} ms`
  if (size < 9_999.5) return `${Math.round(millis)} ms`
  if (size < 119_950) return `${(millis / 1_000).toFixed(1)} s`
  const minutes = Math.floor(size / 60_000)
  const rest = Math.floor(size / 1_000) % 60
  const text = minutes < 120 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return millis < 0 ? `-${text}` : text
}

/** `1,234,567`. */
export const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",")

/** Bytes as `1.9 GB`, `12 MB`, `512 B`. */
export const size = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"] as const
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
