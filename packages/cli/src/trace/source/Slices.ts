/** A stretch of time in whole seconds since the epoch, both ends included, as a query takes it. */
export interface Slice {
  readonly from: number
  readonly to: number
}

/** As full as a slice is meant to be: records come unevenly. */
const fullness = 0.7
const mostParts = 16

export const secondsIn = ({ from, to }: Slice): number => to - from + 1

/** Equal parts of a slice, without gap and without overlap; as many of one second as it has, where it has fewer seconds than parts. */
export const partsOf = (slice: Slice, wanted: number): ReadonlyArray<Slice> => {
  const parts = Math.max(1, Math.min(wanted, secondsIn(slice)))
  const start = (index: number): number => slice.from + Math.floor(index * secondsIn(slice) / parts)
  return Array.from({ length: parts }, (_, index) => ({ from: start(index), to: start(index + 1) - 1 }))
}

/** The parts in which a slice is asked for again, that has `matched` records where an answer holds `limit`; undefined where a second cannot be divided. */
export const split = (slice: Slice, matched: number, limit: number): ReadonlyArray<Slice> | undefined =>
  secondsIn(slice) < 2 ? undefined : partsOf(slice, Math.min(mostParts, Math.max(2, Math.ceil(matched / (limit * fullness)))))
