import { DateTime } from "effect"

/** The second that was written last: much happens in the same one. */
let last = { second: NaN, text: "" }

/** `metav1.Time`: RFC 3339 in whole seconds, as `creationTimestamp` has it. */
export const seconds = (millis: number): string => {
  const second = Math.floor(millis / 1000)
  if (second !== last.second) last = { second, text: `${DateTime.formatIso(DateTime.makeUnsafe(second * 1000)).slice(0, 19)}Z` }
  return last.text
}

/** `metav1.MicroTime`: RFC 3339 with six digits, as audit events and leases have it. */
export const micros = (millis: number): string => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 23)}000Z`

/** The time of a `metav1.Time`, in milliseconds. */
export const parse = (text: string): number => DateTime.toEpochMillis(DateTime.makeUnsafe(text))
