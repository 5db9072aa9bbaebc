/** Text from outside, made safe to print on one line: control characters become spaces. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
export const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim()

/** `a`, `a and b`, `a, b and c`; from the sixth on only their number. */
export const listed = (items: ReadonlyArray<string>, shown = 5): string => {
  const all = items.length > shown ? [...items.slice(0, shown), `${items.length - shown} more`] : items
  const last = all[all.length - 1]
  if (last === undefined) return "none"
  return all.length === 1 ? last : `${all.slice(0, -1).join(", ")} and ${last}`
}

/** `1 pod`, `2 pods`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string => `${count} ${count === 1 ? noun : plural}`

/** A length of time in milliseconds, rounded up to whole seconds: `12 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`. */
export const duration = (millis: number): string => {
  const seconds = Math.max(0, Math.ceil(millis / 1000))
  const units: ReadonlyArray<readonly [size: number, name: string]> = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]]
  const from = Math.max(0, units.findIndex(([size]) => seconds >= size))
  const [big, small] = units.slice(seconds === 0 ? units.length - 1 : from)
  if (big === undefined) return "0 s"
  const rest = small === undefined ? 0 : Math.floor((seconds % big[0]) / small[0])
  return `${Math.floor(seconds / big[0])} ${big[1]}${small === undefined || rest === 0 ? "" : ` ${rest} ${small[1]}`}`
}

/** How long ago a moment was; `now` where it is in the future or just this millisecond. */
export const ago = (at: number, now: number): string => (at >= now ? "now" : `${duration(now - at)} ago`)

/** How long something has lasted. */
export const lasting = (since: number, now: number): string => `for ${duration(now - since)}`

/** In how long a moment comes. */
export const until = (at: number, now: number): string => (at <= now ? "now" : `in ${duration(at - now)}`)
