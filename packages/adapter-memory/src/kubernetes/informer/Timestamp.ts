import { Clock, Effect } from "effect"
import { seconds } from "../Timestamps.js"

/** The present time as a `metav1.Time`. */
export const timestamp: Effect.Effect<string> = Effect.map(Clock.currentTimeMillis, seconds)
