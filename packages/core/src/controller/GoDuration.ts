/**
 * A duration of whole milliseconds as Go prints it, because that is what scripts look for in the event: `1m30s`, `30s`, `1h0m0s`.
 *
 * Source: Go, time.Duration.String; contract §7.
 */
export const goDuration = (millis: number): string => {
  const seconds = Math.floor(millis / 1000) % 60
  const fraction = millis % 1000
  const minutes = Math.floor(millis / 60_000) % 60
  const hours = Math.floor(millis / 3_600_000)
  if (millis > 0 && millis < 1000) return `${millis}ms`
  const tail = fraction === 0 ? `${seconds}s` : `${seconds}.${String(fraction).padStart(3, "0").replace(/0+$/, "")}s`
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${tail}`
}
