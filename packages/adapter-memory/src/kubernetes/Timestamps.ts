import { DateTime } from "effect"

/** `metav1.Time`: RFC 3339 in whole seconds, as `creationTimestamp` has it. */
export const seconds = (millis: number): string => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 19)}Z`

/** `metav1.MicroTime`: RFC 3339 with six digits, as audit events and leases have it. */
export const micros = (millis: number): string => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 23)}000Z`

/** The time of a `metav1.Time`, in milliseconds. */
export const parse = (text: string): number => DateTime.toEpochMillis(DateTime.makeUnsafe(text))
