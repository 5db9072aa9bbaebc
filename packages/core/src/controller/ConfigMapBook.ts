import type { ConfigMap } from "../model/ConfigMap.js"
import { type ConfigMapProblem, type ConfigMapSettings, read, silent } from "./ConfigMapSettings.js"
import type { Change } from "./Reflector.js"

/** What a reading of the ConfigMap came to: good values are in force at once, a bad one leaves the last good one and is a problem. */
export interface Reading {
  readonly object: ConfigMap
  readonly settings: ConfigMapSettings
  /** What was in force until then. */
  readonly before: ConfigMapSettings
  readonly problems: ReadonlyArray<ConfigMapProblem>
}

/** The ConfigMap's settings in force. */
export interface ConfigMapBook {
  readonly inForce: () => ConfigMapSettings
  /** The last reading; undefined where the ConfigMap is not there. */
  readonly reading: () => Reading | undefined
  readonly note: (change: Change<ConfigMap>) => Reading
}

export const make = (): ConfigMapBook => {
  let inForce = silent
  let last: Reading | undefined
  return {
    inForce: () => inForce,
    reading: () => last,
    note: (change) => {
      const isThere = change._tag !== "Vanished"
      const reading = { object: change.object, before: inForce, ...read(isThere ? change.object : undefined, inForce) }
      inForce = reading.settings
      last = isThere ? reading : undefined
      return reading
    }
  }
}
