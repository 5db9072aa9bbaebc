import { Result } from "effect"

/** Whom a story is asked of, in milliseconds since the epoch; open where undefined. */
export interface TimeRange {
  readonly from: number | undefined
  readonly to: number | undefined
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A length of time in milliseconds: `90s`, `15m`, `2h`, `1d`, and sums such as `1h30m`.
 *
 * @example lengthOf("1h30m") // 5_400_000
 */
export const lengthOf = (text: string): number | undefined => {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)
}

/** A moment: `2026-01-15T12:00:00Z`, `2026-01-15T12:00` (UTC), or `2026-01-15`. */
export const moment = (text: string): number | undefined => {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)) return undefined
  // Without an offset JavaScript takes a time of day for the machine's own.
  const found = Date.parse(text.includes("T") && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text)
  return Number.isNaN(found) ? undefined : found
}

/** The range that flags ask for: `since` is a length of time before now, and takes the place of `from`. */
export const rangeOf = (
  { from, since, to }: { readonly since: number | undefined; readonly from: number | undefined; readonly to: number | undefined },
  now: number
): Result.Result<TimeRange, string> => {
  if (since !== undefined && from !== undefined) return Result.fail("--since and --from say the same: give one of them")
  const start = since === undefined ? from : (to ?? now) - since
  if (start !== undefined && to !== undefined && start >= to) return Result.fail("the time range ends before it begins")
  return Result.succeed({ from: start, to })
}

/** Whether a time lies in a range; what has no time does. */
export const isIn = ({ from, to }: TimeRange, at: number | undefined): boolean =>
  at === undefined || (from === undefined || at >= from) && (to === undefined || at <= to)
