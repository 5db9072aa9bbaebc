/**
 * Edits (a character put in, left out or changed, or two neighbours swapped) that turn `a` into `b`; the optimal string alignment
 * distance.
 */
const distance = (a: string, b: string): number => {
  let beforeLast: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const kept = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? beforeLast[j - 2]! + 1 : kept
      row.push(Math.min(kept, swapped, last[j]! + 1, row[j - 1]! + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** Further away than this, a name is another name and no slip of the keyboard. */
const furthest = 2

/** The candidate that takes the fewest edits to reach, at most 2, the first among equals; none where all are further away. */
export const nearest = (name: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined
  let edits = furthest + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= edits) continue
    const found = distance(name, candidate)
    if (found < edits) {
      best = candidate
      edits = found
    }
  }
  return best
}
