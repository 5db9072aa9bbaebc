/**
 * Aligns tab-terminated cells in columns; a column is a run of lines that all have that cell, and the last cell of a line belongs to none.
 * It is what makes kubectl's output look like kubectl's.
 *
 * Source: Go, `text/tabwriter`, with kubectl's padding of 2.
 *
 * @example align(["Name:\taws-cli", "Namespace:\tdefault"]) // ["Name:       aws-cli", "Namespace:  default"]
 */
export const align = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const rows = lines.map((line) => line.split("\t"))
  const widths = rows.map((): Array<number> => [])

  const settle = (from: number, to: number, column: number): void => {
    for (let start = from; start < to; start++) {
      if (!hasCell(rows[start], column)) continue
      let end = start
      let widest = 0
      while (end < to && hasCell(rows[end], column)) widest = Math.max(widest, length(rows[end++]?.[column] ?? ""))
      // A column of empty cells takes no room.
      for (let row = start; row < end; row++) widths[row]?.push(widest === 0 ? 0 : widest + padding)
      settle(start, end, column + 1)
      start = end - 1
    }
  }
  settle(0, rows.length, 0)
  return rows.map((cells, row) =>
    cells.map((cell, column) => column === cells.length - 1 ? cell : cell + " ".repeat((widths[row]?.[column] ?? 0) - length(cell))).join("")
  )
}

const padding = 2
const length = (text: string): number => [...text].length
const hasCell = (cells: ReadonlyArray<string> | undefined, column: number): boolean => cells !== undefined && column < cells.length - 1
