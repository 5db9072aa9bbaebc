import { createHistogram } from "node:perf_hooks"

/** Lengths of time in numbers; milliseconds. */
export interface Distribution {
  readonly count: number
  readonly min: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Takes any number of lengths of time in the same quarter of a megabyte. */
export interface Histogram {
  /** Milliseconds; below zero counts as zero, which is what clocks that differ make of something quick. */
  readonly record: (millis: number) => void
  /** Percentiles are right to three significant figures, least and most exactly; undefined where nothing was recorded. */
  readonly distribution: () => Distribution | undefined
}

/** A week in microseconds: whatever takes longer is recorded as that, and `max` still says how long. */
const highest = 7 * 24 * 3_600 * 1_000_000

/** Node's own HDR histogram, in microseconds. */
export const histogram = (): Histogram => {
  const recorded = createHistogram({ lowest: 1, highest, figures: 3 })
  let count = 0
  let min = Infinity
  let max = 0
  const at = (percentile: number): number => Math.min(max, Math.max(min, recorded.percentile(percentile) / 1_000))
  return {
    record: (millis) => {
      const value = Math.max(0, millis)
      recorded.record(Math.min(highest, Math.max(1, Math.round(value * 1_000))))
      count++
      if (value < min) min = value
      if (value > max) max = value
    },
    distribution: () => (count === 0 ? undefined : { count, min, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max })
  }
}
