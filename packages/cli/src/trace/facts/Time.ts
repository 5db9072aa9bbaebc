/** A time of Kubernetes (RFC 3339, up to nanoseconds) as milliseconds since the epoch with their fraction; undefined where it is none. */
export const millisOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const whole = Date.parse(text)
  if (Number.isNaN(whole)) return undefined
  // `Date` knows milliseconds; an audit record, microseconds.
  const fraction = /\.\d{3}(\d+)/.exec(text)?.[1]
  return fraction === undefined ? whole : whole + Number(`0.${fraction}`)
}

/** A moment as RFC 3339 with milliseconds. */
export const momentOf = (millis: number): string => new Date(Math.floor(millis)).toISOString()
