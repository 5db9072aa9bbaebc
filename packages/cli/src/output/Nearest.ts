/** How many characters have to be put in, taken out, exchanged or swapped with a neighbour. Source: Damerau (1964), the restricted form. */
export const distance = (from: string, to: string): number => {
  const rows = Array.from({ length: from.length + 1 }, (_, row) => [row, ...new Array<number>(to.length).fill(0)])
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let column = 0; column <= to.length; column++) rows[0]![column] = column
  for (let row = 1; row <= from.length; row++) {
    for (let column = 1; column <= to.length; column++) {
      const other = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1] ? at(row - 2, column - 2) + 1 : Infinity
      rows[row]![column] = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + other, swapped)
    }
  }
  return at(from.length, to.length)
}

/**
 * The name that was probably meant: one that begins with what was said, or differs from it in a third of its characters at most; the first of those that differ
 * least.
 */
export const nearestName = (said: string, names: Iterable<string>): string | undefined => {
  let best: { readonly name: string; readonly by: number } | undefined
  for (const name of names) {
    const by = said !== "" && name.startsWith(said) ? 0.5 : distance(said, name)
    if (by <= Math.max(1, Math.floor(said.length / 3)) && (best === undefined || by < best.by)) best = { name, by }
  }
  return best?.name
}
