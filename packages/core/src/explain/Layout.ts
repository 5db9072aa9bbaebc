import { plain } from "./Words.js"

/** A line of a story before it is laid out: a label, and text that may take several lines. */
export interface Row {
  readonly label: string
  readonly text: string
  /** Under the row before it. */
  readonly under?: boolean
}

/** Columns that a story takes at most. */
export const width = 100
/** A label that is longer stands on a line of its own. */
const longestLabel = 40
const gap = 2

const breakWord = (word: string, columns: number): ReadonlyArray<string> => {
  const characters = [...word]
  const parts: Array<string> = []
  for (let at = 0; at < characters.length; at += columns) parts.push(characters.slice(at, at + columns).join(""))
  return parts
}

const length = (text: string): number => [...text].length

/** Text in lines of at most so many characters; what is longer in itself is broken. */
export const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of plain(text).split(/ +/).flatMap((word) => breakWord(word, columns))) {
    if (line === "") line = word
    else if (length(line) + 1 + length(word) <= columns) line = `${line} ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return line === "" ? lines : [...lines, line]
}

const indentOf = ({ under }: Row): number => (under ? gap : 0)

/** A row laid out: its lines, of which the first begins with the label where that is short. */
export interface LaidOut {
  readonly row: Row
  readonly lines: ReadonlyArray<string>
}

/** Rows as lines of at most so many columns, texts under one another; nothing at the end of a line. */
export const layOut = (rows: ReadonlyArray<Row>, columns: number = width): ReadonlyArray<LaidOut> => {
  const longest = Math.min(longestLabel, Math.floor(columns * 0.4))
  const named = rows.map((row) => ({ ...row, label: plain(row.label) }))
  const column = gap + named.reduce((most, row) => {
    const end = indentOf(row) + length(row.label)
    return end <= longest ? Math.max(most, end) : most
  }, 0)
  return named.map((row) => {
    const indent = " ".repeat(indentOf(row))
    const texts = wrap(row.text, columns - column)
    const short = indent.length + length(row.label) + gap <= column
    const before = short ? [] : wrap(row.label, columns - indent.length).map((line) => indent + line)
    const first = short ? `${indent}${row.label}` : ""
    const lines = (texts.length === 0 && short ? [""] : texts).map((text, index) => {
      const start = index === 0 ? first + " ".repeat(column - length(first)) : " ".repeat(column)
      return `${start}${text}`.trimEnd()
    })
    return { row, lines: [...before, ...lines] }
  })
}

/** The same, as lines alone. */
export const layout = (rows: ReadonlyArray<Row>, columns: number = width): ReadonlyArray<string> => layOut(rows, columns).flatMap(({ lines }) => lines)
