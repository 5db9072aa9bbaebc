import { writeSync } from "node:fs"

/** Rows under a head, in columns as wide as they need to be. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n")
}

/** Prints past the test runner, which keeps to itself what a test that passes logs. */
export const print = (title: string, text: string): void => {
  writeSync(1, `\n${title}\n\n${text}\n\n`)
}
