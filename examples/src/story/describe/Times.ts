/** A length of time as kubectl shortens it: `74s`, `3m20s`, `12m`. Source: apimachinery, `pkg/util/duration`, HumanDuration. */
export const humanDuration = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  const both = (size: number, big: string, small: string, unit: number): string => {
    const rest = Math.floor((seconds % size) / unit)
    return `${Math.floor(seconds / size)}${big}${rest === 0 ? "" : `${rest}${small}`}`
  }
  if (seconds < 120) return `${seconds}s`
  if (seconds < 600) return both(60, "m", "s", 1)
  if (seconds < 3 * 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 8 * 3600 ? both(3600, "h", "m", 60) : `${Math.floor(seconds / 3600)}h`
}

/** `Tue, 06 Sep 2022 08:00:12 +0000`, Go's RFC1123Z; `<unknown>` for what is no time. */
export const rfc1123 = (timestamp: string | undefined): string => {
  const millis = Date.parse(timestamp ?? "")
  return Number.isNaN(millis) ? "<unknown>" : new Date(millis).toUTCString().replace("GMT", "+0000")
}

/** How long ago a timestamp was. */
export const age = (timestamp: string | null | undefined, now: number): string => {
  const millis = Date.parse(timestamp ?? "")
  return Number.isNaN(millis) ? "<unknown>" : humanDuration(now - millis)
}
